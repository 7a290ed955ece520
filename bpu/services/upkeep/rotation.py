"""Key rotation: writes what rests sealed, and every blind index, anew with the newest data key.

Rows are taken a chunk at a time, and only what an older key made is touched, so that the work may be stopped at any
point and begun again. Meanwhile old values open and look-ups ask for the indexes of all live keys. The index of a phone
among codes and sendings can only be made anew where some row still knows the phone, that of an approval link nowhere:
they are gone after a week, so an old key is kept that long.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bpu.models import (
    TABLES,
    Assistant,
    Attempt,
    Code,
    Draft,
    Registration,
    Sending,
    Simulated,
    keyring,
    on_postgres,
    sealed_columns,
    writing,
)
from bpu.models.database import Row
from bpu.secrecy import Unreadable
from bpu.services.audit import record
from bpu.services.messages.sandbox import FIELD, normal

CHUNK = 200  # rows in one transaction: nobody waits long for SQLite's write lock

log = logging.getLogger("bpu.rotation")

Index = tuple[str, Callable[[Any], str | None]]  # the name under which a value is indexed, and the value of a row


def _said(draft: Draft, name: str) -> str | None:
    value: str | None = draft.answers.get("data-diri", {}).get(name)
    return value


INDEXES: Mapping[type[Row], Mapping[str, Index]] = {
    Draft: {
        "resume_index": ("resume", lambda draft: draft.resume),
        "phone_index": ("phone", lambda draft: _said(draft, "phone")),
        "nik_index": ("nik", lambda draft: _said(draft, "nik")),
    },
    Registration: {
        "nik_index": ("nik", lambda registration: registration.nik),
        "phone_index": ("phone", lambda registration: registration.phone),
    },
    Assistant: {"phone_index": ("assistant", lambda assistant: assistant.phone)},
    Simulated: {"to_index": (FIELD, lambda simulated: normal(simulated.message["to"]))},
}
PHONES: Mapping[type[Row], Callable[[Any], str | None]] = {
    Draft: lambda draft: _said(draft, "phone"),
    Registration: lambda registration: registration.phone,
    Assistant: lambda assistant: assistant.phone,
    Attempt: lambda attempt: attempt.phone,
}


def reseal_everything() -> Iterator[tuple[str, int]]:
    """Write everything sealed anew, table by table; yields each table's name and how many of its rows were written.

    A row that no key opens is left as it is and logged by its uid; the others go on. Run it again until every table
    says 0: only then is the old key needed no more.
    """
    for model in TABLES:
        if issubclass(model, Row) and sealed_columns(model):
            written = sum(_chunks(model))
            if written:
                with writing():
                    record("office", "keys.reseal", model._meta.table_name, ",".join(sealed_columns(model)))
            yield model._meta.table_name, written


def _chunks(model: type[Row]) -> Iterator[int]:
    """The rows of a table in order of their uid; yields how many of each chunk were written."""
    last = ""
    while True:
        with writing():
            query = model.select().where(model.uid > last).order_by(model.uid).limit(CHUNK)
            rows = list(query.for_update() if on_postgres() else query)
            written = sum(map(_resealed, rows))
        yield written
        if len(rows) < CHUNK:
            return
        last = rows[-1].uid


def _resealed(row: Row) -> bool:
    """Whether something of a row was made by an older key, and is written anew now."""
    model = type(row)
    try:
        changes = {**_seals(row), **_indexes(row)}
        phone = PHONES[model](row) if changes and model in PHONES else None
    except Unreadable as unreadable:
        log.error("not readable with any key: %s", unreadable)
        return False
    if phone is not None:
        _follow(phone)
    if changes:
        model.update(changes).where(model.uid == row.uid).execute()
    return bool(changes)


def _seals(row: Row) -> dict[str, bytes]:
    changes = {}
    for name in sealed_columns(type(row)):
        column = f"{name}_sealed"
        blob = getattr(row, column)
        if blob is not None and bytes(blob)[1:2] != bytes((keyring().newest,)):
            setattr(row, name, getattr(row, name))
            changes[column] = getattr(row, column)
    return changes


def _indexes(row: Row) -> dict[str, bytes]:
    changes = {}
    for column, (field, value_of) in INDEXES.get(type(row), {}).items():
        index = getattr(row, column)
        if index is not None and bytes(index)[:1] != bytes((keyring().newest,)):
            value = value_of(row)
            if value is not None:
                changes[column] = keyring().index(field, value)
    return changes


def _follow(phone: str) -> None:
    """The counts and codes of a phone take its newest index, too."""
    newest, *older = keyring().indexes("phone", phone)
    for model in (Code, Sending):
        model.update(phone_index=newest).where(model.phone_index.in_(older)).execute()

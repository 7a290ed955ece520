"""Numbers by file: batches of paid registrations for the agency's core, and its answers read back, all or nothing."""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bpu import clock
from bpu.models import Exported, Registration, Status, database, writing
from bpu.rules.identity.characters import FORMULA
from bpu.services.audit import record
from bpu.services.membership.enrolment import Enrolment, Flaw, Refused, application

OFFICE = "office"  # who types these commands
FORMATS = ("csv", "json")
# What a spreadsheet would take for the beginning of a formula (OWASP, CSV injection), in both widths.


@dataclass(frozen=True)
class Problem:
    """Why a line of a file cannot be taken; `line` counts from 1 and the heading is line 1."""

    line: int
    flaw: str


@dataclass(frozen=True)
class Report:
    """What an import did: nothing at all when there are problems."""

    taken: int = 0
    known: int = 0
    problems: tuple[Problem, ...] = ()


def export(path: Path, form: str = "csv", *, new: bool = True) -> int:
    """Write the paid registrations without a number to `path`, `form` ``csv`` or ``json``; returns how many.

    With `new`, only those that no batch had. The file appears whole or not at all and only its owner may read it; when
    the machine dies at that very moment they are in the next batch again. Raises OSError, and `peewee.IntegrityError`
    when someone else exported the same people meanwhile.
    """
    waiting = Registration.select().where(Registration.status == Status.PAID)
    if new:
        waiting = waiting.where(Registration.uid.not_in(Exported.select(Exported.registration)))
    rows = [application(each) for each in waiting.order_by(Registration.paid, Registration.uid)]
    part = path.with_name(f".{path.name}.part")
    try:
        with open(
            os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            file.write(_csv(rows) if form == "csv" else json.dumps(rows, ensure_ascii=False, indent=1))
            file.flush()
            os.fsync(file.fileno())
        with writing():
            if new and rows:
                at = clock.now()
                Exported.insert_many([{"registration": row["registration"], "at": at} for row in rows]).execute()
            for row in rows:
                record(OFFICE, "numbers.export", row["registration"], ",".join(row))
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)


def import_numbers(path: Path, enrolment: Enrolment) -> Report:
    """Take every number of a CSV or JSON file with ``registration`` and ``number``, or none when any line is wrong."""
    try:
        lines = list(_lines(path.read_text(encoding="utf-8-sig")))
    except (ValueError, csv.Error, RecursionError) as error:
        return Report(problems=(Problem(1, f"the file cannot be read: {type(error).__name__}"),))
    problems = []
    taken = 0
    with writing(), database.atomic() as transaction:
        for line, row in lines:
            try:
                taken += _take(row, enrolment)
            except Refused as refused:
                problems.append(Problem(line, refused.flaw))
        if problems:
            transaction.rollback()
            return Report(problems=tuple(problems))
    return Report(taken, len(lines) - taken)


def _take(row: Any, enrolment: Enrolment) -> bool:
    uid, number = (row.get(name) if isinstance(row, Mapping) else None for name in ("registration", "number"))
    if not isinstance(uid, str) or not isinstance(number, str):
        raise Refused(Flaw.FORM)
    registration = Registration.get_or_none(Registration.uid == _bare(uid))
    if registration is None:
        raise Refused(Flaw.UNKNOWN)
    new = enrolment.number(registration, _bare(number))
    if new:
        record(OFFICE, "numbers.import", registration.uid, "number")
    return new


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        yield from enumerate(json.loads(text), start=1)
        return
    heading = text.partition("\n")[0]
    # Spreadsheets set to Indonesian write semicolons.
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=heading.count))
    if not {"registration", "number"} <= set(reader.fieldnames or ()):
        raise ValueError("columns are missing")
    for row in reader:
        yield reader.line_num, row


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    flat = [dict(_flat(row)) for row in rows]
    heading = list(dict.fromkeys(name for row in flat for name in row)) or ["registration"]
    text = io.StringIO()
    writer = csv.DictWriter(text, heading, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(flat)
    # The mark in front tells spreadsheets that this is UTF-8.
    return "\ufeff" + text.getvalue()


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}_")
        else:
            text = ";".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
            yield f"{before}{name}", _as_text(text)


def _as_text(text: str) -> str:
    """Text that a spreadsheet neither runs nor rounds: long digits such as a NIK get an apostrophe as formulas do."""
    return f"'{text}" if text.startswith(FORMULA) or (text.isdigit() and len(text) > 11) else text


def _bare(text: str) -> str:
    return text.strip().removeprefix("'")

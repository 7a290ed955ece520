"""Looks over a running place: what an operator wants to know before anybody complains."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from peewee import fn

from bpu import clock
from bpu.migrations import pending
from bpu.models import TABLES, Outgoing, database, keyring, on_postgres, sealed_columns
from bpu.models.database import Row
from bpu.rules.calendar import months_from
from bpu.rules.money.contributions import Catalogue
from bpu.rules.places.regions import Regions
from bpu.services.messages.outbox import standing
from bpu.services.messages.reports import success
from bpu.services.opened import Services
from bpu.services.upkeep import soundness

# What SQLite says of the pragmas that keep what was acknowledged, and overwrite what was deleted.
PRAGMAS: Mapping[str, Any] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
SERVER = ("fsync", "synchronous_commit", "full_page_writes")
WAITED = 300  # seconds that something may wait for the worker
LEAST_FREE = 256 * 2**20  # bytes
SKEW = timedelta(seconds=5)
LEAST_SENT = 20  # SMS after which their receipts say something
VILLAGES = 80_000


class State(StrEnum):
    """How something is; only `WRONG` asks for somebody to act at once."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, how it is, and what was seen."""

    name: str
    state: State
    seen: Mapping[str, Any]

    def __str__(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.seen.items())
        return f"{self.state.upper():5} {self.name}: {said}"


def examine(services: Services) -> list[Finding]:
    """Look at everything; what cannot be looked at is wrong, too."""
    looks: Mapping[str, Callable[[], tuple[State, Mapping[str, Any]]]] = {
        "database": _server if on_postgres() else _file,
        "migrations": _migrations,
        "outbox": _outbox,
        "sms": _sms,
        "data keys": _keys,
        "disk": lambda: _disk(services),
        "clock": _clock,
        "regions": lambda: _regions(services.regions),
        "tables": lambda: _tables(services.catalogue),
    }
    return list(_looked_at(looks))


def _looked_at(looks: Mapping[str, Callable[[], tuple[State, Mapping[str, Any]]]]) -> Iterator[Finding]:
    for name, look in looks.items():
        try:
            yield Finding(name, *look())
        except Exception as error:  # whatever a damaged database makes of a look: the others are worth having
            yield Finding(name, State.WRONG, {"error": type(error).__name__})


def _wrong_if(wrong: bool, otherwise: State = State.FINE) -> State:
    return State.WRONG if wrong else otherwise


def _file() -> tuple[State, Mapping[str, Any]]:
    """SQLite's pragmas as this connection has them."""
    seen = {name: database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    version = ".".join(map(str, database.obj.server_version))
    found = soundness.damage(database.obj.database, soundness.PATIENCE)
    whole = {"damage": f"{found}; {soundness.HOW}"} if found else {}
    return _wrong_if(seen != PRAGMAS or bool(found)), {"engine": f"sqlite-{version}", **seen, **whole}


def _server() -> tuple[State, Mapping[str, Any]]:
    """PostgreSQL's settings that keep what was acknowledged."""
    seen = {name: database.execute_sql(f"SHOW {name}").fetchone()[0] for name in SERVER}
    version = database.execute_sql("SHOW server_version").fetchone()[0].split()[0]
    return _wrong_if("off" in seen.values()), {"engine": f"postgresql-{version}", **seen}


def _migrations() -> tuple[State, Mapping[str, Any]]:
    missing = pending(database.obj)
    return _wrong_if(bool(missing)), {"pending": ",".join(missing) or 0}


def _outbox() -> tuple[State, Mapping[str, Any]]:
    seen = standing()
    return _wrong_if(seen["oldest"] > WAITED, State.NOTE if seen["dead"] else State.FINE), seen


def _sms() -> tuple[State, Mapping[str, Any]]:
    """What gateways say of the last day; receipts are advisory, so the worst that they are is a note."""
    told = success()
    poor = any(
        each["sent"] >= LEAST_SENT and each["failed"] + each["rejected"] > each["sent"] / 5 for each in told.values()
    )
    seen = {name: "{delivered}/{sent}".format(**each) for name, each in told.items()}
    return State.NOTE if poor else State.FINE, seen or {"sent": 0}


def _keys() -> tuple[State, Mapping[str, Any]]:
    """The ids of the keys that something at rest is sealed with: one that is not at hand has lost what it sealed."""
    used: set[int] = set()
    for model in TABLES:
        if issubclass(model, Row):
            for name in sealed_columns(model):
                column = getattr(model, f"{name}_sealed")
                ids: Any = model.select(fn.SUBSTR(column, 2, 1)).where(column.is_null(False)).distinct().tuples()
                used.update(bytes(value)[0] for (value,) in ids)
    ring = keyring()
    state = State.NOTE if used - {ring.newest} else State.FINE
    seen = {"newest": ring.newest, "at_hand": _list(ring.ids), "in_use": _list(sorted(used))}
    return _wrong_if(bool(used - set(ring.ids)), state), seen


def _disk(services: Services) -> tuple[State, Mapping[str, Any]]:
    free = shutil.disk_usage(services.settings.var).free
    return _wrong_if(free < LEAST_FREE), {"free_mb": free // 2**20}


def _clock() -> tuple[State, Mapping[str, Any]]:
    """Our clock beside the database server's, and beside the newest row: a clock set back opens old codes again."""
    now = clock.now()
    newest = Outgoing.select(fn.MAX(Outgoing.created)).scalar()
    ahead = max(newest - now, timedelta()) if newest else timedelta()
    if on_postgres():
        ahead = max(ahead, abs(database.execute_sql("SELECT clock_timestamp()").fetchone()[0] - now))
    return _wrong_if(ahead > SKEW), {
        "wib": now.astimezone(clock.WIB).isoformat(timespec="seconds"),
        "off_seconds": round(ahead.total_seconds()),
    }


def _regions(regions: Regions) -> tuple[State, Mapping[str, Any]]:
    seen = regions.counts()
    return _wrong_if(seen["provinces"] != 38 or seen["villages"] < VILLAGES), seen


def _tables(catalogue: Catalogue) -> tuple[State, Mapping[str, Any]]:
    """Whether the days off that move a due date are known for next month's year."""
    last = max((row.period.until for row in catalogue.tariff.holiday), default=date.min)
    soon = months_from(clock.today(), 2)[1]
    return (State.NOTE if last.year < soon.year else State.FINE), {"holidays_until": last, "due_in": f"{soon:%Y-%m}"}


def _list(ids: Any) -> str:
    return ",".join(map(str, ids)) or "none"

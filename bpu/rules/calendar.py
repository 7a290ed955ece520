"""Contribution months, due dates and dated rows: when a month is owed and covered, and on which days a rule holds.

A contribution month (iuran bulan) is the date of its first day. All dates are WIB calendar dates. Dated rows are TOML
tables whose rows each carry their legal `source`, a `confidence` and the days `since` .. `until` on which they hold.
"""

import calendar as gregorian
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

CONFIDENCES = {"S": "sure", "L": "likely", "U": "unsure"}


@dataclass(frozen=True, order=True)
class Period:
    """The days on which a row holds, both ends included; without `until` it holds until somebody closes it."""

    since: date
    until: date = date.max

    def __post_init__(self) -> None:
        """Refuses ends that are not plain dates, or that stand in the wrong order, with ValueError."""
        if type(self.since) is not date or type(self.until) is not date:
            raise ValueError("since and until must be dates, such as 2026-01-31")
        if self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until

    def overlaps(self, other: "Period") -> bool:
        """Whether some day lies in both."""
        return self.since <= other.until and other.since <= self.until

    def covered_by(self, parts: Iterable["Period"]) -> bool:
        """Whether every day of this period lies in one of the parts."""
        day = self.since
        for part in sorted(parts):
            if day in part:
                if part.until >= self.until:
                    return True
                day = part.until + timedelta(days=1)
        return False


@dataclass(frozen=True, kw_only=True)
class Sourced:
    """What every dated row carries: the days it holds, the text it rests on and how sure that is (S, L, U)."""

    period: Period
    source: str
    confidence: str


Row = TypeVar("Row", bound=Sourced)


def in_force(rows: Iterable[Row], on: date) -> tuple[Row, ...]:
    """The rows that hold on a day, in their own order."""
    return tuple(row for row in rows if on in row.period)


def refuse_overlaps(rows: Iterable[Row], called: Callable[[Row], str]) -> None:
    """Raises ValueError when two rows that `called` gives the same name to hold on the same day."""
    last: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.period):
        before = last.get(called(row))
        if before and before.period.overlaps(row.period):
            raise ValueError(f"two rows for {called(row)} hold on {row.period.since}")
        last[called(row)] = row


def dated_rows(path: Path, kinds: Mapping[str, type]) -> dict[str, tuple[Any, ...]]:
    """Reads a TOML file of dated rows, each built as the class that `kinds` names for its table.

    A row's own fields go to that class together with `period`, `source` and `confidence`; lists become tuples. Raises
    ValueError, in one line that names the file and the row, for anything missing, unknown or refused by the class.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"{path.name}: {problem}") from problem
    if tables.keys() != kinds.keys():
        raise ValueError(f"{path.name}: missing or unknown tables: {', '.join(sorted(tables.keys() ^ kinds.keys()))}")
    return {
        kind: tuple(_built(kinds[kind], row, f"{path.name}: {kind} row {number}") for number, row in enumerate(rows, 1))
        for kind, rows in tables.items()
    }


def _built(kind: type, row: Mapping[str, Any], place: str) -> Any:
    try:
        if not str(row.get("source", "")).strip():
            raise ValueError("no source")
        if row.get("confidence") not in CONFIDENCES:
            raise ValueError(f"confidence must be one of {', '.join(CONFIDENCES)}")
        if "since" not in row:
            raise ValueError("no since")
        fields = {name: _fixed(value) for name, value in row.items() if name not in ("since", "until")}
        return kind(period=Period(row["since"], row.get("until", date.max)), **fields)
    except (TypeError, ValueError, ArithmeticError, LookupError) as problem:
        raise ValueError(f"{place}: {problem}") from problem


def _fixed(value: Any) -> Any:
    return tuple(_fixed(part) for part in value) if isinstance(value, list) else value


def months_from(first: date, count: int) -> tuple[date, ...]:
    """So many consecutive contribution months, beginning with `first`."""
    start = first.year * 12 + first.month - 1
    return tuple(date((start + step) // 12, (start + step) % 12 + 1, 1) for step in range(count))


def first_month(registered: date, last_day: int) -> date:
    """The first contribution month when registering on a day: the current one up to `last_day`, else the next."""
    return months_from(registered, 2)[registered.day > last_day]


def due_date(month: date, due_day: int, holidays: Collection[Period] = ()) -> date:
    """The last day to pay a contribution month: its `due_day`, moved on to the next working day (PP 44/2015)."""
    day = month.replace(day=due_day)
    while day.weekday() in (gregorian.SATURDAY, gregorian.SUNDAY) or any(day in days for days in holidays):
        day += timedelta(days=1)
    return day


def covered_until(first: date, months: int) -> date:
    """The last day that a payment for so many months covers; raises ValueError for less than one month."""
    if months < 1:
        raise ValueError(f"{months} months cover nothing")
    return months_from(first, months + 1)[-1] - timedelta(days=1)

"""When a person is reminded of what is owed: a few days a month, never after payment, and silence after the lapse.

Days and kinds (case M01): seven days and one day before the first due date, three days after it; for each further month
the last working day before its due date; seven days before the lapse and on its day (R24).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.choices import choice
from bpu.rules.months.facts import Person
from bpu.rules.months.ledger import ZONES, PaidMonth, after
from bpu.rules.months.prices import due, lapse


class Kind(StrEnum):
    """What a reminder is about."""

    BEFORE = "before"
    EVE = "eve"
    LATE = "late"
    MONTH = "month"
    LAPSING = "lapsing"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Reminder:
    """One reminder: its day and kind, and the hours where the person lives between which it may leave."""

    day: date
    kind: Kind
    earliest: datetime
    latest: datetime


def reminders(
    person: Person, ledger: Iterable[PaidMonth], moment: datetime, catalogue: Catalogue
) -> tuple[Reminder, ...]:
    """The reminders that were due to leave up to a moment, oldest first, no day twice.

    Each belongs to what was owed at its earliest hour: what had been paid by then is not asked for. The last one is
    still to be sent while the moment lies before its `latest` and nothing has been paid since its `earliest`.
    """
    rows = sorted((row for row in ledger if row.paid_at <= moment), key=lambda row: row.paid_at)
    silent = [each for each in (person.stopped, person.end and person.end.at) if each]
    found: dict[date, Reminder] = {}
    last = date.min
    for number, row in enumerate(rows):
        last = max(last, row.month)
        until = min([*(later.paid_at for later in rows[number + 1 : number + 2]), *silent], default=None)
        for each in _planned(last, person.zone, catalogue):
            if each.earliest > moment or (until and each.earliest >= until):
                break
            if each.earliest > row.paid_at:
                found.setdefault(each.day, each)
    return tuple(found[day] for day in sorted(found))


def coming(person: Person, ledger: Iterable[PaidMonth], moment: datetime, catalogue: Catalogue) -> Reminder | None:
    """The next reminder after a moment if nothing more is paid, or None."""
    last = max((row.month for row in ledger if row.paid_at <= moment), default=None)
    silent = [each for each in (person.stopped, person.end and person.end.at) if each]
    if last is None:
        return None
    later = (each for each in _planned(last, person.zone, catalogue) if each.earliest > moment)
    return next((each for each in later if all(each.earliest < end for end in silent)), None)


def _planned(last: date, zone: str, catalogue: Catalogue) -> Iterator[Reminder]:
    """All reminders for somebody who has paid up to the month `last`, in the order of their days."""
    first, end = after(last, 1), lapse(last, catalogue)

    def days(name: str) -> timedelta:
        return timedelta(days=choice(name, first))

    owed = due(first, catalogue).day
    yield _reminder(owed - days("remind_days_before"), Kind.BEFORE, zone)
    yield _reminder(owed - days("remind_days_eve"), Kind.EVE, zone)
    yield _reminder(owed + days("remind_days_after"), Kind.LATE, zone)
    month = after(first, 1)
    while month < end:
        yield _reminder(_working_day_before(due(month, catalogue).day, catalogue), Kind.MONTH, zone)
        month = after(month, 1)
    yield _reminder(end - days("remind_days_before_lapse"), Kind.LAPSING, zone)
    yield _reminder(end, Kind.LAPSED, zone)


def _working_day_before(day: date, catalogue: Catalogue) -> date:
    """The last working day before a day; only weekdays count in years without holidays as data."""
    holidays = [row.period for row in catalogue.tariff.holiday]
    day -= timedelta(days=1)
    while day.weekday() > 4 or any(day in period for period in holidays):
        day -= timedelta(days=1)
    return day


def _reminder(day: date, kind: Kind, zone: str) -> Reminder:
    hours = (choice(name, day) for name in ("remind_from_hour", "remind_until_hour"))
    earliest, latest = (datetime.combine(day, time(hour), ZONES[zone]) for hour in hours)
    return Reminder(day, kind, earliest, latest)

"""The months that money has bought, and how months are counted.

A contribution month is the date of its first day. Moments are aware datetimes; their day is that of WIB (membership
rule R22), which has had no summer time since 1964, so that fixed offsets are enough.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from bpu.rules.calendar import covered_until

ZONES = {zone: timezone(timedelta(hours=hours), zone) for zone, hours in (("WIB", 7), ("WITA", 8), ("WIT", 9))}


@dataclass(frozen=True, kw_only=True)
class PaidMonth:
    """One row of the ledger: a contribution month that money bought, on which terms, and when the money came.

    `base` is the dasar penghasilan from which percentages and benefits count, `price` whole rupiah, `paid_at` the
    bank's time of payment (R22).
    """

    month: date
    programmes: tuple[str, ...]
    base: int
    price: int
    paid_at: datetime

    def __post_init__(self) -> None:
        """Refuses a day that is not the 1st, a price below zero and a naive time, with ValueError."""
        if self.month.day != 1 or self.price < 0:
            raise ValueError(f"no month bought on {self.month} for {self.price}")
        aware(self.paid_at)


Ledger = tuple[PaidMonth, ...]


def aware(moment: datetime) -> datetime:
    """The moment itself; raises ValueError where it does not say its offset."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset")
    return moment


def wib_day(moment: datetime) -> date:
    """The calendar day in WIB."""
    return aware(moment).astimezone(ZONES["WIB"]).date()


def month_of(moment: datetime) -> date:
    """The contribution month in which a moment lies."""
    return wib_day(moment).replace(day=1)


def after(month: date, steps: int) -> date:
    """The contribution month so many months later; earlier when `steps` is below zero."""
    year, number = divmod(month.year * 12 + month.month - 1 + steps, 12)
    return date(year, number + 1, 1)


def last_day(month: date) -> date:
    """The last day that a contribution month covers (R3)."""
    return covered_until(month, 1)


def last_paid(ledger: Iterable[PaidMonth]) -> date | None:
    """The newest month of a ledger, or None while nothing has been bought."""
    return max((row.month for row in ledger), default=None)


def runs(ledger: Iterable[PaidMonth]) -> tuple[Ledger, ...]:
    """The ledger cut where months are missing: each run is one unbroken time, and every one but the first a restart."""
    found: list[list[PaidMonth]] = []
    for row in sorted(ledger, key=lambda row: row.month):
        if not found or after(found[-1][-1].month, 1) < row.month:
            found.append([])
        found[-1].append(row)
    return tuple(tuple(run) for run in found)

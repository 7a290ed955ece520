"""What so many months would cost and cover if they were paid now: for the pages, bills and messages before paying."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Held, first_to_buy, starts
from bpu.rules.months.choices import choice
from bpu.rules.months.facts import Person
from bpu.rules.months.ledger import PaidMonth, after, last_day, month_of, wib_day
from bpu.rules.months.prices import Terms, lapse, limit, terms


@dataclass(frozen=True)
class Purchase:
    """Some months in a row, as money that arrived now would buy them.

    `months` with their own prices, `amount` the rupiah to pay for all of them once `credit` is used, `covers` the first
    and last day that they protect or settle, `settles` whether nothing is owed afterwards, `valid_until` the last WIB
    day on which sum and months are right (a bill ends there at 23.59), `following` the month after them.
    """

    months: tuple[Terms, ...]
    credit: int
    covers: tuple[date, date]
    settles: bool
    valid_until: date
    following: Terms

    @property
    def total(self) -> int:
        """Rupiah that the months cost."""
        return sum(month.price for month in self.months)

    @property
    def amount(self) -> int:
        """Rupiah still to pay."""
        return max(0, self.total - self.credit)

    @property
    def days_of_first(self) -> int:
        """How many days of the first month they cover."""
        return (last_day(self.months[0].month) - self.covers[0]).days + 1

    @property
    def dearer_from(self) -> Terms | None:
        """The first month that costs more than the one before it, among these and the one that follows."""
        row = (*self.months, self.following)
        return next((later for before, later in pairwise(row) if later.price > before.price), None)


class NotForSale(ValueError):
    """No month can be bought: `held` says why."""

    def __init__(self, held: Held) -> None:
        """Keeps the reason."""
        super().__init__(held.value)
        self.held = held


def purchase(
    person: Person,
    ledger: Iterable[PaidMonth],
    moment: datetime,
    catalogue: Catalogue,
    count: int,
    *,
    credit: int = 0,
    begin: date | None = None,
) -> Purchase:
    """What `count` months would cost, counted as `allocate` does: what is owed first, then months ahead.

    Raises `NotForSale` when the membership has ended or cannot begin any more, ValueError for no months at all and for
    what `allocate` refuses.
    """
    if count < 1:
        raise ValueError(f"{count} months buy nothing")
    known, rows = person.known(moment), tuple(row for row in ledger if row.paid_at <= moment)
    first, held = first_to_buy(known, rows, catalogue, moment, begin=begin)
    furthest = after(month_of(moment), choice("ahead_months", wib_day(moment)))
    if held or after(first, count - 1) > furthest:
        raise NotForSale(held or Held.AHEAD)
    today, now, last = wib_day(moment), month_of(moment), after(first, count - 1)
    begins = starts(rows, catalogue, moment)
    if begins:
        until = last_day(now)
        if not rows:
            until = min(until, _last_day_to_begin(known, catalogue, today))
    else:
        until = min(last_day(last), lapse(after(first, -1), catalogue) - timedelta(days=1))
    return Purchase(
        months=tuple(terms(known, catalogue, after(first, step)) for step in range(count)),
        credit=credit,
        covers=(max(first, today) if begins else first, last_day(last)),
        settles=last >= now,
        valid_until=max(until, today),
        following=terms(known, catalogue, after(last, 1)),
    )


def later_begin(ledger: Iterable[PaidMonth], moment: datetime, catalogue: Catalogue) -> date | None:
    """The next month, where a membership would begin now and few days of this month are left; otherwise None."""
    today, now = wib_day(moment), month_of(moment)
    left = (last_day(now) - today).days + 1
    few = left <= choice("few_days_left", today)
    return after(now, 1) if few and starts(tuple(ledger), catalogue, moment) else None


def _last_day_to_begin(person: Person, catalogue: Catalogue, today: date) -> date:
    """The day before the birthday that is too late to begin (R14)."""
    year, birth = person.birth.year + limit(catalogue, "age_before", today), person.birth
    leapling = (birth.month, birth.day) == (2, 29) and not _is_leap(year)
    return (date(year, 3, 1) if leapling else date(year, birth.month, birth.day)) - timedelta(days=1)


def _is_leap(year: int) -> bool:
    return last_day(date(year, 2, 1)).day == 29

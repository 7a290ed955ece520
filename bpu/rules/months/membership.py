"""Whether somebody is protected, until when, and what to pay next: computed from facts, ledger and a moment.

This is the one place that says so; pages, messages, slips, banks, retention and the office ask here. Nothing of it is
stored. The rules, R1 to R24, are told in `docs/membership.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Held, first_to_buy
from bpu.rules.months.facts import End, Ending, Person
from bpu.rules.months.ledger import Ledger, PaidMonth, after, last_day, month_of, runs, wib_day
from bpu.rules.months.prices import Terms, due, lapse, priced, terms
from bpu.rules.months.reminders import Reminder, coming, reminders


class Status(StrEnum):
    """Where a membership stands."""

    NONE = "none"
    ACTIVE = "active"
    DUE = "due"
    ARREARS = "arrears"
    LAPSED = "lapsed"
    ENDED = "ended"


class Protection(StrEnum):
    """Whether JKK and JKM pay: `not_assured` where no source says so, and then nobody may say yes or no (R6)."""

    YES = "yes"
    NOT_ASSURED = "not_assured"
    NO = "no"


PROTECTED = {Status.ACTIVE: Protection.YES, Status.DUE: Protection.NOT_ASSURED, Status.ARREARS: Protection.NOT_ASSURED}


@dataclass(frozen=True)
class Owed:
    """A month to pay: its own price in rupiah, its due date, whether that has passed, and if holidays are unknown."""

    month: date
    price: int
    due: date
    late: bool
    by_weekday: bool


@dataclass(frozen=True)
class Next:
    """The next month to pay, by when, and the rupiah still to pay for it: its price without the credit."""

    month: date
    due: date
    amount: int


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What is true of a person at a moment; days are WIB, money is whole rupiah.

    `first_month` and `since` (first payment) are those of the whole membership, `run_since` the payment with which
    it began last; `revived` when that was a restart. `owed` are the unpaid months that a payment must settle first,
    oldest first; none once the membership has lapsed (R8). `restart` is the offer of a lapsed one. `covered_from` is
    set while the bought months are still to come. `applies` are the terms of the month that runs when it is paid,
    otherwise of the next to pay. `refund` comes back with the claim (R16). `held` says why no money can buy a month.
    """

    moment: datetime
    status: Status
    protected: Protection
    first_month: date | None = None
    since: datetime | None = None
    run_since: datetime | None = None
    revived: bool = False
    covered_from: date | None = None
    paid_until: date | None = None
    owed: tuple[Owed, ...] = ()
    next: Next | None = None
    lapses_on: date | None = None
    applies: Terms | None = None
    credit: int = 0
    refund: int = 0
    ended: End | None = None
    held: Held | None = None
    reminders: tuple[Reminder, ...] = ()
    coming: Reminder | None = None
    by_weekday: bool = False

    @property
    def late_months(self) -> int:
        """How many owed months are past their due date."""
        return sum(month.late for month in self.owed)

    @property
    def due(self) -> date | None:
        """The due date of the oldest month to pay, while the membership runs."""
        return self.next.due if self.next and self.status in (Status.ACTIVE, *_OWING) else None

    @property
    def to_be_current(self) -> int:
        """The rupiah that make everything right today: what is owed, or the first month of a (new) beginning."""
        if self.status in _OWING:
            return max(0, sum(month.price for month in self.owed) - self.credit)
        return self.next.amount if self.next and self.status in _OUTSIDE and not self.covered_from else 0

    @property
    def restart(self) -> Next | None:
        """The month with which a lapsed membership goes on, under the same number and without its arrears (R8)."""
        return self.next if self.status is Status.LAPSED and not self.covered_from else None


_OWING = (Status.DUE, Status.ARREARS)
_OUTSIDE = (Status.NONE, Status.LAPSED)


def membership(
    person: Person, ledger: Iterable[PaidMonth], moment: datetime, catalogue: Catalogue, *, credit: int = 0
) -> Membership:
    """What is true of a person at a moment, given everything that was bought and the credit held then.

    Rows paid later than the moment, changes and an end after it do not count yet. Raises ValueError for a moment
    without an offset and where a month has no price in the catalogue.
    """
    known = person.known(moment)
    rows = tuple(row for row in ledger if row.paid_at <= moment)
    status, upcoming = _status(known, rows, moment, catalogue)
    found = Membership(
        moment=moment,
        status=status,
        protected=PROTECTED.get(status, Protection.NO),
        covered_from=upcoming,
        credit=credit,
        ended=known.end,
        reminders=reminders(known, rows, moment, catalogue),
    )
    if rows:
        found = _with_ledger(found, rows, catalogue)
    if known.end:
        return _ended(found, known.end, rows)
    return replace(_to_pay(found, known, rows, catalogue), coming=coming(known, rows, moment, catalogue))


def _status(person: Person, rows: Ledger, moment: datetime, catalogue: Catalogue) -> tuple[Status, date | None]:
    """The status, and the first day of bought months while all of them are still to come."""
    now, day, bought = month_of(moment), wib_day(moment), runs(rows)
    if person.end:
        return Status.ENDED, None
    if not bought:
        return Status.NONE, None
    last = bought[-1][-1].month
    if any(row.month == now for row in rows):
        return Status.ACTIVE, None
    if last > now:
        before = Status.LAPSED if len(bought) > 1 else Status.NONE
        return before, min(row.month for row in rows if row.month > now)
    if day >= lapse(last, catalogue):
        return Status.LAPSED, None
    return (Status.ARREARS if day > due(after(last, 1), catalogue).day else Status.DUE), None


def _with_ledger(found: Membership, rows: Ledger, catalogue: Catalogue) -> Membership:
    bought = runs(rows)
    last = bought[-1][-1].month
    return replace(
        found,
        first_month=bought[0][0].month,
        since=min(row.paid_at for row in rows),
        run_since=min(row.paid_at for row in bought[-1]),
        revived=len(bought) > 1,
        paid_until=last_day(last),
        lapses_on=lapse(last, catalogue),
    )


def _ended(found: Membership, end: End, rows: Ledger) -> Membership:
    """With a claim, months after its month are not covered and come back (R16); otherwise no source says so."""
    claim = end.reason in (Ending.DEATH, Ending.JHT_WITHDRAWN)
    month = month_of(end.at)
    refund = sum(row.price for row in rows if claim and row.month > month)
    until = max((last_day(row.month) for row in rows if not claim or row.month <= month), default=None)
    return replace(found, held=Held.ENDED, refund=refund, paid_until=until, lapses_on=None)


def _to_pay(found: Membership, person: Person, rows: Ledger, catalogue: Catalogue) -> Membership:
    month, held = first_to_buy(person, rows, catalogue, found.moment)
    if held:
        return replace(found, held=held)
    now, day = month_of(found.moment), wib_day(found.moment)
    owed: list[Owed] = []
    while found.status in _OWING and after(month, len(owed)) <= now:
        each = after(month, len(owed))
        last = due(each, catalogue)
        price = terms(person, catalogue, each).price
        owed.append(Owed(each, price, last.day, last.day < day, last.by_weekday))
    last, sold = due(month, catalogue), terms(person, catalogue, month)
    return replace(
        found,
        owed=tuple(owed),
        next=Next(month, last.day, max(0, sold.price - found.credit)),
        by_weekday=last.by_weekday,
        applies=_running(person, rows, catalogue, now) or sold,
    )


def _running(person: Person, rows: Ledger, catalogue: Catalogue, now: date) -> Terms | None:
    """The terms on which the current month was bought, or None."""
    row = next((row for row in rows if row.month == now), None)
    if row is None:
        return None
    _, full = priced(person.facts, catalogue, now, row.programmes, row.base)
    return Terms(now, row.programmes, row.base, row.price, full)

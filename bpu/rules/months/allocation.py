"""How money becomes months: oldest first, each at its own price, none that is over, and what is left is credit.

Pure: the same person, ledger, money and moment give the same rows. The caller writes them down in one transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bpu.rules.identity.dates import age
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.choices import choice
from bpu.rules.months.facts import Person
from bpu.rules.months.ledger import Ledger, PaidMonth, after, last_paid, month_of, wib_day
from bpu.rules.months.prices import lapse, limit, priced, terms


class Held(StrEnum):
    """Why money buys nothing (more)."""

    SHORT = "short"  # less than the next month costs
    WAITING = "waiting"  # nobody asked to begin (again) with what is left
    AGE = "age"  # too old to begin (R14)
    ENDED = "ended"
    AHEAD = "ahead"  # as many months ahead as may be


@dataclass(frozen=True)
class Allocation:
    """What money did.

    `ledger` is the whole ledger after it, by month; `bought` its new rows; `repriced` older rows whose price a later
    rule lowered (R12), as they are now; `credit` the rupiah left, and `held` why they are (None when there are none).
    """

    ledger: Ledger
    bought: Ledger
    repriced: Ledger
    credit: int
    held: Held | None


def allocate(
    person: Person,
    ledger: Iterable[PaidMonth],
    catalogue: Catalogue,
    amount: int,
    at: datetime,
    *,
    credit: int = 0,
    begin: date | None = None,
) -> Allocation:
    """What `amount` rupiah that arrive at a moment buy, together with the `credit` of before.

    The first month is the one in which the money arrives, or the next one where the person chose so (`begin`, R4);
    then, and in arrears, month by month from the oldest that is unpaid (R7); after a lapse again from the month of the
    money (R8). The sum of prices and credit is always that of before plus `amount`. With an amount of 0 credit is
    used up as far as it goes, but a membership begins or begins again only where `begin` says so. Raises ValueError
    for money below zero, a `begin` that is no 1st or later than the next month, and months that have no price.
    """
    if amount < 0 or credit < 0:
        raise ValueError(f"no money of {amount} with a credit of {credit}")
    known, rows = person.known(at), tuple(ledger)
    repriced: Ledger = ()
    freed = 0
    if not known.end:
        rows, repriced, freed = _lowered(person, rows, catalogue)
    money, bought, held = amount + credit + freed, [], Held.SHORT
    month, barred = first_to_buy(known, rows, catalogue, at, begin=begin)
    if barred or (not amount and begin is None and starts(rows, catalogue, at)):
        held = barred or Held.WAITING
    else:
        furthest = after(month_of(at), choice("ahead_months", wib_day(at)))
        while month <= furthest:
            sold = terms(known, catalogue, month)
            if sold.price > money:
                break
            row = PaidMonth(month=month, programmes=sold.programmes, base=sold.base, price=sold.price, paid_at=at)
            bought.append(row)
            money -= sold.price
            month = after(month, 1)
        else:
            held = Held.AHEAD
    whole = tuple(sorted((*rows, *bought), key=lambda row: row.month))
    return Allocation(whole, tuple(bought), repriced, money, held if money else None)


def starts(ledger: Ledger, catalogue: Catalogue, at: datetime) -> bool:
    """Whether money that arrives at a moment would begin a membership, or begin it again after a lapse."""
    last = last_paid(ledger)
    return last is None or month_of(at) >= lapse(last, catalogue)


def first_to_buy(
    person: Person, ledger: Ledger, catalogue: Catalogue, at: datetime, *, begin: date | None = None
) -> tuple[date, Held | None]:
    """The first month that money arriving at a moment would buy, and what forbids it, if anything.

    Raises ValueError for a `begin` that is no 1st or later than the next month.
    """
    now, last = month_of(at), last_paid(ledger)
    if begin and (begin.day != 1 or begin > after(now, 1)):
        raise ValueError(f"a membership cannot begin with {begin} on {wib_day(at)}")
    month = max(now, begin or now) if last is None or starts(ledger, catalogue, at) else after(last, 1)
    if person.end:
        return month, Held.ENDED
    if last is None and age(person.birth, wib_day(at)) >= limit(catalogue, "age_before", wib_day(at)):
        return month, Held.AGE
    return month, None


def _lowered(person: Person, ledger: Ledger, catalogue: Catalogue) -> tuple[Ledger, Ledger, int]:
    """The ledger with the prices that a later rule lowered, those rows, and the rupiah that this sets free.

    A row is priced for its own programmes and base, and for the dearest of the sectors that may have counted when it
    was bought: so no change of the person's facts, not even at that very moment, is taken for a new rule.
    """
    rows, repriced, freed = [], [], 0
    for row in ledger:
        before = replace(person, changes=tuple(each for each in person.changes if each.at < row.paid_at))
        facts = {before.facts_in(row.month), *(each.facts for each in person.changes if each.at == row.paid_at)}
        price = max(priced(each, catalogue, row.month, row.programmes, row.base)[0] for each in facts)
        if price < row.price:
            freed += row.price - price
            row = replace(row, price=price)
            repriced.append(row)
        rows.append(row)
    return tuple(rows), tuple(repriced), freed

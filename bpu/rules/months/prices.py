"""What one month of one person costs, until when it is to be paid, and when so many unpaid ones end a membership."""

from dataclasses import dataclass
from datetime import date

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.facts import Facts, Person
from bpu.rules.months.ledger import after


@dataclass(frozen=True)
class Terms:
    """What one month is sold as: programmes in catalogue order, base, and rupiah with (`price`) and without relief."""

    month: date
    programmes: tuple[str, ...]
    base: int
    price: int
    full: int


@dataclass(frozen=True)
class Due:
    """The last day to pay a month; `by_weekday` when its year has no holidays as data, so that it may move on."""

    day: date
    by_weekday: bool


def terms(person: Person, catalogue: Catalogue, month: date) -> Terms:
    """The terms of a month for a person as known now (see `Person.known`), each month at its own price (R7, R10).

    Raises ValueError where the catalogue has no price for that month.
    """
    facts = person.facts_in(month)
    try:
        programmes = tuple(
            row.code
            for row in catalogue.offered(month)
            if row.code in facts.programmes or row.required(facts.employs)  # R21: who employs others takes JHT
        )
        bill = priced(facts, catalogue, month, programmes, facts.income)
        return Terms(month, programmes, catalogue.base(facts.income, month), *bill)
    except LookupError as missing:
        raise ValueError(f"no price for {month:%Y-%m}") from missing


def priced(
    facts: Facts, catalogue: Catalogue, month: date, programmes: tuple[str, ...], income: int
) -> tuple[int, int]:
    """Rupiah with and without relief for these programmes and this income, in the sector of the facts."""
    quote = catalogue.quote(
        programmes,
        income,
        transport=facts.transport,
        discount=catalogue.excluded(month, employs_others=facts.employs, state_paid=facts.state_paid) is None,
        first_month=month,
        months=1,
    )
    return quote.total, quote.total + quote.saved


def due(month: date, catalogue: Catalogue) -> Due:
    """The last day to pay a contribution month (R1), and whether holidays of that year are known (R23)."""
    day = catalogue.due_date(month)
    known = {year for row in catalogue.tariff.holiday for year in (row.period.since.year, row.period.until.year)}
    return Due(day, day.year not in known)


def lapse(last: date, catalogue: Catalogue) -> date:
    """The first day on which a membership paid up to the month `last` has ended (R5)."""
    first = after(last, 1)
    return after(first, limit(catalogue, "arrears_months", first))


def limit(catalogue: Catalogue, name: str, on: date) -> int:
    """A figure of the catalogue that holds on a day; ValueError for days before there were rules."""
    try:
        return catalogue.limit(name, on)
    except LookupError as missing:
        raise ValueError(f"no price for {on:%Y-%m}") from missing

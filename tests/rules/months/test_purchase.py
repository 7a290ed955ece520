"""Before paying: which days are bought, what they cost, until when that is true, and when the price rises."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Held, allocate
from bpu.rules.months.choices import choice
from bpu.rules.months.facts import End, Ending, Facts, Person
from bpu.rules.months.ledger import Ledger
from bpu.rules.months.membership import membership
from bpu.rules.months.purchase import NotForSale, later_begin, purchase

CATALOGUE = Catalogue.load()
TRADER = Person(birth=date(1985, 3, 12), facts=Facts(income=1_000_000, programmes=("JKK", "JKM"), transport=False))


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def paid(amount: int, at: str) -> Ledger:
    return allocate(TRADER, (), CATALOGUE, amount, wib(at)).ledger


NOVEMBER = paid(8_400, "2026-11-10T10:00")


@pytest.mark.parametrize(
    ("ledger", "at", "count", "covers", "amount", "valid_until", "settles"),
    [
        ((), "2026-11-28T10:00", 1, ("2026-11-28", "2026-11-30"), 8_400, "2026-11-30", True),
        ((), "2026-11-28T10:00", 3, ("2026-11-28", "2027-01-31"), 33_600, "2026-11-30", True),
        (NOVEMBER, "2026-11-28T10:00", 1, ("2026-12-01", "2026-12-31"), 8_400, "2026-12-31", True),
        (NOVEMBER, "2026-11-28T10:00", 12, ("2026-12-01", "2027-11-30"), 193_200, "2027-02-28", True),
        (NOVEMBER, "2026-12-10T10:00", 1, ("2026-12-01", "2026-12-31"), 8_400, "2026-12-31", True),
        (NOVEMBER, "2027-01-20T10:00", 1, ("2026-12-01", "2026-12-31"), 8_400, "2027-01-20", False),
        (NOVEMBER, "2027-01-20T10:00", 2, ("2026-12-01", "2027-01-31"), 25_200, "2027-01-31", True),
        (NOVEMBER, "2027-01-20T10:00", 3, ("2026-12-01", "2027-02-28"), 42_000, "2027-02-28", True),
        (NOVEMBER, "2027-03-10T10:00", 1, ("2027-03-10", "2027-03-31"), 16_800, "2027-03-31", True),
    ],
)
def test_a_purchase_says_days_sum_and_how_long_both_hold(ledger, at, count, covers, amount, valid_until, settles):
    told = purchase(TRADER, ledger, wib(at), CATALOGUE, count)
    assert tuple(day.isoformat() for day in told.covers) == covers
    assert (told.amount, told.valid_until.isoformat(), told.settles) == (amount, valid_until, settles)


def test_three_days_of_november_are_three_days():
    assert purchase(TRADER, (), wib("2026-11-28T10:00"), CATALOGUE, 1).days_of_first == 3
    assert purchase(TRADER, NOVEMBER, wib("2026-11-28T10:00"), CATALOGUE, 1).days_of_first == 31


@pytest.mark.parametrize(
    ("day", "offered"),
    [
        ("2026-11-25", None),
        ("2026-11-26", "2026-12-01"),
        ("2026-11-30", "2026-12-01"),
        ("2027-02-23", None),
        ("2027-02-24", "2027-03-01"),
        ("2028-02-24", None),
        ("2028-02-25", "2028-03-01"),
        ("2026-12-27", "2027-01-01"),
    ],
)
def test_with_five_days_left_the_next_month_is_offered_as_the_first(day, offered):
    told = later_begin((), wib(f"{day}T10:00"), CATALOGUE)
    assert (told and told.isoformat()) == offered


def test_who_is_a_member_is_not_asked_when_to_begin():
    assert later_begin(NOVEMBER, wib("2026-11-30T10:00"), CATALOGUE) is None
    assert later_begin(NOVEMBER, wib("2027-03-30T10:00"), CATALOGUE) == date(2027, 4, 1)


def test_a_dearer_month_is_named_among_those_bought_and_the_one_after_them():
    at = wib("2026-11-10T10:00")
    assert purchase(TRADER, (), at, CATALOGUE, 1).dearer_from is None
    for count in (2, 3, 12):
        dearer = purchase(TRADER, (), at, CATALOGUE, count).dearer_from
        assert (dearer.month, dearer.price) == (date(2027, 1, 1), 16_800)


def test_credit_lowers_the_sum_and_never_below_nothing():
    at = wib("2026-11-28T10:00")
    assert purchase(TRADER, NOVEMBER, at, CATALOGUE, 1, credit=3_000).amount == 5_400
    assert purchase(TRADER, NOVEMBER, at, CATALOGUE, 1, credit=9_000).amount == 0


@pytest.mark.parametrize(
    ("birth", "last"), [("1961-12-20", "2026-12-19"), ("1961-12-02", "2026-12-01"), ("1962-02-01", "2026-12-31")]
)
def test_a_first_bill_ends_on_the_eve_of_the_birthday_that_is_too_late(birth, last):
    person = replace(TRADER, birth=date.fromisoformat(birth))
    assert purchase(person, (), wib("2026-12-01T10:00"), CATALOGUE, 1).valid_until.isoformat() == last
    assert purchase(person, NOVEMBER, wib("2026-12-01T10:00"), CATALOGUE, 1).valid_until == date(2026, 12, 31)


@pytest.mark.parametrize(("birth", "at"), [("1964-02-29", "2029-02-10"), ("1964-03-01", "2029-02-10")])
def test_who_is_65_on_the_first_of_march_may_begin_until_the_end_of_february(birth, at):
    person = replace(TRADER, birth=date.fromisoformat(birth))
    told = purchase(person, (), wib(f"{at}T10:00"), CATALOGUE, 1)
    assert told.valid_until == date(2029, 2, 28)


def test_what_is_not_for_sale_says_why():
    old = replace(TRADER, birth=date(1961, 11, 10))
    gone = replace(TRADER, end=End(wib("2026-11-09T10:00"), Ending.DEATH))
    for person, count, held in ((old, 1, Held.AGE), (gone, 1, Held.ENDED), (TRADER, 122, Held.AHEAD)):
        with pytest.raises(NotForSale) as refused:
            purchase(person, (), wib("2026-11-10T10:00"), CATALOGUE, count)
        assert refused.value.held is held
    with pytest.raises(ValueError, match="0 months"):
        purchase(TRADER, (), wib("2026-11-10T10:00"), CATALOGUE, 0)


def test_a_month_bought_later_does_not_count_yet():
    before = membership(TRADER, NOVEMBER, wib("2026-11-10T09:59"), CATALOGUE)
    assert (before.status, before.paid_until, before.next.month) == ("none", None, date(2026, 11, 1))
    ahead = allocate(TRADER, NOVEMBER, CATALOGUE, 8_400, wib("2026-11-20T10:00")).ledger
    assert membership(TRADER, ahead, wib("2026-11-19T10:00"), CATALOGUE).paid_until == date(2026, 11, 30)


def test_an_end_that_is_still_to_come_does_not_count():
    gone = replace(TRADER, end=End(wib("2026-11-20T10:00"), Ending.OFFICE))
    assert membership(gone, NOVEMBER, wib("2026-11-19T10:00"), CATALOGUE).ended is None
    assert membership(gone, NOVEMBER, wib("2026-11-20T10:00"), CATALOGUE).ended.reason is Ending.OFFICE


def test_the_furthest_month_ahead_is_sold_and_none_after_it():
    furthest = choice("ahead_months", date(2026, 11, 28)) + 1  # the month of today counts
    told = purchase(TRADER, (), wib("2026-11-28T10:00"), CATALOGUE, furthest)
    assert len(told.months) == furthest
    with pytest.raises(NotForSale) as refused:
        purchase(TRADER, (), wib("2026-11-28T10:00"), CATALOGUE, furthest + 1)
    assert refused.value.held is Held.AHEAD

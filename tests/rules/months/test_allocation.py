"""Money becomes months: a law that comes later, money that comes late, and what nobody may ask for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bpu.rules.money.contributions import PACKAGED, Catalogue
from bpu.rules.months.allocation import Held, allocate
from bpu.rules.months.facts import Change, End, Ending, Facts, Person
from bpu.rules.months.ledger import PaidMonth, after, runs
from bpu.rules.months.membership import membership

IN_FORCE = Catalogue.load()
DRIVER = Person(birth=date(1985, 3, 12), facts=Facts(income=1_000_000, programmes=("JKK", "JKM"), transport=True))
TRADER = replace(DRIVER, facts=replace(DRIVER.facts, transport=False))


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def months(*numbers: str) -> list[date]:
    return [date.fromisoformat(f"{number}-01") for number in numbers]


def edited(folder: Path, old: str, new: str) -> Catalogue:
    text = PACKAGED.read_text(encoding="utf-8")
    assert old in text
    (folder / "edited.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return Catalogue.load(folder / "edited.toml")


@pytest.fixture
def before_the_law(tmp_path: Path) -> Catalogue:
    """The tables as they were in early December 2025: no relief for drivers."""
    return edited(tmp_path, "since = 2026-01-01\nuntil = 2027-03-31", "since = 1999-01-01\nuntil = 1999-03-31")


def test_a_law_that_comes_later_lowers_months_paid_ahead_and_the_excess_buys_the_next(before_the_law):
    first = allocate(DRIVER, (), before_the_law, 16_800, wib("2025-12-05T10:00"))
    paid = allocate(DRIVER, first.ledger, before_the_law, 50_400, wib("2025-12-10T10:00"))
    assert [row.month for row in paid.bought] == months("2026-01", "2026-02", "2026-03")
    law = allocate(DRIVER, paid.ledger, IN_FORCE, 0, wib("2025-12-22T10:00"))
    assert [(row.month, row.price) for row in law.repriced] == [(row.month, 8_400) for row in paid.bought]
    assert [row.month for row in law.bought] == months("2026-04", "2026-05", "2026-06")
    assert {row.price for row in law.bought} == {8_400}
    assert sum(row.price for row in law.ledger) + law.credit == 16_800 + 50_400
    assert allocate(DRIVER, law.ledger, IN_FORCE, 0, wib("2025-12-23T10:00")).repriced == ()


def test_what_a_law_sets_free_after_a_lapse_waits_as_credit(before_the_law):
    paid = allocate(DRIVER, (), before_the_law, 16_800, wib("2026-01-05T10:00"))
    late = allocate(DRIVER, paid.ledger, IN_FORCE, 0, wib("2026-09-01T10:00"))
    assert (late.bought, late.credit, late.held) == ((), 8_400, Held.WAITING)


def test_a_law_that_raises_prices_leaves_months_paid_ahead_alone(tmp_path):
    dear = edited(tmp_path, "monthly = 6_800", "monthly = 9_000")
    paid = allocate(TRADER, (), IN_FORCE, 50_400, wib("2027-01-05T10:00"))
    then = allocate(TRADER, paid.ledger, dear, 0, wib("2027-01-20T10:00"))
    assert (then.ledger, then.credit) == (paid.ledger, 0)
    found = membership(TRADER, then.ledger, wib("2027-01-20T10:00"), dear)
    assert (found.paid_until, found.next.amount) == (date(2027, 3, 31), 19_000)


def test_a_rate_that_rises_from_a_month_on_is_asked_for_those_months_alone(tmp_path):
    rate = 'programme = "JKM"\nmonthly = 6_800\nsince = 2015-07-01\n'
    row = f'[[rate]]\n{rate}until = 2027-06-30\nsource = "old"\nconfidence = "S"\n\n'
    new = row + "[[rate]]\n" + rate.replace("6_800", "9_000").replace("2015-07-01", "2027-07-01")
    rising = edited(tmp_path, f"[[rate]]\n{rate}", new)
    paid = allocate(TRADER, (), rising, 16_800, wib("2027-05-05T10:00"))
    owing = membership(TRADER, paid.ledger, wib("2027-07-20T10:00"), rising)
    assert [one.month for one in owing.owed] == months("2027-06", "2027-07")
    assert [one.price for one in owing.owed] == [16_800, 19_000]
    ahead = allocate(TRADER, (), rising, 16_800 * 2 + 19_000, wib("2027-05-05T10:00"))
    assert [row.price for row in ahead.bought] == [16_800, 16_800, 19_000]


def test_a_change_of_the_person_never_reprices_months_paid_ahead():
    paid = allocate(TRADER, (), IN_FORCE, 50_400, wib("2027-01-05T10:00"))
    driver = replace(TRADER, changes=(Change(wib("2027-01-10T10:00"), DRIVER.facts),))
    later = allocate(driver, paid.ledger, IN_FORCE, 0, wib("2027-01-10T10:00"))
    assert (later.repriced, later.credit) == ((), 0)


def test_a_law_for_drivers_still_lowers_what_a_driver_paid_ahead_who_is_a_trader_by_now(before_the_law):
    paid = allocate(DRIVER, (), before_the_law, 67_200, wib("2025-12-05T10:00"))
    trader = replace(DRIVER, changes=(Change(wib("2025-12-10T10:00"), TRADER.facts),))
    law = allocate(trader, paid.ledger, IN_FORCE, 0, wib("2025-12-22T10:00"))
    assert [row.month for row in law.repriced] == months("2026-01", "2026-02", "2026-03")
    assert [(row.month, row.price) for row in law.bought] == [
        (month, 8_400) for month in months("2026-04", "2026-05", "2026-06")
    ]


def test_money_that_a_bank_tells_late_counts_by_its_own_time():
    paid = allocate(TRADER, (), IN_FORCE, 8_400, wib("2026-11-10T10:00"))
    changed = replace(TRADER, changes=(Change(wib("2026-11-20T12:00"), replace(TRADER.facts, income=3_000_000)),))
    told_late = allocate(changed, paid.ledger, IN_FORCE, 8_400, wib("2026-11-20T11:59"))
    assert [(row.month, row.price, row.base) for row in told_late.bought] == [(date(2026, 12, 1), 8_400, 1_000_000)]
    driving = replace(TRADER, facts=DRIVER.facts, changes=(Change(wib("2026-11-20T12:00"), TRADER.facts),))
    ahead = allocate(driving, paid.ledger, IN_FORCE, 25_200, wib("2026-11-20T13:00"))
    assert [row.price for row in ahead.bought] == [8_400, 16_800]
    older = allocate(driving, ahead.ledger, IN_FORCE, 8_400, wib("2026-11-20T11:59"))
    assert (older.repriced, [row.month for row in older.bought]) == ((), months("2027-02"))
    in_time = allocate(changed, paid.ledger, IN_FORCE, 8_400, wib("2026-11-20T12:00"))
    assert (in_time.bought, in_time.held) == ((), Held.SHORT)


def test_credit_begins_again_only_when_somebody_asks():
    lapsed = allocate(TRADER, (), IN_FORCE, 8_400, wib("2026-11-10T10:00")).ledger
    on = wib("2027-03-10T10:00")
    assert allocate(TRADER, lapsed, IN_FORCE, 0, on, credit=20_000).held is Held.WAITING
    asked = allocate(TRADER, lapsed, IN_FORCE, 0, on, credit=20_000, begin=date(2027, 3, 1))
    assert ([row.month for row in asked.bought], asked.credit) == (months("2027-03"), 3_200)


def test_credit_that_is_enough_asks_for_nothing():
    found = membership(TRADER, (), wib("2027-03-10T10:00"), IN_FORCE, credit=20_000)
    assert (found.to_be_current, found.next.amount) == (0, 0)


@pytest.mark.parametrize(
    ("amount", "credit", "begin"),
    [(-1, 0, None), (0, -1, None), (1, 0, date(2026, 11, 2)), (1, 0, date(2027, 1, 1))],
)
def test_money_below_zero_and_odd_beginnings_are_refused(amount, credit, begin):
    with pytest.raises(ValueError, match=r"no money|cannot begin"):
        allocate(TRADER, (), IN_FORCE, amount, wib("2026-11-10T10:00"), credit=credit, begin=begin)


NAIVE = datetime(2026, 11, 10)  # noqa: DTZ001 - that is what is refused
ROW = PaidMonth(month=date(2026, 11, 1), programmes=("JKK",), base=1, price=1, paid_at=wib("2026-11-10T10:00"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: allocate(TRADER, (), IN_FORCE, 1, NAIVE),
        lambda: membership(TRADER, (), NAIVE, IN_FORCE),
        lambda: replace(ROW, paid_at=NAIVE),
        lambda: replace(TRADER, stopped=NAIVE),
        lambda: replace(TRADER, end=End(NAIVE, Ending.OFFICE)),
        lambda: replace(TRADER, changes=(Change(NAIVE, TRADER.facts),)),
    ],
)
def test_a_time_without_an_offset_is_refused(make):
    with pytest.raises(ValueError, match="no offset"):
        make()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: replace(ROW, month=date(2026, 11, 2)), "no month bought"),
        (lambda: replace(ROW, price=-1), "no month bought"),
        (lambda: replace(TRADER, zone="WITS"), "unknown zone"),
        (lambda: replace(TRADER.facts, income=-1), "an income of -1"),
        (
            lambda: replace(
                TRADER, changes=tuple(Change(wib(f"2026-11-{day}T10:00"), TRADER.facts) for day in (12, 11))
            ),
            "changes out of order",
        ),
    ],
)
def test_rows_and_persons_that_cannot_be_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_where_there_is_no_rate_there_is_no_price():
    with pytest.raises(ValueError, match="no price for 2014-05"):
        allocate(TRADER, (), IN_FORCE, 16_800, datetime(2014, 5, 5, tzinfo=UTC))


def test_a_ledger_with_a_hole_is_a_membership_that_was_restarted():
    bought = [replace(ROW, month=month) for month in months("2027-03", "2026-11", "2026-12")]
    assert [[row.month for row in run] for run in runs(bought)] == [months("2026-11", "2026-12"), months("2027-03")]


def test_months_are_counted_over_years():
    counted = [after(date(2026, 12, 1), steps) for steps in (-12, -1, 0, 1, 13)]
    assert counted == months("2025-12", "2026-11", "2026-12", "2027-01", "2028-01")


def test_an_end_leaves_prices_and_months_alone(before_the_law):
    paid = allocate(DRIVER, (), before_the_law, 50_400, wib("2026-01-05T10:00"))
    gone = replace(DRIVER, end=End(wib("2026-01-10T10:00"), Ending.OWN_WISH))
    late = allocate(gone, paid.ledger, IN_FORCE, 8_400, wib("2026-01-10T10:00") + timedelta(days=1), credit=5)
    assert (late.ledger, late.credit, late.held) == (paid.ledger, 8_405, Held.ENDED)

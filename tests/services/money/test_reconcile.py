"""Two books held against each other: what only one of them has, and what they write differently."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bpu import clock
from bpu.models import Bill, Payment
from bpu.providers import ProviderError
from bpu.services.money import reconcile
from bpu.services.money.judging import Notice, Outcome
from bpu.services.money.payments import Payments
from bpu.settings import Settings
from tests.parts.till import till
from tests.people.registered import registered

SUM = 16_800


@pytest.fixture
def payments(sqlite_store: str) -> Payments:
    return till(Settings())


def settled(payments: Payments, reference: str, amount: int = SUM, provider: str = "bank") -> Bill:
    bill = payments.bills.payable(registered())
    payments.receive(Notice(provider, reference, bill.code, amount, clock.now(), pushed=True))
    return bill


@pytest.mark.parametrize(
    ("text", "rupiah"),
    [
        ("16800", 16_800),
        ("16800.00", 16_800),
        ("16800,00", 16_800),
        ("Rp16.800", 16_800),
        ("Rp 1.016.800,00", 1_016_800),
        ("IDR 16,800.00", 16_800),
        ("16.800", 16_800),
        ("0", 0),
        ("16800.50", None),
        ("1.68", None),
        ("16.80", None),
        ("1,68,00", None),
        ("-16800", None),
        ("1e5", None),
        ("١٦", None),
        ("", None),
    ],
)
def test_sums_are_read_in_both_ways_of_writing_and_never_guessed(text, rupiah):
    assert reconcile.whole_rupiah(text) == rupiah


@given(st.integers(0, 10**12))
def test_any_whole_sum_is_read_back_however_it_was_written(amount):
    english = f"{amount:,}"
    forms = [str(amount), english, english.replace(",", "."), f"{amount}.00", f"{english}.00", f"Rp{amount},00"]
    assert {reconcile.whole_rupiah(form) for form in forms} == {amount}


def test_three_lists_say_where_the_books_differ(payments, tmp_path):
    both, wrong = settled(payments, "both"), settled(payments, "wrong")
    ours = settled(payments, "ours")
    settled(payments, "elsewhere", provider="other")
    file = tmp_path / "settlement.csv"
    file.write_text(
        f"RRN;VA;NOMINAL\nboth;{both.code};16.800,00\nwrong;{wrong.code};16800.00\ntheirs;999;5000\nboth;x;16800\n"
    )
    Payment.update(amount=SUM + 1).where(Payment.reference == "wrong").execute()
    lines = reconcile.settlement(file, {"reference": "RRN", "code": "VA", "amount": "NOMINAL"})
    found = reconcile.compare(lines, "bank", clock.today(), clock.today())
    assert found.agreed == 1
    assert found.only_ours == (reconcile.Difference("ours", ours.code, SUM, None),)
    assert found.only_theirs == (
        reconcile.Difference("both", "x", None, SUM),
        reconcile.Difference("theirs", "999", None, 5000),
    )
    assert found.different == (reconcile.Difference("wrong", wrong.code, SUM + 1, SUM),)


def test_a_day_that_ends_elsewhere_hides_nothing_and_accuses_nobody(payments):
    with time_machine.travel(clock.now() - timedelta(days=1), tick=False):
        settled(payments, "yesterday")
    today = clock.today()
    line = reconcile.Line("yesterday", "", SUM)
    assert reconcile.compare([line], "bank", today, today).agreed == 1
    assert reconcile.compare([], "bank", today, today).only_ours == ()
    assert len(reconcile.compare([], "bank", today - timedelta(days=1), today).only_ours) == 1


def test_midnight_in_jakarta_belongs_to_the_day_that_begins(payments):
    settled(payments, "midnight")
    today = clock.today()
    Payment.update(at=datetime.combine(today, time(), clock.WIB).astimezone(UTC)).execute()
    for day, found in ((today - timedelta(days=1), 0), (today, 1)):
        assert len(reconcile.compare([], "bank", day, day).only_ours) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("reference,code\na,b\n", 1),
        ("reference,code,amount\na,b,1\n,b,1\n", 3),
        ("reference,code,amount\na,b,1.5\n", 2),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_line(tmp_path, text, line):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(ValueError, match=f"line {line}:"):
        reconcile.settlement(tmp_path / "s.csv")


def test_money_only_the_bank_knew_of_is_taken_in_once(payments):
    bill = payments.bills.payable(registered())
    lines = [reconcile.Line("lost", bill.code, SUM), reconcile.Line("odd", "", 5000)]
    for outcomes in ([Outcome.SETTLED, Outcome.UNKNOWN], []):
        found = reconcile.compare(lines, "bank", clock.today(), clock.today())
        assert [receipt.outcome for receipt in reconcile.book(found, "bank", payments)] == outcomes
    assert payments.bills.latest(payments_person(bill)).status == "paid"


def payments_person(bill: Bill):
    return bill.shares.get().registration


def test_bills_whose_notice_never_came_are_asked_about_and_settled(payments):
    lost, unpaid = payments.bills.payable(registered()), payments.bills.payable(registered())

    def bank(bill: Bill) -> Notice | None:
        paid = bill.uid == lost.uid
        return Notice("bank", f"asked-{bill.uid}", bill.code, SUM, clock.now(), pushed=True) if paid else None

    def down(bill: Bill) -> Notice | None:
        raise ProviderError("down", permanent=False)

    assert reconcile.ask([bank], payments, clock.now()) == []  # too new to be missed
    with time_machine.travel(lost.expires + timedelta(hours=1), tick=False):
        payments.bills.expire(clock.now())
        assert {bill.uid for bill in reconcile.overdue(clock.now())} == {lost.uid, unpaid.uid}
        receipts = reconcile.ask([down, bank], payments, clock.now())
        assert [receipt.outcome for receipt in receipts] == [Outcome.LATE_SETTLED]
        assert [bill.uid for bill in reconcile.overdue(clock.now())] == [unpaid.uid]
    with time_machine.travel(lost.expires + timedelta(days=4), tick=False):
        assert reconcile.overdue(clock.now()) == []


def test_only_what_ended_unpaid_counts_as_overdue(payments):
    ended = payments.bills.payable(registered())
    with time_machine.travel(ended.expires - timedelta(hours=1), tick=False):
        running, paid = payments.bills.payable(registered()), settled(payments, "paid")
    with time_machine.travel(ended.expires, tick=False):
        found = reconcile.compare([], "bank", clock.today(), clock.today()).overdue
        assert [bill.uid for bill in found] == [ended.uid]
        assert {bill.uid for bill in reconcile.unsettled(clock.now())} == {ended.uid, running.uid}
    with time_machine.travel(paid.expires, tick=False):
        assert [bill.uid for bill in reconcile.overdue(clock.now())] == [ended.uid, running.uid]

"""Money: what settles a bill, what does not, and that all of it is written down whatever comes in whichever order."""

import itertools
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpu import clock
from bpu.models import Bill, Outgoing, Payment, Received, Registration, Share, database
from bpu.services.membership.members import credit_of, ledger_of
from bpu.services.money.bills import NotPayable
from bpu.services.money.codes import luhn_digit, new_code
from bpu.services.money.judging import GRACE, Notice, Outcome
from bpu.services.money.payments import Payments
from bpu.settings import Settings
from tests.parts.servers import KEY
from tests.parts.till import till
from tests.people.registered import registered

SUM = 16_800
ROOT = Path(__file__).parents[3]
HOURS = timedelta(hours=24)
_references = itertools.count()


def opened() -> Payments:
    return till(Settings())


@pytest.fixture
def tenth() -> Iterator[None]:
    """A day with a fortnight of its month behind and before it."""
    with time_machine.travel("2026-11-10T03:00:00+00:00"):
        yield


@pytest.fixture
def payments(tenth: None, sqlite_store: str) -> Payments:
    return opened()


@pytest.fixture
def everywhere(tenth: None, store: str) -> Payments:
    return opened()


@pytest.fixture
def present(store: str) -> Payments:
    """Where other processes take part, which know the machine's time alone."""
    return opened()


def notice(bill: Bill | str, amount: int = SUM, **changes) -> Notice:
    code = bill if isinstance(bill, str) else bill.code
    values = {"provider": "psp", "reference": f"ref-{next(_references)}", "at": clock.now(), "pushed": True} | changes
    return Notice(code=code, amount=amount, **values)


def fresh(row):
    return type(row).get(type(row).uid == row.uid)


def told(kind: str) -> int:
    return Outgoing.select().where(Outgoing.key.startswith(f"sms:{kind}:")).count()


def test_a_bill_paid_in_time_makes_a_participant_and_one_message(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    receipt = everywhere.receive(notice(bill))
    assert (receipt.outcome, receipt.accepted) == (Outcome.SETTLED, True)
    assert (fresh(bill).status, fresh(person).status) == ("paid", "active")
    assert re.fullmatch(r"CONTOH-[0-9]{8}", fresh(person).number)
    assert receipt.registrations[0].number == fresh(person).number
    assert (told("bill"), told("paid")) == (1, 1)


def test_one_registration_has_one_open_bill_however_often_it_is_asked_for(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    assert everywhere.bills.payable(person).uid == bill.uid
    with time_machine.travel(bill.expires, tick=False):
        second = everywhere.bills.payable(person)
    assert second.uid != bill.uid
    assert (fresh(bill).status, second.status) == ("expired", "open")
    assert everywhere.bills.latest(person).uid == second.uid
    assert everywhere.bills.find(second.code).uid == second.uid
    assert everywhere.bills.find("0" * 16) is None


def test_someone_who_paid_gets_no_further_bill(payments):
    person = registered()
    payments.receive(notice(payments.bills.payable(person)))
    with pytest.raises(NotPayable):
        payments.bills.payable(person)


@pytest.mark.parametrize("prefix", ["8", "88080", "12345678"])
def test_a_code_has_sixteen_digits_and_a_check_digit_that_notices_slips(prefix):
    code = new_code(prefix)
    assert re.fullmatch(prefix + r"[0-9]+", code)
    assert len(code) == 16
    slips = {code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :] for at in range(16)}
    assert not [slip for slip in slips if luhn_digit(slip[:-1]) == slip[-1]]
    assert luhn_digit("7992739871") == "3"


def test_codes_cannot_be_told_from_one_another():
    codes = {new_code("88080") for _ in range(2000)}
    assert len(codes) == 2000
    assert all({code[place] for code in codes} == set("0123456789") for place in range(5, 16))


# what is told, when (from the bill's expiry), pushed, when inquired -> outcome, is there a row, is the person active
MINUTE = timedelta(minutes=1)
RULES = [
    (0, -MINUTE, True, None, Outcome.SETTLED, True, True),
    (0, -MINUTE, False, None, Outcome.SETTLED, True, True),
    (-1, -MINUTE, True, None, Outcome.WRONG_AMOUNT, True, False),
    (+1, -MINUTE, True, None, Outcome.OVERPAID, True, True),
    (-1, -MINUTE, False, None, Outcome.WRONG_AMOUNT, False, False),
    (0, MINUTE, True, None, Outcome.LATE_SETTLED, True, True),
    (0, 72 * 60 * MINUTE, True, None, Outcome.LATE_SETTLED, True, True),
    (-1, MINUTE, True, None, Outcome.WRONG_AMOUNT, True, False),
    (0, MINUTE, False, None, Outcome.EXPIRED, False, False),
    (0, MINUTE, False, -MINUTE, Outcome.LATE_SETTLED, True, True),
    (0, MINUTE, False, +timedelta(0), Outcome.EXPIRED, False, False),
    (0, GRACE - MINUTE, False, -MINUTE, Outcome.LATE_SETTLED, True, True),
    (0, GRACE, False, -MINUTE, Outcome.EXPIRED, False, False),
]


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize(("off", "when", "pushed", "inquired", "outcome", "row", "active"), RULES)
def test_time_and_sum_decide_what_money_does(payments, off, when, pushed, inquired, outcome, row, active, swept):
    person = registered()
    bill = payments.bills.payable(person)
    at = bill.expires + when
    asked = None if inquired is None else bill.expires + inquired
    with time_machine.travel(at, tick=False):
        if swept:
            payments.bills.expire(clock.now())
        receipt = payments.receive(notice(bill, SUM + off, pushed=pushed, inquired_at=asked))
    assert receipt.outcome == outcome
    assert Payment.select().count() == row
    assert fresh(person).status == ("active" if active else "awaiting")
    if row:
        assert (receipt.payment.settled, receipt.payment.reason) == (active, outcome)
        assert receipt.payment.amount == SUM + off


def test_a_notice_dated_after_today_counts_as_of_now(payments):
    bill = payments.bills.payable(registered())
    receipt = payments.receive(notice(bill, at=bill.expires + HOURS))
    assert receipt.outcome == Outcome.SETTLED
    assert receipt.payment.at <= clock.now()


@pytest.mark.requirement("R59")
def test_the_same_money_told_again_gets_the_same_answer_and_does_nothing(everywhere):
    person = registered()
    first = notice(everywhere.bills.payable(person))
    number = everywhere.receive(first).registrations[0].number
    again = everywhere.receive(first)
    assert (again.outcome, again.accepted, again.payment.reason) == (Outcome.REPEATED, True, "settled")
    assert (Payment.select().count(), told("paid"), fresh(person).number) == (1, 1, number)
    short = notice(everywhere.bills.payable(registered()), SUM - 1)
    assert not everywhere.receive(short).accepted
    assert (everywhere.receive(short).outcome, everywhere.receive(short).accepted) == (Outcome.REPEATED, False)


@pytest.mark.parametrize("pushed", [True, False])
def test_one_reference_with_two_stories_is_a_conflict_and_no_second_payment(everywhere, pushed):
    first, second = registered(), registered()
    one, other = everywhere.bills.payable(first), everywhere.bills.payable(second)
    everywhere.receive(notice(one, reference="r"))
    for _ in range(2):
        receipt = everywhere.receive(notice(other, reference="r", pushed=pushed))
        assert (receipt.outcome, receipt.accepted) == (Outcome.CONFLICT, False)
    assert fresh(second).status == "awaiting"
    assert Payment.select().where(~Payment.settled).count() == pushed
    assert everywhere.receive(notice(other, reference="r", provider="bank")).outcome == Outcome.SETTLED


def test_money_for_no_bill_and_second_money_wait_for_a_person(payments):
    bill = payments.bills.payable(registered())
    assert payments.receive(notice("1234")).outcome == Outcome.UNKNOWN
    payments.receive(notice(bill))
    assert payments.receive(notice(bill)).outcome == Outcome.ALREADY_PAID
    assert payments.receive(notice(bill, pushed=False)).outcome == Outcome.ALREADY_PAID
    rows = Payment.select(Payment.reason, Payment.settled).order_by(Payment.reason).tuples()
    assert list(rows) == [("already_paid", False), ("settled", True), ("unknown", False)]


def given_up(payments: Payments, person: Registration) -> None:
    assert payments.bills.lapse(clock.now()) == 0  # its bill is still open
    assert payments.bills.expire(clock.now()) == 1
    assert payments.bills.lapse(clock.now()) == 1
    assert fresh(person).status == "lapsed"


def test_late_money_for_a_registration_given_up_is_still_the_persons(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    with time_machine.travel("2027-02-20T03:00:00+00:00", tick=False):
        given_up(everywhere, person)
        assert everywhere.receive(notice(bill, pushed=False)).outcome == Outcome.EXPIRED
        assert everywhere.receive(notice(bill)).outcome == Outcome.LATE_SETTLED
        assert everywhere.bills.prices.members.find(person).membership.paid_until == date(2027, 2, 28)
    assert fresh(person).status == "active"


def test_late_money_of_somebody_who_registered_again_is_found_there(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    with time_machine.travel("2027-02-20T03:00:00+00:00", tick=False):
        given_up(everywhere, person)
        again = registered(nik=person.nik, phone=person.phone)
        newer = everywhere.bills.payable(again)
        assert everywhere.receive(notice(bill)).registrations[0].uid == again.uid
    assert (fresh(person).status, fresh(again).status, fresh(newer).status) == ("lapsed", "active", "cancelled")


def test_too_little_is_kept_and_the_rest_can_be_paid_by_the_code_of_the_message(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    receipt = everywhere.receive(notice(bill, 10_000))
    assert (receipt.outcome, receipt.accepted, fresh(bill).status) == (Outcome.WRONG_AMOUNT, False, "expired")
    rest = everywhere.bills.payable(person)
    assert (rest.amount, fresh(person).status) == (6_800, "awaiting")
    (message,) = Outgoing.select().where(Outgoing.key.startswith("sms:credited:"))
    assert f"Rp10.000 dari Siti A. masuk. Kurang Rp6.800: bayar kode {rest.code} sampai" in message.payload["text"]
    assert everywhere.receive(notice(rest, 6_800, pushed=False)).outcome == Outcome.SETTLED
    assert (fresh(person).status, credit_of(person)) == ("active", 0)


def test_money_paid_twice_buys_the_next_month_and_more_than_asked_is_kept(everywhere):
    person = registered()
    bill = everywhere.bills.payable(person)
    everywhere.receive(notice(bill))
    assert everywhere.receive(notice(bill)).outcome == Outcome.ALREADY_PAID
    assert everywhere.receive(notice(bill, SUM + 500)).outcome == Outcome.ALREADY_PAID
    assert [row.month.isoformat() for row in ledger_of(person)] == ["2026-11-01", "2026-12-01", "2027-01-01"]
    assert credit_of(person) == 500
    texts = [row.payload["text"] for row in Outgoing.select().where(Outgoing.key.startswith("sms:credited:"))]
    assert sorted(text.split("masuk ")[1] for text in texts) == [
        "untuk Des 2026.",
        "untuk Jan 2027. Rp500 disimpan untuk bulan berikut.",
    ]


def test_a_bill_is_never_paid_for_a_month_that_is_over(everywhere):
    """Asked about on the last evening and paid a quarter of an hour later: that would be another month."""
    with time_machine.travel("2026-11-30T16:50:00+00:00", tick=False):
        person = registered()
        bill = everywhere.bills.payable(person)
        asked = clock.now()
    assert bill.expires.astimezone(clock.WIB).isoformat() == "2026-11-30T23:59:59+07:00"
    with time_machine.travel("2026-11-30T17:01:00+00:00", tick=False):
        late = notice(bill, pushed=False, inquired_at=asked)
        assert everywhere.receive(late).outcome == Outcome.EXPIRED
        assert everywhere.receive(notice(bill)).outcome == Outcome.LATE_SETTLED
    assert [row.month.isoformat() for row in ledger_of(person)] == ["2026-12-01"]


def test_money_of_somebody_too_old_by_then_buys_nothing_and_is_not_lost(everywhere):
    person = registered(birth_date="1961-11-11")
    bill = everywhere.bills.payable(person)
    assert bill.expires.astimezone(clock.WIB).isoformat() == "2026-11-10T23:59:59+07:00"
    with time_machine.travel("2026-11-11T03:00:00+00:00", tick=False):
        assert everywhere.receive(notice(bill)).outcome == Outcome.EXPIRED
        with pytest.raises(NotPayable):
            everywhere.bills.payable(person)
    assert (credit_of(person), ledger_of(person), fresh(person).status) == (SUM, (), "awaiting")
    (message,) = Outgoing.select().where(Outgoing.key.startswith("sms:credited:"))
    assert "Tidak bisa dipakai: telepon" in message.payload["text"]


def test_a_group_that_pays_too_little_protects_as_many_as_it_can(everywhere):
    people = [registered() for _ in range(3)]
    group = everywhere.bills.shared(people)
    assert everywhere.receive(notice(group, 2 * SUM + 800)).outcome == Outcome.WRONG_AMOUNT
    assert sorted(fresh(person).status for person in people) == ["active", "active", "awaiting"]
    assert sum(credit_of(person) for person in people) == 800
    assert sum(row.amount for row in Bill.select().where(Bill.status == "open")) == SUM - 800


def test_late_money_for_an_older_bill_settles_and_ends_the_newer_one(payments):
    person = registered()
    old = payments.bills.payable(person)
    with time_machine.travel(old.expires + MINUTE, tick=False):
        new = payments.bills.payable(person)
        assert payments.receive(notice(old)).outcome == Outcome.LATE_SETTLED
        assert payments.receive(notice(new, pushed=False)).outcome == Outcome.CANCELLED
        assert payments.receive(notice(new)).outcome == Outcome.CANCELLED
    assert (fresh(old).status, fresh(new).status) == ("paid", "cancelled")
    assert payments.bills.latest(person).uid == old.uid
    assert told("paid") == 1


def test_a_group_pays_with_one_bill_whose_shares_add_up(everywhere):
    people = [registered(months=1 + (number == 6)) for number in range(7)]
    single = everywhere.bills.payable(people[0])
    bill = everywhere.bills.shared(people)
    assert everywhere.bills.shared(people[::-1]).uid == bill.uid
    assert bill.amount == sum(share.amount for share in Share.select().where(Share.bill == bill)) == 8 * SUM
    assert fresh(single).status == "expired"
    assert everywhere.bills.payable(people[3]).uid == bill.uid
    receipt = everywhere.receive(notice(bill, bill.amount))
    assert receipt.outcome == Outcome.SETTLED
    assert {person.uid for person in receipt.registrations} == {person.uid for person in people}
    assert len({fresh(person).number for person in people} - {None}) == 7
    assert everywhere.receive(notice(single)).outcome == Outcome.ALREADY_PAID
    assert told("paid") == 7


def test_a_group_bill_is_nobodys_once_one_of_them_was_paid_for(everywhere):
    one, two = registered(), registered()
    group = everywhere.bills.shared([one, two])
    alone = None
    with time_machine.travel(group.expires, tick=False):
        alone = everywhere.bills.payable(one)
        everywhere.receive(notice(alone))
        assert everywhere.receive(notice(group, 2 * SUM, pushed=False)).outcome == Outcome.ALREADY_PAID
        assert fresh(two).status == "awaiting"
        assert everywhere.receive(notice(group, 2 * SUM)).outcome == Outcome.ALREADY_PAID
    assert fresh(two).status == "active"  # the money had moved, and half of it is theirs
    assert [len(ledger_of(person)) for person in (one, two)] == [2, 1]
    with pytest.raises(NotPayable):
        everywhere.bills.shared([one, two])
    with pytest.raises(ValueError, match="different people"):
        everywhere.bills.shared([two, two])


def steps(payments: Payments, person: Registration, first: Notice) -> dict[str, object]:
    later = clock.now() + HOURS
    return {
        "pending": lambda: payments.bills.latest(person).status != "paid" and payments.bills.payable(person),
        "paid": lambda: payments.receive(first),
        "expired": lambda: payments.bills.expire(later),
    }


@pytest.mark.requirement("R60")
@pytest.mark.parametrize("order", list(itertools.permutations(["pending", "paid", "expired"])))
def test_whatever_the_order_of_pending_paid_and_expired_it_ends_in_paid(everywhere, order):
    person = registered()
    bill = everywhere.bills.payable(person)
    actions = steps(everywhere, person, notice(bill))
    for action in order * 2:
        actions[action]()
    assert (fresh(bill).status, fresh(person).status) == ("paid", "active")
    assert Bill.select().where(Bill.status == "open").count() == 0
    assert (Payment.select().count(), told("paid")) == (1, 1)


def test_expiry_goes_through_all_bills_in_chunks_and_tells_each_person_once(everywhere):
    bills = [everywhere.bills.payable(registered()) for _ in range(105)]
    kept = everywhere.bills.payable(registered())
    Bill.update(expires=clock.now() - MINUTE).where(Bill.uid != kept.uid).execute()
    assert everywhere.bills.expire(clock.now()) == 105
    assert everywhere.bills.expire(clock.now()) == 0
    assert told("expired") == len(bills) == 105
    assert fresh(kept).status == "open"


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": -5}, {"amount": 10**15}, {"reference": ""}, {"reference": "r" * 129}, {"code": "1\x00"}],
)
def test_what_no_provider_can_mean_is_no_notice(wrong):
    with pytest.raises(ValueError, match="a"):
        Notice(
            **{"provider": "psp", "reference": "r", "code": "1", "amount": 1, "at": clock.now(), "pushed": True} | wrong
        )


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["tell", "repeat", "expire", "open"]),
        st.integers(0, 3),
        st.sampled_from([SUM, SUM, SUM - 1, 2 * SUM]),
        st.booleans(),
        st.integers(0, 30),
    ),
    max_size=25,
)


@given(events=EVENTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_rupiah_has_a_row_and_nobody_is_active_on_less(payments, events):
    Received.delete().execute()
    Payment.delete().execute()
    people = [registered() for _ in range(2)]
    bills = [payments.bills.payable(person) for person in people]
    arrived: dict[str, int] = {}
    now = clock.now()
    past: list[Notice] = []
    for kind, number, amount, pushed, hours in events:
        now += timedelta(hours=hours)
        with time_machine.travel(now, tick=False):
            if kind == "expire":
                payments.bills.expire(now)
            elif kind == "open":
                person = people[number % 2]
                if fresh(person).status == "awaiting":
                    bills.append(payments.bills.payable(person))
            elif kind == "tell" or not past:
                past.append(notice(bills[number % len(bills)], amount, pushed=pushed))
                if payments.receive(past[-1]).accepted or pushed:
                    arrived[past[-1].reference] = amount
            elif payments.receive(past[number % len(past)]).accepted:
                arrived[past[number % len(past)].reference] = past[number % len(past)].amount
    assert {row.reference: row.amount for row in Payment.select()} == arrived
    came = 0
    for person in people:
        rows, credit = ledger_of(person), credit_of(person)
        came += sum(row.price for row in rows) + credit
        assert credit >= 0
        assert all(row.month >= row.paid_at.astimezone(clock.WIB).date().replace(day=1) for row in rows[:1])
        assert (fresh(person).status == "active") is bool(rows)
    assert came == sum(arrived.values())


def teller(store: str, threads: int, lines: list[str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.people.teller", store, KEY, str(threads)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True)
    process.stdin.write("\n".join(lines))
    process.stdin.close()
    return process


def answers(tellers: list[subprocess.Popen]) -> list[list[str]]:
    """What they were answered, word by word, once all of them are done."""
    said = []
    for process in tellers:
        with process:
            said += [line.split() for line in process.stdout]
        assert process.returncode == 0
    return said


@pytest.mark.requirement("R62")
def test_one_payment_told_by_sixteen_threads_in_each_of_two_processes_settles_once(present, store):
    person = registered()
    bill = present.bills.payable(person)
    database.close()
    told_back = answers([teller(store, 16, [f"{bill.code} {SUM} same"]) for _ in range(2)])
    assert sorted(outcome for _, outcome, _ in told_back) == ["repeated"] * 31 + ["settled"]
    assert {number for *_, number in told_back} == {fresh(person).number}
    assert (Payment.select().count(), told("paid")) == (1, 1)


def test_many_payments_of_one_bill_at_once_settle_it_once_and_each_has_its_row(present, store):
    bill = present.bills.payable(registered())
    database.close()
    told_back = answers([teller(store, 8, [f"{bill.code} {SUM} sent-*"]) for _ in range(2)])
    assert sorted(outcome for _, outcome, _ in told_back) == ["already_paid"] * 15 + ["settled"]
    assert [row.settled for row in Payment.select().order_by(Payment.settled)] == [False] * 15 + [True]
    assert told("paid") == 1


def test_bills_of_the_same_people_paid_expired_and_opened_at_once_end_with_everyone_paid_for_once(everywhere):
    """Neither a deadlock nor a second settlement, whoever comes first."""
    for _ in range(8):
        one, two = registered(), registered()
        old = everywhere.bills.payable(one)
        Bill.update(expires=clock.now() - MINUTE).where(Bill.uid == old.uid).execute()
        group = everywhere.bills.shared([two, one])
        deeds = [
            lambda old=old: everywhere.receive(notice(old)),
            lambda group=group: everywhere.receive(notice(group, 2 * SUM)),
            lambda: everywhere.bills.expire(clock.now() + HOURS),
            lambda two=two: everywhere.bills.payable(two),
        ]
        problems = at_once(deeds * 2)
        assert set(map(type, problems)) <= {NotPayable}
        assert Payment.select().count() == 4
        assert [(len(ledger_of(person)), credit_of(person)) for person in (one, two)] == [(4, 0), (2, 0)]
        Received.delete().execute()
        Payment.delete().execute()


def at_once(deeds) -> list[Exception]:
    start, problems = threading.Barrier(len(deeds)), []

    def one(deed) -> None:
        start.wait()
        with database.connection_context():
            try:
                deed()
            except Exception as error:
                problems.append(error)

    database.close()
    crowd = [threading.Thread(target=one, args=(deed,)) for deed in deeds]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    return problems


@pytest.mark.requirement("R64")
def test_processes_killed_at_any_moment_lose_no_acknowledged_payment_and_double_none(present, store):
    people = [registered() for _ in range(60)]
    lines = [f"{present.bills.payable(person).code} {SUM} ref-{person.uid}" for person in people]
    database.close()
    acknowledged: dict[str, str] = {}
    kills = 0
    for _ in range(6):
        with teller(store, 2, lines) as process:
            for line in itertools.islice(process.stdout, 20):
                code, _, number = line.split()
                assert acknowledged.setdefault(code, number) == number
            process.kill()
        kills += process.returncode == -9
    assert kills
    for code, _, number in answers([teller(store, 1, lines)]):
        assert acknowledged.setdefault(code, number) == number
    assert Payment.select().where(Payment.settled).count() == Payment.select().count() == 60
    assert len({fresh(person).number for person in people} - {None}) == 60
    assert told("paid") == 60

"""Members: what is known of somebody who pays month by month, and that changes keep what was before."""

from datetime import date, datetime

import pytest
import time_machine

from bpu import clock
from bpu.models import Bill, Contribution, Received, Registration, Share
from bpu.rules.months.facts import Ending
from bpu.rules.months.membership import Protection, Status
from bpu.services.membership.members import Members
from bpu.services.money.bills import NotPayable
from bpu.services.money.judging import Notice
from bpu.services.money.payments import Payments
from bpu.settings import Settings
from tests.parts.till import till
from tests.people.registered import registered

TENTH = "2026-11-10T03:00:00+00:00"


@pytest.fixture
def payments(store: str) -> Payments:
    return till(Settings())


@pytest.fixture
def members(payments: Payments) -> Members:
    return payments.bills.prices.members


def pays(payments: Payments, bill: Bill, at: str) -> None:
    with time_machine.travel(at, tick=False):
        notice = Notice("psp", f"{bill.code}-{at}", bill.code, bill.amount, clock.now(), pushed=True)
        assert payments.receive(notice).accepted


def joined(payments: Payments, at: str = TENTH, **changes) -> Registration:
    """Somebody whose first month was paid for at a moment."""
    changes = {"job": job(1_000_000)} | changes
    with time_machine.travel(at, tick=False):
        person = registered(**changes)
        bill = payments.bills.payable(person)
    pays(payments, bill, at)
    return person


def job(income: int, **more) -> dict:
    return {"occupation": "pedagang-pasar", "income": income, "workplace": "3174", "employs_others": "no"} | more


def test_money_becomes_a_month_in_the_transaction_in_which_it_arrives(payments, members):
    person = joined(payments)
    (row,) = Contribution.select()
    assert (row.month, row.programmes, row.base, row.price) == ("2026-11-01", "JKK,JKM", 1_000_000, 8_400)
    assert (row.paid, row.channel, row.bill_id) == (datetime.fromisoformat(TENTH), "psp", Bill.get().uid)
    assert Received.get().amount == 8_400
    with time_machine.travel("2026-11-20", tick=False):
        member = members.find(person)
    assert (member.membership.status, member.membership.protected) == (Status.ACTIVE, Protection.YES)
    assert (member.membership.paid_until, member.credit) == (date(2026, 11, 30), 0)
    assert members.find(person, datetime.fromisoformat("2026-11-10T02:59:00+00:00")).membership.status == Status.NONE


def test_a_member_pays_the_next_months_by_one_bill_that_is_used_again(payments, members):
    person = joined(payments)
    with time_machine.travel("2026-11-28T03:00:00+00:00", tick=False):
        bill = payments.bills.months(person, 3)
        assert bill.amount == 8_400 + 16_800 * 2
        assert payments.bills.months(person, 3).uid == bill.uid
        share = Share.get(Share.bill == bill.uid)
        assert (share.months, share.first_month) == (3, "2026-12-01")
        other = payments.bills.months(person, 1)
        assert (other.uid != bill.uid, Bill.get(Bill.uid == bill.uid).status) == (True, "expired")
    pays(payments, other, "2026-11-28T03:05:00+00:00")
    member = members.find(person, datetime.fromisoformat("2026-12-20T00:00:00+00:00"))
    assert (member.membership.status, member.membership.paid_until) == (Status.ACTIVE, date(2026, 12, 31))


def test_what_is_owed_is_one_bill_and_after_a_lapse_the_month_that_runs(payments, members):
    person = joined(payments)
    number = Registration.get().number
    with time_machine.travel("2027-01-20T03:00:00+00:00", tick=False):
        bill = payments.bills.months(person)
        assert (bill.amount, Share.get(Share.bill == bill.uid).months) == (8_400 + 16_800, 2)
    with time_machine.travel("2027-03-10T03:00:00+00:00", tick=False):
        assert members.find(person).membership.status == Status.LAPSED
        again = payments.bills.months(person)
        assert (again.amount, Share.get(Share.bill == again.uid).first_month) == (16_800, "2027-03-01")
    pays(payments, again, "2027-03-10T03:01:00+00:00")
    member = members.find(person, datetime.fromisoformat("2027-03-11T00:00:00+00:00"))
    assert (member.membership.status, member.registration.number) == (Status.ACTIVE, person.number)
    assert Registration.get().number == number


def test_a_bill_of_a_member_ends_with_the_day_on_which_it_is_right(payments):
    person = joined(payments)
    with time_machine.travel("2027-03-30T20:00:00+00:00", tick=False):  # lapsed; the 31st in WIB
        bill = payments.bills.months(person)
    assert bill.expires.astimezone(clock.WIB) == datetime(2027, 3, 31, 23, 59, 59, tzinfo=clock.WIB)


def test_a_change_counts_from_the_next_unpaid_month_and_keeps_what_was(payments, members):
    person = joined(payments)
    with time_machine.travel("2026-11-20T03:00:00+00:00", tick=False):
        assert members.change(person, "web", job=job(4_000_000), programmes="JKK,JKM,JHT", email=None)
        assert not members.change(person, "web", job=job(4_000_000))
    fresh = Registration.get()
    assert (fresh.job["income"], fresh.programmes, fresh.email) == (4_000_000, "JKK,JKM,JHT", None)
    member = members.find(fresh, datetime.fromisoformat("2026-11-25T00:00:00+00:00"))
    assert member.person.facts.income == 1_000_000
    assert [each.facts.programmes for each in member.person.changes] == [("JKK", "JKM", "JHT")]
    assert member.membership.applies.base == 1_000_000
    assert member.membership.next.amount > 80_000
    before = members.find(fresh, datetime.fromisoformat("2026-11-19T00:00:00+00:00"))
    assert before.membership.next.amount == 8_400
    with pytest.raises(ValueError, match="nik"):
        members.change(fresh, "web", nik="1")


def test_transport_of_a_new_job_is_worked_out_and_a_new_phone_is_found(payments, members):
    person = joined(payments)
    assert members.change(person, "web", job=job(1_000_000, occupation="ojek-online"), phone="+6281299990000")
    fresh = Registration.get()
    assert (fresh.transport, [each.registration.uid for each in members.of_phone("+6281299990000")]) == (
        True,
        [person.uid],
    )
    (change,) = members.find(fresh).person.changes
    assert (change.facts.transport, change.facts.occupation) == (True, "ojek-online")
    assert not members.find(fresh).person.facts.transport


def test_who_has_ended_is_sold_nothing_and_who_stopped_is_not_reminded(payments, members):
    person = joined(payments)
    with time_machine.travel("2026-11-20T03:00:00+00:00", tick=False):
        members.stop(person, "sms")
        assert members.find(person).person.stopped is not None
        assert members.find(person).membership.coming is None
        members.end(person, Ending.OWN_WISH, "office")
        assert members.find(person).membership.status == Status.ENDED


def test_the_phone_finds_all_of_its_people_in_their_order(payments, members):
    first, second = (registered(phone="+6281200000000") for _ in range(2))
    assert {each.registration.uid for each in members.of_phone("+6281200000000")} == {first.uid, second.uid}
    assert all(each.membership.status == Status.NONE for each in members.of_phone("+6281200000000"))
    assert members.of_phone("+6281200000001") == []


def test_who_registers_gets_no_second_bill_for_what_is_paid(payments):
    with pytest.raises(NotPayable):
        payments.bills.payable(joined(payments))

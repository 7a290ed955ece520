"""Sending: one registration and one bill, however often and from wherever it is sent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Bill, Draft, Outgoing, Received, Registration, Share, Status, database, writing
from bpu.services.money.bills import NotPayable
from bpu.services.money.judging import Notice
from bpu.services.registration.submission import AlreadyRegistered, Application, Submissions
from tests.parts.till import till
from tests.people.answers import PERSON, PHONE
from tests.people.visitor import Visitor

APPLICATION = Application(
    draft="draft001",
    nik="3201014508900000",
    name="Siti Aminah",
    birth_date="1990-08-05",
    gender="P",
    phone=PHONE,
    email="siti@example.com",
    address={"address": "Jl. Melati 7", "rt": None, "rw": None, "village": "3201011001", "postal_code": "16914"},
    zone="WIB",
    job={"occupation": "pedagang-pasar", "workplace": "Bogor", "income": 1_500_000, "employs_others": "no"},
    programmes=("JKK", "JKM"),
    months=1,
)
STRANGER = replace(APPLICATION, draft="draft002", phone="+6281399998888")


@pytest.fixture
def submissions(app) -> Submissions:
    return app.extensions["bpu"].submissions


def counts() -> tuple[int, int, int]:
    return Registration.select().count(), Bill.select().count(), Share.select().count()


def warnings_sent() -> int:
    return Outgoing.select().where(Outgoing.key.startswith("already:")).count()


def test_an_application_becomes_a_registration_with_an_open_bill(submissions):
    registration = submissions.submit(APPLICATION)
    bill = submissions.bills.latest(registration)
    assert counts() == (1, 1, 1)
    assert (registration.nik, registration.job["income"], registration.status) == (
        APPLICATION.nik,
        1_500_000,
        "awaiting",
    )
    assert bill.amount == submissions.prices.quote(APPLICATION.job, ("JKK", "JKM"), 1, clock.today()).total


def test_sent_twice_it_is_the_same_registration(submissions):
    assert submissions.submit(APPLICATION) == submissions.submit(APPLICATION)
    assert counts() == (1, 1, 1)


def test_twenty_at_once_make_one_registration_and_one_bill(submissions):
    def submit(_: int) -> str:
        with database.connection_context():
            return submissions.submit(APPLICATION).uid

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(submit, range(20)))) == 1
    assert counts() == (1, 1, 1)
    assert Outgoing.select().where(Outgoing.kind.in_(("sms", "email"))).count() == 2


def test_twenty_drafts_with_one_proven_phone_at_once_make_one_registration(submissions):
    def submit(number: int) -> str:
        with database.connection_context():
            try:
                return submissions.submit(replace(APPLICATION, draft=f"draft{number:03d}", proven=PHONE)).uid
            except AlreadyRegistered:
                return ""

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(submit, range(20)))) == 1
    assert counts() == (1, 1, 1)


def paid(submissions: Submissions, registration: Registration) -> None:
    """Somebody pays."""
    bill = submissions.bills.latest(registration)
    notice = Notice("psp", f"ref-{bill.code}", bill.code, bill.amount, clock.now(), pushed=True)
    assert till(submissions.bills.settings).receive(notice).accepted


@pytest.mark.parametrize("is_paid", [False, True])
def test_whoever_proves_the_phone_of_a_registration_is_led_on_to_it(submissions, is_paid):
    first = submissions.submit(APPLICATION)
    if is_paid:
        paid(submissions, first)
    assert submissions.submit(replace(APPLICATION, draft="draft002", months=12, proven=PHONE)) == first
    assert counts() == (1, 1, 1)
    assert warnings_sent() == 0


@pytest.mark.parametrize(
    "other",
    [
        {},  # the same words, and no proof
        {"name": "X"},
        {"phone": "+6281399998888", "proven": "+6281399998888"},
        {"phone": "+6281399998888"},
    ],
)
def test_without_the_phone_of_a_paid_registration_nobody_comes_to_it_and_that_phone_is_told(submissions, other):
    paid(submissions, submissions.submit(APPLICATION))
    with pytest.raises(AlreadyRegistered):
        submissions.submit(replace(APPLICATION, draft="draft002", **other))
    assert counts() == (1, 1, 1)
    told = Outgoing.select().where(Outgoing.key.startswith("already:")).get()
    assert told.payload["to"] == PHONE


@pytest.mark.parametrize("other", [{"nik": "3201015508900000"}, {"phone": "+6281399998888"}])
def test_the_name_of_a_draft_alone_leads_to_no_registration(submissions, other):
    submissions.submit(APPLICATION)
    with pytest.raises(AlreadyRegistered):
        submissions.submit(replace(APPLICATION, **other))
    assert counts() == (1, 1, 1)


@pytest.mark.parametrize("owner_first", [False, True])
def test_what_is_not_paid_holds_no_nik_and_whoever_pays_first_is_the_one(submissions, owner_first):
    squatter, owner = submissions.submit(STRANGER), submissions.submit(replace(APPLICATION, proven=PHONE))
    assert squatter.uid != owner.uid
    assert warnings_sent() == 0, "nobody is told of a NIK that somebody only typed"
    winner, loser = (owner, squatter) if owner_first else (squatter, owner)
    bills = submissions.bills
    late = bills.latest(loser)
    paid(submissions, winner)
    assert [Registration.get_by_id(one.uid).status for one in (winner, loser)] == ["active", "lapsed"]
    assert bills.latest(loser).status == "cancelled"
    with pytest.raises(NotPayable):
        bills.payable(loser)
    pay = till(bills.settings).receive
    for pushed in (False, True):
        receipt = pay(Notice("psp", f"late{pushed}", late.code, late.amount, clock.now(), pushed=pushed))
        assert (receipt.accepted, receipt.payment is not None) == (False, pushed)
    assert Registration.get_by_id(loser.uid).number is None
    assert Received.select().where(Received.registration == loser.uid).count() == 0, "that money goes back"


def test_money_for_what_somebody_else_gave_up_is_not_another_person_s(submissions):
    """The bill of a squatter that ran out, paid after all, does not pay for the owner's registration."""
    squatter = submissions.submit(STRANGER)
    bill = submissions.bills.latest(squatter)
    with writing():
        Registration.update(status=Status.LAPSED).execute()
        Bill.update(status="expired").execute()
    owner = submissions.submit(APPLICATION)
    paid(submissions, owner)
    receipt = till(submissions.bills.settings).receive(
        Notice("psp", "late", bill.code, bill.amount, clock.now(), pushed=True)
    )
    assert (receipt.accepted, receipt.registrations) == (False, ())
    assert Received.select().where(Received.registration == owner.uid).count() == 1


def test_two_of_one_nik_paid_at_once_are_one_participant(submissions):
    people = [
        submissions.submit(replace(STRANGER, draft=f"draft{n:03d}", phone=f"+6281299900{n:03d}")) for n in range(6)
    ]
    bills = [submissions.bills.latest(one) for one in people]
    receive = till(submissions.bills.settings).receive

    def pay(bill: Bill) -> bool:
        with database.connection_context():
            return receive(Notice("psp", bill.code, bill.code, bill.amount, clock.now(), pushed=True)).accepted

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(pay, bills)) == 1
    assert sorted(one.status for one in Registration.select()) == ["active", *["lapsed"] * 5]


def test_the_registered_phone_is_told_once_a_day(submissions):
    with time_machine.travel(datetime(2026, 11, 22, 3, tzinfo=UTC), tick=False) as now:
        paid(submissions, submissions.submit(APPLICATION))
        for number in range(3):
            with pytest.raises(AlreadyRegistered):
                submissions.submit(replace(STRANGER, draft=f"draft{number:03d}x"))
        assert warnings_sent() == 1
        now.shift(timedelta(days=1))
        with pytest.raises(AlreadyRegistered):
            submissions.submit(STRANGER)
        assert warnings_sent() == 2


def test_a_nik_whose_registration_lapsed_may_register_again(submissions):
    first = submissions.submit(APPLICATION)
    with writing():
        Registration.update(status=Status.LAPSED).execute()
    assert submissions.submit(STRANGER).uid != first.uid
    assert Registration.select().count() == 2


def test_a_new_bill_after_the_first_ran_out_has_the_price_of_its_day(submissions):
    """In December 2026 the relief outside transport still holds; in January it is over."""
    with time_machine.travel(datetime(2026, 12, 1, 3, tzinfo=UTC), tick=False) as now:
        registration = submissions.submit(APPLICATION)
        first = submissions.bills.latest(registration)
        assert submissions.bills.payable(registration) == first
        now.move_to(datetime(2027, 1, 4, 3, tzinfo=UTC))
        second = submissions.bills.payable(registration)
        assert (first.amount, second.amount) == (11_400, 22_800)
        assert Registration.get().first_month == "2027-01-01"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_stranger_sees_a_page_that_does_not_say_why(app, htmx):
    Visitor(app).reach("selesai")
    stranger = Visitor(app, htmx=htmx)
    stranger.answers = {**PERSON, "data-diri": {**PERSON["data-diri"], "phone": "0813 9999 8888"}}
    stranger.reach("diperiksa")
    text = stranger.page.select_one("main").text.lower()
    assert not any(word in text for word in ("sudah terdaftar", "terdaftar di", "nik"))
    assert not any(word in text for word in ("siti", "7890"))
    told = [message["text"] for message in stranger.messages(PHONE)]
    assert sum("sudah terdaftar" in words for words in told) == 1
    assert counts() == (1, 1, 1)


def test_the_same_person_on_another_device_comes_to_their_own_bill(app):
    first = Visitor(app).reach("bayar")
    second = Visitor(app).reach("bayar")
    assert second.one("#bill-code").text == first.one("#bill-code").text
    assert counts() == (1, 1, 1)
    assert Draft.select().count() == 2

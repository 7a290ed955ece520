"""Sending: one registration and one bill, however often and from wherever it is sent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Bill, Draft, Outgoing, Registration, Share, Status, database, writing
from bpu.services.registration.submission import AlreadyRegistered, Application, Submissions
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


def test_twenty_drafts_of_one_nik_at_once_make_one_registration(submissions):
    def submit(number: int) -> bool:
        with database.connection_context():
            try:
                submissions.submit(replace(APPLICATION, draft=f"draft{number:03d}", phone=f"+62812000000{number:02d}"))
            except AlreadyRegistered:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(submit, range(20))) == 1
    assert counts() == (1, 1, 1)


def test_the_same_person_on_another_draft_gets_the_registration_there_is(submissions):
    first = submissions.submit(APPLICATION)
    assert submissions.submit(replace(APPLICATION, draft="draft002", months=12)) == first
    assert counts() == (1, 1, 1)
    assert warnings_sent() == 0


@pytest.mark.parametrize(
    "other", [{"phone": "+6281399998888"}, {"birth_date": "1990-08-06"}, {"phone": "+6281399998888", "name": "X"}]
)
def test_somebody_else_gets_nothing_and_the_registered_phone_is_told(submissions, other):
    submissions.submit(APPLICATION)
    with pytest.raises(AlreadyRegistered):
        submissions.submit(replace(APPLICATION, draft="draft002", **other))
    assert counts() == (1, 1, 1)
    told = Outgoing.select().where(Outgoing.key.startswith("already:")).get()
    assert told.payload["to"] == PHONE


def test_the_registered_phone_is_told_once_a_day(submissions):
    with time_machine.travel(datetime(2026, 11, 22, 3, tzinfo=UTC), tick=False) as now:
        submissions.submit(APPLICATION)
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
    Visitor(app).reach("bayar")
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

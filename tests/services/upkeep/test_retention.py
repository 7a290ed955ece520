"""Finished registrations are forgotten in time, and nobody else's is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Bill, Consent, Contribution, Payment, Received, Registration, Share, Status, database, writing
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.facts import Ending
from bpu.services.upkeep.retention import forget
from tests.people.answers import person
from tests.people.visitor import Visitor

CATALOGUE = Catalogue.load()
TENTH = datetime.fromisoformat("2026-11-10T03:00:00+00:00")


@pytest.fixture(autouse=True)
def tenth() -> Iterator[None]:
    with time_machine.travel(TENTH):
        yield


def registered(app: Flask, number: int, until: str = "selesai") -> Registration:
    """A person who walked to this step."""
    visitor = Visitor(app)
    visitor.answers = person(number)
    visitor.reach(until)
    with database.connection_context():
        return Registration.select().order_by(Registration.submitted.desc()).first()


def test_a_member_is_kept_until_nothing_runs_or_is_owed_and_then_for_ninety_days(app: Flask) -> None:
    """Paid for November; the membership ends with the first of March, when three months are unpaid."""
    registered(app, 1)
    with database.connection_context():
        assert forget(datetime.fromisoformat("2027-05-30T00:00:00+07:00") - timedelta(seconds=1), 90, CATALOGUE) == 0
        assert forget(datetime.fromisoformat("2027-05-30T00:00:00+07:00"), 90, CATALOGUE) == 1
        tables = (Registration, Share, Bill, Consent, Contribution)
        assert [table.select().count() for table in tables] == [0] * 5
        assert Received.get().registration is None
        (payment,) = Payment.select()
        assert payment.bill is None
        assert payment.settled


@pytest.mark.requirement("R45")
def test_who_ended_is_kept_for_ninety_days_and_who_has_money_here_until_it_is_paid_back(app: Flask) -> None:
    ended, credited = (registered(app, number) for number in (1, 2))
    with database.connection_context():
        app.extensions["bpu"].members.end(ended, Ending.OWN_WISH, "office")
        with writing():
            Received.create(registration=credited.uid, amount=500, at=clock.now())
        assert forget(TENTH + timedelta(days=90, hours=1), 90, CATALOGUE) == 1
        assert [row.uid for row in Registration.select()] == [credited.uid]
        assert forget(TENTH + timedelta(days=900), 90, CATALOGUE) == 0
        with writing():
            Received.create(registration=credited.uid, amount=-500, at=clock.now())
        assert forget(TENTH + timedelta(days=900), 90, CATALOGUE) == 1


def test_whoever_waits_for_payment_or_number_is_kept_and_whoever_lapsed_is_not(app: Flask) -> None:
    waiting, paid, lapsed = (registered(app, number, "bayar") for number in (1, 2, 3))
    with database.connection_context():
        with writing():
            Registration.update(status=Status.PAID, paid=clock.now()).where(Registration.uid == paid.uid).execute()
            Registration.update(status=Status.LAPSED).where(Registration.uid == lapsed.uid).execute()
        assert forget(clock.now() + timedelta(days=400), 90, CATALOGUE) == 1
        assert {row.uid for row in Registration.select()} == {waiting.uid, paid.uid}


def test_a_bill_for_two_stays_until_the_second_is_forgotten_too(app: Flask) -> None:
    one, two = (registered(app, number, "bayar") for number in (1, 2))
    payments = app.extensions["bpu"].payments
    with database.connection_context():
        bill = payments.bills.shared([one, two])
        with writing():
            Registration.update(status=Status.LAPSED).where(Registration.uid == one.uid).execute()
        assert forget(clock.now() + timedelta(days=400), 90, CATALOGUE) == 1
        assert Bill.get_or_none(Bill.uid == bill.uid) is not None
        with writing():
            Registration.update(status=Status.LAPSED).execute()
        assert forget(clock.now() + timedelta(days=400), 90, CATALOGUE) == 1
        assert Bill.select().count() == 0

"""Finished registrations are forgotten in time, and nobody else's is."""

from datetime import timedelta

from flask import Flask

from bpu import clock
from bpu.models import Bill, Consent, Payment, Registration, Share, Status, database, writing
from bpu.services.upkeep.retention import forget
from tests.people.answers import person
from tests.people.visitor import Visitor


def registered(app: Flask, number: int, until: str = "selesai") -> Registration:
    """A person who walked to this step."""
    visitor = Visitor(app)
    visitor.answers = person(number)
    visitor.reach(until)
    with database.connection_context():
        return Registration.select().order_by(Registration.submitted.desc()).first()


def test_a_finished_registration_is_gone_after_ninety_days_and_its_payment_is_nobodys(app: Flask) -> None:
    registered(app, 1)
    with database.connection_context():
        assert forget(clock.now() + timedelta(days=89), 90) == 0
        assert forget(clock.now() + timedelta(days=91), 90) == 1
        assert [table.select().count() for table in (Registration, Share, Bill, Consent)] == [0, 0, 0, 0]
        (payment,) = Payment.select()
        assert payment.bill is None
        assert payment.settled


def test_whoever_waits_for_payment_or_number_is_kept_and_whoever_lapsed_is_not(app: Flask) -> None:
    waiting, paid, lapsed = (registered(app, number, "bayar") for number in (1, 2, 3))
    with database.connection_context():
        with writing():
            Registration.update(status=Status.PAID, paid=clock.now()).where(Registration.uid == paid.uid).execute()
            Registration.update(status=Status.LAPSED).where(Registration.uid == lapsed.uid).execute()
        assert forget(clock.now() + timedelta(days=400), 90) == 1
        assert {row.uid for row in Registration.select()} == {waiting.uid, paid.uid}


def test_a_bill_for_two_stays_until_the_second_is_forgotten_too(app: Flask) -> None:
    one, two = (registered(app, number, "bayar") for number in (1, 2))
    payments = app.extensions["bpu"].payments
    with database.connection_context():
        bill = payments.bills.shared([one, two])
        with writing():
            Registration.update(status=Status.LAPSED).where(Registration.uid == one.uid).execute()
        assert forget(clock.now() + timedelta(days=400), 90) == 1
        assert Bill.get_or_none(Bill.uid == bill.uid) is not None
        with writing():
            Registration.update(status=Status.LAPSED).execute()
        assert forget(clock.now() + timedelta(days=400), 90) == 1
        assert Bill.select().count() == 0

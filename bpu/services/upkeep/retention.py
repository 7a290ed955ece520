"""Finished registrations are forgotten in time, as the privacy text promises; the books keep what was paid, unnamed."""

from datetime import date, datetime, timedelta
from typing import Any

from peewee import fn

from bpu.models import (
    Bill,
    Changed,
    Consent,
    Contribution,
    Event,
    Helped,
    Payment,
    Received,
    Registration,
    Share,
    SnapRequest,
    Status,
    writing,
)
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.ledger import after, wib_day
from bpu.rules.months.prices import lapse
from bpu.services.audit import record

CHUNK = 100


def forget(now: datetime, kept_days: int, catalogue: Catalogue) -> int:
    """Delete who is no member any more, or never became one, longer ago than they are kept; returns how many.

    A member is kept for as long as months run or are owed, and then for so many days. One that is paid and waits for
    its number is never deleted, nor one with money here. Payments keep code and sum without the person.
    """
    before = now - timedelta(days=kept_days)
    given = (Registration.status == Status.ACTIVE) & (Registration.numbered <= before) & _over(before, catalogue)
    lapsed = (Registration.status == Status.LAPSED) & (Registration.submitted <= before)
    gone = (given | lapsed) & ~_with_credit()
    with writing():
        SnapRequest.delete().where(SnapRequest.at <= before).execute()
    total = 0
    while True:
        with writing():
            old = list(Registration.select(Registration.uid, Registration.draft).where(gone).limit(CHUNK))
            for registration in old:
                _forget(registration)
        total += len(old)
        if len(old) < CHUNK:
            return total


def _over(before: datetime, catalogue: Catalogue) -> Any:
    """That a membership was over at a moment: its months and those that are owed after them, or by an end before."""
    last = wib_day(before).replace(day=1)
    while lapse(last, catalogue) > wib_day(before):
        last = after(last, -1)
    return Registration.uid.not_in(_paid_after(last)) | Registration.uid.in_(
        Changed.select(Changed.registration).where(Changed.kind.not_in((Event.FACTS, Event.STOP)), Changed.at <= before)
    )


def _paid_after(month: date) -> Any:
    return Contribution.select(Contribution.registration).where(Contribution.month > month.isoformat())


def _with_credit() -> Any:
    """That money of a person is here which no month has used."""
    came = Received.select(fn.COALESCE(fn.SUM(Received.amount), 0)).where(Received.registration == Registration.uid)
    went = Contribution.select(fn.COALESCE(fn.SUM(Contribution.price), 0))
    return came > went.where(Contribution.registration == Registration.uid)


def _forget(registration: Registration) -> None:
    """One person, in the caller's transaction: the parts of bills, bills that are nobody's now, consents, the row."""
    bills = [share.bill_id for share in Share.select().where(Share.registration == registration.uid)]
    Share.delete().where(Share.registration == registration.uid).execute()
    shared = {share.bill_id for share in Share.select().where(Share.bill.in_(bills))}
    empty = [uid for uid in bills if uid not in shared]
    Payment.update(bill=None).where(Payment.bill.in_(empty)).execute()
    Bill.delete().where(Bill.uid.in_(empty)).execute()
    Helped.delete().where(Helped.uid == registration.draft).execute()
    Consent.delete().where(Consent.draft == registration.draft).execute()
    Registration.delete().where(Registration.uid == registration.uid).execute()
    record("clock", "forget", registration.uid)

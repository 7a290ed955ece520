"""Finished registrations are forgotten in time, as the privacy text promises; the books keep what was paid, unnamed."""

from datetime import datetime, timedelta

from bpu.models import Bill, Consent, Helped, Payment, Registration, Share, SnapRequest, Status, writing
from bpu.services.audit import record

CHUNK = 100


def forget(now: datetime, kept_days: int) -> int:
    """Delete registrations whose number was given, or that lapsed, longer ago than they are kept; returns how many.

    One that is paid and waits for its number is never deleted. Payments keep code and sum without the person.
    """
    before = now - timedelta(days=kept_days)
    given = (Registration.status == Status.ACTIVE) & (Registration.numbered <= before)
    lapsed = (Registration.status == Status.LAPSED) & (Registration.submitted <= before)
    with writing():
        SnapRequest.delete().where(SnapRequest.at <= before).execute()
    total = 0
    while True:
        with writing():
            old = list(Registration.select(Registration.uid, Registration.draft).where(given | lapsed).limit(CHUNK))
            for registration in old:
                _forget(registration)
        total += len(old)
        if len(old) < CHUNK:
            return total


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

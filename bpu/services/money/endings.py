"""How bills and registrations that nobody pays come to an end: chunk by chunk, so that nobody waits for the lock."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bpu.models import Bill, BillStatus, Received, Registration, Share, Status, on_postgres, writing
from bpu.services.messages.texts import Messages

# Few enough rows in one transaction that nobody waits long for SQLite's write lock.
CHUNK = 100


def open_bills(uids: Iterable[str]) -> list[Bill]:
    """The bills that are not ended and have a share of any of these registrations."""
    theirs = Share.select(Share.bill).where(Share.registration.in_(list(uids)))
    return list(Bill.select().where(Bill.uid.in_(theirs), Bill.status == BillStatus.OPEN).order_by(Bill.uid))


def end(bills: Iterable[Bill]) -> None:
    """Let these bills be expired if they are open, in the caller's transaction."""
    uids = [bill.uid for bill in bills]
    Bill.update(status=BillStatus.EXPIRED).where(Bill.uid.in_(uids), Bill.status == BillStatus.OPEN).execute()


def expire(now: datetime, messages: Messages) -> int:
    """End every open bill whose time is over and tell whoever it was for; returns how many."""
    total = 0
    while ended := _expire_chunk(now, messages):
        total += ended
    return total


def lapse(before: datetime) -> int:
    """Give up registrations that were sent before a moment and for which no money came; returns how many."""
    total = 0
    while lapsed := _lapse_chunk(before):
        total += lapsed
    return total


def _expire_chunk(now: datetime, messages: Messages) -> int:
    with writing():
        over = Bill.select().where(Bill.status == BillStatus.OPEN, Bill.expires <= now)
        bills = list(_claimed(over.order_by(Bill.expires).limit(CHUNK)))
        end(bills)
        for bill in bills:
            if person := _only_person(bill):
                messages.expired(person, bill)
        return len(bills)


def _claimed(query: Any) -> Any:
    return query.for_update(skip_locked=True) if on_postgres() else query


def _only_person(bill: Bill) -> Registration | None:
    people = list(Registration.select().join(Share).where(Share.bill == bill.uid).limit(2))
    return people[0] if len(people) == 1 and people[0].status == Status.AWAITING else None


def _lapse_chunk(before: datetime) -> int:
    with writing():
        billed = Share.select(Share.registration).join(Bill).where(Bill.status == BillStatus.OPEN)
        waiting = Registration.select(Registration.uid).where(
            Registration.status == Status.AWAITING,
            Registration.submitted <= before,
            Registration.uid.not_in(billed),
            Registration.uid.not_in(Received.select(Received.registration)),  # its money is here
        )
        uids = [row.uid for row in _claimed(waiting.order_by(Registration.submitted).limit(CHUNK))]
        # Asked again now that the rows are held: a bill may have been opened while they were being found.
        lapsing = Registration.uid.in_(uids) & Registration.uid.not_in(billed)
        return Registration.update(status=Status.LAPSED).where(lapsing).execute()

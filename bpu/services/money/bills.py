"""Bills: one attempt at paying for one or more people, from the code they pay with to the hour it ends."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bpu import clock
from bpu.models import Bill, BillStatus, Registration, Share, Status, locked, new_uid, writing
from bpu.rules.months.purchase import NotForSale, Purchase
from bpu.services.membership.members import PRICED
from bpu.services.messages.texts import Messages
from bpu.services.money import endings
from bpu.services.money.codes import new_code
from bpu.services.money.endings import end, open_bills
from bpu.services.money.prices import Prices
from bpu.services.money.rivals import rival
from bpu.settings import Settings

END_OF_DAY = time(23, 59, 59)


class NotPayable(Exception):
    """There is nothing to bill: the registration is paid for already, or was given up."""


@dataclass(frozen=True)
class Asked:
    """One person's part of a bill before it is written: the months, and the rupiah still to pay for them."""

    registration: Registration
    purchase: Purchase

    @property
    def amount(self) -> int:
        """Whole rupiah, without what the person's credit covers."""
        return self.purchase.amount

    @property
    def count(self) -> int:
        """How many months."""
        return len(self.purchase.months)

    @property
    def first_month(self) -> str:
        """The first of them, as it rests in the database."""
        return self.purchase.months[0].month.isoformat()

    @property
    def valid_until(self) -> date:
        """The last WIB day on which this is right."""
        return self.purchase.valid_until

    def share(self, bill: Bill) -> dict[str, Any]:
        """The row of a share."""
        row = {"bill": bill.uid, "registration": self.registration.uid, "amount": self.amount}
        return row | {"months": self.count, "first_month": self.first_month}


class Bills:
    """Opens and ends bills; settling them is `payments.Payments`."""

    def __init__(self, settings: Settings, prices: Prices, messages: Messages) -> None:
        self.settings = settings
        self.prices = prices
        self.messages = messages

    def payable(self, registration: Registration) -> Bill:
        """The bill by which a registration can be paid now; a new one, at today's price, when there is none.

        Raises `NotPayable`.
        """
        with writing():
            (fresh,) = _awaiting([registration])
            return self._open_of(fresh.uid) or self._open([self._asked(fresh)])

    def shared(self, registrations: Sequence[Registration]) -> Bill:
        """One bill for several people, each at today's price, instead of the open bills that they had.

        Asking again for the same people returns the same bill. Raises `NotPayable` when one of them does not await
        payment, ValueError without people or with the same person twice.
        """
        uids = {person.uid for person in registrations}
        if not registrations or len(uids) != len(registrations):
            raise ValueError("a bill is for one or more different people")
        with writing():
            asked = [self._asked(person) for person in _awaiting(registrations)]
            return self._same(asked) or self._open(asked)

    def months(self, registration: Registration, count: int | None = None, *, begin: date | None = None) -> Bill:
        """The bill by which so many months of a member can be paid now, or, without a count, all that is owed.

        The open one if it asks for the same. Raises `NotPayable` when credit covers them all, and `NotForSale`.
        """
        with writing():
            (fresh,) = locked([registration.uid])
            asked = Asked(fresh, self.prices.purchase(self.prices.members.find(fresh), count, begin))
            if not asked.amount:
                raise NotPayable
            return self._same([asked]) or self._open([asked])

    def rest(self, registration: Registration) -> Bill | None:
        """A bill for what is still missing once some money has come, or None where nothing is; it sends no message."""
        with writing():
            (fresh,) = locked([registration.uid])
            try:
                asked = self._asked(fresh) if fresh.status == Status.AWAITING else self._owed(fresh)
            except NotPayable:
                return None
            return self._same([asked]) or self._open([asked], tell=False) if asked and asked.amount else None

    def change(self, registration: Registration, channel: str, **columns: Any) -> bool:
        """Write down that columns of a registration are otherwise from now on; bills at the old price end."""
        with writing():
            changed = self.prices.members.change(registration, channel, **columns)
            if changed and set(columns) & set(PRICED):
                end(open_bills([registration.uid]))
            return changed

    def find(self, code: str) -> Bill | None:
        """The bill with this code of 16 digits."""
        return Bill.get_or_none(Bill.code == code)

    def latest(self, registration: Registration) -> Bill:
        """The bill that was opened last for `registration`, whatever became of it; a paid one before all others.

        Every registration that was sent has one; raises LookupError for one that was made without.
        """
        paid_first = (Bill.status == BillStatus.PAID).desc()
        mine = Bill.select().join(Share).where(Share.registration == registration.uid)
        bill = mine.order_by(paid_first, Bill.created.desc(), Bill.uid).first()
        if bill is None:
            raise LookupError(f"registration {registration.uid} has no bill")
        return bill

    def share(self, bill: Bill, registration: Registration) -> int:
        """What of a bill is one person's, in whole rupiah."""
        return shares_of(bill)[registration.uid]

    def expire(self, now: datetime) -> int:
        """End every open bill whose time is over and tell whoever it was for; returns how many."""
        return endings.expire(now, self.messages)

    def lapse(self, now: datetime) -> int:
        """Give up registrations that were not paid for in the time they are kept; returns how many."""
        return endings.lapse(now - timedelta(days=self.settings.kept_days))

    def _open_of(self, uid: str) -> Bill | None:
        return next((bill for bill in open_bills([uid]) if bill.payable(clock.now())), None)

    def _asked(self, registration: Registration) -> Asked:
        """What a registration costs now; the first month that it is for is written to it. Raises `NotPayable`."""
        try:
            asked = Asked(registration, self.prices.due(registration))
        except NotForSale as refused:
            raise NotPayable from refused
        if not asked.amount:
            raise NotPayable
        registration.first_month = asked.first_month
        Registration.update(first_month=asked.first_month).where(Registration.uid == registration.uid).execute()
        return asked

    def _owed(self, registration: Registration) -> Asked | None:
        """What makes a member's months right now, if anything does and is still to pay."""
        member = self.prices.members.find(registration)
        return Asked(registration, self.prices.purchase(member)) if member.membership.to_be_current else None

    def _same(self, asked: Sequence[Asked]) -> Bill | None:
        """The open bill that asks for exactly this of exactly these people."""
        wanted = {each.registration.uid: (each.amount, each.count, each.first_month) for each in asked}
        for bill in open_bills(wanted):
            shares = Share.select().where(Share.bill == bill.uid)
            theirs = {each.registration_id: (each.amount, each.months, each.first_month) for each in shares}
            if bill.payable(clock.now()) and theirs == wanted:
                return bill
        return None

    def _open(self, asked: Sequence[Asked], *, tell: bool = True) -> Bill:
        # What was open ends as expired, not cancelled: money already on its way for it may still settle it.
        end(open_bills(each.registration.uid for each in asked))
        created = clock.now()
        row = {
            "amount": sum(each.amount for each in asked),
            "status": BillStatus.OPEN,
            "created": created,
            "expires": self._expiry(created, asked),
        }
        inserted: Collection[Bill] = ()
        while not inserted:
            query = Bill.insert(uid=new_uid(), code=new_code(self.settings.bill_prefix), **row)
            unless_taken = query.on_conflict(action="NOTHING", conflict_target=[Bill.code])
            inserted = list(unless_taken.returning(Bill).execute())
        (bill,) = inserted
        Share.insert_many([each.share(bill) for each in asked]).execute()
        # Someone who pays for several people reads the code on the desk; the others could do nothing with it.
        if len(asked) == 1 and tell:
            self.messages.bill(asked[0].registration, bill)
        return bill

    def _expiry(self, created: datetime, asked: Sequence[Asked]) -> datetime:
        """When a bill ends: with the WIB day of its last hour, and with the last one on which its months are right."""
        day = (created + timedelta(hours=self.settings.bill_hours)).astimezone(clock.WIB).date()
        return datetime.combine(min(day, *(each.valid_until for each in asked)), END_OF_DAY, clock.WIB)


def shares_of(bill: Bill) -> dict[str, int]:
    """Who is on a bill and with how much: whole rupiah by the registration's uid."""
    rows: Any = Share.select(Share.registration, Share.amount).where(Share.bill == bill.uid).tuples()
    return dict(rows)


def _awaiting(registrations: Iterable[Registration]) -> list[Registration]:
    people = locked(person.uid for person in registrations)
    if not people or any(person.status != Status.AWAITING or rival(person) for person in people):
        raise NotPayable
    return people

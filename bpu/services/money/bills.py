"""Bills: one attempt at paying for one or more people, from the code they pay with to the hour it ends."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from bpu import clock
from bpu.models import Bill, BillStatus, Registration, Share, Status, locked, new_uid, on_postgres, writing
from bpu.rules.months.purchase import Purchase
from bpu.services.membership.members import Member, Members
from bpu.services.messages.texts import Messages
from bpu.services.money.codes import new_code
from bpu.services.money.prices import Prices
from bpu.settings import Settings

END_OF_DAY = time(23, 59, 59)
# Few enough rows in one transaction that nobody waits long for SQLite's write lock.
CHUNK = 100


class NotPayable(Exception):
    """There is nothing to bill: the registration is paid for already, or was given up."""


class Bills:
    """Opens and ends bills; settling them is `payments.Payments`."""

    def __init__(self, settings: Settings, prices: Prices, messages: Messages) -> None:
        self.settings = settings
        self.prices = prices
        self.members = Members(prices.catalogue, prices.occupations)
        self.messages = messages

    def payable(self, registration: Registration) -> Bill:
        """The bill by which a registration can be paid now; a new one, at today's price, when there is none.

        Raises `NotPayable`.
        """
        with writing():
            return self._open_of(registration.uid) or self.open_bill(registration, self._priced(registration))

    def shared(self, registrations: Sequence[Registration]) -> Bill:
        """One bill for several people, each at today's price; raises `NotPayable`."""
        with writing():
            return self.open_group_bill([(one, self._priced(one)) for one in registrations])

    def open_bill(self, registration: Registration, amount: int) -> Bill:
        """The open bill of `registration`: the one it has, else a new one of `amount` whole rupiah, with its message.

        Raises `NotPayable` when the registration does not await payment.
        """
        with writing():
            people = _awaiting([registration])
            return self._open_of(registration.uid) or self._open(people, [amount])

    def open_group_bill(self, shares: Sequence[tuple[Registration, int]]) -> Bill:
        """One bill for several people, each with their share in whole rupiah, instead of the open bills that they had.

        Asking again for the same people returns the same bill. Raises `NotPayable` when one of them does not await
        payment, ValueError without people or with the same person twice.
        """
        amounts = {person.uid: amount for person, amount in shares}
        if not shares or len(amounts) != len(shares):
            raise ValueError("a bill is for one or more different people")
        with writing():
            people = _awaiting([person for person, _ in shares])
            for bill in open_bills(amounts):
                if bill.payable(clock.now()) and shares_of(bill) == amounts:
                    return bill
            return self._open(people, [amounts[person.uid] for person in people])

    def months(self, registration: Registration, count: int | None = None, *, begin: date | None = None) -> Bill:
        """The bill by which so many months of a member can be paid now, or, without a count, all that is owed.

        The open one if it asks for the same. Raises `NotPayable` when credit covers them all, and `NotForSale`.
        """
        with writing():
            (fresh,) = locked([registration.uid])
            member = self.members.find(fresh)
            asked = self.prices.purchase(member, count or owed_months(member), begin)
            if not asked.amount:
                raise NotPayable
            wanted = {"amount": asked.amount, "months": len(asked.months), "first_month": first_month(asked)}
            for bill in open_bills([registration.uid]):
                share = Share.get(bill=bill, registration=registration)
                same = wanted == {name: getattr(share, name) for name in wanted}
                if bill.payable(clock.now()) and bill.amount == asked.amount and same:
                    return bill
            return self._open([member.registration], [asked.amount], [asked])

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
        """End every open bill whose time is over and tell whoever it was for; returns how many. Chunk by chunk."""
        total = 0
        while ended := self._expire_chunk(now):
            total += ended
        return total

    def lapse(self, now: datetime) -> int:
        """Give up registrations that were not paid for in the time they are kept; returns how many. Chunk by chunk."""
        before = now - timedelta(days=self.settings.kept_days)
        total = 0
        while lapsed := _lapse_chunk(before):
            total += lapsed
        return total

    def _open_of(self, uid: str) -> Bill | None:
        return next((bill for bill in open_bills([uid]) if bill.payable(clock.now())), None)

    def _priced(self, registration: Registration) -> int:
        """Today's price; the first month that it is for is written to the registration."""
        quote = self.prices.due(registration)
        registration.first_month = quote.months[0].month.isoformat()
        Registration.update(first_month=registration.first_month).where(Registration.uid == registration.uid).execute()
        return quote.total

    def _expire_chunk(self, now: datetime) -> int:
        with writing():
            over = Bill.select().where(Bill.status == BillStatus.OPEN, Bill.expires <= now)
            bills = list(_claimed(over.order_by(Bill.expires).limit(CHUNK)))
            _end(bills)
            for bill in bills:
                if person := _only_person(bill):
                    self.messages.expired(person, bill)
            return len(bills)

    def _open(self, people: Sequence[Registration], amounts: Sequence[int], asked: Sequence[Purchase] = ()) -> Bill:
        # What was open ends as expired, not cancelled: money already on its way for it may still settle it.
        _end(open_bills(person.uid for person in people))
        created = clock.now()
        row = {
            "amount": sum(amounts),
            "status": BillStatus.OPEN,
            "created": created,
            "expires": self._ends(created, asked),
        }
        inserted: Collection[Bill] = ()
        while not inserted:
            query = Bill.insert(uid=new_uid(), code=new_code(self.settings.bill_prefix), **row)
            unless_taken = query.on_conflict(action="NOTHING", conflict_target=[Bill.code])
            inserted = list(unless_taken.returning(Bill).execute())
        (bill,) = inserted
        rows: Sequence[Purchase | None] = asked or [None] * len(people)
        Share.insert_many(
            [
                {"bill": bill.uid, "registration": person.uid, "amount": amount}
                | ({"months": len(each.months), "first_month": first_month(each)} if each else {})
                for person, amount, each in zip(people, amounts, rows, strict=True)
            ]
        ).execute()
        # Someone who pays for several people reads the code on the desk; the others could do nothing with it.
        if len(people) == 1:
            self.messages.bill(people[0], bill)
        return bill

    def _ends(self, created: datetime, asked: Sequence[Purchase]) -> datetime:
        """When a bill ends: with the last WIB day on which its sum and months are right, at the latest."""
        latest = created + timedelta(hours=self.settings.bill_hours)
        if not asked:
            return latest
        day = min(latest.astimezone(clock.WIB).date(), *(each.valid_until for each in asked))
        return datetime.combine(day, END_OF_DAY, clock.WIB)


def owed_months(member: Member) -> int:
    """How many months make everything right now: those that are owed, or the one with which a membership begins."""
    return len(member.membership.owed) or 1


def first_month(asked: Purchase) -> str:
    """The first month that is asked for, as it is written to a share."""
    return asked.months[0].month.isoformat()


def open_bills(uids: Iterable[str]) -> list[Bill]:
    """The bills that are not ended and have a share of any of these registrations."""
    theirs = Share.select(Share.bill).where(Share.registration.in_(list(uids)))
    return list(Bill.select().where(Bill.uid.in_(theirs), Bill.status == BillStatus.OPEN).order_by(Bill.uid))


def shares_of(bill: Bill) -> dict[str, int]:
    """Who is on a bill and with how much: whole rupiah by the registration's uid."""
    rows: Any = Share.select(Share.registration, Share.amount).where(Share.bill == bill.uid).tuples()
    return dict(rows)


def _awaiting(registrations: Iterable[Registration]) -> list[Registration]:
    people = locked(person.uid for person in registrations)
    if not people or any(person.status != Status.AWAITING for person in people):
        raise NotPayable
    return people


def _claimed(query: Any) -> Any:
    return query.for_update(skip_locked=True) if on_postgres() else query


def _end(bills: Iterable[Bill]) -> None:
    uids = [bill.uid for bill in bills]
    Bill.update(status=BillStatus.EXPIRED).where(Bill.uid.in_(uids), Bill.status == BillStatus.OPEN).execute()


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
        )
        uids = [row.uid for row in _claimed(waiting.order_by(Registration.submitted).limit(CHUNK))]
        # Asked again now that the rows are held: a bill may have been opened while they were being found.
        lapsing = Registration.uid.in_(uids) & Registration.uid.not_in(billed)
        return Registration.update(status=Status.LAPSED).where(lapsing).execute()

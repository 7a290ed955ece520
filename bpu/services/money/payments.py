"""Money that arrives: what it settles, and why it does not when it does not (reference: pretix and SNAP practice).

A bank asks before it debits, so what may not be paid is refused and nothing moved. A payment provider tells after the
fact, so whatever it says is written down as a `Payment` row; what settles nothing waits there for a person.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, Registration, Share, Status, locked, new_uid, on_postgres, writing
from bpu.services.membership import ledger
from bpu.services.membership.enrolment import Enrolment
from bpu.services.money.bills import Bills, open_bills, shares_of

# How long after expiry a bank may still bring money that it asked about in time.
GRACE = timedelta(minutes=15)
LARGEST = 10**15
LONGEST = 128


class Outcome(StrEnum):
    """What became of a notice; `Payment.reason` is one of these words."""

    SETTLED = "settled"
    LATE_SETTLED = "late_settled"  # after expiry, yet everyone on the bill still stood and was unpaid
    REPEATED = "repeated"  # this money was told of before: `Receipt.payment` has what became of it
    ALREADY_PAID = "already_paid"  # other money settled the bill, or one of its people
    WRONG_AMOUNT = "wrong_amount"
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # someone on the bill was paid for with another one
    UNKNOWN = "unknown"  # no such bill
    CONFLICT = "conflict"  # the reference was used before for another bill or another sum


@dataclass(frozen=True)
class Notice:
    """That money arrived, or that a bank asks whether it may.

    `reference` is the provider's own id of the payment, `code` the bill's, `amount` whole rupiah, `at` when it was paid
    (aware). `pushed` says that the money has moved and cannot be refused. `inquired_at` is when a bank first asked
    about the bill for this payment. Raises ValueError for what no provider can mean.
    """

    provider: str
    reference: str
    code: str
    amount: int
    at: datetime
    pushed: bool
    inquired_at: datetime | None = None

    def __post_init__(self) -> None:
        for text in (self.reference, self.code):
            if not 0 < len(text) <= LONGEST or not text.isprintable():
                raise ValueError("a reference and a code are 1 to 128 printable characters")
        if not 0 < self.amount < LARGEST:
            raise ValueError("an amount is more than nothing and less than all money there is")


@dataclass(frozen=True)
class Receipt:
    """The answer to a notice: the bill it named, the people on it, and the row for money that moved."""

    outcome: Outcome
    bill: Bill | None = None
    registrations: tuple[Registration, ...] = ()
    payment: Payment | None = None

    @property
    def accepted(self) -> bool:
        """Whether this very money settled the bill, now or when it was first told of."""
        return self.payment is not None and self.payment.settled


class Payments:
    """The one door through which bills are paid."""

    def __init__(self, bills: Bills, enrolment: Enrolment) -> None:
        self.bills = bills
        self.enrolment = enrolment

    def receive(self, notice: Notice) -> Receipt:
        """Take `notice` in: judge it, book its money, settle its bill, all in one transaction or not at all."""
        notice = replace(notice, at=min(notice.at, clock.now()))
        with writing():
            bill, people = _held(notice.code)
            if earlier := _booked(notice):
                return self._again(notice, earlier, bill, people)
            outcome = _judged(notice, bill, people)
            accepted = outcome in (Outcome.SETTLED, Outcome.LATE_SETTLED)
            if not accepted and not notice.pushed:
                return Receipt(outcome, bill, people)
            payment = _book(notice, bill, outcome, settled=accepted)
            if payment is None and (earlier := _booked(notice)):
                return self._again(notice, earlier, bill, people)  # told by someone else at the same moment
            if accepted and bill and payment:
                self._settle(bill, people, payment)
            return Receipt(outcome, bill, people, payment)

    def _settle(self, bill: Bill, people: tuple[Registration, ...], payment: Payment) -> None:
        at = payment.at
        bill.status, bill.paid = BillStatus.PAID, at
        Bill.update(status=BillStatus.PAID, paid=at).where(Bill.uid == bill.uid).execute()
        others = [other.uid for other in open_bills(person.uid for person in people)]
        Bill.update(status=BillStatus.CANCELLED).where(Bill.uid.in_(others)).execute()
        for person in people:
            share = Share.get(bill=bill, registration=person)
            begin = date.fromisoformat(share.first_month or person.first_month)
            done = ledger.trial(self.bills.prices.catalogue, person, share.amount, at, begin)
            ledger.book(done, person, payment, share.amount, at, bill)
            if person.status == Status.AWAITING:
                self.enrolment.paid(person, at)
            else:
                self.bills.messages.renewed(person, bill)

    def _again(self, notice: Notice, earlier: Payment, bill: Bill | None, people: tuple[Registration, ...]) -> Receipt:
        if (earlier.code, earlier.amount) == (notice.code, notice.amount):
            return Receipt(Outcome.REPEATED, bill, people, earlier)
        payment = None
        if notice.pushed:
            # Two stories under one reference: the second is kept beside the first, for a person to ask about.
            aside = replace(notice, reference=f"{notice.reference[:80]}~{notice.code[:24]}~{notice.amount}")
            payment = _book(aside, bill, Outcome.CONFLICT, settled=False) or _booked(aside)
        return Receipt(Outcome.CONFLICT, bill, people, payment)


def _held(code: str) -> tuple[Bill | None, tuple[Registration, ...]]:
    """The bill and its people, locked people first: everything that changes them locks in this order."""
    bill = Bill.get_or_none(Bill.code == code)
    if bill is None:
        return None, ()
    people = tuple(locked(shares_of(bill)))
    query = Bill.select().where(Bill.uid == bill.uid)
    return (query.for_update() if on_postgres() else query).get(), people


def _judged(notice: Notice, bill: Bill | None, people: tuple[Registration, ...]) -> Outcome:
    if bill is None:
        return Outcome.UNKNOWN
    once = Share.get(bill=bill).months is None  # what a membership begins with is paid for once
    paid = any(person.status in (Status.PAID, Status.ACTIVE) for person in people)
    if bill.status == BillStatus.PAID or (once and paid):
        return Outcome.CANCELLED if bill.status == BillStatus.CANCELLED else Outcome.ALREADY_PAID
    if bill.status == BillStatus.CANCELLED:
        return Outcome.CANCELLED
    late = not bill.payable(notice.at)
    asked_in_time = notice.inquired_at is not None and notice.inquired_at < bill.expires
    graced = asked_in_time and notice.at < bill.expires + GRACE
    if (late and not notice.pushed and not graced) or any(person.status == Status.LAPSED for person in people):
        return Outcome.EXPIRED
    if notice.amount != bill.amount:
        return Outcome.WRONG_AMOUNT
    return Outcome.LATE_SETTLED if late else Outcome.SETTLED


def _booked(notice: Notice) -> Payment | None:
    return Payment.get_or_none(Payment.provider == notice.provider, Payment.reference == notice.reference)


def _book(notice: Notice, bill: Bill | None, outcome: Outcome, *, settled: bool) -> Payment | None:
    """Write the row of this money; None when its reference has one already."""
    row = Payment.insert(
        uid=new_uid(),
        provider=notice.provider,
        reference=notice.reference,
        bill=bill.uid if bill else None,
        code=notice.code,
        amount=notice.amount,
        settled=settled,
        reason=outcome,
        at=notice.at,
    )
    unless_there = row.on_conflict(action="NOTHING", conflict_target=[Payment.provider, Payment.reference])
    return next(iter(unless_there.returning(Payment).execute()), None)

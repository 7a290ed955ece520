"""Money that arrives: what it settles, what it buys, and why it does not when it does not.

A bank asks before it debits, so what may not be paid is refused and nothing moved. A payment provider tells after the
fact, so whatever it says is written down as a `Payment` row, and what is known to be somebody's is theirs: it buys the
months that it can, as of the moment at which it was paid, and the rest is credit, of which the person is told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bpu import clock
from bpu.models import (
    Bill,
    BillStatus,
    Payment,
    Registration,
    Share,
    Status,
    keyring,
    locked,
    new_uid,
    on_postgres,
    writing,
)
from bpu.services.membership import ledger
from bpu.services.membership.enrolment import Enrolment
from bpu.services.money.bills import Bills, shares_of
from bpu.services.money.endings import open_bills
from bpu.services.money.judging import ACCEPTED, Notice, Outcome, Part, Receipt, judged, weighed
from bpu.services.money.rivals import give_way, in_turn, of_nik, rival


class Payments:
    """The one door through which bills are paid."""

    def __init__(self, bills: Bills, enrolment: Enrolment) -> None:
        self.bills = bills
        self.enrolment = enrolment

    def receive(self, notice: Notice) -> Receipt:
        """Take `notice` in: judge it, book its money, settle its bill, all in one transaction or not at all."""
        notice = replace(notice, at=min(notice.at, clock.now()))
        with writing():
            in_turn(_niks(notice.code))
            bill, people = _held(notice.code)
            if earlier := _booked(notice):
                return self._again(notice, earlier, bill, people)
            outcome = judged(notice, bill)
            parts = self._parts(notice, bill, people)
            outcome = weighed(outcome, notice, parts, ousted=len(parts) < len(people))
            accepted = outcome in ACCEPTED
            if not accepted and not notice.pushed:
                return Receipt(outcome, bill, people)
            payment = _book(notice, bill, outcome, settled=accepted)
            if payment is None and (earlier := _booked(notice)):
                return self._again(notice, earlier, bill, people)  # told by someone else at the same moment
            if bill and payment:
                self._take(bill, parts, payment)
            return Receipt(outcome, bill, tuple(part.person for part in parts), payment)

    def _parts(self, notice: Notice, bill: Bill | None, people: tuple[Registration, ...]) -> list[Part]:
        """What of the money is whose, and what it would buy: full shares first, the rest for whoever comes next.

        What is more than all shares together is the one person's, or, of several, nobody's yet.
        """
        shares = {share.registration_id: share for share in Share.select().where(Share.bill == bill)} if bill else {}
        left, parts = notice.amount, []
        for person in sorted(people, key=lambda each: shares[each.uid].amount):
            share = shares[person.uid]
            amount = left if len(people) == 1 else min(left, share.amount)
            left -= amount
            owner = _owner(person)
            if rival(owner):
                continue  # somebody else is registered with this NIK: the money is for the office to give back
            chosen = date.fromisoformat(f"{(share.first_month or person.first_month)[:7]}-01")
            done = ledger.trial(self.bills.prices.catalogue, owner, amount, notice.at, chosen)
            parts.append(Part(owner, share, amount, done))
        return parts

    def _take(self, bill: Bill, parts: Sequence[Part], payment: Payment) -> None:
        """Write down what the money did, end the bills that are wrong now, and tell everybody."""
        if payment.settled:
            bill.status, bill.paid = BillStatus.PAID, payment.at
            Bill.update(status=BillStatus.PAID, paid=payment.at).where(Bill.uid == bill.uid).execute()
        others = [other.uid for other in open_bills(part.person.uid for part in parts)]
        ended = BillStatus.CANCELLED if payment.settled else BillStatus.EXPIRED
        Bill.update(status=ended).where(Bill.uid.in_(others)).execute()
        for part in parts:
            if part.amount:
                ledger.book(part.done, part.person, payment, part.amount, payment.at, bill)
                self._tell(part, payment, bill)

    def _tell(self, part: Part, payment: Payment, bill: Bill) -> None:
        person, messages = part.person, self.bills.messages
        first = person.status in (Status.AWAITING, Status.LAPSED) and bool(part.done.bought)
        if first:
            self.enrolment.paid(person, payment.at)
            give_way(person)
        elif payment.settled:
            messages.renewed(person, bill, part.amount)
        # What came otherwise than it was asked for is told of, with what is missing and how it can be paid.
        if not payment.settled or part.done.credit:
            messages.credited(person, payment.uid, part.amount, part.done, self.bills.rest(person))

    def _again(self, notice: Notice, earlier: Payment, bill: Bill | None, people: tuple[Registration, ...]) -> Receipt:
        if (earlier.code, earlier.amount) == (notice.code, notice.amount):
            return Receipt(Outcome.REPEATED, bill, people, earlier)
        payment = None
        if notice.pushed:
            # Two stories under one reference: the second is kept beside the first, for a person to ask about.
            aside = replace(notice, reference=f"{notice.reference[:80]}~{notice.code[:24]}~{notice.amount}")
            payment = _book(aside, bill, Outcome.CONFLICT, settled=False) or _booked(aside)
        return Receipt(Outcome.CONFLICT, bill, people, payment)


def _niks(code: str) -> list[str]:
    """Whom a bill is for."""
    people = Registration.select().join(Share).join(Bill).where(Bill.code == code)
    return [person.nik for person in people]


def _held(code: str) -> tuple[Bill | None, tuple[Registration, ...]]:
    """The bill and its people, locked people first: everything that changes them locks in this order."""
    bill = Bill.get_or_none(Bill.code == code)
    if bill is None:
        return None, ()
    people = tuple(locked(shares_of(bill)))
    query = Bill.select().where(Bill.uid == bill.uid)
    return (query.for_update() if on_postgres() else query).get(), people


def _owner(person: Registration) -> Registration:
    """Whose the money for a registration is: who was given up and came again with that phone has it there."""
    if person.status != Status.LAPSED:
        return person
    phone = Registration.phone_index.in_(keyring().indexes("phone", person.phone))
    mine = {each.uid for each in Registration.select(Registration.uid).where(phone)}
    again = [each.uid for each in of_nik(person.nik) if each.uid in mine]
    return (locked(again[:1]) or [person])[0]


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

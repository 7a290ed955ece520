"""Money becomes months: the rows that it buys are written in the transaction in which it arrives."""

from datetime import date, datetime

from bpu.models import Bill, Contribution, Payment, Received, Registration
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Allocation, allocate
from bpu.rules.months.ledger import after, month_of
from bpu.services.membership.members import credit_of, ledger_of, person_of


def trial(
    catalogue: Catalogue, registration: Registration, amount: int, at: datetime, begin: date | None = None
) -> Allocation:
    """What so many rupiah would buy at a moment, with what is left of before; nothing is written.

    `begin` is the first month that the person chose: it counts where that is the next one and a membership begins.
    """
    person, rows = person_of(registration), ledger_of(registration)
    chosen = begin if begin == after(month_of(at), 1) else None
    return allocate(person, rows, catalogue, amount, at, credit=credit_of(registration), begin=chosen)


def book(
    done: Allocation, registration: Registration, payment: Payment | None, amount: int, at: datetime, bill: Bill | None
) -> None:
    """Write down what money did, in the caller's transaction, which holds the registration."""
    if amount:
        row = {"registration": registration.uid, "payment": payment.uid if payment else None}
        Received.create(**row, amount=amount, at=at)
    for month in done.repriced:
        mine = (Contribution.registration == registration.uid) & (Contribution.month == month.month.isoformat())
        Contribution.update(price=month.price).where(mine).execute()
    for month in done.bought:
        Contribution.create(
            registration=registration.uid,
            month=month.month.isoformat(),
            programmes=",".join(month.programmes),
            base=month.base,
            price=month.price,
            paid=month.paid_at,
            bill=bill.uid if bill else None,
            channel=payment.provider if payment else "",
        )

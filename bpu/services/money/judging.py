"""What arriving money is told: by what its bill says, and by what the money buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bpu.models import Bill, BillStatus, Payment, Registration, Share
from bpu.rules.months.allocation import Allocation

# How long after expiry a bank may still bring money that it asked about in time.
GRACE = timedelta(minutes=15)
LARGEST = 10**15
LONGEST = 128


class Outcome(StrEnum):
    """What became of a notice; `Payment.reason` is one of these words."""

    SETTLED = "settled"
    LATE_SETTLED = "late_settled"  # after expiry, yet it still buys what the bill was for
    OVERPAID = "overpaid"  # settled, and more came than was asked for
    REPEATED = "repeated"  # this money was told of before: `Receipt.payment` has what became of it
    ALREADY_PAID = "already_paid"  # other money settled the bill, or one of its people
    WRONG_AMOUNT = "wrong_amount"
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # someone on the bill was paid for with another one
    UNKNOWN = "unknown"  # no such bill
    CONFLICT = "conflict"  # the reference was used before for another bill or another sum


ACCEPTED = (Outcome.SETTLED, Outcome.LATE_SETTLED, Outcome.OVERPAID)


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


@dataclass(frozen=True)
class Part:
    """What of some money is one person's, the share of the bill that it came for, and what it buys."""

    person: Registration
    share: Share
    amount: int
    done: Allocation

    @property
    def enough(self) -> bool:
        """Whether it buys at least as many months as the bill was for."""
        return len(self.done.bought) >= (self.share.months or self.person.months)

    @property
    def paid_before(self) -> bool:
        """Whether the first month of the bill was bought already; of the first release, whether anything was."""
        before = {row.month.isoformat() for row in self.done.ledger} - {
            row.month.isoformat() for row in self.done.bought
        }
        return self.share.first_month in before if self.share.first_month else bool(before)

    @property
    def as_billed(self) -> bool:
        """Whether it buys the months that the bill named."""
        first = self.share.first_month
        return self.enough and (first is None or self.done.bought[0].month.isoformat() == first)


def judged(notice: Notice, bill: Bill | None) -> Outcome:
    """What the bill says to this money, before what it would buy is looked at."""
    if bill is None:
        return Outcome.UNKNOWN
    if bill.status == BillStatus.CANCELLED:
        return Outcome.CANCELLED
    if bill.status == BillStatus.PAID:
        return Outcome.ALREADY_PAID
    late = not bill.payable(notice.at)
    asked_in_time = notice.inquired_at is not None and notice.inquired_at < bill.expires
    graced = asked_in_time and notice.at < bill.expires + GRACE
    if late and not notice.pushed and not graced:
        return Outcome.EXPIRED
    if notice.amount != bill.amount:
        return Outcome.WRONG_AMOUNT
    return Outcome.LATE_SETTLED if late else Outcome.SETTLED


def weighed(outcome: Outcome, notice: Notice, parts: Sequence[Part], *, ousted: bool = False) -> Outcome:
    """The outcome once it is known what the money buys: nobody is told that a bill is settled on less.

    `ousted`: somebody on it gave way to another registration of the same NIK, which was paid for first.
    """
    if ousted and outcome not in (Outcome.UNKNOWN, Outcome.CANCELLED):
        return Outcome.ALREADY_PAID
    if outcome not in (Outcome.UNKNOWN, Outcome.CANCELLED) and any(part.paid_before for part in parts):
        return Outcome.ALREADY_PAID
    enough = all(part.enough for part in parts)
    if outcome in (Outcome.SETTLED, Outcome.LATE_SETTLED):
        right = enough if notice.pushed else all(part.as_billed for part in parts)
        return outcome if right else Outcome.EXPIRED
    if outcome is Outcome.WRONG_AMOUNT and notice.pushed and enough:
        return Outcome.OVERPAID
    return outcome

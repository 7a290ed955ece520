"""Bills, and every rupiah that arrived for one, or for none."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import BigIntegerField, BooleanField, Check, CompositeKey, ForeignKeyField, IntegerField, TextField
from playhouse.hybrid import hybrid_method

from bpu.models.database import Moment, Row, Table
from bpu.models.people import Registration


class BillStatus(StrEnum):
    """A bill only moves forward: open, expired, paid; or cancelled when another bill of one of its people was paid."""

    OPEN = "open"
    EXPIRED = "expired"
    PAID = "paid"
    CANCELLED = "cancelled"


class Bill(Row):
    """One attempt at paying for one or more people: a code, a sum in whole rupiah, and until when it holds."""

    code = TextField(unique=True)
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    status = TextField(default=BillStatus.OPEN, constraints=[Check("status IN ('open','expired','paid','cancelled')")])
    created = Moment()
    expires = Moment(index=True)
    paid = Moment(null=True)

    @hybrid_method
    def payable(self, now: datetime) -> Any:
        """Whether money may be asked for by this bill: of a row the answer, of the table what finds such rows."""
        return (self.status == BillStatus.OPEN) & (self.expires > now)


class Share(Table):
    """One person's part of a bill, in whole rupiah; the parts add up to the bill.

    `months` is how many it is for and `first_month` the first of them, as they were when the bill was made: which ones
    are bought is decided when the money arrives. Bills of the first release have neither.
    """

    bill_id: str
    bill = ForeignKeyField(Bill, backref="shares", on_delete="RESTRICT")
    registration_id: str
    registration = ForeignKeyField(Registration, backref="shares", on_delete="RESTRICT")
    amount = IntegerField(constraints=[Check("amount > 0")])
    months = IntegerField(null=True)
    first_month = TextField(null=True)

    class Meta:
        primary_key = CompositeKey("bill", "registration")


class Payment(Row):
    """Money that arrived, once per provider and reference, with the reason why it did or did not settle a bill.

    `reason` is a word of `services.money.payments.Outcome`; a row that is not settled waits for a person of the office.
    """

    provider = TextField()
    reference = TextField()
    bill = ForeignKeyField(Bill, null=True, backref="payments", on_delete="RESTRICT")
    code = TextField()
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    settled = BooleanField()
    reason = TextField()
    at = Moment()

    class Meta:
        indexes = ((("provider", "reference"), True),)


class Qr(Table):
    """The QRIS code that the acquirer issued for a bill, and the acquirer's own name for it."""

    bill = ForeignKeyField(Bill, primary_key=True, on_delete="CASCADE")
    content = TextField()
    reference = TextField()
    at = Moment()

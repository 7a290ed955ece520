"""Months that money bought, what came for whom, and how facts changed: all else of a membership is computed."""

from enum import StrEnum

from peewee import BigIntegerField, Check, CompositeKey, ForeignKeyField, IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed, Table
from bpu.models.money import Bill, Payment
from bpu.models.people import Registration


class Contribution(Table):
    """One contribution month of one person that money bought: on which terms, for how much, when and by which way.

    `month` is its first day in ISO, `base` and `price` whole rupiah, `channel` the provider that brought the money.
    """

    registration = ForeignKeyField(Registration, backref="contributions", on_delete="CASCADE")
    month = TextField()
    programmes = TextField()
    base = BigIntegerField()
    price = IntegerField(constraints=[Check("price >= 0")])
    paid = Moment()
    bill = ForeignKeyField(Bill, null=True, on_delete="SET NULL")
    channel = TextField()

    class Meta:
        primary_key = CompositeKey("registration", "month")


class Received(Row):
    """What of a payment is one person's, in whole rupiah; below zero, without a payment, what the office paid back.

    The sum of it less the prices of the person's months is the person's credit. It outlives the person, unnamed.
    """

    registration_id: str | None
    registration = ForeignKeyField(Registration, null=True, backref="received", on_delete="SET NULL")
    payment = ForeignKeyField(Payment, null=True, on_delete="RESTRICT")
    amount = BigIntegerField(constraints=[Check("amount <> 0")])
    at = Moment()


class Event(StrEnum):
    """What changed: facts, or how a membership ended, or that no reminder is wanted any more."""

    FACTS = "facts"
    DEATH = "death"
    JHT_WITHDRAWN = "jht_withdrawn"
    OWN_WISH = "own_wish"
    OFFICE = "office"
    STOP = "stop"


class Changed(Row):
    """Something about a person that is otherwise since a moment; `facts` holds columns of the registration as they
    were `before` and are `after`. The registration itself always has the newest.
    """

    registration = ForeignKeyField(Registration, backref="changes", on_delete="CASCADE")
    kind = TextField(
        constraints=[Check("kind IN ('facts','death','jht_withdrawn','own_wish','office','stop')")], default=Event.FACTS
    )
    facts_sealed = BlobField(null=True)
    facts = Sealed(as_json=True)
    at = Moment()
    channel = TextField()

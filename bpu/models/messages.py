"""What leaves the house: rows written by the transaction that causes them, sent later by a worker."""

from peewee import Check, IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed


class Outgoing(Row):
    """One thing to send or do: an SMS, an e-mail, a call to the agency's core, a tick of the clock.

    `key` makes writing it idempotent. `payload` (JSON) is emptied once the row is no longer to be sent.
    """

    kind = TextField(constraints=[Check("kind IN ('sms','email','core','tick')")])
    key = TextField(unique=True)
    payload_sealed = BlobField(null=True)
    payload = Sealed(as_json=True)
    state = TextField(default="new", constraints=[Check("state IN ('new','sent','dead','cancelled')")])
    due = Moment()
    valid_until = Moment(null=True)
    attempts = IntegerField(default=0)
    lease_until = Moment(default=0)
    owner = TextField(default="")
    provider = TextField(default="")
    provider_id = TextField(default="")
    receipt = TextField(default="")
    last_error = TextField(default="")
    created = Moment()
    finished = Moment(null=True)

    class Meta:
        indexes = ((("state", "due"), False),)


class Simulated(Row):
    """A message that the sandbox's own phone or mailbox received."""

    channel = TextField()
    to_index = BlobField(index=True)
    message_sealed = BlobField()
    message = Sealed(as_json=True)
    sent = Moment(index=True)

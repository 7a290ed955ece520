"""What banks called here: their tokens, and each numbered call with the answer it got."""

from peewee import IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed, Table


class SnapToken(Table):
    """An access token given to a partner; only its hash is kept."""

    token_hash = BlobField(primary_key=True)
    partner = TextField()
    expires = Moment(index=True)


class SnapRequest(Row):
    """A numbered call of a partner (X-EXTERNAL-ID, unique on a calendar day in WIB) and its answer.

    `request_id` is the call's own id (inquiryRequestId, paymentRequestId, originalReferenceNo); `digest` is of what it
    asked for, so that the same call can be told from another one under the same numbers.
    """

    partner = TextField()
    external_id = TextField()
    day = TextField()
    service = TextField()
    request_id = TextField()
    code = TextField()
    digest = BlobField()
    status = IntegerField()
    answer_sealed = BlobField()
    answer = Sealed(as_json=True)
    at = Moment(index=True)

    class Meta:
        indexes = (
            (("partner", "external_id", "day"), True),
            (("partner", "service", "request_id", "code"), False),
        )

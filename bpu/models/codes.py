"""Codes, questions and counts: what guards the way to someone's data."""

from peewee import SQL, AutoField, IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed, Table


class Captcha(Row):
    """A question put to whoever fills in a draft: answered once, for ten minutes."""

    draft = TextField(index=True)
    answer_sealed = BlobField()
    answer = Sealed()
    expires = Moment(index=True)


class Code(Row):
    """A one-time code sent to a phone for one purpose and one subject (a draft, a resume attempt, an assistant).

    `facts` is the digest of what it was sent for: it proves nothing else (`services.access.proof`).
    """

    purpose = TextField()
    subject = TextField()
    phone_index = BlobField(index=True)
    code_sealed = BlobField()
    code = Sealed()
    created = Moment()
    expires = Moment()
    tries = IntegerField(default=0)
    used = Moment(null=True)
    facts = BlobField(null=True)

    class Meta:
        indexes = ((("purpose", "subject"), False),)


class Sending(Table):
    """That a code, or a link in its stead, went out: what waits, limits and budgets are counted from.

    `answered` is when it was typed in, which takes it out of most counts; `block` and `address` are digests, made with
    a key, of the number's first digits and of who asked.
    """

    id = AutoField()
    phone_index = BlobField()
    subject = TextField(index=True)
    at = Moment(index=True)
    purpose = TextField(default="register", constraints=[SQL("DEFAULT 'register'")])
    answered = Moment(null=True)
    block = BlobField(null=True)
    address = TextField(default="", constraints=[SQL("DEFAULT ''")])

    class Meta:
        indexes = ((("phone_index", "at"), False), (("address", "at"), False))


class Tally(Table):
    """How often something happened under a key until a moment; the key holds no personal data in clear."""

    key = TextField(primary_key=True)
    count = IntegerField()
    expires = Moment(index=True)


class Attempt(Row):
    """Someone at a door who says whose phone they have; `proved` is since when a code from it has shown that.

    `draft` is what a continue code fits, empty when it fits nothing and at other doors.
    """

    draft = TextField(null=True)
    phone_sealed = BlobField(null=True)
    phone = Sealed()
    created = Moment()
    expires = Moment(index=True)
    proved = Moment(null=True)

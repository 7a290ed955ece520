"""The assistant's desk: who helps, on which machine, whom, and which lists were brought along."""

from peewee import Check, ForeignKeyField, IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed, Table


class Assistant(Row):
    """Somebody whom the office lets register others: at which place, and for what fee (whole rupiah)."""

    phone_index = BlobField(unique=True)
    phone_sealed = BlobField()
    phone = Sealed()
    name_sealed = BlobField()
    name = Sealed()
    shop = TextField()
    regency = TextField()
    fee = IntegerField(default=0, constraints=[Check("fee >= 0")])
    fee_most = IntegerField(default=0, constraints=[Check("fee_most >= 0")])
    paper = TextField(default="thermal", constraints=[Check("paper IN ('thermal','a4')")])
    pin = BlobField()
    paused = Moment(null=True)
    created = Moment()


class SignIn(Row):
    """An assistant signed in at one browser."""

    assistant = ForeignKeyField(Assistant, on_delete="CASCADE")
    created = Moment()
    seen = Moment()
    expires = Moment(index=True)
    locked = Moment(null=True)


class Token(Table):
    """The random cookie by which a sign-in is known, of which only the hash is kept.

    One that was `replaced` counts a few seconds longer, so that a page that another tab was just sending is not lost.
    """

    token_hash = BlobField(primary_key=True)
    sign_in = ForeignKeyField(SignIn, on_delete="CASCADE")
    replaced = Moment(null=True)


class Machine(Row):
    """A shop's computer that is remembered for a day: there the PIN alone signs in."""

    assistant = ForeignKeyField(Assistant, on_delete="CASCADE")
    token_hash = BlobField(unique=True)
    expires = Moment(index=True)


class Helped(Row):
    """That an assistant helps the person of a draft, by whose uid it is named.

    Only while it is `opened` may pages of the person be shown. `withdrawn` says that the person took over, or objected.
    `approval_facts` is the digest of what the link to agree was sent for.
    """

    assistant_id: str
    assistant = ForeignKeyField(Assistant, on_delete="CASCADE")
    began = Moment()
    touched = Moment()
    opened = Moment(null=True)
    closed = Moment(null=True)
    withdrawn = Moment(null=True)
    sent = Moment(null=True)
    fee = IntegerField(default=0)
    approval_index = BlobField(null=True, unique=True)
    approval_until = Moment(null=True)
    approval_facts = BlobField(null=True)

    class Meta:
        indexes = ((("assistant", "touched"), False),)


class Uploaded(Row):
    """A list that an assistant brought along; `content` holds its rows and what is wrong with them, for a day.

    `judged` counts the rows looked at so far. `digest` recognises the same file when it comes again.
    """

    assistant = ForeignKeyField(Assistant, on_delete="CASCADE")
    digest = BlobField(index=True)
    at = Moment()
    total = IntegerField()
    judged = IntegerField(default=0)
    content_sealed = BlobField(null=True)
    content = Sealed(as_json=True)
    taken = Moment(null=True)

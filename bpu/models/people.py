"""People: drafts, the browsers that may open them, the registrations that come of them, and what was agreed to."""

from collections.abc import Iterable
from enum import StrEnum

from peewee import SQL, AutoField, BooleanField, Check, CompositeKey, ForeignKeyField, IntegerField, TextField

from bpu.models.database import BlobField, Moment, Row, Sealed, Table, on_postgres


class Draft(Row):
    """The unfinished registration of one person. It belongs to that person, never to the browser.

    `answers` maps a step's slug to its accepted answer; `typed` maps a slug to what was typed but not (yet) accepted.
    """

    answers_sealed = BlobField()
    answers = Sealed(as_json=True)
    typed_sealed = BlobField()
    typed = Sealed(as_json=True)
    resume_index = BlobField(unique=True)
    resume_sealed = BlobField()
    resume = Sealed()
    phone_index = BlobField(null=True, index=True)
    nik_index = BlobField(null=True, index=True)
    created = Moment()
    seen = Moment()
    expires = Moment(index=True)


class Visit(Table):
    """A browser, known by one random cookie of which only the hash is kept.

    After a rotation the token before is good for one thing, until the new one is seen: `repeats` is the digest of the
    request that changed it, which may come again when its answer was lost.
    """

    id = AutoField()
    token_hash = BlobField(unique=True)
    previous_hash = BlobField(null=True, unique=True)
    created = Moment()
    seen = Moment()
    repeats = BlobField(null=True)
    rotated = Moment(null=True)


class Holding(Table):
    """That a browser may open a draft: it began it, or proved code and phone; `seen` is the last press for it there."""

    visit = ForeignKeyField(Visit, on_delete="CASCADE")
    draft = ForeignKeyField(Draft, on_delete="CASCADE")
    since = Moment()
    seen = Moment()

    class Meta:
        primary_key = CompositeKey("visit", "draft")


class Status(StrEnum):
    """How far a registration is; the words that people see are in the templates."""

    AWAITING = "awaiting"  # sent, its bill is open or can be asked for again
    PAID = "paid"  # the contribution is here, the number is on its way
    ACTIVE = "active"  # the number has been given
    LAPSED = "lapsed"  # never paid within the time kept


class Registration(Row):
    """A registration as sent: typed, sealed, kept. One NIK has at most one that is paid for."""

    draft = TextField(unique=True)
    status = TextField(default=Status.AWAITING, constraints=[Check("status IN ('awaiting','paid','active','lapsed')")])
    nik_sealed = BlobField()
    nik = Sealed()
    nik_index = BlobField(index=True)
    name_sealed = BlobField()
    name = Sealed()
    birth_date_sealed = BlobField()
    birth_date = Sealed()
    gender_sealed = BlobField()
    gender = Sealed()
    phone_sealed = BlobField()
    phone = Sealed()
    phone_index = BlobField(index=True)
    email_sealed = BlobField(null=True)
    email = Sealed()
    address_sealed = BlobField()
    address = Sealed(as_json=True)
    job_sealed = BlobField()
    job = Sealed(as_json=True)
    zone = TextField()
    transport = BooleanField()
    discount = BooleanField()
    programmes = TextField()
    first_month = TextField()
    months = IntegerField(constraints=[Check("months BETWEEN 1 AND 24")])
    number = TextField(null=True, unique=True)
    submitted = Moment()
    paid = Moment(null=True)
    numbered = Moment(null=True)

    class Meta:
        constraints = [SQL("CHECK ((number IS NOT NULL) = (status = 'active'))")]


Registration.add_index(
    Registration.index(
        Registration.nik_index,
        unique=True,
        where=Registration.status.in_(("paid", "active")),
        name="registration_one_per_nik",
    )
)


class Consent(Table):
    """That a person agreed to a text: which version of it, when, through which channel."""

    draft = TextField(index=True)
    kind = TextField(constraints=[Check("kind IN ('terms','privacy','declaration')")])
    version = TextField()
    text_hash = BlobField()
    channel = TextField()
    given = Moment()

    class Meta:
        indexes = ((("draft", "kind", "version"), True),)


class Exported(Table):
    """That a paid registration was written into a batch for the agency's core, so that the next batch leaves it out."""

    registration = ForeignKeyField(Registration, primary_key=True, on_delete="CASCADE")
    at = Moment()


def locked(uids: Iterable[str]) -> list[Registration]:
    """The registrations with these uids as they are now, held until the transaction ends, always in the same order."""
    query = Registration.select().where(Registration.uid.in_(list(uids))).order_by(Registration.uid)
    return list(query.for_update() if on_postgres() else query)

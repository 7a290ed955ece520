"""Browsers, and the drafts that each may open."""

from peewee import AutoField, CompositeKey, ForeignKeyField

from bpu.models.database import BlobField, Moment, Table
from bpu.models.people import Draft


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

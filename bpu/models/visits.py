"""Browsers, and the drafts that each may open."""

from peewee import AutoField, CompositeKey, ForeignKeyField

from bpu.models.database import BlobField, Moment, Table
from bpu.models.people import Draft


class Visit(Table):
    """A browser, known by one random cookie of which only the hash is kept.

    After a rotation the token before stays good until the new one is seen, so that a lost answer locks nobody out.
    """

    id = AutoField()
    token_hash = BlobField(unique=True)
    previous_hash = BlobField(null=True, unique=True)
    created = Moment()
    seen = Moment()


class Holding(Table):
    """That a browser may open a draft: it began it, or proved code and phone."""

    visit = ForeignKeyField(Visit, on_delete="CASCADE")
    draft = ForeignKeyField(Draft, on_delete="CASCADE")
    since = Moment()

    class Meta:
        primary_key = CompositeKey("visit", "draft")

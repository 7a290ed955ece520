"""Numbered steps from one shape of the database to the next, and the command that takes them."""

from pathlib import Path

from peewee import Database
from playhouse.migrations import Runner


def migrate(database: Database) -> list[str]:
    """Apply what is pending, in order; returns the names of what was applied."""
    applied: list[str] = Runner(database, str(Path(__file__).parent)).up()
    return applied

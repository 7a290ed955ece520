"""Numbered steps from one shape of the database to the next, and the command that takes them.

May know how the database is opened; a step spells its tables out, as they were then. `serve` and `cli` knock.
"""

from pathlib import Path

from peewee import Database
from playhouse.migrations import Runner

FOLDER = str(Path(__file__).parent)


def pending(database: Database) -> list[str]:
    """The names of the steps that were not taken yet."""
    return [step.name for step in Runner(database, FOLDER).status() if step.path and not step.applied]


def migrate(database: Database) -> list[str]:
    """Apply what is pending, in order; returns the names of what was applied."""
    applied: list[str] = Runner(database, FOLDER).up()
    return applied


def known() -> set[str]:
    """The names of all steps that this release has."""
    return {path.stem for path in Path(FOLDER).glob("[0-9]*.py")}

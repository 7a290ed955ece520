"""The database is the same by migrations as by the models, both ways, on SQLite and on PostgreSQL."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database
from playhouse.migrations import Runner

import bpu.migrations
from bpu.models import TABLES, open_database
from bpu.secrecy import KeyRing
from tests.parts.servers import Postgres

KEYS = KeyRing.parse(KeyRing.new_key(1))
FOLDER = str(Path(bpu.migrations.__file__).parent)


@pytest.fixture(params=["sqlite", "postgres"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The URLs of two empty databases of one kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/one.sqlite3", f"sqlite:///{tmp_path}/two.sqlite3"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        yield postgres.fresh(), postgres.fresh()


def shape(db: Database) -> list[str]:
    """Every table, column, constraint and index of a database, as the database itself tells."""
    if "sqlite" in type(db).__name__.lower():
        rows = db.execute_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'schema_migration'")
    else:
        rows = db.execute_sql(
            "SELECT table_name || column_name || data_type || is_nullable FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name <> 'schema_migration' UNION ALL "
            "SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migration' UNION ALL "
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migration'"
        )
    return sorted(re.sub(r"\s+", " ", row[0]) for row in rows.fetchall())


def closed(db: Database) -> None:
    db.close()
    if hasattr(db, "close_all"):
        db.close_all()


def test_migrations_make_what_the_models_describe_and_take_it_away_again(two: tuple[str, str]) -> None:
    first = open_database(two[0], KEYS)
    first.create_tables(TABLES)
    wanted = shape(first)
    closed(first)
    second = open_database(two[1], KEYS)
    runner = Runner(second, FOLDER)
    applied = runner.up()
    assert shape(second) == wanted
    assert runner.up() == []
    for name in reversed(applied):
        runner.down(name)
    assert shape(second) == []
    closed(second)

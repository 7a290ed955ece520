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


def test_an_attempt_that_had_proven_its_phone_still_has(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path}/old.sqlite3", KEYS)
    runner = Runner(db, FOLDER)
    runner.up("0002_tokens")
    for uid, draft in (("a", "'proved'"), ("b", "'draft00001'"), ("c", "NULL")):
        db.execute_sql(f"INSERT INTO attempt (uid, draft, created, expires) VALUES ('{uid}', {draft}, 5, 9)")
    db.execute_sql("INSERT INTO sending (phone_index, subject, at) VALUES (x'01', 's', 5)")
    runner.up()
    rows = db.execute_sql("SELECT uid, draft, proved FROM attempt ORDER BY uid").fetchall()
    assert rows == [("a", None, 5), ("b", "draft00001", None), ("c", None, None)]
    assert db.execute_sql("SELECT purpose FROM sending").fetchall() == [("register",)]
    runner.down("0003_proofs")
    assert db.execute_sql("SELECT draft FROM attempt ORDER BY uid").fetchall() == [
        ("proved",),
        ("draft00001",),
        (None,),
    ]
    closed(db)

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


PAID = 1_795_000_000_000 - 1_795_000_000_000 % 86_400_000  # some day of November 2026


@pytest.mark.parametrize(
    ("bill_for", "amount", "months"),
    [
        ("2026-11-01", 8_400, [("2026-11-01", 8_400)]),
        ("2026-10-01", 8_400, [("2026-11-01", 8_400)]),  # billed in October, paid in November
        ("2026-11-01", 33_600, [("2026-11-01", 8_400), ("2026-12-01", 8_400), ("2027-01-01", 16_800)]),
        ("2026-11-01", 10_000, [("2026-11-01", 10_000)]),  # at a price that no table has
        ("2026-12-01", 10_001, [("2026-12-01", 5_000), ("2027-01-01", 5_001)]),
    ],
)
def test_who_had_paid_has_months_for_every_rupiah(
    two: tuple[str, str], bill_for: str, amount: int, months: list[tuple[str, int]]
) -> None:
    db = open_database(two[0], KEYS)
    runner = Runner(db, FOLDER)
    runner.up("0001_initial")
    job = KEYS.seal(b'{"occupation":"petani","income":1000000}', "registration.job_sealed|paid000001")
    sealed = ("nik", "name", "birth_date", "gender", "phone", "address")
    yes, no = (True, False) if "postgres" in two[0] else (1, 0)
    for uid, status, number, paid in (("paid000001", "active", "N1", PAID), ("open000001", "awaiting", None, None)):
        row = {"uid": uid, "draft": uid, "status": status, "job_sealed": job, "zone": "WIB", "programmes": "JKK,JKM"}
        row |= {f"{name}_sealed": b"x" for name in sealed} | {"nik_index": uid.encode(), "phone_index": b"x"}
        row |= {"transport": no, "discount": yes, "first_month": bill_for, "months": len(months)}
        row |= {"number": number, "submitted": PAID, "paid": paid}
        marks = ", ".join([db.param] * len(row))
        db.execute_sql(f"INSERT INTO registration ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    db.execute_sql(
        "INSERT INTO bill (uid, code, amount, status, created, expires, paid) "
        f"VALUES ('b', '8', {amount}, 'paid', {PAID}, {PAID}, {PAID})"
    )
    db.execute_sql(f"INSERT INTO share (bill_id, registration_id, amount) VALUES ('b', 'paid000001', {amount})")
    db.execute_sql(
        "INSERT INTO payment (uid, provider, reference, bill_id, code, amount, settled, reason, at) "
        f"VALUES ('p', 'snap:bank', 'r', 'b', '8', {amount}, {'TRUE' if yes is True else 1}, 'settled', {PAID})"
    )
    runner.up()
    rows = db.execute_sql("SELECT month, price, base, bill_id, channel FROM contribution ORDER BY month").fetchall()
    assert [tuple(row) for row in rows] == [(*month, 1_000_000, "b", "snap:bank") for month in months]
    received = db.execute_sql("SELECT registration_id, payment_id, amount FROM received").fetchall()
    assert [tuple(row) for row in received] == [("paid000001", "p", amount)]
    assert [tuple(row) for row in db.execute_sql("SELECT months, first_month FROM share").fetchall()] == [(None, None)]
    closed(db)

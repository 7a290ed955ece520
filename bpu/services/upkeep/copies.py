"""Copies of the database: backups, back from them, and all rows from one kind of database to another."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import cysqlite
from peewee import BooleanField, Database, PostgresqlDatabase

from bpu.migrations import known, migrate, pending
from bpu.models import TABLES
from bpu.models.database import Table
from bpu.models.opening import unbound
from bpu.services.upkeep.soundness import empty, place

AT_ONCE = 30_000  # values that one INSERT holds at most


class Refused(Exception):
    """What was asked for would lose or mix something; the words say what and why."""


def backup(real: Database, file: Path) -> None:
    """Write a whole copy, as of one moment, to a file that only its owner may read; the service may go on meanwhile.

    Of PostgreSQL the copy is an SQLite file with the same rows. Raises `Refused`.
    """
    if file.exists():
        raise Refused(f"{file} is there already")
    if empty(real):
        raise Refused(f"the database {place(real)} is empty or not there")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    try:
        if isinstance(real, PostgresqlDatabase):
            with opened(f"sqlite:///{part}") as target:
                carry(real, target)
                target.execute_sql("PRAGMA journal_mode=delete")
        else:
            with closing(cysqlite.connect(real.database)) as source:
                source.backup_to_file(str(part))
        examine(part)
        _durable(part)
        part.replace(file)
        _durable(file.parent)
    finally:
        for leftover in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            leftover.unlink(missing_ok=True)


def examine(file: Path) -> None:
    """Raise `Refused` unless a file is a whole database of this service that this release can read."""
    if not file.is_file():
        raise Refused(f"{file} is not a file")
    try:
        with closing(cysqlite.connect(str(file))) as looking:
            said = next(iter(looking.execute("PRAGMA integrity_check(1)")))[0]
            taken = {row[0] for row in looking.execute("SELECT name FROM schema_migration")}
    except cysqlite.Error as error:
        raise Refused(f"{file} is no whole database of this service ({error})") from None
    if said != "ok":
        raise Refused(f"{file} is damaged ({' '.join(said.split())})")
    if newer := taken - known():
        raise Refused(f"{file} is of a newer release (it knows {', '.join(sorted(newer))})")


def restore(real: Database, file: Path, now: datetime) -> list[Path]:
    """Put a backup in the place of the database, which is moved aside; returns where to. Nothing may use it meanwhile.

    On PostgreSQL the rows go into an empty database. Raises `Refused`.
    """
    examine(file)
    if isinstance(real, PostgresqlDatabase):
        with opened(f"sqlite:///{file}") as source:
            carry(source, real)
        return []
    present = Path(real.database)
    part = present.with_name(f".{present.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    with closing(cysqlite.connect(str(file))) as source:
        source.backup_to_file(str(part))
    _durable(part)
    aside = []
    for each in (present, Path(f"{present}-wal"), Path(f"{present}-shm")):
        if each.exists():
            aside.append(each.with_name(f"{each.name}.before-{now:%Y%m%dT%H%M%S}"))
            each.replace(aside[-1])
    part.replace(present)
    _durable(present.parent)
    migrate(real)
    return aside


def carry(source: Database, target: Database) -> dict[str, int]:
    """Copy every row of one database into an empty other one; returns how many of each table. Raises `Refused`.

    The source is read as of one moment; the target gets all or nothing. What it holds then is read again and compared.
    """
    if empty(source):
        raise Refused(f"the database {place(source)} is empty or not there")
    if missing := pending(source):
        raise Refused(f"{place(source)} has still to take {', '.join(missing)}: start the service on it once")
    migrate(target)
    with target.connection_context(), _moment(source), target.atomic():
        for model in TABLES:
            if target.execute_sql(f'SELECT 1 FROM "{model._meta.table_name}" LIMIT 1').fetchone():  # noqa: S608
                raise Refused(f"{place(target)} holds rows already ({model._meta.table_name})")
        counts = {}
        for model in TABLES:
            name = model._meta.table_name
            counts[name], read = _copied(model, source, target)
            if (counts[name], read) != _digest(_rows(model, target)):
                raise Refused(f"{name} is not the same in {place(target)}; nothing was copied")
        if isinstance(target, PostgresqlDatabase):
            _count_on(target)
    return counts


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database beside the one of the models, and its connections closed afterwards."""
    real = unbound(url)
    try:
        yield real
    finally:
        real.close_all()  # type: ignore[attr-defined]


@contextmanager
def _moment(source: Database) -> Iterator[None]:
    """One moment of a database, however much is written to it meanwhile."""
    with source.connection_context():
        if isinstance(source, PostgresqlDatabase):
            with source.atomic():
                source.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield
        else:
            with source.atomic("DEFERRED"):
                yield


def _copied(model: type[Table], source: Database, target: Database) -> tuple[int, int]:
    columns = ", ".join(f'"{each.column_name}"' for each in model._meta.sorted_fields)
    width = len(model._meta.sorted_fields)
    mark = f"({', '.join([target.param] * width)})"
    total, seen, chunk = 0, 0, []

    def write(rows: Sequence[tuple[Any, ...]]) -> None:
        values = ", ".join([mark] * len(rows))
        target.execute_sql(
            f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES {values}',  # noqa: S608
            [value for row in rows for value in row],
        )

    for row in _rows(model, source):
        chunk.append(row)
        total, seen = total + 1, (seen + _sum(row)) % 2**256
        if len(chunk) * width >= AT_ONCE or len(chunk) >= 500:
            write(chunk)
            chunk = []
    if chunk:
        write(chunk)
    return total, seen


def _rows(model: type[Table], real: Database) -> Iterator[tuple[Any, ...]]:
    """Every row as plain values that mean the same on both kinds: bytes, truth values and numbers."""
    fields = model._meta.sorted_fields
    columns = ", ".join(f'"{each.column_name}"' for each in fields)
    truths = [isinstance(each, BooleanField) for each in fields]
    for row in real.execute_sql(f'SELECT {columns} FROM "{model._meta.table_name}"'):  # noqa: S608
        yield tuple(
            bytes(value)
            if isinstance(value, (bytes, memoryview))
            else bool(value)
            if truth and value is not None
            else value
            for value, truth in zip(row, truths, strict=True)
        )


def _digest(rows: Iterator[tuple[Any, ...]]) -> tuple[int, int]:
    total, seen = 0, 0
    for row in rows:
        total, seen = total + 1, (seen + _sum(row)) % 2**256
    return total, seen


def _sum(row: tuple[Any, ...]) -> int:
    return int.from_bytes(sha256(repr(row).encode()).digest(), "big")


def _count_on(target: Database) -> None:
    """Let PostgreSQL number new rows after those that came."""
    for model in TABLES:
        key: Any = model._meta.primary_key
        if getattr(key, "field_type", "") == "AUTO":
            table, column = model._meta.table_name, key.column_name
            target.execute_sql(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "  # noqa: S608
                f'(SELECT COALESCE(MAX("{column}"), 0) + 1 FROM "{table}"), false)'
            )


def _durable(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

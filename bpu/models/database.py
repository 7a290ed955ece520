"""What rows are made of: columns, public names, sealed values, and the database and data keys that they belong to."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import cysqlite
from peewee import (
    BigIntegerField,
    BlobField,
    Database,
    DatabaseProxy,
    Model,
    PeeweeException,
    TextField,
)
from playhouse.cysqlite_ext import CySqliteDatabase
from playhouse.pool import MaxConnectionsExceeded, PooledDatabase

from bpu.secrecy import KeyRing, spoken_name

# What is raised while the database is away, busy, full or damaged; the driver's own error comes while rows are read.
AWAY: tuple[type[Exception], ...] = (PeeweeException, MaxConnectionsExceeded, cysqlite.Error)

database = DatabaseProxy()
_keyring: list[KeyRing] = []
_UID = re.compile(r"[a-z2-9]{10}|[A-Za-z0-9_-]{8}")


def bind(real: Database, keyring: KeyRing) -> None:
    """Bind the models to this database and to the data keys."""
    database.initialize(real)
    _keyring[:] = [keyring]
    for table in _tables(Table):
        table._meta.strict_tables = not on_postgres()  # PostgreSQL is strict by nature and refuses the word


def _tables(parent: type[Model]) -> Iterator[type[Model]]:
    for child in parent.__subclasses__():
        yield child
        yield from _tables(child)


def keyring() -> KeyRing:
    """The data keys that the open database is sealed with."""
    return _keyring[0]


def on_postgres() -> bool:
    """Whether the open database is PostgreSQL, where rows can be locked one by one."""
    return not isinstance(database.obj, CySqliteDatabase)


def close_all() -> None:
    """Close every connection of this process: none may be open while other processes are made of it."""
    if isinstance(database.obj, PooledDatabase):
        database.obj.close_all()
    else:
        database.close()


class Moment(BigIntegerField):
    """A moment as milliseconds since 1970 UTC; aware datetimes on the Python side."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return round(value.timestamp() * 1000) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def new_uid() -> str:
    """A random public name for a row: 10 signs that can be read aloud, 47 bits."""
    return spoken_name(10)


def is_uid(text: str) -> bool:
    """Whether this could be the name of a row; those of the first release had 8 signs of the URL alphabet."""
    return _UID.fullmatch(text) is not None


class Sealed:
    """A model property whose value rests encrypted in ``<name>_sealed`` (a BlobField), bound to table, column and uid.

    Holds str, or anything JSON can say with ``as_json``. Reading raises `secrecy.Unreadable` for a damaged or moved
    value. The row's uid has to be set before the value.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"

    def place(self, row: "Row") -> str:
        """The associated data of this row's value."""
        return f"{row._meta.table_name}.{self.column}|{row.uid}"

    def __get__(self, row: "Row | None", owner: type) -> Any:
        if row is None:
            return self
        blob = getattr(row, self.column)
        if blob is None:
            return None
        text = keyring().open(blob, self.place(row)).decode()
        return json.loads(text) if self.as_json else text

    def __set__(self, row: "Row", value: Any) -> None:
        if value is not None:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if self.as_json else value
            value = keyring().seal(text.encode(), self.place(row))
        setattr(row, self.column, value)


class Table(Model):
    """What every table shares: the database, strict column types, short table names."""

    class Meta:
        database = database
        legacy_table_names = False
        strict_tables = True


class Row(Table):
    """A table whose rows have a random public name that their sealed values are bound to."""

    uid = TextField(primary_key=True, default=new_uid)


def sealed_columns(model: type[Row]) -> list[str]:
    """The names of a model's sealed properties: what a key rotation has to write anew."""
    return [name for name, value in vars(model).items() if isinstance(value, Sealed)]


__all__ = [
    "AWAY",
    "BlobField",
    "Moment",
    "Row",
    "Sealed",
    "Table",
    "close_all",
    "database",
    "is_uid",
    "keyring",
    "new_uid",
]

"""The region file: an SQLite database made of the shipped lists, once, and only ever replaced."""

import contextlib
import csv
import gzip
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bpu.rules.places.spelling import keys, sound

_DATA = Path(__file__).parent / "data"
_REGIONS, _MOVED, _RENAMED = (_DATA / f"{name}.csv.gz" for name in ("regions", "moved", "renamed"))
_RETIRED = _DATA / "retired.csv"
# A key of (digits, code) makes every look-up and every list one walk along the table, without a second index.
_SCHEMA = """
    CREATE TABLE place (digits INTEGER, code TEXT, name TEXT NOT NULL, postal TEXT,
                        PRIMARY KEY (digits, code)) WITHOUT ROWID;
    CREATE TABLE retired (code TEXT PRIMARY KEY, current TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE moved (code TEXT, village TEXT, PRIMARY KEY (code, village)) WITHOUT ROWID;
    CREATE TABLE district_key (code TEXT, key TEXT, PRIMARY KEY (code, key)) WITHOUT ROWID;
    CREATE INDEX district_by_key ON district_key (key);
    CREATE TABLE village_key (key TEXT, code TEXT, PRIMARY KEY (key, code)) WITHOUT ROWID;
"""


def opened(path: Path) -> sqlite3.Connection:
    """A connection that only reads."""
    # The file is only ever replaced, never changed, so SQLite need not lock it: immutable.
    return sqlite3.connect(path.absolute().as_uri() + "?mode=ro&immutable=1", uri=True)


def make_ready(path: Path) -> None:
    """Sees to it that the region file stands at `path` and holds the data of now (0.7 s to write it)."""
    version = _data_version()
    if _version_of(path) != version:
        _write(path, version)


def _data_version() -> int:
    """A positive 31-bit number, as SQLite's user_version can hold, that differs when data or tables differ."""
    data = b"".join(file.read_bytes() for file in (_REGIONS, _MOVED, _RENAMED, _RETIRED))
    digest = hashlib.sha256(data + _SCHEMA.encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1 | 1


def _version_of(path: Path) -> int:
    """The data version of a region file; 0 where there is none that can be read."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(opened(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    return 0


def _rows(file: Path) -> Iterator[list[str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.reader(lines)


def _fill(db: sqlite3.Connection) -> None:
    with _RETIRED.open(encoding="utf-8", newline="") as file:
        retired = list(csv.reader(file))
    places = ((len(code), code, name, postal or None) for code, name, postal in _rows(_REGIONS))
    with db:
        db.executemany("INSERT INTO place VALUES (?, ?, ?, ?)", places)
        db.executemany("INSERT INTO retired VALUES (?, ?)", {(old, new) for old, _, new in retired if old != new})
        db.executemany("INSERT INTO moved VALUES (?, ?)", _rows(_MOVED))
        districts = db.execute("SELECT code, name FROM place WHERE digits = 6").fetchall()
        districts += [(current, name) for _, name, current in retired if len(current) == 6 and name]
        heard = {(code, each) for code, name in districts for each in (*keys(name), sound(name))}
        db.executemany("INSERT INTO district_key VALUES (?, ?)", heard)
        # Put in order first, the rows fill their pages; and it is SQLite that holds them meanwhile.
        db.execute("CREATE TEMP TABLE named (key, code)")
        villages = chain(db.execute("SELECT code, name FROM place WHERE digits = 10"), _rows(_RENAMED))
        db.executemany(
            "INSERT INTO named VALUES (?, ?)", ((each, code) for code, name in villages for each in keys(name))
        )
        db.execute("INSERT INTO village_key SELECT DISTINCT key, code FROM named ORDER BY key, code")


def _write(path: Path, version: int) -> None:
    """Puts a complete region file at `path` in one step, so that no reader and no second writer sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(handle)
    draft = Path(name)
    try:
        with contextlib.closing(sqlite3.connect(draft)) as db:
            # A draft that is lost is simply written again: no journal.
            db.executescript(f"PRAGMA journal_mode = OFF; {_SCHEMA}; PRAGMA user_version = {version};")
            _fill(db)
        # The web process and the person who runs commands may be different users, and there is nothing secret in it.
        draft.chmod(0o644)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

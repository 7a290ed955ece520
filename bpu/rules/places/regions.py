"""Provinces, regencies, districts and villages by their Kemendagri codes, and the codes that were abolished.

A code is written without dots: 2 digits a province, 4 a regency, 6 a district, 10 a village; a child's code begins with
its parent's. A NIK keeps the code of its first registration for life, so abolished codes are part of the field.
Sources, decree and licences stand in ``data/LICENCES.md``.
"""

import contextlib
import csv
import gzip
import hashlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bpu.rules.places.spelling import MOST_CANDIDATES, Place, called, key, nearest, one_edit_apart, similar, spellings

__all__ = ["Place", "Regions"]

_REGIONS = Path(__file__).parent / "data" / "regions.csv.gz"
_RETIRED = Path(__file__).parent / "data" / "retired.csv"
# A key of (digits, code) makes every look-up and every list one walk along the table, without a second index.
_SCHEMA = """
    CREATE TABLE place (digits INTEGER, code TEXT, name TEXT NOT NULL, postal TEXT,
                        PRIMARY KEY (digits, code)) WITHOUT ROWID;
    CREATE TABLE retired (code TEXT PRIMARY KEY, current TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE district_key (code TEXT, key TEXT, PRIMARY KEY (code, key)) WITHOUT ROWID;
    CREATE INDEX district_by_key ON district_key (key);
"""
_COUNTED = {2: "provinces", 4: "regencies", 6: "districts", 10: "villages"}
_LABELS = {10: "Kel./Desa ", 6: "Kec. ", 4: "", 2: "Prov. "}
_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


class Regions:
    """Read-only look-ups over the region file; one object serves all threads."""

    def __init__(self, path: Path) -> None:
        # The file is only ever replaced, never changed, so SQLite need not lock it: immutable.
        self._uri = path.absolute().as_uri() + "?mode=ro&immutable=1"
        self._thread = threading.local()

    @classmethod
    def load(cls, path: Path) -> "Regions":
        """The look-ups over `path`, which is first written (0.4 s, 3.8 MB) if it is absent or holds other data."""
        version = _data_version()
        if _version_of(path) != version:
            _write(path, version)
        return cls(path)

    def counts(self) -> dict[str, int]:
        """How many ``provinces``, ``regencies``, ``districts`` and ``villages`` there are."""
        rows = dict(self._rows("SELECT digits, COUNT(*) FROM place GROUP BY digits"))
        return {name: rows.get(digits, 0) for digits, name in _COUNTED.items()}

    def province(self, code: str) -> Place | None:
        """The province of a 2-digit code in force."""
        return self._place(code, 2)

    def regency(self, code: str) -> Place | None:
        """The regency or city of a 4-digit code in force."""
        return self._place(code, 4)

    def district(self, code: str) -> Place | None:
        """The district (kecamatan) of a 6-digit code in force."""
        return self._place(code, 6)

    def village(self, code: str) -> Place | None:
        """The village (kelurahan or desa) of a 10-digit code in force."""
        return self._place(code, 10)

    def provinces(self) -> list[Place]:
        """All 38 provinces, in order of name."""
        return self._children("", 2)

    def regencies(self, province: str) -> list[Place]:
        """The regencies and cities of a province, in order of name."""
        return self._children(province, 4)

    def districts(self, regency: str) -> list[Place]:
        """The districts of a regency, in order of name."""
        return self._children(regency, 6)

    def villages(self, district: str) -> list[Place]:
        """The villages of a district with their postal codes, in order of name."""
        return self._children(district, 10)

    def path(self, code: str) -> str:
        """A place and what it lies in, as words: ``Kel./Desa X, Kec. Y, Kab. Z, Prov. W``, unknown parts left out."""
        places = ((digits, self._place(code[:digits], digits)) for digits in _LABELS)
        return ", ".join(_LABELS[n] + place.name.replace("Kabupaten ", "Kab. ") for n, place in places if place)

    def timezone(self, code: str) -> str:
        """``WIB``, ``WITA`` or ``WIT``: the clock of the province that a code begins with; WIB where it is unknown."""
        province = code[:2]
        return "WITA" if province in _WITA else "WIT" if province in _WIT else "WIB"

    def knows_province(self, code: str) -> bool:
        """Whether a NIK may begin with these two digits; no province code was ever abolished."""
        return self.province(code) is not None

    def knows_regency(self, code: str) -> bool:
        """Whether these four digits are or ever were a regency, so that a NIK may begin with them."""
        return len(code) == 4 and (self.regency(code) is not None or self._successor(code) is not None)

    def district_of_nik(self, nik: str) -> Place | None:
        """The district, as it is coded today, in which a NIK was first issued; None where the code says nothing."""
        code = nik[:6]
        return self.district(code) or self.district(self._successor(code) or "")

    def match(self, district_name: str, village_name: str, near: str | None = None) -> list[Place]:
        """The villages that two typed names may mean, at most 8, the likeliest first.

        Names are compared by letters and digits alone; districts also under their name of 2019. Equal names are sought
        in the whole country, names one slip away only around `near`: a code or a NIK, of which the regency, then the
        province counts, and which also decides the order among equals. Where the district is found and no village fits,
        its most similar ones are offered.
        """
        villages = spellings(village_name)
        home = self._successor((near or "")[:4]) or (near or "")[:4]
        meant: list[Place] = []
        for districts in self._districts_meant(spellings(district_name), home):
            neighbours = nearest((place for code in districts for place in self.villages(code)), home)
            if found := called(neighbours, villages):
                return found[:MOST_CANDIDATES]
            meant = meant or neighbours
        return similar(meant, villages)

    def _districts_meant(self, wanted: list[str], home: str) -> Iterator[list[str]]:
        """Codes of the districts that a name may mean, in rounds: so called, then a slip away in regency, province."""
        marks = ", ".join("?" * len(wanted))
        sql = f"SELECT DISTINCT code FROM district_key WHERE key IN ({marks})"  # noqa: S608 - question marks only
        yield [code for (code,) in self._rows(sql, *wanted)]
        for area in dict.fromkeys(filter(None, (home, home[:2]))):
            rows = self._rows("SELECT code, key FROM district_key WHERE code BETWEEN ? AND ?", area, area + "~")
            yield [code for code, name in rows if any(one_edit_apart(name, each) for each in wanted)]

    def _successor(self, code: str) -> str | None:
        """What an abolished code became: a code of the same kind, or only the province where no more is known."""
        return next((current for (current,) in self._rows("SELECT current FROM retired WHERE code = ?", code)), None)

    def _place(self, code: str, digits: int) -> Place | None:
        rows = self._rows("SELECT code, name, postal FROM place WHERE digits = ? AND code = ?", digits, code)
        return next((Place(*row) for row in rows), None)

    def _children(self, parent: str, digits: int) -> list[Place]:
        if len(parent) != {2: 0, 4: 2, 6: 4, 10: 6}[digits]:
            return []
        sql = "SELECT code, name, postal FROM place WHERE digits = ? AND code BETWEEN ? AND ? ORDER BY name, code"
        return [Place(*row) for row in self._rows(sql, digits, parent, parent + "~")]

    def _rows(self, sql: str, *values: str | int) -> list[Any]:
        # A code may come straight from a request; what SQLite cannot even encode (half a surrogate pair) names nothing.
        with contextlib.suppress(UnicodeEncodeError):
            return self._db.execute(sql, values).fetchall()
        return []

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._thread, "db", None)
        if db is None:
            db = self._thread.db = sqlite3.connect(self._uri, uri=True)
            # Hundreds of threads with a page cache of 2 MB each would need more memory than all the rest.
            db.execute("PRAGMA cache_size = -64")
        return db


def _data_version() -> int:
    """A positive 31-bit number, as SQLite's user_version can hold, that differs when data or tables differ."""
    digest = hashlib.sha256(_REGIONS.read_bytes() + _RETIRED.read_bytes() + _SCHEMA.encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1 | 1


def _version_of(path: Path) -> int:
    """The data version of a region file; 0 where there is none that can be read."""
    with contextlib.suppress(sqlite3.Error):
        db = sqlite3.connect(path.absolute().as_uri() + "?mode=ro&immutable=1", uri=True)
        with contextlib.closing(db):
            return int(db.execute("PRAGMA user_version").fetchone()[0])
    return 0


def _places() -> Iterator[tuple[int, str, str, str | None]]:
    with gzip.open(_REGIONS, "rt", encoding="utf-8", newline="") as file:
        for code, name, postal in csv.reader(file):
            yield len(code), code, name, postal or None


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
            with _RETIRED.open(encoding="utf-8", newline="") as file:
                retired = list(csv.reader(file))
            with db:
                db.executemany("INSERT INTO place VALUES (?, ?, ?, ?)", _places())
                db.executemany(
                    "INSERT INTO retired VALUES (?, ?)", [(old, new) for old, _, new in retired if old != new]
                )
                names = db.execute("SELECT code, name FROM place WHERE digits = 6").fetchall()
                names += [(current, name) for _, name, current in retired if len(current) == 6]
                keys = ((code, key(name)) for code, name in names)
                db.executemany("INSERT OR IGNORE INTO district_key VALUES (?, ?)", keys)
        # The web process and the person who runs commands may be different users, and there is nothing secret in it.
        draft.chmod(0o644)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

"""Provinces, regencies, districts and villages by their Kemendagri codes, and the codes that were abolished.

A code is written without dots: 2 digits a province, 4 a regency, 6 a district, 10 a village; a child's code begins with
its parent's. A NIK keeps the code of its first registration for life, so abolished codes are part of the field.
Sources, decree and licences stand in ``data/LICENCES.md``.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bpu.rules.places import matching, store
from bpu.rules.places.spelling import Place

__all__ = ["Place", "Regions"]

_COUNTED = {2: "provinces", 4: "regencies", 6: "districts", 10: "villages"}
_LABELS = {10: "Kel./Desa ", 6: "Kec. ", 4: "", 2: "Prov. "}
_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


class Regions:
    """Read-only look-ups over the region file; one object serves all threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.local()

    @classmethod
    def load(cls, path: Path) -> "Regions":
        """The look-ups over `path`, which is first written if it is absent or holds other data."""
        store.make_ready(path)
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

    def moved(self, district: str) -> list[Place]:
        """The villages of now that older cards show in this district, in order of name."""
        sql = """SELECT place.code, name, postal FROM moved JOIN place ON digits = 10 AND place.code = village
                 WHERE moved.code = ? ORDER BY name, village"""
        return [Place(*row) for row in self._rows(sql, district)]

    def match(self, district_name: str, village_name: str, near: str | None = None) -> list[Place]:
        """The villages that two typed names may mean, at most 8, the likeliest first.

        Names are compared by letters and digits alone, in the spelling of now and those of the decrees since 2015; a
        village also in the district that it was moved from. Equal pairs are sought in the whole country, all else
        around the districts of that name and around `near`: a code or a NIK, of which the regency, then the province
        counts, and which also decides the order among equals.
        """
        return matching.match(self, district_name, village_name, self.today((near or "")[:4]))

    def today(self, code: str) -> str:
        """A code as it is now: what an abolished one became, any other itself."""
        return self._successor(code) or code

    def districts_named(self, keys: Collection[str]) -> list[str]:
        """Codes of the districts that have or had a name of one of these keys or sounds."""
        sql = f"SELECT DISTINCT code FROM district_key WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - same
        return [code for (code,) in self._rows(sql, *keys)]

    def villages_named(self, keys: Collection[str]) -> dict[str, list[str]]:
        """Codes of the villages that have or had a name of one of these keys, by key."""
        sql = f"SELECT key, code FROM village_key WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - marks only
        found: dict[str, list[str]] = {}
        for key, code in self._rows(sql, *keys):
            found.setdefault(key, []).append(code)
        return found

    def district_keys(self, area: str) -> list[tuple[str, str]]:
        """Codes and all keys of the districts of a regency or province."""
        return self._rows("SELECT code, key FROM district_key WHERE code BETWEEN ? AND ?", area, area + "~")

    def villages_within(self, area: str) -> list[Place]:
        """All villages of a regency or province."""
        sql = "SELECT code, name, postal FROM place WHERE digits = 10 AND code BETWEEN ? AND ?"
        return [Place(*row) for row in self._rows(sql, area, area + "~")]

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
            db = self._thread.db = store.opened(self._path)
            # Hundreds of threads with a page cache of 2 MB each would need more memory than all the rest.
            db.execute("PRAGMA cache_size = -64")
        return db

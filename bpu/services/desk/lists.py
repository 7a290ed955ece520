"""Lists of people that an assistant brings along, as CSV or XLSX: read as offices and spreadsheets really write them.

Nothing is guessed. What a spreadsheet has damaged beyond reading is refused with the reason, in its line.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from bpu import clock
from bpu.models import Assistant, Uploaded, keyring, writing
from bpu.rules.identity.characters import FORMULA
from bpu.rules.places.spelling import key

MOST_ROWS = 200
MOST_BYTES = 512 * 1024
MOST_UNPACKED = 24 * 1024 * 1024
LONGEST_CELL = 300
SAME_WITHIN = timedelta(days=30)
EPOCH = date(1899, 12, 30)  # day 0 of spreadsheets, by which serial dates count
SERIALS = range(5_000, 50_000)  # 1913 to 2036: numbers that stand for a birth date

# Our column, how it is headed in the sample table, and other headings that people use.
Headings = Mapping[str, tuple[str, ...]]
COLUMNS: Headings = {
    "nik": ("NIK", "No KTP", "Nomor KTP", "No. KTP", "Nomor Induk Kependudukan"),
    "name": ("Nama", "Nama Lengkap", "Nama Sesuai KTP"),
    "birth_day": ("Tanggal Lahir", "Tgl Lahir", "Tgl. Lahir", "TTL"),
    "gender": ("Jenis Kelamin", "JK", "L/P", "Kelamin"),
    "phone": ("Nomor HP", "HP", "No HP", "No. HP", "Telepon", "No Telp", "WA", "No WA"),
    "email": ("Email", "E-mail", "Alamat Email", "Surel"),
    "address": ("Alamat", "Jalan", "Alamat KTP"),
    "rt": ("RT",),
    "rw": ("RW",),
    "village_name": ("Kelurahan", "Desa", "Kelurahan/Desa", "Kel/Desa"),
    "district_name": ("Kecamatan", "Kec"),
    "postal_code": ("Kode Pos",),
    "occupation": ("Pekerjaan", "Jenis Pekerjaan"),
    "workplace": ("Tempat Kerja", "Tempat Bekerja", "Lokasi Kerja"),
    "income": ("Penghasilan", "Penghasilan Sebulan", "Gaji", "Upah"),
    "employs_others": ("Punya Pekerja", "Mempekerjakan Orang Lain"),
    "programmes": ("Program",),
    "months": ("Bulan", "Lama", "Lama Bayar"),
}
NEEDED = ("nik", "name", "birth_day", "phone")
SAMPLE = (
    "'3201014508900000", "Siti Aminah", "05-08-1990", "P", "'081234567890", "siti@example.com", "Jl. Melati 7",
    "3", "5", "Pondok Rajeg", "Cibinong", "16914", "Pedagang pasar", "Pasar Baru, Bogor", "1500000", "tidak",
    "JKK JKM", "1",
)  # fmt: skip


class Unreadable(ValueError):
    """A file that is no table of people; `code` says why: `type`, `big`, `rows`, `columns`, `empty`, `damaged`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Line:
    """One person of a list: the line in the file, the cells by our columns, and what the file has done to them.

    `flaws` maps a column to a code: `digits_lost` (a number kept in 15 digits), `formula`, `too_long`, `damaged`.
    """

    number: int
    cells: dict[str, str]
    flaws: dict[str, str]


def read(content: bytes, headed: Headings = COLUMNS) -> list[Line]:
    """The people in a file, by its headings; raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable("big", kb=MOST_BYTES // 1024)
    grid = _xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    rows = [(number, row) for number, row in grid if any(_plain(cell) for cell in row)]
    if not rows:
        raise Unreadable("empty")
    known = {key(heading): name for name, headings in headed.items() for heading in (*headings, name)}
    columns = [known.get(key(_plain(cell).lstrip("'"))) for cell in rows[0][1]]
    missing = [COLUMNS[name][0] for name in NEEDED if name not in columns]
    if missing:
        raise Unreadable("columns", missing=", ".join(missing))
    if len(rows) == 1:
        raise Unreadable("empty")
    if len(rows) > MOST_ROWS + 1:
        raise Unreadable("rows", most=MOST_ROWS, rows=len(rows) - 1)
    return [_line(number, columns, row) for number, row in rows[1:]]


def digest(content: bytes) -> bytes:
    """What recognises the same file, and says nothing of what is in it."""
    return keyring().index("upload", sha256(content).hexdigest())


def earlier(assistant: Assistant, content: bytes) -> Uploaded | None:
    """The same file, taken in before by the same assistant."""
    same = Uploaded.digest.in_(keyring().indexes("upload", sha256(content).hexdigest()))
    lately = (Uploaded.assistant == assistant) & (Uploaded.at > clock.now() - SAME_WITHIN)
    return Uploaded.select().where(same & lately & Uploaded.taken.is_null(False)).order_by(Uploaded.at.desc()).first()


def keep(assistant: Assistant, content: bytes, lines: Sequence[Line]) -> Uploaded:
    """Hold on to a list while it is being judged and looked at."""
    row = Uploaded(assistant=assistant, digest=digest(content), at=clock.now(), total=len(lines))
    row.content = {"lines": [[line.number, line.cells, line.flaws] for line in lines], "good": [], "bad": []}
    with writing():
        row.save(force_insert=True)
    return row


def sample_csv(headed: Headings = COLUMNS) -> bytes:
    """The sample table as Indonesian spreadsheets open it: semicolons, UTF-8 with its mark."""
    return _written([[headings[0] for headings in headed.values()], list(SAMPLE)])


def sample_xlsx(headed: Headings = COLUMNS) -> bytes:
    """The sample table with every column as text, so that no digit is lost."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Daftar"
    sheet.append([headings[0] for headings in headed.values()])
    sheet.append([value.lstrip("'") for value in SAMPLE])
    for column in sheet.iter_cols(max_row=MOST_ROWS + 1):
        for cell in column:
            cell.number_format = "@"
        column[0].font = Font(bold=True)
        sheet.column_dimensions[column[0].column_letter].width = 20
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refused_csv(bad: Iterable[tuple[int, dict[str, str], list[str]]], headed: Headings = COLUMNS) -> bytes:
    """The rows that were refused, with their lines and reasons, to be mended and uploaded again."""
    heading = ["Baris", "Alasan", *(headings[0] for headings in headed.values())]
    rows = [[str(number), "; ".join(why), *(_kept(name, cells) for name in headed)] for number, cells, why in bad]
    return _written([heading, *rows])


def _kept(name: str, cells: dict[str, str]) -> str:
    value = cells.get(name, "")
    return f"'{value}" if name in ("nik", "phone") and value else value


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _line(number: int, columns: Sequence[str | None], row: Sequence[Any]) -> Line:
    cells: dict[str, str] = {}
    flaws: dict[str, str] = {}
    for name, cell in zip(columns, row, strict=False):
        if name is None or name in cells:
            continue
        text, flaw = _cell(name, cell)
        cells[name] = text
        if flaw:
            flaws[name] = flaw
    return Line(number, cells, flaws)


def _cell(name: str, cell: Any) -> tuple[str, str]:
    """A cell as somebody would have typed it, and what is wrong with it."""
    number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    if name == "nik" and number and abs(cell) >= 10**15:
        return _digits(cell), "digits_lost"  # spreadsheets keep 15 digits of a number; the rest are zeros they made up
    if name == "birth_day":
        return _birth(cell), ""
    text = _digits(cell) if number else _plain(cell)
    text = text.removeprefix("'").strip()
    if name == "nik" and any(mark in text.upper() for mark in ("E+", "E1")):
        return text[:LONGEST_CELL], "digits_lost"
    if "\ufffd" in text or "\0" in text:
        return text.replace("\0", "")[:LONGEST_CELL], "damaged"
    if len(text) > LONGEST_CELL:
        return text[:LONGEST_CELL], "too_long"
    if text.startswith(FORMULA) and not (name in ("phone", "income") and text[0] in "+＋"):
        return text, "formula"
    if name == "phone" and text.isdigit() and text.startswith("8"):
        text = f"0{text}"
    return text, ""


def _birth(cell: Any) -> str:
    """A birth date as it is typed; day first, serial numbers of spreadsheets read."""
    if isinstance(cell, (datetime, date)):
        return f"{cell.day:02d}-{cell.month:02d}-{cell.year}"
    text = _digits(cell) if isinstance(cell, (int, float)) else _plain(cell).removeprefix("'").strip()
    if text.isdigit() and len(text) == 5 and int(text) in SERIALS:
        born = EPOCH + timedelta(days=int(text))
        return f"{born.day:02d}-{born.month:02d}-{born.year}"
    return text[:LONGEST_CELL]


def _digits(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, int) or float(cell).is_integer() else str(cell)


def _plain(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _decoded(content)
    first, _, rest = text.partition("\n")
    delimiter = ""
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], rest
    offset = 1 if delimiter else 0
    heading = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = delimiter or max(";,\t|", key=heading.count)
    if not heading.count(delimiter) or any(ord(sign) < 32 and sign not in "\t\r\n" for sign in heading):
        raise Unreadable("type")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        previous = 0
        for row in lines:
            yield previous + 1 + offset, row
            previous = lines.line_num
    except csv.Error:
        raise Unreadable("damaged") from None


def _decoded(content: bytes) -> str:
    """Text of a file as spreadsheets save it: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if content.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8")):
        raise Unreadable("type")
    return text


def _xlsx(content: bytes) -> list[tuple[int, list[Any]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("big", kb=MOST_BYTES // 1024)
            if any(b"<!DOCTYPE" in packed.read(one) for one in packed.namelist() if one.endswith((".xml", ".rels"))):
                raise Unreadable("damaged")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows: list[tuple[int, list[Any]]] = []
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=40), start=1):
            if len(rows) > MOST_ROWS + 50:
                break
            if any(_plain(cell) for cell in row):
                rows.append((number, list(row)))
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, TypeError, OSError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("type") from None
    return rows

"""Lists that are brought along: what spreadsheets do to them, what is refused and why, what becomes of the rest."""

import csv
import io
import subprocess
import time
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bpu import clock
from bpu.models import Draft, Helped, Uploaded
from bpu.services.desk import lists
from bpu.services.desk.lists import COLUMNS, Unreadable, harmless, read
from bpu.services.upkeep import purge
from tests.parts.servers import program
from tests.web.desk.conftest import Helper, audit, sheet_answers

HEADINGS = [headings[0] for headings in COLUMNS.values()]


def row(number: int, **changes: str) -> dict[str, str]:
    """A good row for one of the made-up people."""
    who, job = sheet_answers(number)["ktp"], sheet_answers(number)["kerja"]
    good = {
        **{name: who[name] for name in ("nik", "name", "gender", "phone", "email", "address", "rt", "rw")},
        **{name: who[name] for name in ("village_name", "district_name")},
        "birth_day": f"{who['birth_day']}-{who['birth_month']}-{who['birth_year']}",
        "postal_code": "",
        "occupation": "Pedagang pasar",
        "workplace": job["workplace"],
        "income": "1500000",
        "employs_others": "tidak",
        "programmes": "JKK JKM",
        "months": "1",
    }
    return {name: {**good, **changes}[name] for name in COLUMNS}


def table(rows: list[dict[str, str]], delimiter: str = ";", newline: str = "\r\n") -> str:
    """A CSV file's text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerow(HEADINGS)
    writer.writerows([list(each.values()) for each in rows])
    return out.getvalue()


def bring(helper: Helper, content: bytes, name: str = "daftar.csv") -> Helper:
    """Choose a file, send it, and wait until it is judged."""
    helper.open("/asisten/unggah")
    form = helper.one('form[enctype="multipart/form-data"]')
    sent: dict[str, Any] = {**helper.form_values(form), "file": (io.BytesIO(content), name)}
    headers = {"Sec-Fetch-Site": "same-origin"}
    helper._show(helper.client.post("/asisten/unggah", data=sent, headers=headers, follow_redirects=True))
    while helper.page.select('meta[http-equiv="refresh"][content="0"]'):
        helper.open(helper.path)
    return helper


def reasons(helper: Helper) -> dict[int, str]:
    """What is wrong, by line."""
    cells = [
        [cell.get_text(" ", strip=True) for cell in line.select("td")] for line in helper.page.select("main tbody tr")
    ]
    return {int(line): why for line, why in cells}


BROKEN: list[tuple[dict[str, str], str]] = [
    ({"nik": ""}, "NIK: NIK belum diisi"),
    ({"nik": "3,20101E+15"}, "terpotong oleh aplikasi tabel"),
    ({"nik": "3.20101450890E+15"}, "terpotong oleh aplikasi tabel"),
    ({"nik": "320101450890"}, "NIK kurang 4 angka"),
    ({"nik": "32010145089000001"}, "NIK lebih 1 angka"),
    ({"nik": "32010145O89OOxyz"}, "NIK: "),
    ({"nik": "1234567890123456"}, "NIK: "),
    ({"nik": "3201014508900001"}, "NIK contoh yang diakhiri 0000"),
    ({"nik": "=1+1"}, "dimulai dengan tanda rumus"),
    ({"nik": "0000000000000000"}, "NIK: "),
    ({"name": ""}, "Nama: Nama belum diisi"),
    ({"name": "123456"}, "Nama: Ini sepertinya nomor"),
    ({"name": '=HYPERLINK("http://x")'}, "dimulai dengan tanda rumus"),
    ({"name": "@SUM(A1)"}, "dimulai dengan tanda rumus"),
    ({"name": "-2+3"}, "dimulai dengan tanda rumus"),
    ({"name": "..."}, "Nama: "),
    ({"name": "A" * 120}, "Nama ini terlalu panjang"),
    ({"name": "Siti <b>"}, "Nama: Tanda"),
    ({"name": "Siti \ufffd"}, "Ada huruf yang rusak"),
    ({"name": "x" * 400}, "Isian ini terlalu panjang"),
    ({"birth_day": ""}, "Tanggal Lahir: "),
    ({"birth_day": "31-02-1990"}, "Tanggal ini tidak ada"),
    ({"birth_day": "5 Agt"}, "Tanggal Lahir: "),
    ({"birth_day": f"05-08-{clock.today().year - 11}"}, "Usia Anda belum 18 tahun"),
    ({"birth_day": "05-08-1940"}, "usia di bawah 65"),
    ({"birth_day": "05-13-1990"}, "Tanggal Lahir: "),
    ({"birth_day": "besok"}, "Tanggal Lahir: "),
    ({"birth_day": "05-08-2090"}, "Tanggal Lahir: "),
    ({"gender": ""}, "Jenis Kelamin: "),
    ({"gender": "x"}, "Jenis Kelamin: "),
    ({"phone": ""}, "Nomor HP: Nomor HP belum diisi"),
    ({"phone": "0215551234"}, "nomor telepon rumah"),
    ({"phone": "0812"}, "terlalu pendek"),
    ({"phone": "081234567890 / 081234567891"}, "satu nomor HP saja"),
    ({"phone": "+60123456789"}, "harus nomor Indonesia"),
    ({"phone": "8,12346E+11"}, "Nomor HP: "),
    ({"phone": "=A1"}, "dimulai dengan tanda rumus"),
    ({"email": ""}, "Email: Email belum diisi"),
    ({"email": "siti.example.com"}, "Email: "),
    ({"email": "a@b@c"}, "Email: "),
    ({"email": "+cmd|' /C calc'!A0"}, "dimulai dengan tanda rumus"),
    ({"address": ""}, "Alamat: Alamat belum diisi"),
    ({"address": "x"}, "Alamat: "),
    ({"rt": "tiga"}, "RT: "),
    ({"village_name": ""}, "Kelurahan"),
    ({"village_name": "Zzyzx", "district_name": "Qqq"}, "Alamat ini tidak ditemukan"),
    ({"postal_code": "123"}, "Kode Pos: "),
    ({"occupation": "qwertz"}, "Pekerjaan: Pilih satu pekerjaan"),
    ({"workplace": ""}, "Tempat Kerja: "),
    ({"income": "banyak"}, "Penghasilan: "),
    ({"income": "5"}, "terlalu kecil"),
    ({"employs_others": "mungkin"}, "Punya Pekerja: "),
    ({"programmes": "JPX"}, "Program: "),
    ({"months": "5"}, "Bulan: "),
]


def test_every_kind_of_broken_row_is_refused_in_its_line_with_its_reason_and_good_rows_pass(helper: Helper) -> None:
    assert len(BROKEN) >= 40
    rows, expected = [], {}
    for number, (change, reason) in enumerate(BROKEN, start=1):
        expected[len(rows) + 2] = reason
        rows += [row(2 * number, **change), row(2 * number + 1)]
    rows.append(row(3))  # somebody who stands in line 3 + 2 already
    expected[len(rows) + 1] = "NIK ini sudah ada di baris lain"
    bring(helper, b"\xef\xbb\xbf" + table(rows).encode())
    assert helper.step == "desk-daftar"
    found = reasons(helper)
    assert found.keys() == expected.keys()
    wrong = {line: (found[line], reason) for line, reason in expected.items() if reason not in found[line]}
    assert not wrong
    assert helper.sees(f"{len(BROKEN)} baris siap. {len(BROKEN) + 1} baris perlu diperbaiki.")
    link = helper.one('a[href$="/salah.csv"]')["href"]
    back = list(csv.reader(io.StringIO(helper.client.get(str(link)).data.decode("utf-8-sig")), delimiter=";"))
    assert back[0][:2] == ["Baris", "Alasan"]
    assert {int(line[0]) for line in back[1:]} == set(expected)
    assert not [cell for line in back for cell in line if cell.startswith(("=", "+", "-", "@"))]


ENCODINGS = [
    ("utf-8", ";", b""),
    ("utf-8", ",", b"\xef\xbb\xbf"),
    ("cp1252", ";", b""),
    ("utf-16-le", "\t", b"\xff\xfe"),
    ("utf-16-be", "\t", b"\xfe\xff"),
    ("utf-8", "|", b""),
]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "mark"), ENCODINGS, ids=[f"{e[0]}{e[1]!r}{len(e[2])}" for e in ENCODINGS]
)
def test_files_are_read_as_spreadsheets_save_them(encoding: str, delimiter: str, mark: bytes) -> None:
    people = [row(1, name="Désirée Müller", address="Jl. “Melati” – 7"), row(2, phone="81200200001", birth_day="25785")]
    lines = read(mark + table(people, delimiter).encode(encoding))
    assert [line.number for line in lines] == [2, 3]
    assert lines[0].cells["name"] == "Désirée Müller"
    assert lines[0].cells["address"] == "Jl. “Melati” – 7"
    assert lines[1].cells["phone"] == "081200200001"
    assert lines[1].cells["birth_day"] == "05-08-1970"


def test_a_line_is_counted_as_the_spreadsheet_counts_it() -> None:
    text = "sep=;\r\n" + table([row(1), row(2)]).replace("\r\n32", "\r\n\r\n32", 1)
    assert [line.number for line in read(text.encode())] == [4, 5]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "type"),
        (b"%PDF-1.4 x;y", "type"),
        (b"\x89PNG\r\n\x1a\n;;", "type"),
        (b"PK\x03\x04 no zip", "type"),
        (b"NIK;Nama\r\n1;2\r\n", "columns"),
        (table([]).encode(), "empty"),
        (table([row(number) for number in range(201)]).encode(), "rows"),
        (b"x" * (lists.MOST_BYTES + 1), "big"),
        (b"halo dunia", "type"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as problem:
        read(content)
    assert problem.value.code == code


def test_a_packed_file_that_would_fill_the_memory_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (lists.MOST_UNPACKED + 1))
    with pytest.raises(Unreadable) as problem:
        read(out.getvalue())
    assert problem.value.code == "big"


def workbook(rows: list[dict[str, Any]]) -> bytes:
    """An XLSX file."""
    book = Workbook()
    book.active.append(HEADINGS)
    for each in rows:
        book.active.append(list(each.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_numbers_in_a_workbook_lose_the_last_digit_of_a_nik_and_are_refused(helper: Helper) -> None:
    good = {**row(1), "birth_day": date(1985, 1, 2), "income": 1_500_000, "rt": 3, "months": 1}
    bring(helper, workbook([good, {**row(2), "nik": 3201014201850000}]), "daftar.xlsx")
    assert reasons(helper).keys() == {3}
    assert "NIK tertulis 3201014201850000: angkanya terpotong" in reasons(helper)[3]


def test_a_workbook_written_by_a_real_spreadsheet_program(helper: Helper, tmp_path: Path) -> None:
    office = program("soffice", "libreoffice-calc-nogui", "/usr/lib/libreoffice/program")
    (tmp_path / "daftar.csv").write_text(
        table([row(1), row(2, nik="3201"), row(3, name="Désirée Müller")], ","), "utf-8"
    )
    text_columns = "/".join(f"{column}/2" for column in range(1, len(HEADINGS) + 1))
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            f"--infilter=CSV:44,34,76,1,{text_columns}",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "daftar.csv"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    bring(helper, (tmp_path / "daftar.xlsx").read_bytes(), "daftar.xlsx")
    assert helper.sees("2 baris siap. 1 baris perlu diperbaiki.")
    assert "NIK kurang 12 angka" in reasons(helper)[3]
    helper.press("/asisten/unggah/" + helper.path.split("/")[-1])
    assert helper.step == "desk"
    assert len(helper.page.select("main tbody tr")) == 2


def test_good_rows_wait_in_the_queue_for_the_persons_own_yes_and_code(helper: Helper) -> None:
    bring(helper, table([row(1), row(2)]).encode())
    helper.fill()
    assert helper.step == "desk"
    assert Draft.select().count() == 2
    uid = Helped.select().order_by(Helped.uid).first().uid
    assert helper.at(uid, "ktp").step == "desk-nobody", "from a list, too, a person has to be opened first"
    helper.open("/asisten").press(f"/{uid}/buka")
    assert helper.step == "ktp"
    assert not helper.page.select("input[type=checkbox][checked]"), "consent is given, never presumed"
    helper.type({"present": "yes", "terms": "yes", "privacy": "yes"})
    assert helper.step == "kerja", helper.errors
    helper.type({})
    assert helper.step == "periksa", helper.errors


def test_a_row_with_a_warning_comes_in_and_asks_at_the_desk(helper: Helper) -> None:
    bring(helper, table([row(1, name="Siti Amiiiin")]).encode())
    assert helper.sees("1 baris siap. 0 baris perlu diperbaiki.")
    helper.fill().press("/buka")
    assert helper.step == "ktp"
    assert "huruf yang berulang" in helper.one("#name-m").text


def test_the_same_file_twice_adds_nobody(helper: Helper) -> None:
    content = table([row(1)]).encode()
    bring(helper, content).fill()
    bring(helper, content)
    assert helper.sees("File ini sama dengan yang diunggah pukul")
    assert Draft.select().count() == 1
    bring(helper, content + b"\r\n")
    assert "sudah ada di antrean Anda" in reasons(helper)[2]


def test_a_list_is_forgotten_after_a_day_and_belongs_to_one_desk(helper: Helper, helpers: Any) -> None:
    bring(helper, table([row(1, nik="1")]).encode())
    address = helper.path
    other = helpers("KIOS LAIN").sign_in()
    assert other.open(address).step == "desk-nobody"
    assert other.open(address + "/salah.csv").step == "desk-nobody"
    assert len(audit("desk.refused")) == 2

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        purge.desk()
    assert Uploaded.select().get().content_sealed is None


def test_two_hundred_rows_take_less_than_three_seconds_and_the_bar_moves(helper: Helper) -> None:
    content = table([row(number) for number in range(200)]).encode()
    began = time.monotonic()
    helper.open("/asisten/unggah")
    sent: dict[str, Any] = {"file": (io.BytesIO(content), "daftar.csv")}
    headers = {"Sec-Fetch-Site": "same-origin"}
    helper._show(helper.client.post("/asisten/unggah", data=sent, headers=headers, follow_redirects=True))
    seen = [int(str(helper.one("progress")["value"]))]
    while helper.page.select('meta[http-equiv="refresh"][content="0"]'):
        helper.open(helper.path)
        seen += [int(str(bar["value"])) for bar in helper.page.select("progress")]
    judged = time.monotonic() - began
    helper.fill()
    taken = time.monotonic() - began
    assert seen == [50, 100, 150]
    assert len(helper.page.select("main tbody tr")) == 200
    assert judged < 3, f"judged in {judged:.1f} s, in the queue after {taken:.1f} s"


def test_the_sample_tables_are_taken_as_they_are(helper: Helper) -> None:
    for kind in ("csv", "xlsx"):
        content = helper.client.get(f"/asisten/unggah/contoh.{kind}").data
        assert [line.cells["nik"] for line in read(content)] == ["3201014508900000"]
    book = load_workbook(io.BytesIO(helper.client.get("/asisten/unggah/contoh.xlsx").data))
    assert book.active["A150"].number_format == "@", "every row to come is text as well"
    bring(helper, content, "contoh.xlsx")
    assert helper.sees("1 baris siap. 0 baris perlu diperbaiki.")


@pytest.mark.requirement("R07")
@given(st.text(max_size=20) | st.sampled_from("＝＋－＠").map("{}1+1".format))
def test_no_cell_that_leaves_is_a_formula(cell: str) -> None:
    assert not harmless(cell).startswith(tuple("=+-@\t\r＝＋－＠"))
    assert harmless(cell).removeprefix("'") == cell.removeprefix("'")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(Unreadable):
        read(content)

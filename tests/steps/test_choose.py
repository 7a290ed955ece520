"""Programmes, prices, sending and paying: every sum is computed, shown before, and what is shown is what is billed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from bpu.models import Bill, Registration
from bpu.rules.money import contributions
from bpu.settings import Settings
from tests.conftest import running
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor
from tests.steps.conftest import beside, kept

NOVEMBER = datetime(2026, 11, 22, 3, tzinfo=UTC)
EMPLOYER = {**PERSON, "pekerjaan": {**PERSON["pekerjaan"], "employs_others": "yes"}}
DRIVER = {**PERSON, "pekerjaan": {**PERSON["pekerjaan"], "occupation": "ojek-online"}}


@pytest.fixture
def now():
    with time_machine.travel(NOVEMBER, tick=False) as traveller:
        yield traveller


def total(page: Visitor) -> int:
    return int(page.one("#bill-code")["data-amount"])


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"programmes": [], "months": "1"}, "programmes", ["Program JKK wajib diikuti.", "Program JKM wajib diikuti."]),
        ({"programmes": ["JKK"], "months": "1"}, "programmes", ["Program JKM wajib diikuti."]),
        (
            {"programmes": ["JHT"], "months": "1"},
            "programmes",
            ["Program JKK wajib diikuti.", "Program JKM wajib diikuti."],
        ),
        (
            {"programmes": ["JKK", "JKM", "JP"], "months": "1"},
            "programmes",
            ["Program JP belum dibuka untuk pekerja mandiri."],
        ),
        ({"programmes": ["JKK", "JKM", "XYZ"], "months": "1"}, "programmes", ["Program XYZ tidak dikenal."]),
        ({"programmes": ["JKK", "JKM"], "months": ""}, "months", ["Pilih lama pembayaran."]),
        ({"programmes": ["JKK", "JKM"], "months": "2"}, "months", ["Pilih lama pembayaran."]),
        ({"programmes": ["JKK", "JKM"], "months": "12.0"}, "months", ["Pilih lama pembayaran."]),
        ({"programmes": ["JKK", "JKM"], "months": "-1"}, "months", ["Pilih lama pembayaran."]),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(at, fields, field, told):
    page = at("program").fill(**fields)
    assert page.response.status_code == 422
    assert [one.text for one in page.page.select(f"#{field} .err")] == ["".join(told)]


@pytest.mark.requirement("R07")
def test_an_unknown_programme_is_shown_escaped_and_short(at):
    page = at("program").fill(programmes=["JKK", "JKM", "<script>" + "x" * 9000], months="1")
    assert "<SCRIPT>" not in page.response.text
    assert "<script>x" not in page.response.text
    assert len(page.response.text) < 14_000


@pytest.mark.parametrize(
    ("chosen", "months", "amount"),
    [(["JKK", "JKM"], "1", 11_400), (["JKK", "JKM", "JHT"], "1", 43_400), (["JKK", "JKM"], "3", 45_600)],
)
def test_the_sum_that_is_shown_is_the_sum_that_is_billed(app, now, chosen, months, amount):
    page = Visitor(app).reach("program")
    shown = f"Rp{amount:,}".replace(",", ".")
    assert page.sees(shown) or chosen == ["JKK", "JKM", "JHT"]
    page.fill(programmes=chosen, months=months)
    assert page.step == "periksa"
    assert page.sees(shown)
    page.fill(declare="yes")
    assert total(page) == amount
    assert page.sees(shown)


def test_twelve_months_across_the_end_of_the_relief_are_priced_month_by_month(app, now):
    """November and December 2026 at half price, January to October 2027 in full: 2 × 11.400 + 10 × 22.800."""
    page = Visitor(app).reach("program")
    assert page.sees("12 bulan: Rp250.800")
    page.fill(programmes=["JKK", "JKM"], months="12")
    assert page.sees("November 2026–Desember 2026: Rp11.400 sebulan")
    assert page.sees("Januari 2027–Oktober 2027: Rp22.800 sebulan")
    assert total(page.fill(declare="yes")) == 250_800


def test_transport_has_its_own_window(app, now):
    page = Visitor(app, answers=DRIVER).reach("program").fill(programmes=["JKK", "JKM"], months="12")
    assert page.sees("November 2026–Maret 2027: Rp11.400 sebulan")
    assert page.sees("April 2027–Oktober 2027: Rp22.800 sebulan")
    assert total(page.fill(declare="yes")) == 5 * 11_400 + 7 * 22_800


def test_who_employs_others_cannot_leave_jht_out_and_has_no_relief(app, now):
    page = Visitor(app, answers=EMPLOYER).reach("program")
    assert [one["value"] for one in page.page.select("[name=programmes][type=hidden]")] == ["JKK", "JKM", "JHT"]
    page.fill(programmes=["JKK", "JKM"], months="1")
    assert page.sees("Program JHT wajib diikuti.")
    page.fill(programmes=["JKK", "JKM", "JHT"], months="1")
    assert total(page.fill(declare="yes")) == 22_800 + 32_000


def test_who_begins_to_employ_others_has_to_choose_again(app, now):
    page = Visitor(app).reach("periksa")
    uid = page.path.split("/")[2]
    page.open(f"/bpu/{uid}/pekerjaan").fill(employs_others="yes")
    assert page.step == "program"
    assert [one["value"] for one in page.page.select("[name=months][checked]")] == ["1"]


def test_jp_is_shown_with_its_reason_and_cannot_be_chosen(at):
    page = at("program")
    shut = page.one(".shut").text
    assert "JP" in shut
    assert "Menurut peraturan" in shut
    assert page.page.select('[name=programmes][value="JP"]') == []


def opened_table(folder: Path) -> str:
    """The contribution table with JP opened, as an office would write it: rows are added, none of the code changes."""
    table = contributions.PACKAGED.read_text(encoding="utf-8")
    closed = (
        'code = "JP"\nname = "Jaminan Pensiun"\nstatus = "closed"\n'
        'reason = "Menurut peraturan, Jaminan Pensiun baru terbuka bagi pekerja penerima upah."\nsince = 2015-07-01\n'
    )
    assert closed in table
    opening = """
[[programme]]
code = "JP"
name = "Jaminan Pensiun"
status = "optional"
since = 2026-11-01
source = "contoh untuk uji coba"
confidence = "U"

[[rate]]
programme = "JP"
percent = "3"
since = 2026-11-01
source = "contoh untuk uji coba"
confidence = "U"
"""
    path = folder / "contributions.toml"
    path.write_text(table.replace(closed, closed + "until = 2026-10-31\n") + opening, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("htmx", [False, True])
def test_jp_opens_by_data_alone_to_the_last_page(settings: Settings, tmp_path, now, htmx):
    app = running(replace(settings, contributions=opened_table(tmp_path)))
    page = Visitor(app, htmx=htmx).reach("program")
    assert page.page.select(".shut") == []
    assert page.page.select('[name=programmes][value="JP"][type=checkbox]')
    page.fill(programmes=["JKK", "JKM", "JP"], months="1")
    assert page.sees("JKK + JKM + JP")
    page.fill(declare="yes")
    assert total(page) == 11_400 + 48_000
    page.pay()
    assert page.step == "selesai"
    assert Registration.get().programmes == "JKK,JKM,JP"
    assert page.sees("JKK + JKM + JP")


def test_the_declaration_is_asked_for(at):
    page = at("periksa").fill()
    assert beside(page, "declare") == ["Centang kotak ini kalau semuanya benar."]
    assert page.page.select("[name=declare][checked]") == []


def test_a_price_that_changed_between_check_and_send_is_shown_before_anything_is_sent(app, now):
    now.move_to(datetime(2026, 12, 31, 16, 57, tzinfo=UTC))  # three minutes before the year ends in WIB
    page = Visitor(app).reach("periksa")
    now.move_to(datetime(2026, 12, 31, 17, 1, tzinfo=UTC))
    page.fill(declare="yes")
    assert page.errors == ["Besar iuran berubah sejak halaman ini dibuka. Periksa jumlah yang baru."]
    assert page.sees("Rp22.800")
    assert Registration.select().count() == 0
    page.fill(declare="yes")
    assert total(page) == 22_800


@pytest.mark.parametrize("amount", ["1", "0", "-1", "11.400", "x", "9" * 40])
def test_another_sum_than_the_one_shown_is_not_sent(app_person, amount):
    page = app_person("periksa").fill(declare="yes", amount=amount)
    assert page.step == "periksa"
    assert "periksa" not in {*kept(page, "periksa")}


def test_somebody_who_became_too_old_since_is_told_where(settings: Settings):
    app = running(settings)
    old = {
        **PERSON,
        "data-diri": {
            **PERSON["data-diri"],
            "nik": "3201016411610000",
            "birth_day": "24",
            "birth_month": "11",
            "birth_year": "1961",
        },
    }
    with time_machine.travel(NOVEMBER, tick=False) as now:
        now.move_to(datetime(2026, 11, 23, 16, 57, tzinfo=UTC))  # three minutes before the birthday begins in WIB
        page = Visitor(app, answers=old).reach("periksa")
        now.move_to(datetime(2026, 11, 23, 17, 1, tzinfo=UTC))
        page.fill(declare="yes")
        assert page.errors == ["Bagian “Data diri sesuai KTP” perlu diisi lagi. Tekan “Ubah” di bagian itu."]
        assert Registration.select().count() == 0


def test_whoever_chose_a_programme_that_closed_since_is_told_where(settings: Settings, tmp_path, now):
    table = Path(opened_table(tmp_path))
    closing = 'code = "JP"\nname = "Jaminan Pensiun"\nstatus = "optional"\nsince = 2026-11-01\n'
    table.write_text(table.read_text(encoding="utf-8").replace(closing, closing + "until = 2026-11-30\n"))
    app = running(replace(settings, contributions=str(table)))
    now.move_to(datetime(2026, 11, 30, 16, 57, tzinfo=UTC))  # three minutes before the month ends in WIB
    page = Visitor(app).reach("program").fill(programmes=["JKK", "JKM", "JP"], months="1")
    assert page.step == "periksa"
    now.move_to(datetime(2026, 11, 30, 17, 1, tzinfo=UTC))
    page.fill(declare="yes", amount="")
    assert page.errors == ["Besar iuran berubah sejak halaman ini dibuka. Periksa jumlah yang baru."]
    page.fill(declare="yes")
    assert page.errors == ["Bagian “Pilih perlindungan” perlu diisi lagi. Tekan “Ubah” di bagian itu."]
    assert Registration.select().count() == 0


def test_a_bill_shows_its_deadline_by_the_clock_of_the_province(app, now):
    jayapura = {
        **PERSON,
        "data-diri": {**PERSON["data-diri"], "nik": "9171014508900000"},
    }
    page = Visitor(app, answers=jayapura)
    page.reach("alamat")
    village = page.page.select("select[name=village] option")[1]["value"]
    page.answer(village=village)
    page.reach("bayar")
    assert page.sees("Selasa, 24 November 2026, pukul 01.59 WIT")


def test_pressing_paid_too_early_says_so_and_a_bill_that_ran_out_is_replaced(app, now):
    page = Visitor(app).reach("bayar")
    code = page.one("#bill-code").text
    page.fill()
    assert page.errors == ["Pembayaran belum kami terima. Kalau sudah bayar, tunggu sebentar lalu tekan lagi."]
    page.fill(new="1")
    assert page.one("#bill-code").text == code, "an open bill is not replaced"
    now.shift(49 * 3600)
    app.extensions["deliver"]()
    page.open(page.path.replace("kirim", "bayar")).wake()
    assert page.sees("Kode bayar ini sudah lewat waktu")
    page.fill(press="new")
    assert page.one("#bill-code").text != code
    assert Bill.select().count() == 2
    page.pay()
    assert page.step == "selesai"


def test_whether_it_is_paid_can_be_asked_without_a_page(app, now):
    page = Visitor(app, answers=person(7)).reach("bayar")
    ask = f"{page.path}/lunas"
    assert page.client.get(ask).status_code == 204
    page.pay()
    assert page.client.get(ask).status_code == 200
    assert Visitor(app).client.get(ask).status_code == 204, "a stranger learns nothing"

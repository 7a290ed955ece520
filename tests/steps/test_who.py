"""The first pages: identity as on the card, and both consents."""

import pytest

from bpu import clock
from bpu.models import Consent
from tests.people.answers import NIK, PERSON
from tests.steps.conftest import beside, kept

ME = PERSON["data-diri"]
REAL = {
    **ME,
    "nik": "3201990108900001",
    "birth_day": "1",
    "birth_month": "8",
    "birth_year": "1990",
    "name": "Budi Santoso",
}
PLEASE_CHECK = "Cocokkan lagi dengan KTP."

NIK_REFUSED = [
    ("", "NIK belum diisi. Lihat 16 angka di KTP Anda."),
    ("   ", "NIK belum diisi. Lihat 16 angka di KTP Anda."),
    ("NIK:", "NIK belum diisi. Lihat 16 angka di KTP Anda."),
    ("320199010890A001", "NIK hanya berisi angka. Hapus huruf atau tandanya."),
    ("320199010890000²", "NIK hanya berisi angka. Hapus huruf atau tandanya."),
    ("3.20199E+15", "Angka NIK ini terpotong oleh aplikasi tabel. Ketik 16 angka dari KTP."),
    ("320199010890001", "NIK kurang 1 angka. Periksa KTP Anda."),
    ("3201", "NIK kurang 12 angka. Periksa KTP Anda."),
    ("32019901089000011", "NIK lebih 1 angka. Periksa KTP Anda."),
    ("9" * 5000, "NIK lebih 4984 angka. Periksa KTP Anda."),
    ("11012345678", "Ini sepertinya nomor peserta (KPJ). NIK ada di KTP, 16 angka."),
    ("0001234567890", "Ini sepertinya nomor kartu BPJS Kesehatan. NIK ada di KTP, 16 angka."),
    ("1111111111111111", "Ini nomor contoh. Tulis NIK dari KTP Anda."),
    ("1234567890123456", "Ini nomor contoh. Tulis NIK dari KTP Anda."),
    ("0953990108900001", "Ini nomor KTP lama. Pakai NIK di KTP elektronik atau Kartu Keluarga."),
    ("3201990108900000", "Empat angka terakhir NIK tidak mungkin 0000. Periksa KTP Anda."),
]
NIK_TAKEN = [
    "3201 9901 0890 0001",
    "32-01-99–010890—0001",
    "'3201990108900001",
    "３２０１９９０１０８９００００１",
    "٣٢٠١٩٩٠١٠٨٩٠٠٠٠١",
    "NIK: 3201990108900001",
    "\u200b3201.9901.0890.0001\n",
]
NIK_ODD = [
    (
        "32O199O1O89OOOO1",
        ["Huruf sudah kami ganti angka: 3201 9901 0890 0001. Cocokkan dengan KTP."],
        "3201990108900001",
    ),
    ("9901990108900001", ["Dua angka pertama NIK tidak kami kenal. " + PLEASE_CHECK], "9901990108900001"),
    ("3200990108900001", ["Empat angka pertama NIK tidak kami kenal. " + PLEASE_CHECK], "3200990108900001"),
    (
        "3201990801900001",
        ["Di NIK tertulis tanggal 08-01-90, berbeda dari tanggal lahir Anda. Periksa keduanya di KTP."],
        "3201990801900001",
    ),
    ("3201998108900001", ["Angka ke-7 sampai 12 NIK biasanya tanggal lahir. " + PLEASE_CHECK], "3201998108900001"),
    ("3201990101150001", ["Mungkin ini Nomor Kartu Keluarga. NIK ada di KTP."], "3201990101150001"),
    (
        "99O1990801900001",
        [
            "Huruf sudah kami ganti angka: 9901 9908 0190 0001. Cocokkan dengan KTP.",
            "Dua angka pertama NIK tidak kami kenal. " + PLEASE_CHECK,
            "Di NIK tertulis tanggal 08-01-90, berbeda dari tanggal lahir Anda. Periksa keduanya di KTP.",
        ],
        "9901990801900001",
    ),
]


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(("typed", "told"), NIK_REFUSED)
def test_what_cannot_be_a_nik_is_refused_and_shown_again(at, typed, told):
    page = at("data-diri", live=True).fill(**{**REAL, "nik": typed})
    assert page.response.status_code == 422
    assert beside(page, "nik") == [told]
    assert page.errors == [told]
    assert page.one("#nik").get("value", "") == typed[:300], "not all of something endless"
    assert page.one("#name")["value"] == REAL["name"]


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("typed", NIK_TAKEN)
def test_a_nik_is_taken_however_it_is_written(at, typed):
    page = at("data-diri", "fresh" + typed, live=True).fill(**{**REAL, "nik": typed})
    assert page.step == "pemeriksaan"
    assert kept(page, "data-diri")["nik"] == "3201990108900001"


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(("typed", "told", "value"), NIK_ODD)
def test_what_is_odd_about_a_nik_is_said_all_at_once_and_the_same_value_again_passes(at, typed, told, value):
    page = at("data-diri", typed, live=True).fill(**{**REAL, "nik": typed})
    assert page.response.status_code == 422
    assert beside(page, "nik") == told
    assert page.sees("Sudah benar? Kirim sekali lagi.")
    assert page.fill().step == "pemeriksaan"
    assert kept(page, "data-diri")["nik"] == value


def test_a_changed_nik_is_judged_anew_although_the_one_before_was_confirmed(at):
    page = at("data-diri", "changing", live=True).fill(**{**REAL, "nik": "9901990108900001"})
    confirmed = page.one('[name="confirm_nik"]')["value"]
    page.fill(nik="9801990108900001")
    assert beside(page, "nik") == ["Dua angka pertama NIK tidak kami kenal. " + PLEASE_CHECK]
    page.fill(nik="9701990108900001", confirm_nik=confirmed)
    assert page.step == "data-diri"


def test_another_birth_date_beside_a_confirmed_nik_is_judged_anew(at):
    page = at("data-diri", "two dates", live=True).fill(**{**REAL, "birth_day": "2"})
    assert beside(page, "nik")
    page.fill(birth_day="3")
    assert beside(page, "nik") == [
        "Di NIK tertulis tanggal 01-08-90, berbeda dari tanggal lahir Anda. Periksa keduanya di KTP."
    ]
    assert page.fill().step == "pemeriksaan"


def test_what_was_confirmed_once_is_not_asked_again_when_the_page_is_changed_later(at):
    page = at("data-diri", "later", live=True).fill(**{**REAL, "nik": "9901990108900001"}).fill()
    page.open(page.path.replace("pemeriksaan", "data-diri"))
    page.fill(name="Budi Setiawan")
    assert page.step == "pemeriksaan"
    assert kept(page, "data-diri")["name"] == "Budi Setiawan"


@pytest.mark.parametrize("token", ["", "x", "é", "\0", "x" * 5000, "AAAAAAAAAAAA"])
def test_a_confirmation_that_was_not_given_out_confirms_nothing(at, token):
    page = at("data-diri", live=True).fill(**{**REAL, "nik": "9901990108900001"}, confirm_nik=token)
    assert page.response.status_code == 422
    assert page.step == "data-diri"


@pytest.mark.parametrize("typed", ["3201990108900001", "3174024108900123"])
def test_the_sandbox_takes_no_real_nik_and_offers_one_that_is_not(at, typed):
    page = at("data-diri").fill(**{**ME, "nik": typed})
    assert beside(page, "nik") == ["Ini uji coba: jangan tulis NIK sungguhan. Pakai NIK contoh yang diakhiri 0000."]
    assert page.sees("3201 0145 0890 0000")
    assert NIK == "3201014508900000"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Nama belum diisi. Tulis seperti di KTP."),
        ("\u200b \u00a0", "Nama belum diisi. Tulis seperti di KTP."),
        ("A" * 101, "Nama ini terlalu panjang. Paling banyak 100 huruf."),
        ("081234567890", "Ini sepertinya nomor, bukan nama. Tulis nama seperti di KTP."),
        ("3201990108900001", "Ini sepertinya nomor, bukan nama. Tulis nama seperti di KTP."),
        ("李小龙", "Tanda “小李龙” tidak bisa dipakai di nama. Tulis dengan huruf Latin seperti di KTP."),
        ("Budi<script>", "Tanda “<>” tidak bisa dipakai di nama. Tulis dengan huruf Latin seperti di KTP."),
        ("budi@gmail.com", "Tanda “@” tidak bisa dipakai di nama. Tulis dengan huruf Latin seperti di KTP."),
        ("-", "Nama harus berisi huruf. Tulis seperti di KTP."),
        ("Budi\x00", "Tanda “U+0000” tidak bisa dipakai di nama. Tulis dengan huruf Latin seperti di KTP."),
    ],
)
def test_what_cannot_be_a_name_is_refused(at, typed, told):
    page = at("data-diri").fill(**{**ME, "name": typed})
    assert beside(page, "name") == [told]
    assert page.one("#nik")["value"] == ME["nik"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("SUPARMAN", "SUPARMAN"),
        ("  Budi \u00a0Santoso ", "Budi Santoso"),
        ("Nur’aini", "Nur'aini"),
        ("Nuraini\u200b", "Nuraini"),
        ("Dr. H. Contoh Peserta, S.Pd., M.M.", "Dr. H. Contoh Peserta, S.Pd., M.M."),
        ("José da Costa", "José da Costa"),
        ("Slamet/Selamet", "Slamet/Selamet"),
        ("Y", "Y"),
    ],
)
def test_a_name_is_kept_as_it_is_written(at, typed, value):
    page = at("data-diri", "names" + typed).fill(**{**ME, "name": typed})
    assert kept(page, "data-diri")["name"] == value


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Tidak ada", "Apakah ini benar nama Anda? Tulis seperti di KTP."),
        ("Siti Aaaaminah", "Ada huruf yang berulang. Periksa lagi di KTP."),
        ("Budi 2", "Ada angka di nama ini. Periksa lagi di KTP."),
        ("Abdurrahman " * 6, "Nama ini panjang sekali. Periksa lagi di KTP."),
    ],
)
def test_an_odd_name_is_asked_about_once(at, typed, told):
    page = at("data-diri", "odd" + typed).fill(**{**ME, "name": typed})
    assert beside(page, "name") == [told]
    assert page.fill().step == "pemeriksaan"
    assert kept(page, "data-diri")["name"] == typed.strip()


@pytest.mark.parametrize(
    ("boxes", "field", "told"),
    [
        (("", "", ""), "birth_day", "Tanggal lahir belum diisi. Contoh: 5 8 1990"),
        (("5", "", "1990"), "birth_month", "Bulan lahir belum diisi."),
        (("", "8", "1990"), "birth_day", "Tanggal lahir belum diisi."),
        (("5", "8", ""), "birth_year", "Tahun lahir belum diisi."),
        (("31", "2", "1990"), "birth_day", "Tanggal ini tidak ada. Periksa tanggal lahir Anda."),
        (("29", "2", "1990"), "birth_day", "Tanggal ini tidak ada. Periksa tanggal lahir Anda."),
        (("99", "8", "1990"), "birth_day", "Tanggal ini tidak ada. Periksa tanggal lahir Anda."),
        (("x", "8", "1990"), "birth_day", "Tanggal ini tidak ada. Periksa tanggal lahir Anda."),
        (("5", "13", "1990"), "birth_month", "Bulan diisi angka 1 sampai 12."),
        (("5", "Smarch", "1990"), "birth_month", "Bulan diisi angka 1 sampai 12."),
        (("5", "8", "90"), "birth_year", "Tahun ditulis 4 angka. Contoh: 1990"),
        (("5", "8", "1890"), "birth_year", "Tahun ditulis 4 angka. Contoh: 1990"),
        (("5", "8", "2990"), "birth_day", "Tanggal lahir ini belum terjadi. Periksa tahunnya."),
        (
            ("5", "8", str(clock.today().year - 11)),
            "birth_year",
            "Usia Anda belum 18 tahun. Hubungi kantor BPJS Ketenagakerjaan.",
        ),
        (
            ("5", "8", "1950"),
            "birth_year",
            "Pendaftaran baru hanya untuk usia di bawah 65 tahun. Hubungi kantor BPJS Ketenagakerjaan.",
        ),
    ],
)
def test_what_is_no_birth_date_is_refused_at_the_box_that_is_wrong(at, boxes, field, told):
    day, month, year = boxes
    page = at("data-diri").fill(**{**ME, "birth_day": day, "birth_month": month, "birth_year": year})
    assert told in beside(page, field)
    shown = [page.one(f'[name="birth_{part}"]').get("value", "") for part in ("day", "month", "year")]
    assert shown == list(boxes)


@pytest.mark.parametrize(
    "boxes",
    [
        ("5", "8", "1990"),
        ("05", "Agustus", "1990"),
        ("5", "agt", "1990"),
        ("05-08-1990", "", ""),
        ("5/8/1990", "", ""),
        ("05081990", "", ""),
        ("1990-08-05", "", ""),
        ("5 Agustus 1990", "1", "2001"),
        ("BEKASI, 05-08-1990", "", ""),
        ("٥", "٨", "١٩٩٠"),
    ],
)
def test_a_birth_date_is_read_from_three_boxes_or_all_of_it_from_the_first(at, boxes):
    day, month, year = boxes
    page = at("data-diri", "born" + "|".join(boxes))
    page.fill(**{**ME, "birth_day": day, "birth_month": month, "birth_year": year})
    assert kept(page, "data-diri")["birth_date"] == "1990-08-05"
    page.open(page.path.replace("pemeriksaan", "data-diri"))
    assert [page.one(f'[name="birth_{part}"]')["value"] for part in ("day", "month", "year")] == ["5", "8", "1990"]


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Nomor HP belum diisi. Contoh: 0812 3456 7890"),
        ("hp saya", "Nomor HP hanya berisi angka. Contoh: 0812 3456 7890"),
        ("081234567890 ext 12", "Nomor HP hanya berisi angka. Contoh: 0812 3456 7890"),
        ("081234567890 / 081398765432", "Tulis satu nomor HP saja."),
        ("(021) 5551234", "Ini nomor telepon rumah. Kami perlu nomor HP untuk SMS."),
        ("1500910", "Ini nomor layanan, bukan nomor HP. Contoh: 0812 3456 7890"),
        ("0807 1 234567", "Nomor ini bukan nomor HP. Contoh: 0812 3456 7890"),
        ("+65 8123 4567", "Nomor HP harus nomor Indonesia, mulai dari 08 atau +62."),
        ("0812345", "Nomor HP ini terlalu pendek. Periksa angkanya."),
        ("08123456789012", "Nomor HP ini terlalu panjang. Periksa angkanya."),
        ("3201990108900001", "Nomor HP ini terlalu panjang. Periksa angkanya."),
    ],
)
def test_what_is_no_mobile_number_is_refused(at, typed, told):
    page = at("data-diri").fill(**{**ME, "phone": typed})
    assert beside(page, "phone") == [told]
    assert page.one("#phone").get("value", "") == typed


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    "typed", ["0812-3456-7890", "+62 (0)812 3456 7890", "6281234567890", "0062 812 3456 7890", "WA: 0812–3456–7890"]
)
def test_a_phone_number_is_taken_however_it_is_written(at, typed):
    page = at("data-diri", "phone" + typed).fill(**{**ME, "phone": typed})
    assert kept(page, "data-diri")["phone"] == "+6281234567890"


@pytest.mark.parametrize(
    ("typed", "told", "value"),
    [
        ("0812345678O0", "Huruf sudah kami ganti angka: 0812-3456-7800. Periksa nomornya.", "+6281234567800"),
        ("0860 1234 5678", "Awalan nomor ini belum kami kenal. Periksa nomornya.", "+6286012345678"),
    ],
)
def test_an_odd_phone_number_is_asked_about_once(at, typed, told, value):
    page = at("data-diri", "phone" + typed).fill(**{**ME, "phone": typed})
    assert beside(page, "phone") == [told]
    assert page.fill().step == "pemeriksaan"
    assert kept(page, "data-diri")["phone"] == value


def test_errors_and_warnings_of_all_fields_are_shown_together_and_nothing_typed_is_lost(at):
    typed = {
        "nik": "9901014508900000",
        "name": "xxx",
        "birth_day": "31",
        "birth_month": "2",
        "birth_year": "1990",
        "phone": "021 555",
    }
    page = at("data-diri", "everything").fill(**typed)
    assert [bool(beside(page, name)) for name in ("nik", "name", "birth_day", "phone")] == [True] * 4
    assert len(page.errors) == 4
    assert page.sees("Ada 4 isian yang perlu diperiksa")
    again = page.open(f"/bpu/{page.one('form')['action'].split('/')[2]}/data-diri")
    assert {name: again.one(f'[name="{name}"]').get("value", "") for name in typed} == typed


def test_a_field_that_was_emptied_stays_empty_when_the_page_is_opened_again(at):
    page = at("data-diri", "emptied").fill(**ME)
    path = page.path.replace("pemeriksaan", "data-diri")
    page.open(path).fill(name="")
    page.open(path)
    assert page.one("#name").get("value", "") == ""


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    ("ticked", "missing"),
    [
        ({}, ["terms", "privacy"]),
        ({"terms": "yes"}, ["privacy"]),
        ({"privacy": "yes"}, ["terms"]),
        ({"terms": "no", "privacy": "0"}, ["terms", "privacy"]),
    ],
)
def test_both_consents_are_asked_and_neither_is_presumed(at, ticked, missing):
    page = at("persetujuan")
    assert page.page.select("input[checked]") == []
    page.fill(**ticked)
    told = "Centang kotak ini kalau Anda setuju. Tanpa itu kami tidak boleh melanjutkan."
    assert [name for name in ("terms", "privacy") if beside(page, name) == [told]] == missing


@pytest.mark.requirement("R47")
def test_consents_are_kept_with_version_hash_time_and_channel_once(at):
    visitor = at("persetujuan", "consents").fill(terms="yes", privacy="yes")
    uid = visitor.path.split("/")[2]
    path = visitor.path.replace("alamat", "persetujuan")
    visitor.open(path)
    assert visitor.page.select("input[checked]") == [], "given each time anew"
    visitor.fill(terms="yes", privacy="yes")
    texts = visitor.app.extensions["bpu"].consents
    rows = {row.kind: row for row in Consent.select().where(Consent.draft == uid)}
    assert set(rows) == {"terms", "privacy"}
    for kind, row in rows.items():
        text = texts.current(kind, row.given.date())
        assert (row.version, bytes(row.text_hash), row.channel) == (text.version, text.hash, "web")

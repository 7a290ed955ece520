"""Address and contact: what the NIK says is proposed and never imposed; then the code to the phone."""

from dataclasses import replace

import pytest

from bpu.models import Draft, Outgoing, Registration
from bpu.settings import Settings
from tests.conftest import running
from tests.people.answers import PERSON
from tests.people.visitor import Visitor
from tests.steps.conftest import beside, kept

ME = PERSON["alamat"]
BOGOR = "3201011001"  # a village of the district that the NIK names
EMPTY = {"region": "other", "village": "", "district_name": "", "village_name": ""}


def checked(page, name: str) -> list[str]:
    return [str(one["value"]) for one in page.page.select(f'[name="{name}"][checked]')]


def test_sex_and_district_of_the_nik_are_proposed(at):
    page = at("alamat", "proposed")
    assert checked(page, "gender") == ["P"]
    assert checked(page, "region") == ["nik"]
    assert page.sees("Kec. Cibinong") or page.sees("Cibinong")
    assert len(page.page.select("select[name=village] option")) > 5


@pytest.mark.parametrize(
    ("gender", "told"),
    [("", "Pilih perempuan atau laki-laki, sesuai KTP."), ("X", "Pilih perempuan atau laki-laki, sesuai KTP.")],
)
def test_a_sex_has_to_be_chosen(at, gender, told):
    page = at("alamat").fill(**{**ME, "gender": gender})
    assert beside(page, "gender") == [told]
    assert checked(page, "gender") == [], "what was sent is not replaced by the proposal"


def test_another_sex_than_the_nik_says_is_asked_about_once_and_kept(at):
    page = at("alamat", "other sex").fill(**{**ME, "gender": "L"})
    assert beside(page, "gender") == ["Pilihan ini berbeda dari NIK Anda. Periksa NIK dan jenis kelamin."]
    assert checked(page, "gender") == ["L"]
    assert page.fill().step == "minta-kode"
    assert kept(page, "alamat")["gender"] == "L"
    page.open(page.path.replace("minta-kode", "alamat"))
    assert checked(page, "gender") == ["L"]
    assert page.fill().step == "minta-kode", "what was confirmed is not asked again"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Email belum diisi. Contoh: siti@contoh.id"),
        ("budi.gmail.com", "Alamat email harus berisi tanda @. Maksud Anda budi@gmail.com?"),
        ("budi", "Alamat email ini belum benar. Contoh: siti@contoh.id"),
        ("budi@", "Alamat email ini belum benar. Contoh: siti@contoh.id"),
        ("budi@gmail", "Alamat email ini belum lengkap. Maksud Anda budi@gmail.com?"),
        ("a" * 65 + "@gmail.com", "Alamat email ini terlalu panjang. Periksa lagi."),
        ("budi@gmail.com;ani@gmail.com", "Tulis satu alamat email saja."),
        ("büdi@gmail.com", "Alamat email hanya memakai huruf Latin, angka, dan tanda. Contoh: siti@contoh.id"),
        ("budi@gmail.com\nBcc: a@b.id", "Alamat email harus satu baris."),
    ],
)
def test_what_is_no_email_address_is_refused(at, typed, told):
    page = at("alamat").fill(**{**ME, "email": typed})
    assert beside(page, "email") == [told]
    assert page.one("#address")["value"] == ME["address"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("BUDI@EXAMPLE.COM", "budi@example.com"),
        ("budi＠example.com", "budi@example.com"),
        ("budi+bpjs@gmail.com", "budi+bpjs@gmail.com"),
        ("budi@koperasi.or.id", "budi@koperasi.or.id"),
    ],
)
def test_an_email_address_is_kept_in_lower_case(at, typed, value):
    page = at("alamat", "email" + typed).fill(**{**ME, "email": typed})
    assert kept(page, "alamat")["email"] == value


def test_a_cleaned_address_is_shown_before_it_is_taken(at):
    page = at("alamat", "cleaned").fill(**{**ME, "email": "Budi <budi@example.com>"})
    assert beside(page, "email") == ["Alamat email kami rapikan menjadi budi@example.com. Periksa lagi."]
    assert kept(page.fill(), "alamat")["email"] == "budi@example.com"


@pytest.mark.parametrize(
    ("use", "value"), [("budi@gmail.com", "budi@gmail.com"), ("mine", "budi@gmial.com"), (None, "budi@gmial.com")]
)
def test_a_likely_slip_is_offered_to_be_mended_and_may_stand(at, use, value):
    page = at("alamat", f"slip {use}").fill(**{**ME, "email": "budi@gmial.com"})
    assert beside(page, "email") == ["Apakah maksud Anda budi@gmail.com?"]
    assert [one["value"] for one in page.page.select("[name=email_use]")] == ["budi@gmail.com", "mine"]
    page.fill(**({"email_use": use} if use else {}))
    assert kept(page, "alamat")["email"] == value


def test_a_suggestion_that_was_not_made_is_not_taken(at):
    page = at("alamat", "no such offer").fill(**{**ME, "email": "budi@gmial.com", "email_use": "evil@example.com"})
    assert beside(page, "email") == ["Apakah maksud Anda budi@gmail.com?"]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("address", "", "Alamat belum diisi. Tulis jalan, gang, atau dusun."),
        ("address", "Jl", "Alamat diisi 3 sampai 200 huruf. Tulis jalan, gang, atau dusun."),
        ("address", "x" * 201, "Alamat diisi 3 sampai 200 huruf. Tulis jalan, gang, atau dusun."),
        ("address", "<b>Melati</b>", "Tanda “<>” tidak bisa dipakai di alamat."),
        ("address", "---", "Alamat harus berisi huruf atau angka."),
        ("rt", "3a", "RT dan RW diisi angka. Tidak ada? Kosongkan."),
        ("rw", "0005", "RT dan RW diisi angka. Tidak ada? Kosongkan."),
        ("rt", "²", "RT dan RW diisi angka. Tidak ada? Kosongkan."),
        ("postal_code", "1691", "Kode pos terdiri dari 5 angka."),
        ("postal_code", "169144", "Kode pos terdiri dari 5 angka."),
        ("postal_code", "01691", "Kode pos terdiri dari 5 angka."),
        ("postal_code", "abcde", "Kode pos terdiri dari 5 angka."),
    ],
)
def test_what_is_no_part_of_an_address_is_refused(at, field, typed, told):
    page = at("alamat").fill(**{**ME, field: typed})
    assert beside(page, field) == [told]
    assert page.one(f"[name={field}]").get("value", "") == typed


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("address", "Jl. Melati\r\nGg. 3", "Jl. Melati Gg. 3"),
        ("rt", "003", "003"),
        ("rw", " ５ ", "5"),
        ("rt", "", None),
        ("postal_code", "16 914", "16914"),
    ],
)
def test_a_part_of_an_address_is_tidied(at, field, typed, value):
    page = at("alamat", field + typed).fill(**{**ME, field: typed})
    assert kept(page, "alamat")[field] == value


def test_the_postal_code_of_the_village_is_filled_in_where_none_is_typed(at):
    page = at("alamat", "postal").fill(**{**ME, "postal_code": ""})
    regions = page.app.extensions["bpu"].regions
    assert kept(page, "alamat")["postal_code"] == regions.village(BOGOR).postal


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"region": "nik", "village": ""}, "village", "Kelurahan atau desa belum dipilih."),
        ({"region": "nik", "village": "3275011001"}, "village", "Kelurahan atau desa belum dipilih."),
        ({"region": "nik", "village": "9999999999"}, "village", "Kelurahan atau desa belum dipilih."),
        ({"region": ""}, "region", "Pilih satu: kecamatan ini, atau kecamatan lain."),
        ({"region": "mars"}, "region", "Pilih satu: kecamatan ini, atau kecamatan lain."),
        (EMPTY, "district_name", "Tulis nama kecamatan dan kelurahan seperti di KTP."),
        ({**EMPTY, "district_name": "Coblong"}, "village_name", "Kecamatan dan kelurahan diisi keduanya."),
        ({**EMPTY, "village_name": "Dago"}, "district_name", "Kecamatan dan kelurahan diisi keduanya."),
        (
            {**EMPTY, "district_name": "Qqqqqqq", "village_name": "Zzzzzzz"},
            "village_name",
            "Alamat ini tidak ditemukan. Periksa ejaan kecamatan dan kelurahan.",
        ),
    ],
)
def test_a_village_has_to_be_named(at, fields, field, told):
    names = {"district_name": "", "village_name": ""}
    page = at("alamat").fill(**{**ME, **names, **fields})
    assert beside(page, field) == [told]
    for name in names:
        assert page.one(f"[name={name}]").get("value", "") == fields.get(name, "")


@pytest.mark.parametrize(
    ("district", "village"), [("Coblong", "Dago"), ("KEC. COBLONG", "Kel. Dago"), ("coblong", "dago ")]
)
def test_typed_names_that_are_exact_are_taken_at_once(at, district, village):
    page = at("alamat", district + village).fill(**{**ME, **EMPTY, "district_name": district, "village_name": village})
    assert page.step == "minta-kode"
    assert kept(page, "alamat")["village"].startswith("3273")
    page.open(page.path.replace("minta-kode", "alamat"))
    assert checked(page, "region") == ["other"]
    assert page.one("[name=village_name]")["value"] == "Dago"


@pytest.mark.parametrize(("district", "village"), [("Coblongg", "Dago"), ("Coblong", "Dagoo")])
def test_names_with_a_slip_are_offered_to_choose_from(at, district, village):
    page = at("alamat", district + village).fill(**{**ME, **EMPTY, "district_name": district, "village_name": village})
    assert beside(page, "village") == ["Pilih alamat Anda dari daftar ini."]
    codes = [str(one["value"]) for one in page.page.select("[name=village]")]
    dago = next(code for code in codes if page.app.extensions["bpu"].regions.village(code).name == "Dago")
    page.fill(village=dago)
    assert kept(page, "alamat")["village"] == dago


def test_names_that_several_places_have_are_offered_nearest_first(at):
    typed = {"district_name": "Sukaraja", "village_name": "Sukaraja"}
    page = at("alamat", "ambiguous").fill(**{**ME, **EMPTY, **typed})
    codes = [str(one["value"]) for one in page.page.select("[name=village]")]
    assert len(codes) > 1
    assert codes[0].startswith("3201")
    page.fill(village="1101012001")
    assert beside(page, "village") == ["Pilih alamat Anda dari daftar ini."], "a village that was not offered is none"
    page.fill(village=codes[-1])
    assert kept(page, "alamat")["village"] == codes[-1]


def test_a_region_code_is_taken_as_well_as_names(at):
    page = at("alamat", "by code").fill(**{**ME, **EMPTY, "village": "3273021004"})
    assert kept(page, "alamat")["village"] == "3273021004"


def test_a_nik_of_nowhere_leads_to_the_typed_names_alone(at):
    lost = {**PERSON, "data-diri": {**PERSON["data-diri"], "nik": "9901014508900000"}}
    page = at("data-diri", "nowhere").fill(**lost["data-diri"])
    page.fill()
    page.fill(**lost["pemeriksaan"]).fill(**lost["persetujuan"])
    assert page.page.select("[name=region][type=radio]") == []
    page.fill(**{**ME, "district_name": "Coblong", "village_name": "Dago", "region": "other", "village": ""})
    assert page.step == "minta-kode"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Kode belum diisi. Lihat SMS di HP Anda."),
        ("12345", "Kode terdiri dari 6 angka."),
        ("1234567", "Kode terdiri dari 6 angka."),
        ("12345a", "Kode terdiri dari 6 angka."),
        ("²²²²²²", "Kode terdiri dari 6 angka."),
    ],
)
def test_what_is_no_code_is_refused_and_costs_no_try(at, typed, told):
    page = at("kode").fill(code=typed)
    assert beside(page, "code") == [told]
    assert page.one("#code").get("value", "") == ""


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    "write", ["{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}", "\u200b{0}\n"]
)
def test_a_code_is_taken_however_it_is_grouped(app_person, write):
    page = app_person("kode")
    page.fill(code=write.format(page.code()))
    assert page.step == "pekerjaan"


def test_wrong_codes_are_counted_down_and_then_a_new_one_is_asked_for(app_person):
    page = app_person("kode")
    right = page.code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    told = [beside(page.fill(code=wrong), "code") for _ in range(5)]
    assert told[0] == ["Kode belum cocok. Masih ada 4 kesempatan."]
    assert told[3] == ["Kode belum cocok. Masih ada 1 kesempatan."]
    assert told[4] == ["Kode salah terlalu sering. Minta kode baru. Isian Anda tetap tersimpan."]
    assert beside(page.fill(code=right), "code") == told[4]
    assert right not in page.response.text
    assert Draft.select().count()


def test_where_the_office_does_not_ask_for_it_an_email_address_may_be_left_empty(settings: Settings) -> None:
    app = running(replace(settings, email_required=False))
    someone = {**PERSON, "alamat": {**ME, "email": "  "}}
    assert Visitor(app).open("/bpu").sees("Alamat email, kalau ada")
    page = Visitor(app, answers=someone).reach("selesai")
    assert page.number.startswith("CONTOH-")
    assert Registration.get().email is None
    assert Outgoing.select().where(Outgoing.kind == "email").count() == 0
    assert Visitor(app).reach("alamat").fill(**{**ME, "email": "budi@"}).errors, "what is given has to be one"

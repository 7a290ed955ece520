"""Job data: occupation, place, income as people write it, and who gives the work."""

import pytest

from tests.people.answers import PERSON
from tests.steps.conftest import beside, kept

ME = PERSON["pekerjaan"]


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"occupation": ""}, "occupation", "Pilih satu pekerjaan. Tidak ada yang cocok? Pilih “Lainnya”."),
        ({"occupation": "astronaut"}, "occupation", "Pilih satu pekerjaan. Tidak ada yang cocok? Pilih “Lainnya”."),
        ({"occupation": "lainnya", "drives": "no"}, "occupation_other", "Tulis pekerjaan Anda. Contoh: tukang jahit"),
        ({"occupation": "lainnya", "occupation_other": "penjahit"}, "drives", "Pilih ya atau tidak."),
        (
            {"occupation": "lainnya", "occupation_other": "penjahit", "drives": "maybe"},
            "drives",
            "Pilih ya atau tidak.",
        ),
        (
            {"occupation": "lainnya", "occupation_other": "x" * 61, "drives": "no"},
            "occupation_other",
            "Isian ini terlalu panjang. Paling banyak 60 huruf.",
        ),
        (
            {"occupation": "lainnya", "occupation_other": "<b>", "drives": "no"},
            "occupation_other",
            "Tanda “<>” tidak bisa dipakai di sini.",
        ),
        ({"workplace": ""}, "workplace", "Isian ini belum diisi."),
        ({"workplace": "x" * 101}, "workplace", "Isian ini terlalu panjang. Paling banyak 100 huruf."),
        ({"workplace": "?!"}, "workplace", "Isian ini harus berisi huruf atau angka."),
        ({"workplace": "Pasar <Baru>"}, "workplace", "Tanda “<>” tidak bisa dipakai di sini."),
        ({"income": ""}, "income", "Penghasilan sebulan belum diisi. Contoh: 1.500.000"),
        ({"income": "banyak"}, "income", "Tulis penghasilan dengan angka. Contoh: 1.500.000 atau 1,5 juta"),
        ({"income": "-1500000"}, "income", "Tulis penghasilan dengan angka. Contoh: 1.500.000 atau 1,5 juta"),
        ({"income": "1 juta atau 2 juta"}, "income", "Tulis satu jumlah saja. Contoh: 1.500.000"),
        ({"income": "0"}, "income", "Penghasilan harus lebih dari nol. Contoh: 1.500.000"),
        ({"income": "1.500"}, "income", "Rp1.500 sebulan terlalu kecil. Maksud Anda Rp1.500.000?"),
        ({"income": "1,5"}, "income", "Rp1 sebulan terlalu kecil. Maksud Anda Rp1.500.000?"),
        ({"income": "5 juta per panen"}, "income", "Tulis penghasilan untuk satu bulan. Contoh: 1.500.000"),
        ({"income": "9999999999"}, "income", "Jumlah ini terlalu besar. Tulis penghasilan sebulan."),
        ({"income": "1" * 5000}, "income", "Tulis penghasilan dengan angka. Contoh: 1.500.000 atau 1,5 juta"),
        ({"employs_others": ""}, "employs_others", "Pilih ya atau tidak."),
        ({"employs_others": "perhaps"}, "employs_others", "Pilih ya atau tidak."),
        ({"employer_name": "x" * 101}, "employer_name", "Isian ini terlalu panjang. Paling banyak 100 huruf."),
        ({"pic_name": "<x>"}, "pic_name", "Tanda “<>” tidak bisa dipakai di sini."),
        ({"pic_phone": "021 5551234"}, "pic_phone", "Ini nomor telepon rumah. Kami perlu nomor HP untuk SMS."),
        (
            {"pic_phone": "+62 812-3456-7890"},
            "pic_phone",
            "Nomor ini sama dengan nomor Anda. Tulis nomor orang lain, atau kosongkan.",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field(at, fields, field, told):
    sent = {"occupation_other": "", "drives": "", "employer_name": "", "pic_name": "", "pic_phone": "", **ME, **fields}
    page = at("pekerjaan").fill(**sent)
    assert beside(page, field) == [told]
    assert page.errors == [told]
    assert page.one("[name=workplace]").get("value", "") == sent["workplace"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1500000", 1_500_000),
        ("Rp 1.500.000", 1_500_000),
        ("Rp1.500.000,-", 1_500_000),
        ("1,5 juta", 1_500_000),
        ("1.5jt", 1_500_000),
        ("500rb", 500_000),
        ("satu juta", 1_000_000),
        ("2 juta sebulan", 2_000_000),
        ("1.500.000,00", 1_500_000),
    ],
)
def test_an_income_is_read_as_people_write_it(app_person, typed, value):
    page = app_person("pekerjaan").fill(**{**ME, "income": typed})
    assert kept(page, "pekerjaan")["income"] == value
    page.open(page.path.replace("program", "pekerjaan"))
    assert page.one("#income")["value"] == f"Rp{value:,}".replace(",", ".")


@pytest.mark.parametrize(
    ("typed", "told", "value"),
    [
        (
            "75.000",
            "Rp75.000 seperti upah sehari. Kalau 26 hari kerja sebulan: Rp1.950.000. Tulis jumlah sebulan.",
            75_000,
        ),
        ("75rb/hari", "Rp75.000 sehari kami hitung menjadi Rp1.950.000 sebulan.", 1_950_000),
        ("75.000 x 20 hari", "Rp75.000 sehari kami hitung menjadi Rp1.500.000 sebulan.", 1_500_000),
        ("400 ribu seminggu", "Rp400.000 seminggu kami hitung menjadi Rp1.600.000 sebulan.", 1_600_000),
        ("24 juta setahun", "Rp24.000.000 setahun kami hitung menjadi Rp2.000.000 sebulan.", 2_000_000),
    ],
)
def test_wages_of_another_span_are_explained_before_they_are_taken(app_person, typed, told, value):
    page = app_person("pekerjaan").fill(**{**ME, "income": typed})
    assert beside(page, "income") == [told]
    assert page.one("#income")["value"] == typed
    assert page.fill().step == "program"
    assert kept(page, "pekerjaan")["income"] == value


def test_another_income_after_a_warning_is_judged_anew(app_person):
    page = app_person("pekerjaan").fill(**{**ME, "income": "75.000"}).fill(income="80.000")
    assert beside(page, "income")
    assert page.step == "pekerjaan"


@pytest.mark.parametrize(("drives", "transport"), [("yes", True), ("no", False)])
def test_an_occupation_of_ones_own_says_whether_it_is_transport(app_person, drives, transport):
    page = app_person("pekerjaan")
    page.fill(**{**ME, "occupation": "lainnya", "occupation_other": "kenek truk", "drives": drives})
    job = kept(page, "pekerjaan")
    assert (job["occupation"], job["occupation_other"], job["drives"]) == ("lainnya", "kenek truk", drives)
    assert page.app.extensions["bpu"].prices.transport(job) is transport


def test_what_was_typed_for_an_occupation_of_ones_own_is_dropped_with_it(app_person):
    page = app_person("pekerjaan").fill(**{**ME, "occupation_other": "kenek truk", "drives": "yes"})
    job = kept(page, "pekerjaan")
    assert (job["occupation_other"], job["drives"]) == (None, None)


def test_who_gives_the_work_is_kept_where_it_is_given(app_person):
    gives = {"employer_name": "Koperasi Maju", "pic_name": "Rini", "pic_phone": "0813 9876 5432"}
    page = app_person("pekerjaan").fill(**ME, **gives)
    assert {name: kept(page, "pekerjaan")[name] for name in gives} == {**gives, "pic_phone": "+6281398765432"}
    page = app_person("pekerjaan").fill(**ME)
    assert {kept(page, "pekerjaan")[name] for name in gives} == {None}


def test_every_occupation_of_the_list_can_be_chosen(at):
    page = at("pekerjaan")
    codes = [str(one["value"]) for one in page.page.select("#occupation option") if one["value"]]
    assert len(codes) == len(set(codes)) == 44
    assert {"ojek-online", "pedagang-pasar", "petani", "lainnya"} <= set(codes)

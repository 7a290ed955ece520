"""A NIK is taken however it was typed, refused only where it cannot be one, and doubted aloud where it is odd."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.identity import nik
from bpu.rules.places.regions import Regions

TODAY = date(2026, 11, 22)
BORN = date(1990, 8, 1)
GOOD = "3201990108900001"


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Regions:
    return Regions.load(tmp_path_factory.mktemp("regions") / "regions.sqlite3")


# Rows of the reference (identity-and-regions.md, T1), with their numbers, in live mode.
REFERENCE = {
    1: ("3201 9901 0890 0001", BORN, "L", GOOD, ()),
    3: ("32-01-99–010890—0001", BORN, "L", GOOD, ()),
    5: ("'3201990108900001", BORN, "L", GOOD, ()),
    7: ("３２０１９９０１０８９００００１", BORN, "L", GOOD, ()),
    9: ("32O199O1O89OOOO1", BORN, "L", GOOD, ("letters_fixed",)),
    11: ("320199010890A001", BORN, "L", None, ("not_digits",)),
    13: ("32019901089000011", BORN, "L", None, ("length",)),
    15: ("3.20199E+15", BORN, "L", None, ("spreadsheet_notation",)),
    17: ("3201990108900000", BORN, "L", None, ("serial_0000",)),
    19: ("1111111111111111", None, None, None, ("dummy_pattern",)),
    21: ("0953990108900001", BORN, "L", None, ("pre_ektp_number",)),
    23: ("6473994108900001", BORN, "P", "6473994108900001", ()),
    25: ("9701990108900001", BORN, "L", "9701990108900001", ("province_unknown",)),
    27: ("3201990801900001", BORN, "L", "3201990801900001", ("birth_date_differs",)),
    29: ("3201998108900001", BORN, "P", "3201998108900001", ("date_impossible",)),
}


@pytest.mark.parametrize("row", REFERENCE.values(), ids=REFERENCE)
def test_the_reference_rows_come_out_as_written(regions: Regions, row: tuple) -> None:
    text, birth_date, gender, value, codes = row
    checked = nik.check(text, regions, synthetic=False, birth_date=birth_date, gender=gender, today=TODAY)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(
    "text",
    [
        " 3201990108900001\n",
        "NIK: 3201990108900001",
        "nik = 3201 9901 0890 0001",
        "No. KTP: 3201990108900001",
        "NIK/No. e-KTP : 3201990108900001",
        "Nomor Induk Kependudukan 3201990108900001",
        "ＮＩＫ：３２０１．９９０１／０８９０＿０００１",
        "320199/010890/0001",
        "3201_9901_0890_0001",
        "3201.9901.0890.0001.",
        '"3201990108900001"',
        "‘3201990108900001’",
        "´3201990108900001",
        "\u202a3201\u200b9901\u00ad0890\ufeff0001\u202c",
        "3201\u00a09901\u20070890\u202f0001",
        "3201−9901‑0890‒0001",
        "٣٢٠١٩٩٠١٠٨٩٠٠٠٠١",
        "३२०१९९०१०८९००००१",
    ],
)
def test_a_nik_is_taken_in_any_dress(regions: Regions, text: str) -> None:
    checked = nik.check(text, regions, synthetic=False, birth_date=BORN, gender="L", today=TODAY)
    assert (checked.value, checked.codes) == (GOOD, ())


@pytest.mark.parametrize(
    ("text", "code", "n"),
    [
        ("", "empty", None),
        (" \t\r\n", "empty", None),
        ("NIK:", "empty", None),
        ("'\u200b-", "empty", None),
        ("3,20199E+15", "spreadsheet_notation", None),
        ("NIK 3.2e15", "spreadsheet_notation", None),
        ("３.２E+１５", "spreadsheet_notation", None),
        ("320199010890²001", "not_digits", None),
        ("320199010890①001", "not_digits", None),
        ("320199010890½001", "not_digits", None),
        ("32019901089000O01", "not_digits", None),  # 17 signs: a letter among them is not repaired
        ("3201990108900001, 3201990108900002", "not_digits", None),
        ("3201990108900001<script>", "not_digits", None),
        ("-3201990108900001+", "not_digits", None),
        ("budi@example.com", "not_digits", None),
        ("KK 3201990108900001", "not_digits", None),
        ("3", "length", 1),
        ("320199010890000", "length", 15),
        ("3201990108900001" * 2, "length", 32),
        ("3201990108900001.0", "length", 17),
        ("1000000000001", "length", 13),
        ("9" * 5_000, "length", 5_000),
        ("0001234567890", "looks_like_health_card", 13),
        ("18012345678", "looks_like_kpj", 11),
        ("07J80012345", "looks_like_kpj", 11),
        ("ABCDEFGHIJ1", "not_digits", None),
        ("ABC12345678", "not_digits", None),
        ("0000000000000000", "dummy_pattern", None),
        ("1234567890123456", "dummy_pattern", None),
        ("0123456789012345", "dummy_pattern", None),
        ("9876543210987654", "dummy_pattern", None),
        ("1234567891234567", "dummy_pattern", None),
        ("1234567812345678", "dummy_pattern", None),
        ("1212121212121212", "dummy_pattern", None),
        ("1234123412341234", "dummy_pattern", None),
        ("O2O199O1O89OOOO1", "pre_ektp_number", None),
    ],
)
def test_what_cannot_be_a_nik_is_refused_with_one_reason(regions: Regions, text: str, code: str, n: int | None) -> None:
    checked = nik.check(text, regions, synthetic=False, birth_date=BORN, gender="L", today=TODAY)
    assert checked.value is None
    assert checked.codes == (code,)
    assert checked.errors[0].params.get("n") == n


@pytest.mark.parametrize(
    ("text", "birth_date", "gender", "codes"),
    [
        ("1101010101010001", date(2001, 1, 1), "L", ()),  # an odd look alone is no fault
        ("3201995502880012", date(1988, 2, 15), "P", ()),
        ("3201992902000001", date(2000, 2, 29), "L", ()),
        ("3201996902040001", date(2004, 2, 29), "P", ()),
        ("3201992902010001", date(2001, 2, 28), "L", ("date_impossible",)),
        ("3201990008900001", BORN, "L", ("date_impossible",)),
        ("3201993208900001", BORN, "L", ("date_impossible",)),
        ("3201994008900001", BORN, "P", ("date_impossible",)),
        ("3201997208900001", BORN, "P", ("date_impossible",)),
        ("3201997208900001", BORN, "L", ("date_impossible",)),  # neither a man's day nor a woman's
        ("3201999908900001", None, None, ("date_impossible",)),
        ("3201990100900001", BORN, "L", ("date_impossible",)),
        ("3201990113900001", BORN, "L", ("date_impossible",)),
        ("3201993002900001", BORN, "P", ("date_impossible", "gender_differs")),
        ("3201990108900001", BORN, "P", ("gender_differs",)),
        ("3201994108900001", BORN, "L", ("gender_differs",)),
        ("3201990108900001", None, None, ()),
        ("3201990108900001", date(1890, 8, 1), "L", ()),  # two digits know no century
        ("3201990108910001", BORN, "L", ("birth_date_differs",)),
        ("3201994208900001", BORN, "L", ("birth_date_differs", "gender_differs")),
        ("3201991707120003", BORN, "L", ("maybe_kk_number",)),
        ("3201991707030003", BORN, "L", ("birth_date_differs",)),  # no family card is that old
        ("3201995707120003", BORN, "P", ("birth_date_differs",)),  # a card has no woman's day
        ("3201991707120003", date(2009, 11, 22), "L", ("maybe_kk_number",)),  # 17 today
        ("3201991707120003", date(2009, 11, 23), "L", ("birth_date_differs",)),
        ("3299990108900001", BORN, "L", ("regency_unknown",)),
        ("9104010108900001", BORN, "L", ()),
        ("7320010108900001", BORN, "L", ()),
        ("6501010108900001", BORN, "L", ()),
        ("2001990108900001", BORN, "L", ("province_unknown",)),
        ("97OI990l08910001", BORN, "P", ("letters_fixed", "province_unknown", "birth_date_differs", "gender_differs")),
        ("320|99O1O89OOOO1", BORN, "L", ("letters_fixed",)),
    ],
)
def test_what_is_odd_is_taken_with_all_its_warnings(
    regions: Regions, text: str, birth_date: date | None, gender: str | None, codes: tuple[str, ...]
) -> None:
    checked = nik.check(text, regions, synthetic=False, birth_date=birth_date, gender=gender, today=TODAY)
    assert checked.errors == ()
    assert checked.codes == codes
    assert checked.value == nik.normalised(text)


def test_a_warning_brings_what_its_message_shows(regions: Regions) -> None:
    checked = nik.check("97OI990l08910001", regions, synthetic=False, birth_date=BORN, gender="P", today=TODAY)
    assert {finding.code: dict(finding.params) for finding in checked.warnings} == {
        "letters_fixed": {"nik": "9701 9901 0891 0001"},
        "province_unknown": {"code": "97"},
        "birth_date_differs": {"day": 1, "month": 8, "year": "91"},
        "gender_differs": {"gender": "L"},
    }


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("3201 0101 0890 0000", "3201010108900000", ()),
        ("3201990108900000", "3201990108900000", ()),
        ("9701994108900000", "9701994108900000", ("province_unknown", "gender_differs")),
        (GOOD, None, ("not_synthetic",)),
        ("3201990108900010", None, ("not_synthetic",)),
        ("0000000000000000", None, ("dummy_pattern",)),
        ("320199010890000", None, ("length",)),
    ],
)
def test_the_sandbox_takes_only_numbers_that_nobody_has(regions: Regions, text: str, value: str, codes: tuple) -> None:
    checked = nik.check(text, regions, synthetic=True, birth_date=BORN, gender="L", today=TODAY)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(
    ("number", "born", "gender"),
    [
        ("3201990108900001", date(1990, 8, 1), "L"),
        ("3201997112260001", date(2026, 12, 31), "P"),  # the year counts, not the day
        ("3201990101270001", date(1927, 1, 1), "L"),
        ("3201992902000001", date(2000, 2, 29), "L"),
        ("3201993213990001", None, None),
        ("320199010890000", None, None),
        ("", None, None),
        ("３201990108900001", None, None),
    ],
)
def test_birth_and_gender_are_read_from_a_whole_nik(number: str, born: date | None, gender: str | None) -> None:
    assert (nik.birth(number, TODAY), nik.gender(number)) == (born, gender)


def test_a_nik_is_grouped_in_fours_and_masked_in_the_middle() -> None:
    assert nik.grouped(GOOD) == "3201 9901 0890 0001"
    assert nik.masked(GOOD) == "320199••••••0001"
    assert nik.masked("08123456789") == "•" * 11


@given(text=st.text(max_size=60) | st.text("0123456789OolI|²٣３ -.'’–\u200b\n/NIKktp:eE+,", max_size=40))
def test_no_text_raises_and_tidying_twice_changes_nothing(regions: Regions, text: str) -> None:
    tidy = nik.normalised(text)
    assert nik.normalised(tidy) == tidy
    for synthetic in (True, False):
        checked = nik.check(text, regions, synthetic=synthetic, today=TODAY)
        assert (checked.value is None) == bool(checked.errors)
        assert checked.value in (None, tidy)
        assert len(checked.errors) <= 1
        if checked.value is not None:
            assert checked.value.isascii()
            assert checked.value.isdigit()
            assert len(checked.value) == 16
            assert checked.value.endswith("0000") == synthetic


@given(text=st.text(max_size=40) | st.from_regex(r"[0-9]{10,20}", fullmatch=True))
def test_a_mask_shows_at_most_ten_digits_and_keeps_the_length(text: str) -> None:
    assert sum(map(str.isdigit, nik.masked(text))) <= 10
    assert len(nik.masked(text)) == len(text)


@given(born=st.dates(date(1927, 1, 1), date(2026, 12, 31)), gender=st.sampled_from("LP"), district=st.integers(0, 99))
def test_a_synthetic_nik_tells_its_birth_and_gender_again(
    regions: Regions, born: date, gender: str, district: int
) -> None:
    made = nik.synthetic_nik(f"3201{district:02d}", born, gender)
    assert (nik.birth(made, TODAY), nik.gender(made)) == (born, gender)
    assert nik.check(made, regions, synthetic=True, birth_date=born, gender=gender, today=TODAY).codes == ()
    assert nik.check(made, regions, synthetic=False, today=TODAY).codes == ("serial_0000",)


@given(draw=st.randoms(use_true_random=False))
def test_an_example_is_a_working_adult_of_a_real_district(regions: Regions, draw: random.Random) -> None:
    made = nik.example(regions, TODAY, draw)
    born = nik.birth(made, TODAY)
    assert nik.check(made, regions, synthetic=True, birth_date=born, today=TODAY).codes == ()
    assert regions.district_of_nik(made) is not None
    assert born is not None
    assert 18 < (TODAY - born).days / 365.25 < 52


def test_a_date_that_does_not_exist_is_named_by_its_six_digits(regions):
    (finding,) = nik.check("3201011513900001", regions, synthetic=False, today=TODAY).warnings
    assert (finding.code, finding.params) == ("date_impossible", {"digits": "151390"})

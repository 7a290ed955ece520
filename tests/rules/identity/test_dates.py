import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.identity import dates

TODAY = date(2026, 11, 22)
BIRTH = date(1990, 8, 17)

READ = [
    ("17", "8", "1990"),
    ("17", "08", "1990"),
    (" 17 ", " 8.", "1990 "),
    ("17", "Agustus", "1990"),
    ("17", "agustus", "1990"),
    ("17", "AGT", "1990"),
    ("17", "Ags.", "1990"),
    ("17", "Agu", "1990"),
    ("17", "Aug", "1990"),
    ("17", "august", "1990"),
    ("17", "VIII", "1990"),
    ("１７", "８", "１９９０"),
    ("١٧", "٨", "١٩٩٠"),
    ("1\u200b7", "8", "1990"),
    ("17-08-1990", "", ""),
    ("17/8/1990", "", ""),
    ("17081990", "", ""),
    ("1990-08-17", "", ""),
    ("1990/8/17", None, None),
    ("19900817", "", ""),
    ("17.08.1990", "", ""),
    ("17 08 1990", "", ""),
    ("17, 8, 1990", "", ""),
    ("17–08–1990", "", ""),
    ("17／08／1990", "", ""),
    ("17_8_1990", "", ""),
    ("17 Agustus 1990", "", ""),
    ("17agustus1990", "", ""),
    ("17-Agt-1990", "", ""),
    ("17 Agt. 1990", "", ""),
    ("17-VIII-1990", "", ""),
    ("17th August 1990", "", ""),
    ("August 17, 1990", "", ""),
    ("Aug 17th 1990", "", ""),
    ("Jumat, 17 Agustus 1990", "", ""),
    ("Jum'at, 17 Agustus 1990", "", ""),
    ("BANDUNG, 17-08-1990", "", ""),
    ("Tempat/Tgl Lahir : BANDUNG, 17-08-1990", "", ""),
    ("Tgl lahir: 17-08-1990", "", ""),
    ("1990-08-17 00:00:00", "", ""),
    ("1990-08-17T00:00:00Z", "", ""),
    ("17/08/1990 0:00", "", ""),
    ("17-08-1990", "8", "1990"),
    ("17-08-1990", "1", "2000"),
    ("17 Agustus", "", "1990"),
    ("17-08", "", "1990"),
    ("17", "Agustus 1990", ""),
    ("", "17-08-1990", ""),
    ("", "", "1990-08-17"),
]
REFUSED = [
    (("", "", ""), ["empty"]),
    ((None, None, None), ["empty"]),
    ((" \u200b", "-", "."), ["empty"]),
    (("17", "", ""), ["part_missing", "part_missing"]),
    (("17", "8", ""), ["part_missing"]),
    (("17", "", "1990"), ["part_missing"]),
    (("", "8", "1990"), ["part_missing"]),
    (("17", "", "90"), ["part_missing", "year"]),
    (("", "13", "90"), ["part_missing", "month", "year"]),
    (("0", "8", "1990"), ["not_a_date"]),
    (("32", "8", "1990"), ["not_a_date"]),
    (("31", "4", "1990"), ["not_a_date"]),
    (("29", "2", "1990"), ["not_a_date"]),
    (("31-02-1990", "", ""), ["not_a_date"]),
    (("kemarin", "", ""), ["not_a_date"]),
    (("1781990", "", ""), ["not_a_date"]),
    (("1.5", "8", "1990"), ["not_a_date"]),
    (("-1²", "8", "1990"), ["not_a_date"]),
    (("17", "0", "1990"), ["month"]),
    (("17", "13", "1990"), ["month"]),
    (("17", "Ju", "1990"), ["month"]),
    (("17", "Ramadan", "1990"), ["month"]),
    (("08/17/1990", "", ""), ["month"]),
    (("17", "8", "90"), ["year"]),
    (("05.08.90", "", ""), ["year"]),
    (("170890", "", ""), ["year"]),
    (("17", "8", "0090"), ["year"]),
    (("17", "8", "1899"), ["year"]),
    (("17", "8", "19900"), ["year"]),
    (("17", "8", "tahun"), ["year"]),
    (("17", "xx", "90"), ["month", "year"]),
    (("23", "11", "2026"), ["future"]),
    (("17", "8", "2099"), ["future"]),
]


@pytest.mark.parametrize("boxes", READ)
def test_a_birth_date_is_read_however_it_is_typed(boxes):
    checked = dates.read(*boxes, today=TODAY)
    assert (checked.value, checked.codes) == (BIRTH, ())


@pytest.mark.parametrize(("boxes", "codes"), REFUSED)
def test_what_is_no_birth_date_is_refused_with_every_reason(boxes, codes):
    checked = dates.read(*boxes, today=TODAY)
    assert (checked.value, list(checked.codes)) == (None, codes)


def test_the_missing_parts_are_named():
    findings = dates.read("17", "", "", today=TODAY).errors
    assert [finding.params for finding in findings] == [{"part": "month"}, {"part": "year"}]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *((name, 1) for name in ("Januari", "jan", "January", "I")),
        *((name, 2) for name in ("Februari", "Pebruari", "Febuari", "feb", "peb", "February")),
        *((name, 3) for name in ("Maret", "mar", "mrt", "March")),
        *((name, 4) for name in ("April", "apr", "IV")),
        *((name, 5) for name in ("Mei", "May")),
        *((name, 6) for name in ("Juni", "jun", "June")),
        *((name, 7) for name in ("Juli", "jul", "July")),
        *((name, 8) for name in ("Agustus", "agt", "ags", "agust", "Aug")),
        *((name, 9) for name in ("September", "sep", "Sept")),
        *((name, 10) for name in ("Oktober", "okt", "October", "oct")),
        *((name, 11) for name in ("November", "Nopember", "nov", "nop")),
        *((name, 12) for name in ("Desember", "des", "December", "dec", "XII")),
    ],
)
def test_months_are_known_by_their_names(name, number):
    assert dates.read("5", name, "1990", today=TODAY).value == date(1990, number, 5)
    assert dates.read(f"5 {name} 1990", "", "", today=TODAY).value == date(1990, number, 5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("17-08-1990", ("17", "08", "1990")),
        ("1990-08-17", ("17", "08", "1990")),
        ("20011210", ("10", "12", "2001")),
        ("20121980", ("20", "12", "1980")),
        ("20081990", ("20", "08", "1990")),
        ("5 Agt 90", ("5", "Agt", "90")),
        ("17", None),
        ("1781990", None),
        ("17 Agustus", None),
        ("Agustus 1990", None),
        ("", None),
        (None, None),
    ],
)
def test_a_whole_date_falls_into_its_parts(text, parts):
    assert dates.split(text) == parts


@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.sampled_from(["%d-%m-%Y", "%d/%m/%Y", "%d%m%Y", "%Y-%m-%d", "%Y%m%d", "%d %B %Y"]),
)
def test_every_day_is_read_back_from_every_form(birth, form):
    year = f"{birth.year:04}"
    written = birth.strftime(form)
    assert dates.read(written, "", "", today=TODAY).value == birth
    assert dates.read(str(birth.day), str(birth.month), year, today=TODAY).value == birth
    day, month, whole_year = dates.split(written)
    assert dates.read(day, month, whole_year, today=TODAY).value == birth


@given(
    *[st.one_of(st.text(st.characters(exclude_categories=()), max_size=30), st.from_regex(r"\A[0-9 /.:T,-]{0,12}\Z"))]
    * 3
)
def test_any_text_gives_a_date_that_is_past_or_a_reason(day, month, year):
    checked = dates.read(day, month, year, today=TODAY)
    assert (checked.value is None) == bool(checked.errors)
    if checked.value is not None:
        assert date(1900, 1, 1) <= checked.value <= TODAY
        assert dates.read(checked.value.isoformat(), "", "", today=TODAY) == checked


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(1990, 8, 17), date(2026, 8, 16), 35),
        (date(1990, 8, 17), date(2026, 8, 17), 36),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_age_counts_completed_years(birth, on, years):
    assert dates.age(birth, on) == years


@pytest.mark.parametrize(
    ("birth", "code", "params"),
    [
        (date(2008, 11, 23), "young", {"age": 17, "minimum": 18}),
        (date(2008, 11, 22), None, None),
        (date(1961, 11, 23), None, None),
        (date(1961, 11, 22), "old", {"age": 65, "maximum": 65}),
        (date(1926, 1, 1), "old", {"age": 100, "maximum": 65}),
    ],
)
def test_those_from_18_who_have_not_reached_65_may_register(birth, code, params):
    finding = dates.eligible(birth, TODAY)
    assert (finding and (finding.code, finding.params)) == (code and (code, params))


def test_the_age_limits_are_the_callers():
    assert dates.eligible(date(2009, 11, 22), TODAY, minimum=17) is None
    assert dates.eligible(date(1966, 11, 22), TODAY, maximum=60).code == "old"


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 40_000))
def test_nobody_grows_younger(birth, days):
    on = birth + timedelta(days=days)
    assert 0 <= dates.age(birth, on) <= dates.age(birth, on + timedelta(days=1))


@pytest.mark.parametrize("typed", ["1" * 20_000, "17 " * 9_000, "17" + "-" * 20_000 + "x", "a1" * 9_000, "1:," * 9_000])
def test_a_flood_of_characters_is_judged_at_once(typed):
    begun = time.monotonic()
    assert dates.read(typed, typed, "1990", today=TODAY).value is None
    assert time.monotonic() - begun < 2

"""Contributions: the official table, the relief of PP 50/2025 month by month, choices, and a catalogue of mere data."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules import calendar
from bpu.rules.money.contributions import PACKAGED, Catalogue, Quote

CATALOGUE = Catalogue.load()
TODAY = date(2026, 11, 22)
BASIC = ("JKK", "JKM")
ALL = ("JKK", "JKM", "JHT")


def quoted(income: int, sector: str, start: str, months: int, jht: bool, discount: bool = True) -> Quote:
    first = date.fromisoformat(f"{start}-01")
    transport = sector == "transport"
    programmes = ALL if jht else BASIC
    return CATALOGUE.quote(programmes, income, transport=transport, discount=discount, first_month=first, months=months)


def by_programme(quote: Quote) -> dict[str, int]:
    columns = zip(*(bill.lines for bill in quote.months), strict=True)
    return {column[0].programme: sum(line.due for line in column) for column in columns}


def discounted_months(quote: Quote) -> int:
    return sum(bill.due < bill.full for bill in quote.months)


# PP 44/2015 Lampiran II: lowest income, highest printed income, base, JKK+JKM, with JHT, and both under relief.
TABLE = [
    (0, 1_099_000, 1_000_000, 16_800, 36_800, 8_400, 28_400),
    (1_100_000, 1_299_000, 1_200_000, 18_800, 42_800, 9_400, 33_400),
    (1_300_000, 1_499_000, 1_400_000, 20_800, 48_800, 10_400, 38_400),
    (1_500_000, 1_699_000, 1_600_000, 22_800, 54_800, 11_400, 43_400),
    (1_700_000, 1_899_000, 1_800_000, 24_800, 60_800, 12_400, 48_400),
    (1_900_000, 2_099_000, 2_000_000, 26_800, 66_800, 13_400, 53_400),
    (2_100_000, 2_299_000, 2_200_000, 28_800, 72_800, 14_400, 58_400),
    (2_300_000, 2_499_000, 2_400_000, 30_800, 78_800, 15_400, 63_400),
    (2_500_000, 2_699_000, 2_600_000, 32_800, 84_800, 16_400, 68_400),
    (2_700_000, 3_199_000, 2_950_000, 36_300, 95_300, 18_150, 77_150),
    (3_200_000, 3_699_000, 3_450_000, 41_300, 110_300, 20_650, 89_650),
    (3_700_000, 4_199_000, 3_950_000, 46_300, 125_300, 23_150, 102_150),
    (4_200_000, 4_699_000, 4_450_000, 51_300, 140_300, 25_650, 114_650),
    (4_700_000, 5_199_000, 4_950_000, 56_300, 155_300, 28_150, 127_150),
    (5_200_000, 5_699_000, 5_450_000, 61_300, 170_300, 30_650, 139_650),
    (5_700_000, 6_199_000, 5_950_000, 66_300, 185_300, 33_150, 152_150),
    (6_200_000, 6_699_000, 6_450_000, 71_300, 200_300, 35_650, 164_650),
    (6_700_000, 7_199_000, 6_950_000, 76_300, 215_300, 38_150, 177_150),
    (7_200_000, 7_699_000, 7_450_000, 81_300, 230_300, 40_650, 189_650),
    (7_700_000, 8_199_000, 7_950_000, 86_300, 245_300, 43_150, 202_150),
    (8_200_000, 9_199_000, 8_700_000, 93_800, 267_800, 46_900, 220_900),
    (9_200_000, 10_199_000, 9_700_000, 103_800, 297_800, 51_900, 245_900),
    (10_200_000, 11_199_000, 10_700_000, 113_800, 327_800, 56_900, 270_900),
    (11_200_000, 12_199_000, 11_700_000, 123_800, 357_800, 61_900, 295_900),
    (12_200_000, 13_199_000, 12_700_000, 133_800, 387_800, 66_900, 320_900),
    (13_200_000, 14_199_000, 13_700_000, 143_800, 417_800, 71_900, 345_900),
    (14_200_000, 15_199_000, 14_700_000, 153_800, 447_800, 76_900, 370_900),
    (15_200_000, 16_199_000, 15_700_000, 163_800, 477_800, 81_900, 395_900),
    (16_200_000, 17_199_000, 16_700_000, 173_800, 507_800, 86_900, 420_900),
    (17_200_000, 18_199_000, 17_700_000, 183_800, 537_800, 91_900, 445_900),
    (18_200_000, 19_199_000, 18_700_000, 193_800, 567_800, 96_900, 470_900),
    (19_200_000, 20_199_000, 19_700_000, 203_800, 597_800, 101_900, 495_900),
    (20_200_000, 900_000_000, 20_700_000, 213_800, 627_800, 106_900, 520_900),
]

# Income, sector, first month, months, with JHT, total, discounted months.
PUBLISHED = [
    (1_000_000, "other", "2026-11", 1, False, 8_400, 1),
    (1_000_000, "other", "2026-11", 1, True, 28_400, 1),
    (1_000_000, "other", "2026-11", 3, False, 33_600, 2),
    (1_000_000, "other", "2026-11", 6, False, 84_000, 2),
    (1_000_000, "other", "2026-11", 12, False, 184_800, 2),
    (1_000_000, "other", "2026-12", 3, True, 102_000, 1),
    (1_000_000, "other", "2027-01", 1, False, 16_800, 0),
    (3_000_000, "other", "2026-11", 3, True, 249_600, 2),
    (5_000_000, "other", "2026-11", 12, True, 1_807_300, 2),
    (1_000_000, "transport", "2026-11", 3, False, 25_200, 3),
    (1_000_000, "transport", "2026-11", 6, False, 58_800, 5),
    (1_000_000, "transport", "2026-11", 12, False, 159_600, 5),
    (1_000_000, "transport", "2027-04", 1, False, 16_800, 0),
    (3_000_000, "transport", "2026-11", 1, True, 77_150, 1),
    (25_000_000, "transport", "2026-11", 1, True, 520_900, 1),
    (1_099_500, "other", "2026-11", 1, False, 8_400, 1),
    (1_100_000, "other", "2026-11", 1, False, 9_400, 1),
    (20_199_000, "other", "2027-01", 1, True, 597_800, 0),
]
BY_HAND = [
    # Band edges, and incomes in the gaps between printed limits.
    (0, "other", "2027-01", 1, False, 16_800, 0),
    (500_000, "other", "2026-11", 1, False, 8_400, 1),
    (1_299_500, "other", "2027-01", 1, False, 18_800, 0),
    (1_299_000, "other", "2026-12", 1, True, 33_400, 1),
    (1_300_000, "other", "2026-12", 1, False, 10_400, 1),
    (2_699_999, "other", "2027-01", 1, True, 84_800, 0),
    (2_700_000, "other", "2027-01", 1, True, 95_300, 0),
    (15_199_000, "other", "2027-01", 3, True, 1_343_400, 0),
    (15_200_000, "other", "2027-01", 3, False, 491_400, 0),
    (20_199_999, "transport", "2027-04", 1, True, 597_800, 0),
    (20_200_000, "transport", "2027-04", 1, True, 627_800, 0),
    (20_200_000, "transport", "2027-03", 1, True, 520_900, 1),
    # Across the first month of a window.
    (2_000_000, "transport", "2025-12", 3, False, 26_800 + 2 * 13_400, 2),
    (2_000_000, "other", "2026-03", 3, False, 26_800 + 2 * 13_400, 2),
    (2_000_000, "other", "2026-01", 12, False, 3 * 26_800 + 9 * 13_400, 9),
    (2_000_000, "transport", "2026-01", 12, False, 160_800, 12),
    # Inside, and across the last month of a window.
    (7_000_000, "other", "2026-06", 6, True, 1_062_900, 6),
    (3_199_000, "transport", "2027-03", 1, False, 18_150, 1),
    (3_200_000, "transport", "2027-03", 2, False, 20_650 + 41_300, 1),
    (8_199_999, "other", "2026-12", 2, True, 202_150 + 245_300, 1),
    (8_200_000, "other", "2026-12", 2, True, 220_900 + 267_800, 1),
    (9_200_000, "transport", "2026-10", 12, False, 6 * 51_900 + 6 * 103_800, 6),
    (4_450_000, "other", "2026-10", 12, False, 3 * 25_650 + 9 * 51_300, 3),
    (999_999_999, "other", "2026-11", 6, True, 2 * 520_900 + 4 * 627_800, 2),
    (1_000_000, "transport", "2026-12", 12, True, 408_000, 4),
]


@pytest.mark.parametrize(("income", "sector", "start", "months", "jht", "total", "discounted"), PUBLISHED + BY_HAND)
def test_a_quote_adds_up_to_the_official_sum(
    income: int, sector: str, start: str, months: int, jht: bool, total: int, discounted: int
) -> None:
    quote = quoted(income, sector, start, months, jht)
    assert (quote.total, discounted_months(quote)) == (total, discounted)


@pytest.mark.parametrize(("lowest", "highest", "base", "basic", "with_jht", "basic_half", "with_jht_half"), TABLE)
def test_every_band_costs_what_the_annex_prints(
    lowest: int, highest: int, base: int, basic: int, with_jht: int, basic_half: int, with_jht_half: int
) -> None:
    for income in (lowest, highest, highest + 999):
        assert CATALOGUE.base(income, TODAY) == base
        sums = [
            quoted(income, "other", start, 1, jht).total for start in ("2027-01", "2026-11") for jht in (False, True)
        ]
        assert sums == [basic, with_jht, basic_half, with_jht_half]


def test_whoever_gets_no_relief_pays_the_full_price() -> None:
    quote = quoted(4_450_000, "transport", "2026-11", 3, jht=True, discount=False)
    assert (quote.total, quote.saved, discounted_months(quote)) == (3 * 140_300, 0, 0)


def test_a_quote_shows_sums_by_month_and_by_programme() -> None:
    quote = quoted(3_000_000, "other", "2026-11", 3, jht=True)
    assert [(row.count, row.due, row.full, row.first, row.last) for row in quote.per_month] == [
        (2, 77_150, 95_300, date(2026, 11, 1), date(2026, 12, 1)),
        (1, 95_300, 95_300, date(2027, 1, 1), date(2027, 1, 1)),
    ]
    assert by_programme(quote) == {"JKK": 2 * 14_750 + 29_500, "JKM": 2 * 3_400 + 6_800, "JHT": 3 * 59_000}
    assert quote.saved == 2 * (14_750 + 3_400)
    assert [line.due < line.full for line in quote.months[0].lines] == [True, True, False]
    assert ["PP 50/2025" in line.source for line in quote.months[0].lines] == [True, True, False]


incomes = st.integers(0, 30_000_000)
starts = st.dates(date(2025, 6, 1), date(2028, 1, 1)).map(lambda day: day.replace(day=1))
programmes = st.sampled_from([BASIC, ALL])


@given(incomes, incomes, programmes, st.booleans(), st.booleans(), starts, st.integers(1, 12))
def test_a_bill_never_falls_when_income_rises(
    one: int, other: int, codes: tuple[str, ...], transport: bool, discount: bool, start: date, months: int
) -> None:
    poorer, richer = (
        CATALOGUE.quote(codes, income, transport=transport, discount=discount, first_month=start, months=months).total
        for income in sorted((one, other))
    )
    assert poorer <= richer


@given(incomes, programmes, st.booleans(), starts, st.integers(1, 12), st.integers(1, 12))
def test_a_quote_is_consecutive_whole_months_that_may_be_split_anywhere(
    income: int, codes: tuple[str, ...], transport: bool, start: date, months: int, more: int
) -> None:
    def price(first: date, count: int) -> Quote:
        return CATALOGUE.quote(codes, income, transport=transport, discount=True, first_month=first, months=count)

    whole = price(start, months + more)
    assert whole.months == price(start, months).months + price(whole.months[months].month, more).months
    assert whole.total == sum(bill.due for bill in whole.months) == sum(by_programme(whole).values())
    assert whole.total == sum(row.count * row.due for row in whole.per_month)
    assert tuple(bill.month for bill in whole.months) == calendar.months_from(start, months + more)
    assert all(type(line.due) is int and 0 < line.due <= line.full for bill in whole.months for line in bill.lines)


@pytest.mark.parametrize(
    ("codes", "income", "first", "months"),
    [
        (BASIC, 1_000_000, date(2026, 11, 2), 1),
        (BASIC, 1_000_000, date(2026, 11, 1), 0),
        (BASIC, -1, date(2026, 11, 1), 1),
        (("JKK", "JP"), 1_000_000, date(2026, 11, 1), 1),
        (("JKX",), 1_000_000, date(2026, 11, 1), 1),
    ],
)
def test_a_quote_that_makes_no_sense_is_a_mistake_of_the_caller(
    codes: tuple[str, ...], income: int, first: date, months: int
) -> None:
    with pytest.raises(ValueError, match=r"no (quote|rate)"):
        CATALOGUE.quote(codes, income, transport=False, discount=True, first_month=first, months=months)


@pytest.mark.parametrize(
    ("wanted", "employs_others", "value", "codes"),
    [
        (["JKM", "JKK"], False, ("JKK", "JKM"), ()),
        (["jht", " jkk ", "JKM", "JKM"], False, ("JKK", "JKM", "JHT"), ()),
        (["JHT", "JKK", "JKM"], True, ("JKK", "JKM", "JHT"), ()),
        (["JKK", "JKM"], True, None, ("required_missing",)),
        (["JKK"], False, None, ("required_missing",)),
        ([], False, None, ("required_missing", "required_missing")),
        (["JKK", "JKM", "JP"], False, None, ("closed_programme",)),
        (["JKK", "JKM", "JKP"], False, None, ("unknown_programme",)),
        (["JP", "X"], True, None, ("unknown_programme", "closed_programme", *["required_missing"] * 3)),
    ],
)
def test_a_choice_of_programmes_is_checked(
    wanted: list[str], employs_others: bool, value: tuple[str, ...] | None, codes: tuple[str, ...]
) -> None:
    checked = CATALOGUE.choose(wanted, TODAY, employs_others=employs_others)
    assert (checked.value, checked.codes) == (value, codes)


def test_a_finding_about_a_choice_names_the_programme_and_the_reason() -> None:
    closed, missing = CATALOGUE.choose(["JKK", "JP"], TODAY, employs_others=False).errors
    assert closed.params["programme"] == "JP"
    assert "penerima upah" in closed.params["reason"]
    assert missing.params["programme"] == "JKM"


def test_jp_stands_in_the_catalogue_closed_and_with_its_law() -> None:
    status = {programme.code: programme.status for programme in CATALOGUE.programmes(TODAY)}
    assert status == {"JKK": "required", "JKM": "required", "JHT": "optional", "JP": "closed"}
    assert list(status) == ["JKK", "JKM", "JHT", "JP"]
    assert [programme.code for programme in CATALOGUE.offered(TODAY)] == ["JKK", "JKM", "JHT"]
    assert "PP 45/2015" in CATALOGUE.programmes(TODAY)[3].source


JP_CLOSED = (
    'reason = "Menurut peraturan, Jaminan Pensiun baru terbuka bagi pekerja penerima upah."\nsince = 2015-07-01\n'
)
JP_OPEN = """
[[programme]]
code = "JP"
name = "Jaminan Pensiun"
status = "optional"
since = 2027-01-01
source = "a regulation to come"
confidence = "S"

[[rate]]
programme = "JP"
percent = "3"
since = 2027-01-01
source = "a regulation to come"
confidence = "S"
"""


def edited(folder: Path, *edits: tuple[str, str], more: str = "") -> Path:
    """A copy of the packaged catalogue with some of its text exchanged and rows added."""
    text = PACKAGED.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    copy = folder / "catalogue.toml"
    copy.write_text(text + more, encoding="utf-8")
    return copy


def test_data_alone_opens_jp(tmp_path: Path) -> None:
    catalogue = Catalogue.load(edited(tmp_path, (JP_CLOSED, JP_CLOSED + "until = 2026-12-31\n"), more=JP_OPEN))
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert [programme.code for programme in catalogue.offered(before)] == ["JKK", "JKM", "JHT"]
    assert [programme.code for programme in catalogue.offered(after)] == ["JKK", "JKM", "JHT", "JP"]
    assert catalogue.choose(["JP", *BASIC], before, employs_others=False).codes == ("closed_programme",)
    chosen = catalogue.choose(["JP", *BASIC], after, employs_others=False).value
    assert chosen == ("JKK", "JKM", "JP")
    quote = catalogue.quote(chosen, 3_000_000, transport=True, discount=True, first_month=after, months=1)
    assert by_programme(quote) == {"JKK": 14_750, "JKM": 3_400, "JP": 88_500}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('source = "PP 44/2015 Lampiran II"\n', "", "bands row 1: no source"),
        ('source = "PP 44/2015 Lampiran II"\n', 'source = " "\n', "bands row 1: no source"),
        ('percent = "2"\n', "", "rate row 3: JHT needs either"),
        ('percent = "2"\n', 'percent = "2"\nmonthly = 5\n', "rate row 3: JHT needs either"),
        ('percent = "2"\n', 'percent = "two"\n', "rate row 3"),
        ('percent = "2"\n', 'percent = "0.0001"\n', "not whole rupiah"),
        ("    [1_500_000, 1_699_000, 1_600_000],\n", "", "do not join or rise after the one from 1300000"),
        ("[1_500_000, 1_699_000, 1_600_000]", "[1_500_000, 1_699_000, 1_300_000]", "do not join or rise"),
        ("[0, 1_099_000", "[500_000, 1_099_000", "begin at 0"),
        ("20_200_000, inf", "20_200_000, 30_000_000", "end at inf"),
        ("until = 2027-03-31", "until = 2025-03-31", "relief row 1: until 2025-03-31 is before"),
        ('sector = "other"', 'sector = "transport"', "two rows for relief in sector transport hold on 2026-04-01"),
        ('sector = "other"', 'sector = "fishing"', "relief row 2"),
        ('status = "optional"', 'status = "maybe"', "unknown status maybe"),
        ('reason = "Menurut', 'note = "Menurut', "programme row 4"),
        ('programme = "JKM"\nmonthly', 'programme = "JKX"\nmonthly', "unknown programmes: JKX"),
        ('name = "due_day"', 'name = "age_from"', "two rows for limit age_from"),
        ('name = "due_day"', 'name = "day"', "limits must be|without due_day"),
        ('confidence = "S"', 'confidence = "sure"', "confidence must be"),
        ("since = 2015-07-01\n", "", "programme row 1: no since"),
        ("since = 2015-07-01\n", 'since = "2015"\n', "programme row 1: since and until must be dates"),
        ("[[payment]]", "[[payments]]", "unknown tables: payment, payments"),
        ("until = 2026-08-17", "until = 2027-08-17", "longer than a month"),
        ("[[rate]]", "[[rate", "catalogue.toml: "),
    ],
)
def test_a_catalogue_that_cannot_be_right_is_refused_in_one_line(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        Catalogue.load(edited(tmp_path, (old, new)))
    assert str(refusal.value).startswith("catalogue.toml: ")
    assert "\n" not in str(refusal.value)


def test_an_open_programme_needs_a_rate_for_all_its_days(tmp_path: Path) -> None:
    late = JP_OPEN.replace("since = 2027-01-01", "since = 2027-02-01").replace("2027-02-01", "2027-01-01", 1)
    with pytest.raises(ValueError, match="JP is open on days without a rate"):
        Catalogue.load(edited(tmp_path, (JP_CLOSED, JP_CLOSED + "until = 2026-12-31\n"), more=late))


def test_two_rows_for_one_programme_may_not_hold_on_the_same_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two rows for programme JP hold on 2027-01-01"):
        Catalogue.load(edited(tmp_path, more=JP_OPEN))


@pytest.mark.parametrize(
    ("on", "least"),
    [
        (date(2026, 3, 31), 16_800),
        (date(2026, 4, 1), 8_400),
        (TODAY, 8_400),
        (date(2026, 12, 31), 8_400),
        (date(2027, 1, 1), 16_800),
    ],
)
def test_the_cheapest_beginning_follows_the_windows(on: date, least: int) -> None:
    assert CATALOGUE.cheapest(on) == least


def test_who_gets_no_relief_is_told_why() -> None:
    assert CATALOGUE.excluded(TODAY, employs_others=False) is None
    employer = CATALOGUE.excluded(TODAY, employs_others=True)
    state = CATALOGUE.excluded(TODAY, employs_others=False, state_paid=True)
    assert (employer.who, "PP 50/2025" in employer.source) == ("employer", True)
    assert "APBN" in state.reason


def test_limits_and_periods_come_from_the_catalogue() -> None:
    assert CATALOGUE.periods(TODAY) == (1, 3, 6, 12)
    assert (CATALOGUE.limit("age_from", TODAY), CATALOGUE.limit("age_before", TODAY)) == (18, 65)
    assert CATALOGUE.limit("arrears_months", TODAY) == 3


@pytest.mark.parametrize(
    ("month", "due"),
    [
        (date(2026, 12, 1), date(2026, 12, 15)),
        (date(2026, 11, 1), date(2026, 11, 16)),  # a Sunday
        (date(2027, 5, 1), date(2027, 5, 17)),  # a Saturday
        (date(2026, 2, 1), date(2026, 2, 18)),  # a Sunday before two days off
        (date(2026, 5, 1), date(2026, 5, 18)),  # a day off before a weekend
        (date(2026, 8, 1), date(2026, 8, 18)),  # a Saturday, and a holiday on the Monday
    ],
)
def test_a_month_is_due_on_the_15th_or_the_next_working_day(month: date, due: date) -> None:
    assert CATALOGUE.due_date(month) == due


@pytest.mark.parametrize(
    ("first", "months", "last_day"),
    [
        (date(2026, 11, 1), 1, date(2026, 11, 30)),
        (date(2026, 11, 1), 3, date(2027, 1, 31)),
        (date(2027, 12, 1), 3, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
    ],
)
def test_a_payment_covers_whole_months(first: date, months: int, last_day: date) -> None:
    assert calendar.covered_until(first, months) == last_day


def test_no_months_cover_nothing() -> None:
    with pytest.raises(ValueError, match="cover nothing"):
        calendar.covered_until(date(2026, 11, 1), 0)


@pytest.mark.parametrize(
    ("registered", "last_day", "month"),
    [
        (date(2026, 12, 31), 31, date(2026, 12, 1)),
        (date(2026, 12, 15), 15, date(2026, 12, 1)),
        (date(2026, 12, 16), 15, date(2027, 1, 1)),
    ],
)
def test_the_first_month_is_this_one_until_the_last_day_to_enter_it(
    registered: date, last_day: int, month: date
) -> None:
    assert calendar.first_month(registered, last_day) == month


def test_a_new_participant_begins_with_the_month_of_registering() -> None:
    assert CATALOGUE.first_month(date(2026, 11, 30)) == date(2026, 11, 1)

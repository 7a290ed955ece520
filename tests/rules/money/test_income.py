"""Income as people type it: what it is read as, and what they are asked about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.money import income
from bpu.rules.money.rupiah import rupiah


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Rp 1.500.000", 1_500_000),
        ("rp1.500.000,-", 1_500_000),
        ("Rp. 1.500.000,-/bulan", 1_500_000),
        ("IDR 2,000,000", 2_000_000),
        ("2.000.000rp", 2_000_000),
        ("2000000 rupiah", 2_000_000),
        ("1500000", 1_500_000),
        ("1 500 000,00", 1_500_000),
        ("1\u00a0500\u00a0000", 1_500_000),
        ("1,500,000.00", 1_500_000),
        ("1.500.000.00", 1_500_000),
        ("1.500.000,75", 1_500_000),
        ("1,5 juta", 1_500_000),
        ("1.5jt", 1_500_000),
        ("1.500 juta", 1_500_000),
        ("1,250 juta", 1_250_000),
        ("1.500 ribu", 1_500_000),
        ("500rb", 500_000),
        ("500 k", 500_000),
        ("2,5 jt-an", 2_500_000),
        ("500an ribu", 500_000),
        ("1 jutaan", 1_000_000),
        ("1 juta 500 ribu", 1_500_000),
        ("1jt500rb", 1_500_000),
        ("1 juta dan 250 ribu", 1_250_000),
        ("sejuta", 1_000_000),
        ("setengah juta", 500_000),
        ("satu setengah juta", 1_500_000),
        ("dua juta setengah", 2_500_000),
        ("½ juta", 500_000),
        ("2½ juta", 2_500_000),
        ("satu juta lima ratus ribu", 1_500_000),
        ("satu juta tujuh ratus lima puluh ribu", 1_750_000),
        ("dua belas juta", 12_000_000),
        ("sepuluh juta", 10_000_000),
        ("1.5OO.OOO", 1_500_000),
        ("1500ooo", 1_500_000),
        ("kira-kira 2 juta", 2_000_000),
        ("± 1,5 juta", 1_500_000),
        ("1.000.000 (satu juta)", 1_000_000),
        ("300 ribu per bulan", 300_000),
        ("300rb sebulan", 300_000),
        ("１５０００００", 1_500_000),
        ("1 miliar", 1_000_000_000),
    ],
)
def test_a_monthly_income_is_understood_without_a_question(text: str, value: int) -> None:
    checked = income.read(text)
    assert (checked.value, checked.codes) == (value, ())


@pytest.mark.parametrize(
    ("text", "amount", "per", "times", "monthly"),
    [
        ("75rb/hari", 75_000, "day", 26, 1_950_000),
        ("75.000 /hr", 75_000, "day", 26, 1_950_000),
        ("75.000perhari", 75_000, "day", 26, 1_950_000),
        ("150 ribu sehari", 150_000, "day", 26, 3_900_000),
        ("seratus ribu per hari", 100_000, "day", 26, 2_600_000),
        ("Rp 75.000 setiap hari", 75_000, "day", 26, 1_950_000),
        ("harian 80rb", 80_000, "day", 26, 2_080_000),
        ("75rb x 26", 75_000, "day", 26, 1_950_000),
        ("75rb x 20 hari", 75_000, "day", 20, 1_500_000),
        ("26 x 75.000", 75_000, "day", 26, 1_950_000),
        ("25 hari x 75rb", 75_000, "day", 25, 1_875_000),
        ("75rb/hari, 20 hari kerja", 75_000, "day", 20, 1_500_000),
        ("500rb/minggu", 500_000, "week", 4, 2_000_000),
        ("lima ratus ribu seminggu", 500_000, "week", 4, 2_000_000),
        ("18 juta setahun", 18_000_000, "year", 12, 1_500_000),
        ("10 juta per tahun", 10_000_000, "year", 12, 833_333),
    ],
)
def test_earnings_of_another_period_become_monthly_and_say_how(
    text: str, amount: int, per: str, times: int, monthly: int
) -> None:
    checked = income.read(text)
    assert (checked.value, checked.codes) == (monthly, ("explained",))
    assert checked.warnings[0].params == {"amount": amount, "per": per, "times": times, "monthly": monthly}


@pytest.mark.parametrize(("text", "daily"), [("75 ribu", 75_000), ("150.000", 150_000), ("499999", 499_999)])
def test_a_small_sum_is_asked_about_as_a_daily_wage_but_stands(text: str, daily: int) -> None:
    checked = income.read(text)
    assert (checked.value, checked.codes) == (daily, ("daily",))
    assert checked.warnings[0].params == {"daily": daily, "days": 26, "monthly": daily * 26}


def test_the_days_and_weeks_of_a_month_can_be_set() -> None:
    assert income.read("100rb sehari", days=20).value == 2_000_000
    assert income.read("100rb seminggu", weeks=5).value == 500_000
    assert income.read("100rb", days=22).warnings[0].params["monthly"] == 2_200_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \t\u00a0", "empty"),
        ("abc", "not_a_number"),
        ("tidak tentu", "not_a_number"),
        ("12abc", "not_a_number"),
        ("1e6", "not_a_number"),
        ("1..500", "not_a_number"),
        ("1,500.000", "not_a_number"),
        ("-500000", "not_a_number"),
        ("1m", "not_a_number"),
        ("1" + " " * 200 + "juta", "not_a_number"),
        ("0", "zero"),
        ("Rp0,-", "zero"),
        ("nol", "zero"),
        ("9.999", "too_low"),
        ("75/hari", "too_low"),
        ("1.000.000.001", "too_high"),
        ("2 miliar", "too_high"),
        ("3271010101900001", "too_high"),
        ("1-2 juta", "two_amounts"),
        ("1.000.000 - 1.500.000", "two_amounts"),
        ("1500000 2000000", "two_amounts"),
        ("500rb atau 1jt", "two_amounts"),
        ("100 150 ribu", "two_amounts"),
        ("1 juta 500", "two_amounts"),
        ("100rb-150rb sehari", "two_amounts"),
        ("per panen 3 juta", "unknown_period"),
        ("15rb/trip", "unknown_period"),
    ],
)
def test_what_cannot_be_an_income_is_refused(text: str, code: str) -> None:
    checked = income.read(text)
    assert (checked.value, checked.codes) == (None, (code,))


@pytest.mark.parametrize(
    ("text", "perhaps"),
    [
        ("1.500", 1_500_000),
        ("1,5", 1_500_000),
        ("2", 2_000_000),
        ("500", 500_000),
        ("1.500.00", 1_500_000),
        ("75/hari", 1_950_000),
        ("12.000 per tahun", 1_000_000),
    ],
)
def test_a_sum_without_its_thousands_is_refused_with_a_proposal(text: str, perhaps: int) -> None:
    assert income.read(text).errors[0].params["perhaps"] == perhaps


def test_two_amounts_are_both_named() -> None:
    assert income.read("1-2 juta").errors[0].params["amounts"] == (1_000_000, 2_000_000)


@given(st.integers(income.DAILY_BELOW, income.MOST))
def test_every_usual_spelling_of_a_sum_is_read_as_that_sum(amount: int) -> None:
    millions = f"{amount / 1_000_000:f}".replace(".", ",")
    spaced = f"{amount:,}".replace(",", " ")
    for text in (str(amount), rupiah(amount), f"{rupiah(amount)},-", f"{amount:,}", spaced, f"{millions} juta"):
        assert income.read(text).value == amount, text


@given(st.text() | st.text(alphabet="0123456789., -/x½rpbjutaihsmnk"))
def test_whatever_is_typed_gets_a_value_or_a_reason(text: str) -> None:
    checked = income.read(text)
    assert (checked.value is None) == bool(checked.errors)
    assert checked.value is None or income.LEAST <= checked.value <= income.MOST

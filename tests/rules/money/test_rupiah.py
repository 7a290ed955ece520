"""Money: one spelling, and shares that are whole rupiah or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.money.rupiah import rupiah, share


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "Rp0"),
        (500, "Rp500"),
        (8_400, "Rp8.400"),
        (16_800, "Rp16.800"),
        (174_000_000, "Rp174.000.000"),
        (-5_000, "-Rp5.000"),
    ],
)
def test_rupiah_are_written_in_the_national_spelling(amount: int, text: str) -> None:
    assert rupiah(amount) == text


@given(st.integers(-(10**15), 10**15))
def test_rupiah_can_be_read_back(amount: int) -> None:
    assert int(rupiah(amount).replace("Rp", "").replace(".", "")) == amount


@pytest.mark.parametrize(
    ("amount", "percent", "part"),
    [(2_950_000, "1", 29_500), (29_500, "50", 14_750), (6_800, "50", 3_400), (1_000_000, "5.7", 57_000)],
)
def test_a_share_is_exact(amount: int, percent: str, part: int) -> None:
    assert share(amount, percent) == part


def test_a_share_that_is_not_whole_rupiah_is_refused() -> None:
    with pytest.raises(ValueError, match="not whole rupiah"):
        share(14_750, "1")

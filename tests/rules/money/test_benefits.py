"""Benefits: the figures that families are told, what they rest on, and the days on which they hold."""

from datetime import date
from pathlib import Path

import pytest

from bpu.rules.calendar import in_force
from bpu.rules.money.benefits import PACKAGED, Benefits

BENEFITS = Benefits.load()
TODAY = date(2026, 11, 22)


def estimated(programmes: str, base: int, on: date = TODAY) -> dict[str, tuple[int, int]]:
    return {row.event.code: (row.total, row.ceiling) for row in BENEFITS.estimate(programmes.split(), base, on)}


@pytest.mark.parametrize(
    ("base", "event", "total", "ceiling"),
    [
        (1_000_000, "work_death", 70_000_000, 244_000_000),
        (400_000, "work_death", 20_000_000 + 22_000_000, 216_000_000),  # the least grant
        (2_950_000, "work_death", 48 * 2_950_000 + 22_000_000, 48 * 2_950_000 + 196_000_000),
        (20_700_000, "work_death", 993_600_000 + 22_000_000, 993_600_000 + 196_000_000),
        (1_000_000, "work_disability", 68_000_000, 242_000_000),  # 56 times and the periodic grant
        (20_700_000, "work_disability", 1_171_200_000, 1_345_200_000),
        (1_000_000, "death", 42_000_000, 216_000_000),
        (20_700_000, "death", 42_000_000, 216_000_000),
        (20_700_000, "early_death", 10_000_000, 10_000_000),
    ],
)
def test_an_event_pays_what_the_law_says(base: int, event: str, total: int, ceiling: int) -> None:
    assert estimated("JKK JKM", base)[event] == (total, ceiling)


def test_an_estimate_names_its_parts() -> None:
    death = BENEFITS.estimate(["JKK"], 1_000_000, TODAY)[0]
    assert [(row.code, amount) for row, amount in death.parts] == [
        ("jkk-death-grant", 48_000_000),
        ("jkk-burial", 10_000_000),
        ("jkk-periodic", 12_000_000),
    ]
    assert [(row.code, amount) for row, amount in death.limits] == [("jkk-scholarship", 174_000_000)]


@pytest.mark.parametrize(
    ("programmes", "events"),
    [
        ("JKK", ["work_death", "work_disability"]),
        ("JKM JHT", ["death", "early_death"]),
        ("JHT", []),
        ("JKK JKM JHT", ["work_death", "work_disability", "death", "early_death"]),
    ],
)
def test_only_the_chosen_programmes_pay(programmes: str, events: list[str]) -> None:
    assert list(estimated(programmes, 1_000_000)) == events


def test_the_scholarship_of_two_children_adds_up_to_its_limit() -> None:
    assert 2 * sum(school.amount * school.years for school in in_force(BENEFITS.scholarship, TODAY)) == 174_000_000


@pytest.mark.parametrize("programme", ["JKK", "JKM", "JHT"])
def test_every_programme_has_a_page_of_sourced_rows(programme: str) -> None:
    rows = BENEFITS.listed(programme, TODAY)
    assert len(rows) >= 2
    assert all(row.source and row.confidence in "SL" and "{" not in row.words for row in rows)


def test_figures_are_written_into_the_words() -> None:
    words = {row.code: row.words for row in BENEFITS.benefit}
    assert words["jkk-death-grant"] == "48 × dasar penghasilan, paling sedikit Rp20.000.000."
    assert "3 bulan" in words["jkm-early"]
    assert "Rp10.000.000" in words["jkm-early"]


def test_nothing_is_told_for_days_before_the_law() -> None:
    assert BENEFITS.listed("JKK", date(2019, 1, 1)) == ()
    assert estimated("JKK JKM", 1_000_000, date(2019, 1, 1)) == {}


def test_the_lower_sum_at_an_early_death_holds_since_its_rule_was_made() -> None:
    assert "early_death" not in estimated("JKM", 1_000_000, date(2025, 2, 23))
    assert estimated("JKM", 1_000_000, date(2025, 2, 24))["early_death"] == (10_000_000, 10_000_000)


def changed(folder: Path, old: str, new: str) -> Path:
    text = PACKAGED.read_text(encoding="utf-8")
    assert old in text
    copy = folder / "copy.toml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_an_unsettled_row_is_left_out(tmp_path: Path) -> None:
    early = 'pejabat 2025 (dasar hukum dan rincian belum diverifikasi)"\nconfidence = '
    benefits = Benefits.load(changed(tmp_path, f'{early}"L"', f'{early}"U"'))
    assert "jkm-early" not in {row.code for row in benefits.listed("JKM", TODAY)}
    assert benefits.estimate(["JKM"], 1_000_000, TODAY)[1].total == 0


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("times = 56\n", "", "jkk-total-disability needs either"),
        ("times = 56\n", "times = 56\namount = 5\n", "jkk-total-disability needs either"),
        ("least = 20_000_000\n", "", "jkk-death-grant names a figure"),
        ("sedikit {least}", "sedikit {lest}", "lest"),
        ('events = ["work_death"]', 'events = ["flood"]', "unknown events: flood"),
        ('code = "jkk-burial"', 'code = "jkk-periodic"', "two rows for benefit jkk-periodic"),
        ('source = "PP 82/2019"\n', "", "event row 1: no source"),
    ],
)
def test_benefits_that_cannot_be_right_are_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Benefits.load(changed(tmp_path, old, new))

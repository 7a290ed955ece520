"""One order of questions: what a step says of itself is all that the desk, lists and check pages know of it."""

from bpu.steps import JOURNEY
from bpu.steps.desk.rows import HEADED
from bpu.steps.desk.sheets import sheets

ONLY_WEB = {"pemeriksaan", "minta-kode", "diperiksa", "bayar", "selesai"}  # at the desk somebody sits there, or bills


def test_every_step_is_asked_at_the_desk_or_said_to_be_of_the_web_alone() -> None:
    assert {page.slug for page in JOURNEY if not page.sheet} == ONLY_WEB
    asked = [page.slug for sheet in sheets(0, 0) for page in sheet.steps]
    for page in JOURNEY:
        assert asked.count(page.slug) == (page.slug not in ONLY_WEB), page.slug


def test_every_column_of_a_list_feeds_a_step_that_asks_for_it() -> None:
    fed = [name for page in JOURNEY for name in page.columns]
    assert set(fed) <= set(HEADED)
    # What belongs to a step without beginning its answer.
    assert set(HEADED) - set(fed) == {"employs_others"}
    for page in JOURNEY:
        assert set(page.headings) <= set(page.columns), page.slug

"""The service on any day: with its clock at these dates it starts, registers somebody, is paid and gives the number."""

from datetime import timedelta
from pathlib import Path

import pytest

from bpu import clock
from tests.parts.browsing import Passer
from tests.parts.calendar import DAYS, moment, moved, present
from tests.people.answers import person
from tests.whole.browser.driver import running

SHORT = ("+400d", "29-02")
AHEAD = ("MOVED_BY", "PYTHONPATH")


@pytest.mark.parametrize(
    "when", [pytest.param(when, marks=[] if when in SHORT else [pytest.mark.soak]) for when in DAYS]
)
def test_the_service_starts_registers_and_is_paid(tmp_path: Path, when: str) -> None:
    at = moment(when, present())
    environ = moved(round((at - present()).total_seconds()))
    with running(tmp_path, tls=False, **{name: environ.get(name, "") for name in AHEAD}) as service:
        passer = Passer(service.base, person(1))
        passer.reach("bayar")
        said = passer.one("main").get_text()
        years = {str((at.astimezone(clock.WIB) + timedelta(hours=hours)).year) for hours in (0, 24)}
        assert any(year in said for year in years), "the bill ends on the day that the service believes in"
        assert passer.reach("selesai").number.startswith("CONTOH-")


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("now", "2026-11-26T18:30:05"),
        ("+40d", "2027-01-05T18:30:05"),
        ("23.59", "2026-11-26T23:59:00"),
        ("00.01", "2026-11-27T00:01:00"),
        ("28-02", "2027-02-28T23:59:00"),
        ("29-02", "2028-02-29T23:59:00"),
        ("2030-05-06 07:08", "2030-05-06T07:08:00"),
    ],
)
def test_a_date_of_the_calendar_is_the_next_one_of_its_name(when: str, at: str) -> None:
    now = moment("2026-11-26T18:30:05", present())
    assert moment(when, now).isoformat() == f"{at}+07:00"

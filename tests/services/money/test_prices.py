"""One home for what a choice costs: by the job, by the day, and never by who asks."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.services.money.prices import Prices
from tests.people.registered import registered

JOB = {"occupation": "pedagang-pasar", "income": 1_500_000, "workplace": "3174", "employs_others": "no"}
DAY = date(2026, 11, 20)
PRICES = Prices(Catalogue.load(), Occupations.load())


@pytest.mark.parametrize(
    ("occupation", "drives", "transport"),
    [
        ("ojek-online", None, True),
        ("pedagang-pasar", None, False),
        ("lainnya", "yes", True),
        ("lainnya", "no", False),
    ],
)
def test_a_job_is_transport_by_its_list_or_by_what_was_answered(occupation, drives, transport):
    assert PRICES.transport({"occupation": occupation} | ({"drives": drives} if drives else {})) is transport


def test_who_employs_others_has_no_relief_and_pays_more():
    employer = JOB | {"employs_others": "yes"}
    assert (PRICES.relieved(JOB, DAY), PRICES.relieved(employer, DAY)) == (True, False)
    least, most = (PRICES.quote(job, ("JKK", "JKM"), 1, DAY).total for job in (JOB, employer))
    assert (least, most) == (11_400, 22_800)


def test_months_are_counted_from_the_first_that_can_be_bought():
    quote = PRICES.quote(JOB, ("JKK", "JKM"), 3, DAY)
    assert [each.month for each in quote.months] == [date(2026, month, 1) for month in (11, 12)] + [date(2027, 1, 1)]
    assert quote.total == 11_400 + 11_400 + 22_800


def test_what_a_registration_owes_follows_the_day(sqlite_store):
    person = registered(programmes="JKK,JKM", months=1, job=JOB)
    with time_machine.travel(datetime(2026, 11, 20, 5, tzinfo=UTC), tick=False) as now:
        before = PRICES.due(person).total
        now.move_to(datetime(2027, 1, 4, 5, tzinfo=UTC))
        assert (before, PRICES.due(person).total) == (11_400, 22_800)

"""Every case of membership, the given ones and our own: what was expected must come out, key by key."""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bpu.rules.money.benefits import Benefits
from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.rules.months.cases.answers import answer, play
from bpu.rules.months.cases.reading import Case, Reader, raw_cases
from bpu.rules.months.cover import Cover, cover
from bpu.rules.months.purchase import later_begin, purchase

HERE = Path(__file__).parent
CATALOGUE, BENEFITS = Catalogue.load(), Benefits.load()
READER = Reader(CATALOGUE, Occupations.load())
GIVEN, OWN = ({raw["id"]: raw for raw in raw_cases((HERE / f"{name}.json").read_bytes())} for name in ("given", "own"))
# Words for people, and what is told below in tests of their own.
IN_WORDS = {"say", "must", "offer"}
TOLD_BELOW = {("P04", "jkk"), ("A06", "jkm"), ("B05", "jkk")}


def answered(raw: Any, **changed: Any) -> dict[str, Any]:
    return answer(READER.case({**raw, **changed}), CATALOGUE, BENEFITS)


def covered(case: Case) -> Cover:
    person, ledger, _, _ = play(case, CATALOGUE)
    return cover(person, ledger, case.on, CATALOGUE, BENEFITS)


def test_there_are_as_many_cases_as_were_given_and_more_of_our_own():
    assert (len(GIVEN), len(OWN)) == (43, 94)


@pytest.mark.parametrize("raw", [*GIVEN.values(), *OWN.values()], ids=lambda raw: f"{raw['id']} {raw['title'][:40]}")
def test_a_case_comes_out_as_it_is_expected(raw):
    told = answered(raw)
    expected = {name: value for name, value in raw["expect"].items() if name not in IN_WORDS}
    for name in [name for name in expected if (raw["id"], name) in TOLD_BELOW]:
        del expected[name]
    assert {name: told[name] for name in expected} == expected
    json.dumps(told)


def test_an_accident_counts_on_the_base_of_its_own_month():
    raw = GIVEN["P04"]  # income rose in December, paid to January
    paid = {"at": "2027-02-01T10:00:00+07:00", "type": "pay", "amount": 36_300}
    january = covered(READER.case(raw))
    february = covered(READER.case({**raw, "events": [*raw["events"], paid], "on": "2027-02-10T10:00:00+07:00"}))
    assert (january.base, january.jkk_death) == (1_000_000, 70_000_000)
    assert (february.base, february.jkk_death) == (2_950_000, 48 * 2_950_000 + 22_000_000)


def test_after_a_restart_only_the_lower_sum_is_sure():
    told = answered(GIVEN["A06"])
    assert (told["jkm"], told["jkm_sure"]) == ("not assured", 10_000_000)


def test_death_and_total_disability_at_work_have_sums_of_their_own():
    told = answered(GIVEN["B05"])
    assert (told["jkk"], told["jkk_disability"], told["jkk_scholarship"]) == (70_000_000, 68_000_000, 174_000_000)


def test_scholarships_of_jkm_wait_three_years_and_those_of_jkk_do_not():
    told = answered(GIVEN["B02"])
    assert (told["jkm_scholarship"], told["jkk_scholarship"]) == (0, 174_000_000)


def test_the_last_minutes_of_a_month_are_offered_together_with_the_next():
    case = READER.case(GIVEN["S06"])
    before = datetime.fromisoformat("2026-11-30T23:40:00+07:00")
    person, _, _, _ = play(replace(case, events=()), CATALOGUE)
    told = purchase(person, (), before, CATALOGUE, 1)
    assert (told.covers, told.days_of_first) == ((date(2026, 11, 30), date(2026, 11, 30)), 1)
    later = later_begin((), before, CATALOGUE)
    assert later == date(2026, 12, 1)
    assert purchase(person, (), before, CATALOGUE, 1, begin=later).covers == (date(2026, 12, 1), date(2026, 12, 31))


def test_a_message_for_jayapura_leaves_between_six_and_eighteen_wib():
    told = answered(GIVEN["M04"], on="2026-12-08T05:59:59+07:00")
    assert told["reminders"] == []
    assert told["next_reminder"] == {
        "from": "2026-12-08T08:00:00+09:00",
        "until": "2026-12-08T20:00:00+09:00",
        "kind": "before",
    }
    assert answered(GIVEN["M04"], on="2026-12-08T06:00:00+07:00")["reminders"] == ["2026-12-08"]


def test_prepaid_months_hold_the_membership_so_that_no_second_one_begins():
    case = READER.case(GIVEN["A12"])
    person, ledger, _, _ = play(case, CATALOGUE)
    assert purchase(person, ledger, case.on, CATALOGUE, 1).months[0].month == date(2027, 11, 1)

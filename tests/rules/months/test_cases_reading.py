"""What may be odd in a case, and the one line that says so."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpu.rules.money.benefits import Benefits
from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.rules.months.cases.answers import answer
from bpu.rules.months.cases.reading import Odd, Reader, label, raw_cases

CATALOGUE, BENEFITS = Catalogue.load(), Benefits.load()
READER = Reader(CATALOGUE, Occupations.load())
PAY = {"at": "2026-11-10T10:00:00+07:00", "type": "pay", "amount": 8_400}
SOUND: dict[str, Any] = {
    "id": "T01",
    "person": {
        "birth": "1985-03-12",
        "occupation": "pedagang-pasar",
        "transport": False,
        "income": 1_000_000,
        "programmes": ["JKK", "JKM"],
        "zone": "WIB",
    },
    "events": [PAY],
    "on": "2026-11-10T12:00:00+07:00",
}
NOTHING = object()


def told(raw: Any) -> dict[str, Any]:
    return answer(READER.case(raw), CATALOGUE, BENEFITS)


def person(**changed: Any) -> dict[str, Any]:
    facts = {**SOUND["person"], **changed}
    return {**SOUND, "person": {name: value for name, value in facts.items() if value is not NOTHING}}


def event(*events: Any, **changed: Any) -> dict[str, Any]:
    one = {name: value for name, value in {**PAY, **changed}.items() if value is not NOTHING}
    return {**SOUND, "events": list(events) or [one]}


def test_a_sound_case_is_answered_without_notes():
    assert told(SOUND)["status"] == "active"
    assert READER.case(SOUND).notes == ()


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (7, "the case: an object is needed, not 7"),
        ({**SOUND, "id": ""}, "id: a name of at most 60 printable characters is needed"),
        ({**SOUND, "id": 5}, "id: a name"),
        ({**SOUND, "person": None}, "person: an object is needed, not null"),
        ({**SOUND, "person": [1]}, "person: an object is needed, not [1]"),
        ({**SOUND, "events": {}}, "events: a list is needed, not {}"),
        ({**SOUND, "events": None}, "events: a list is needed, not null"),
        ({**SOUND, "on": None}, "on: a time such as 2026-11-10T10:00:00+07:00 is needed, not null"),
        ({**SOUND, "on": "2026-11-10T12:00:00"}, 'on: "2026-11-10T12:00:00" has no offset'),
        ({**SOUND, "on": "2026-11-31T12:00:00+07:00"}, "on: a time such as"),
        ({**SOUND, "on": "2014-11-10T12:00:00+07:00"}, "lies outside July 2015 to 2199"),
        ({**SOUND, "on": "9999-12-31T23:59:59-07:00"}, "lies outside July 2015 to 2199"),
        ({**SOUND, "on": 20261110}, "on: a time such as"),
        (person(birth=NOTHING), "person.birth: a date such as 1985-03-12 is needed, not null"),
        (person(birth="12-03-1985"), "person.birth: a date"),
        (person(birth="2026-11-11"), "person.birth: 2026-11-11 is after what happened"),
        (person(income=NOTHING), "person.income: whole rupiah from 0"),
        (person(income=-1), "person.income: whole rupiah from 0 to 1000000000 are needed, not -1"),
        (person(income="1000000"), 'not "1000000"'),
        (person(income=1e6), "person.income: whole rupiah"),
        (person(income=True), "person.income: whole rupiah"),
        (person(income=10**12), "person.income: whole rupiah"),
        (person(programmes=NOTHING), "person.programmes: a list of codes is needed, not null"),
        (person(programmes="JKK"), "person.programmes: a list of codes"),
        (person(programmes=["JKK", 1]), "person.programmes: a list of codes"),
        (person(programmes=["JKK"]), "person.programmes: required missing: JKM"),
        (person(programmes=[]), "person.programmes: required missing: JKK"),
        (person(programmes=["JKK", "JKM", "JP"]), "person.programmes: closed programme: JP"),
        (person(programmes=["JKK", "JKM", "BPJS\nX"]), "person.programmes: unknown programme: BPJS\\nX"),
        (person(transport="no"), 'person.transport: true or false is needed, not "no"'),
        (person(transport=NOTHING, occupation="astronot"), "person: neither transport (true, false) nor an occupation"),
        (person(transport=NOTHING, occupation=NOTHING), "person: neither transport"),
        (person(occupation=5), "person.occupation: a code is needed, not 5"),
        (person(zone="WEST"), 'person.zone: one of WIB, WITA, WIT is needed, not "WEST"'),
        (person(zone=["WIB"]), "person.zone: one of"),
        (person(state_paid="yes"), "person.state_paid: true or false"),
        (person(employs=1), "person.employs: true or false"),
        (event(5), "events[0]: an object is needed, not 5"),
        (event(type="pya"), 'events[0].type: unknown "pya"; known are register, bill, change, end, stop, pay'),
        (event(type=NOTHING), "events[0].type: unknown null"),
        (event(type=["pay"]), 'events[0].type: unknown ["pay"]'),
        (event(at=NOTHING), "events[0].at: a time such as"),
        (event(at="2026-11-10"), 'events[0].at: "2026-11-10" has no offset'),
        (event(at="yesterday"), 'not "yesterday"'),
        (event(amount=NOTHING), "events[0].amount: whole rupiah from 1"),
        (event(amount=-8_400), "events[0].amount: whole rupiah from 1 to 1000000000000 are needed, not -8400"),
        (event(amount=0), "events[0].amount: whole rupiah from 1"),
        (event(amount=8_400.5), "not 8400.5"),
        (event(amount=float("nan")), "not NaN"),
        (event(amount="8400"), 'not "8400"'),
        (event(amount=10**13), "events[0].amount: whole rupiah"),
        (event(first_month="December"), "events[0].first_month: a month such as 2026-12"),
        (event(first_month="2027-01"), "cannot begin with 2027-01-01 on 2026-11-10"),
        (event(PAY, {**PAY, "amount": -1}), "events[1].amount"),
        (
            event(type="end"),
            "events[0].reason: unknown null; known are jht, wish, death, jht_withdrawn, own_wish, office",
        ),
        (event(type="end", reason="bored"), 'events[0].reason: unknown "bored"'),
        (event(type="change"), "events[0].set: an object is needed, not null"),
        (event(type="change", set={}), "events[0].set: changes nothing"),
        (event(type="change", set={"birth": "1990-01-01"}), 'events[0].set: "birth" cannot be changed'),
        (event(type="change", set={"income": -5}), "events[0].set.income: whole rupiah"),
        (event(type="change", set={"jht": "yes"}), "events[0].set.jht: true or false"),
        (event(type="change", set={"zone": 7}), "events[0].set.zone: one of"),
        (event(type="change", set={"occupation": "astronot"}), "events[0].set: neither transport"),
        (event(type="change", set={"programmes": ["JKM"]}), "events[0].set.programmes: required missing: JKK"),
    ],
)
def test_what_is_odd_is_said_in_one_line(raw, complaint):
    with pytest.raises(ValueError, match=r".") as refused:
        told(raw)
    line = str(refused.value)
    assert complaint in line
    assert "\n" not in line
    assert line.isprintable()
    assert len(line) < 250


def test_long_and_foreign_values_are_cut_and_escaped():
    with pytest.raises(Odd) as refused:
        READER.case(event(type="\ud800" + "x" * 10_000))
    assert len(str(refused.value)) < 200
    assert str(refused.value).isascii()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        (b"[" * 200_000, "not JSON"),
        (b'{"cases": [' + b"9" * 5_000 + b"]}", "not JSON"),
        (b"5", "no list of cases"),
        (b"{}", "no list of cases"),
        (b'{"cases": {"a": 1}}', "no list of cases"),
        (b'{"cases": null}', "no list of cases"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused_in_one_line(content, complaint):
    with pytest.raises(Odd, match=complaint) as refused:
        raw_cases(content)
    assert "\n" not in str(refused.value)


def test_a_bare_list_and_a_byte_order_mark_are_read():
    assert raw_cases(b"\xef\xbb\xbf[1, 2]") == [1, 2]
    assert raw_cases(b'{"cases": []}') == []


def test_a_case_is_called_by_its_id_or_its_place():
    assert [label(raw, 3) for raw in (SOUND, {}, 5, {"id": "a\nb"}, {"id": ""}, {"id": "x" * 61})] == [
        "T01",
        *["case 3"] * 5,
    ]


def test_events_count_in_the_order_of_their_times():
    december = {**PAY, "at": "2026-12-05T10:00:00+07:00"}
    asked = {"on": "2026-12-06T10:00:00+07:00"}
    in_order, other = (told({**event(*events), **asked}) for events in ((PAY, december), (december, PAY)))
    assert in_order == other
    assert in_order["paid_until"] == "2026-12-31"


def test_at_one_moment_a_change_counts_before_money_and_so_does_an_end():
    change = {"at": PAY["at"], "type": "change", "set": {"income": 3_000_000}}
    end = {"at": PAY["at"], "type": "end", "reason": "Own wish"}
    for events in ((PAY, change), (change, PAY)):
        assert told(event(*events))["credit"] == 8_400
    for events in ((PAY, end), (end, PAY)):
        assert (told(event(*events))["credit"], told(event(*events))["held"]) == (8_400, "ended")


def test_of_two_ends_the_first_counts():
    death, wish = ({"at": PAY["at"], "type": "end", "reason": reason} for reason in ("death", "wish"))
    later = {**wish, "at": "2026-11-10T11:00:00+07:00"}
    prepaid = {**PAY, "at": "2026-11-10T09:00:00+07:00", "amount": 16_800}
    assert told(event(prepaid, death, later))["refund"] == 8_400
    assert told(event(prepaid, {**death, "at": later["at"]}, wish))["refund"] == 0


def test_what_happens_after_the_moment_asked_does_not_count_but_must_be_sound():
    later = {**PAY, "at": "2026-12-05T10:00:00+07:00"}
    assert told(event(PAY, later)) == told(SOUND)
    with pytest.raises(Odd, match=r"events\[1\]\.amount"):
        told(event(PAY, {**later, "amount": -1}))


def test_the_occupation_tells_the_sector_where_nothing_else_does():
    driver = told(person(transport=NOTHING, occupation="ojek-online"))
    trader = told(person(transport=NOTHING))
    on = {"on": "2027-02-01T10:00:00+07:00"}
    assert driver["status"] == trader["status"] == "active"
    prices = [
        told({**person(transport=NOTHING, occupation=one), **on})["to_be_current"]
        for one in ("ojek-online", "pedagang-pasar")
    ]
    assert prices == [25_200, 42_000]


def test_facts_that_are_not_known_are_noted_and_left_out():
    case = READER.case(person(shoe_size=42))
    assert case.notes == ("person.shoe_size is not used",)


@pytest.mark.parametrize("name", ["employs", "employs_others", "employer"])
def test_who_employs_others_may_be_written_in_three_ways(name):
    assert told(person(**{name: True}))["programmes"] == ["JKK", "JKM", "JHT"]


def test_jht_is_added_and_taken_away():
    adds = {"at": "2026-11-11T10:00:00+07:00", "type": "change", "set": {"jht": True}}
    drops = {"at": "2026-11-12T10:00:00+07:00", "type": "change", "set": {"jht": False, "address": "Jl. Melati"}}
    amounts = [
        told({**event(PAY, *events), "on": "2026-11-13T10:00:00+07:00"})["next"]["amount"]
        for events in ([], [adds], [adds, drops])
    ]
    assert amounts == [8_400, 28_400, 8_400]


def test_every_answer_is_json_with_the_same_keys():
    raws = (SOUND, {**SOUND, "events": []}, {**SOUND, "on": "2030-01-01T00:00:00Z"}, event(type="end", reason="death"))
    keys = {tuple(json.loads(json.dumps(told(raw)))) for raw in raws}
    assert len(keys) == 1
    assert keys.pop()[:14] == (
        "id",
        "status",
        "protected",
        "paid_until",
        "late_months",
        "owed",
        "to_be_current",
        "due",
        "lapses_on",
        "next",
        "restart",
        "credit",
        "refund",
        "reminders",
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
KNOWN = {"at": PAY["at"], "amount": 8_400, "reason": "death", "set": {"income": 5}, "first_month": "2026-12"}
EVENTS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["pay", "change", "end", "stop", "bill"]) | ANYTHING},
        optional={name: st.just(value) | ANYTHING for name, value in KNOWN.items()},
    ),
    max_size=3,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([*SOUND, *SOUND["person"]]), ANYTHING, EVENTS | ANYTHING)
def test_whatever_stands_in_a_case_it_is_answered_or_refused_in_one_line(place, anything, events):
    inside = {**SOUND["person"], place: anything} if place in SOUND["person"] else SOUND["person"]
    raw = {**SOUND, "person": inside, "events": events, **({place: anything} if place in SOUND else {})}
    try:
        json.dumps(told(raw))
    except ValueError as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - either way is right

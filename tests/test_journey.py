"""Position from answers alone: the truth table of the journey, on invented steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.journey import Journey, Step, remember


def step(slug: str, **rest: object) -> Step:
    return type(slug, (Step,), {"slug": slug, "title": slug, **rest})()


class OnlyForDrivers(Step):
    slug = "b2"
    title = "b2"

    def applies(self, answers):
        return answers.get("b", {}).get("drives") == "yes"


class NeverDone(Step):
    slug = "end"
    title = "end"

    def done(self, answers):
        return False


A, B, C, SEAL, D = step("a"), step("b"), step("c"), step("seal", seals=True), step("d")
PLAIN = (A, B, C)
SEALED = (A, B, SEAL, C, D)
BRANCHED = (A, B, OnlyForDrivers(), C)


@pytest.mark.parametrize(
    ("steps", "answered", "current", "may_open"),
    [
        (PLAIN, "", "a", "a"),
        (PLAIN, "a", "b", "a b"),
        (PLAIN, "a b", "c", "a b c"),
        (PLAIN, "a b c", "c", "a b c"),
        (PLAIN, "b", "a", "a"),
        (PLAIN, "b c", "a", "a"),
        (PLAIN, "a c", "b", "a b"),
        (SEALED, "a b", "seal", "a b seal"),
        (SEALED, "a b seal", "c", "c"),
        (SEALED, "a b seal c", "d", "c d"),
        (SEALED, "a b seal c d", "d", "c d"),
        (SEALED, "seal", "a", ""),
        (BRANCHED, "a b", "c", "a b c"),
        ((A, NeverDone()), "a end", "end", "a end"),
    ],
)
def test_where_somebody_is_and_what_they_may_open(steps, answered, current, may_open):
    journey = Journey(steps, {slug: {} for slug in answered.split()})
    assert journey.current.slug == current
    assert " ".join(one.slug for one in journey.steps if journey.may_open(one)) == may_open


@pytest.mark.parametrize(
    ("steps", "answered", "before"),
    [
        (PLAIN, "a b", {"a": None, "b": "a", "c": "b"}),
        (SEALED, "a b seal c", {"c": None, "d": "c"}),
        (SEALED, "a b seal c d", {"d": "c"}),
    ],
)
def test_the_way_back_ends_at_the_first_page_or_at_a_seal(steps, answered, before):
    journey = Journey(steps, {slug: {} for slug in answered.split()})
    for slug, expected in before.items():
        found = journey.before(journey.find(slug))
        assert (found.slug if found else None) == expected


def test_a_step_that_does_not_apply_has_no_address_and_no_place():
    without, with_it = Journey(BRANCHED, {"a": {}}), Journey(BRANCHED, {"a": {}, "b": {"drives": "yes"}})
    assert without.find("b2") is None
    assert with_it.find("b2") is with_it.current
    assert [without.position(one) for one in without.steps] == [(1, 3), (2, 3), (3, 3)]
    assert with_it.position(C) == (4, 4)
    assert without.find("nowhere") is None


RESTING = (
    step("phone"),
    step("ask", depends_on={"phone": ["number"]}),
    step("code", depends_on={"phone": ["number"], "ask": ["at"]}),
    step("job"),
    step("choice", depends_on={"job": ["income", "employs"]}),
    step("sum", depends_on={"choice": ["months"]}),
)
FULL = {
    "phone": {"number": 1, "name": "x"},
    "ask": {"at": 1},
    "code": {"ok": True},
    "job": {"income": 1, "employs": "no", "place": "p"},
    "choice": {"months": 3},
    "sum": {"total": 9},
}


@pytest.mark.parametrize(
    ("slug", "new", "dropped"),
    [
        ("phone", {"number": 1, "name": "x"}, ""),
        ("phone", {"number": 1, "name": "y"}, ""),
        ("phone", {"number": 2, "name": "x"}, "ask code"),
        ("phone", {"name": "x"}, "ask code"),
        ("ask", {"at": 2}, "code"),
        ("job", {"income": 1, "employs": "no", "place": "q"}, ""),
        ("job", {"income": 2, "employs": "no", "place": "p"}, "choice sum"),
        ("job", {"income": 1, "employs": "yes", "place": "p"}, "choice sum"),
        ("choice", {"months": 6}, "sum"),
        ("sum", {"total": 1}, ""),
    ],
)
def test_a_changed_field_drops_what_rests_on_it_and_what_rests_on_that(slug, new, dropped):
    kept = remember(RESTING, FULL, slug, new)
    assert set(FULL) - set(kept) == set(dropped.split())
    assert kept[slug] == new
    assert all(kept[other] == FULL[other] for other in kept if other != slug)
    assert FULL["phone"] == {"number": 1, "name": "x"}, "what was given is not changed"


def test_an_answer_given_for_the_first_time_counts_as_changed():
    assert remember(RESTING, {"code": {"ok": True}}, "phone", {"number": 1}) == {"phone": {"number": 1}}


slugs = st.sampled_from([one.slug for one in SEALED])


@given(answered=st.sets(slugs))
def test_the_current_step_may_always_be_opened_unless_it_is_sealed_off(answered):
    journey = Journey(SEALED, {slug: {} for slug in answered})
    sealed_off = journey.steps.index(journey.current) < journey.first_open
    assert journey.may_open(journey.current) is not sealed_off
    opened = [journey.steps.index(one) for one in journey.steps if journey.may_open(one)]
    assert opened == list(range(opened[0], opened[-1] + 1)) if opened else sealed_off


@given(
    st.dictionaries(
        st.sampled_from([one.slug for one in RESTING]), st.dictionaries(st.sampled_from("xy"), st.integers())
    ),
    st.sampled_from([one.slug for one in RESTING]),
    st.dictionaries(st.sampled_from("xy"), st.integers()),
)
def test_the_same_answer_again_changes_nothing(answers, slug, new):
    once = remember(RESTING, answers, slug, new)
    assert remember(RESTING, once, slug, new) == once

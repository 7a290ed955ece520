"""A word given holds for what was shown: any change of it asks for another, and says so."""

import re

import pytest

from bpu.models import Draft, Registration, writing
from bpu.services.access.proof import bound, holds
from bpu.steps.facts import AGREED, OWN, facts, proof_of, proven
from tests.people.answers import PERSON
from tests.people.visitor import Visitor

ANSWERS = {
    "hadir": {"channel": "assistant:one", "at": "now"},
    "data-diri": {"phone": "+6281", "nik": "3201", "name": "SITI", "birth_date": "1990-08-05"},
    "persetujuan": {"terms": "1", "privacy": "1"},
    "jasa": {"fee": 5_000},
}


def changed(slug: str, name: str) -> dict:
    return {**ANSWERS, slug: {**ANSWERS[slug], name: "another"}}


def with_word(answers: dict) -> dict:
    return {**answers, "kode": {"phone": answers["data-diri"]["phone"], "at": "-", "facts": proof_of(answers)}}


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in AGREED.items() for name in names])
def test_the_word_of_somebody_who_is_helped_ends_with_each_fact_that_changes(app, slug: str, name: str) -> None:
    assert proven(with_word(ANSWERS))
    assert not proven({**with_word(ANSWERS), slug: changed(slug, name)[slug]})
    assert proven(with_word(changed(slug, name)))


def test_whoever_fills_it_in_alone_may_mend_a_name_but_not_become_somebody_else(app) -> None:
    own = with_word({slug: answer for slug, answer in ANSWERS.items() if slug != "hadir"})
    assert proven(own)
    for name in ANSWERS["data-diri"]:
        other = {**own, "data-diri": {**own["data-diri"], name: "another"}}
        assert proven(other) == (name not in OWN["data-diri"])


@pytest.mark.parametrize("kept", [{}, {"phone": "+6281"}, {"phone": "+6281", "facts": ""}, {"facts": "00"}])
def test_a_word_without_its_facts_is_none(app, kept: dict) -> None:
    assert not proven({**ANSWERS, "kode": kept})


def test_facts_do_not_run_into_each_other_and_say_nothing(app) -> None:
    one, other = bound({"a": "1", "b": ""}), bound({"a": "", "b": "1"})
    assert one != other
    assert holds(one, {"b": "", "a": "1"}), "their order says nothing"
    assert not holds(None, {})
    assert b"1990" not in bound(facts(ANSWERS, AGREED))


def path(visitor: Visitor, slug: str) -> str:
    return re.sub(r"[a-z-]+$", slug, visitor.path)


def test_a_code_is_not_good_for_another_nik(visitor: Visitor) -> None:
    visitor.reach("kode")
    code = visitor.code()
    visitor.open(path(visitor, "data-diri")).answer(nik="3201015508900000", birth_day="15")
    visitor.reach("minta-kode")
    assert visitor.sees("kode yang lama tidak berlaku lagi")
    visitor.fill().fill(code=code)
    assert visitor.errors == ["Isian berubah sejak kode ini dikirim. Minta kode baru."]
    assert "kode" not in Draft.get().answers
    visitor.open(path(visitor, "data-diri")).answer(nik=PERSON["data-diri"]["nik"])
    visitor.reach("minta-kode").fill()
    assert visitor.fill(code=code).step == "pekerjaan", "taken back, and the code is good again"


def test_what_was_changed_in_another_window_is_not_what_was_said_to_be_right(visitor: Visitor) -> None:
    visitor.reach("periksa")
    check, old = visitor.path, visitor.form_values(visitor.page.select('main form[method="post"]')[0])
    visitor.open(path(visitor, "alamat")).fill(address="Gang Lain 1")
    sent = {**old, "declare": "yes"}
    visitor._show(visitor.client.post(check, data=sent, headers=visitor._headers(), follow_redirects=True))
    assert visitor.errors == ["Isian berubah sejak halaman ini dibuka. Periksa sekali lagi."]
    assert Registration.select().count() == 0
    assert visitor.answer().step == "bayar"
    assert Registration.get().address["address"] == "Gang Lain 1"


@pytest.mark.parametrize("amount", ["", "1", "11400", None])
def test_a_price_that_was_not_shown_is_not_agreed_to(visitor: Visitor, amount: str | None) -> None:
    visitor.reach("periksa")
    sent = visitor.form_values(visitor.page.select('main form[method="post"]')[0]) | {"declare": "yes"}
    sent.pop("amount")
    sent |= {} if amount is None else {"amount": amount}
    visitor._show(visitor.client.post(visitor.path, data=sent, headers=visitor._headers(), follow_redirects=True))
    assert visitor.errors
    assert Registration.select().count() == 0


@pytest.mark.requirement("R47")
def test_consent_to_a_text_that_is_over_is_asked_for_anew(visitor: Visitor) -> None:
    visitor.reach("periksa")
    draft = Draft.get()
    draft.answers = {**draft.answers, "persetujuan": {"terms": "0", "privacy": "0"}}
    with writing():
        draft.save()
    visitor.open(visitor.path).answer()
    assert "Syaratnya berubah" in visitor.errors[0]
    assert Registration.select().count() == 0
    visitor.answer()
    assert visitor.step == "persetujuan"
    visitor.reach("bayar")

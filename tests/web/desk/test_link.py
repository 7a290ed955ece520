"""The page behind the link to a worker's phone: what it takes to find somebody there by guessing."""

from collections.abc import Iterator
from datetime import timedelta
from secrets import choice

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Draft, Registration
from bpu.services.registration.drafts import SIGNS
from bpu.steps.facts import proven
from bpu.web.desk.link import MISSES
from tests.people.visitor import Visitor
from tests.web.desk.conftest import Helper, sheet_answers

ELSEWHERE = "198.51.100.7"


@pytest.fixture
def link(helper: Helper) -> Iterator[str]:
    """The address that was sent to a worker's phone."""
    answers = sheet_answers(15)
    helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        helper.press("/kirim-kode", link="1")
        text = helper.messages("+62" + answers["ktp"]["phone"][1:])[0]["text"]
        yield "/setuju/" + text.split("/setuju/")[1].split()[0]


def guess() -> str:
    return "/setuju/" + "".join(choice(SIGNS) for _ in range(10))


def test_whoever_guesses_links_is_told_to_wait_and_a_right_one_is_taken_all_the_same(app: Flask, link: str) -> None:
    guesser = Visitor(app)
    told = [guesser.open(guess()).response.status_code for _ in range(MISSES + 2)]
    assert told == [404] * MISSES + [429] * 2
    assert Visitor(app).open(guess()).response.status_code == 429, "a new browser does not help"
    worker = Visitor(app)
    assert worker.open(link).step == "approval", "a stranger behind the same address shuts nobody out"
    assert worker.fill(press="agree").step == "approval-thanks"
    guesser.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    assert guesser.open(guess()).response.status_code == 404


@pytest.mark.parametrize(
    "change", [{"phone": "081399998888"}, {"name": "Orang Lain"}, {"nik": "3201015701850000", "birth_day": "17"}]
)
def test_a_link_agrees_to_what_it_was_sent_for_and_to_nothing_else(
    app: Flask, helper: Helper, link: str, change: dict[str, str]
) -> None:
    worker = Visitor(app)
    assert worker.open(link).sees("Rp5.000"), "the fee stands where it is agreed to"
    uid = helper.path.split("/")[3]
    helper.at(uid, "ktp").type({**sheet_answers(15)["ktp"], **change})
    assert worker.open(link).step == "approval-over"
    worker.client.post(link, data={"agree": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert not proven(Draft.get().answers)
    assert helper.at(uid, "periksa").type({"declare": "yes"}).errors, "and nothing can be sent"
    assert Registration.select().count() == 0


def test_a_fee_that_changes_ends_the_word_that_was_given(app: Flask, helper: Helper, link: str) -> None:
    worker, uid = Visitor(app), helper.path.split("/")[3]
    assert worker.open(link).fill(press="agree").step == "approval-thanks"
    assert proven(Draft.get().answers)
    helper.at(uid, "kerja").type({**sheet_answers(15)["kerja"], "fee": "15.000"})
    assert not proven(Draft.get().answers)
    assert helper.step == "periksa"
    assert helper.sees("persetujuan dan kode yang lama tidak berlaku lagi")
    helper.type({"declare": "yes"})
    assert Registration.select().count() == 0


def test_the_link_of_a_helper_who_is_paused_agrees_to_nothing(app: Flask, helper: Helper, link: str) -> None:
    app.extensions["bpu"].assistants.pause(helper.row)
    assert Visitor(app).open(link).step == "approval-over"


def test_a_code_typed_for_a_helper_ends_with_another_name(helper: Helper) -> None:
    answers = sheet_answers(17)
    uid = helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    code = helper.code_of(answers["ktp"]["phone"])
    helper.at(uid, "ktp").type({**answers["ktp"], "name": "Orang Lain"})
    helper.at(uid, "periksa").type({"declare": "yes", "code": code})
    assert any("Isian berubah" in text for text in helper.errors), helper.errors
    helper.at(uid, "ktp").type(answers["ktp"])
    assert helper.at(uid, "periksa").type({"declare": "yes", "code": code}).step == "bayar"

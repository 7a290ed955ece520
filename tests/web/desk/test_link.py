"""The page behind the link to a worker's phone: what it takes to find somebody there by guessing."""

from collections.abc import Iterator
from datetime import timedelta
from secrets import choice

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.services.registration.drafts import SIGNS
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


def test_whoever_guesses_links_finds_nobody_any_more_even_with_the_right_one(app: Flask, link: str) -> None:
    guesser = Visitor(app)
    for _ in range(MISSES - 1):
        assert guesser.open(guess()).step == "approval-over"
    assert guesser.open(link).step == "approval", "up to here it may have been a slip"
    assert guesser.open(guess()).step == "approval-over"
    assert guesser.open(link).step == "approval-over"
    assert guesser.response.status_code == 404
    sent = guesser.client.post(link, data={"agree": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 404, "nor is an answer taken"


def test_a_new_browser_at_the_same_address_may_not_guess_on_but_another_address_may(app: Flask, link: str) -> None:
    guesser, worker = Visitor(app), Visitor(app)
    for _ in range(MISSES):
        guesser.open(guess())
    assert Visitor(app).open(link).step == "approval-over"
    worker.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    assert worker.open(link).step == "approval"


def test_a_guesser_is_forgotten_after_an_hour(helper: Helper, app: Flask) -> None:
    guesser = Visitor(app)
    for _ in range(MISSES):
        guesser.open(guess())
    answers = sheet_answers(16)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        helper.sign_in()
        helper.new()
        helper.type(answers["ktp"]).type(answers["kerja"])
        with time_machine.travel(clock.now() + timedelta(minutes=2)):
            helper.press("/kirim-kode", link="1")
            text = helper.messages("+62" + answers["ktp"]["phone"][1:])[0]["text"]
            assert guesser.open("/setuju/" + text.split("/setuju/")[1].split()[0]).step == "approval"

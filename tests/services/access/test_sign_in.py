"""Signing in, alike at every door: proof of a phone once, few PINs, tokens that change, computers for a day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from bpu.models import Assistant, Audit, Code, Machine, SignIn, Token, database, writing
from bpu.services.access import sign_in
from bpu.services.access.codes import Codes

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
PHONE, PIN = "+6281255501234", "246810"


@pytest.fixture
def now():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def codes(app: Flask, now) -> Codes:
    return app.extensions["bpu"].codes


@pytest.fixture
def helper(app: Flask, now) -> Assistant:
    return app.extensions["bpu"].assistants.invite(PHONE, "Ani", "WARNET ANI", "3201", pin=PIN)[0]


def trail() -> list[str]:
    return [row.action for row in Audit.select().order_by(Audit.id)]


def test_a_phone_is_proven_by_its_code_and_stays_so_for_the_attempt(codes, now):
    with writing():
        attempt = sign_in.attempt(PHONE)
        codes.send("desk", attempt.uid, PHONE)
        code = Code.get().code
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert not sign_in.proved(codes, "desk", attempt, wrong)
        assert sign_in.attempted(attempt.uid).proved is None
        assert sign_in.proved(codes, "desk", attempt, code)
    assert sign_in.attempted(attempt.uid).proved == START
    # The code is used up; what it showed is not.
    assert sign_in.proved(codes, "desk", attempt, code)
    assert sign_in.proved(codes, "desk", attempt, "")


def test_a_code_for_one_door_opens_no_other(codes):
    with writing():
        attempt = sign_in.attempt(PHONE)
        codes.send("resume", attempt.uid, PHONE)
        assert not sign_in.proved(codes, "desk", attempt, Code.get().code)


def test_an_attempt_ends_after_a_quarter_of_an_hour(app, now):
    with writing():
        attempt = sign_in.attempt(PHONE, "draft00001")
    now.shift(sign_in.ATTEMPT - timedelta(milliseconds=1))
    assert sign_in.attempted(attempt.uid).draft == "draft00001"
    now.shift(timedelta(milliseconds=1))
    assert sign_in.attempted(attempt.uid) is None


def test_after_five_wrong_pins_the_right_one_waits_for_an_hour(helper, now):
    for _ in range(sign_in.PIN_TRIES):
        assert not sign_in.pin_fits("desk", helper, "000000", "screen")
    assert not sign_in.pin_fits("desk", helper, PIN, "screen")
    assert trail()[1:] == ["desk.wrong_pin"] * 5 + ["desk.pin_used_up"]
    now.shift(timedelta(hours=1))
    assert sign_in.pin_fits("desk", helper, PIN, "screen")


def test_wrong_pins_at_one_screen_refuse_the_right_one_nowhere_else(helper):
    for _ in range(sign_in.PIN_TRIES):
        sign_in.pin_fits("desk", helper, "000000", "a screen left open")
    assert not sign_in.pin_fits("desk", helper, PIN, "a screen left open")
    assert sign_in.pin_fits("desk", helper, PIN, "the own computer")


def test_wrong_pins_at_one_door_do_not_shut_another(helper):
    for _ in range(sign_in.PIN_TRIES):
        sign_in.pin_fits("office", helper, "000000", "screen")
    assert sign_in.pin_fits("desk", helper, PIN, "screen")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("246810", True), *((text, False) for text in ("24681", "2468100", "24681a", " 246810", "２４６８１０", ""))],
)
def test_a_pin_is_six_plain_digits(text, is_one):
    assert sign_in.is_pin(text) is is_one
    assert sign_in.is_pin(sign_in.new_pin())


def test_what_is_kept_of_a_pin_differs_each_time_and_says_nothing_of_it():
    one, other = sign_in.hashed(PIN), sign_in.hashed(PIN)
    assert one != other
    assert sign_in.hashed(PIN, one[:16]) == one
    assert PIN.encode() not in one


def test_a_token_that_was_changed_counts_twenty_seconds_longer_and_is_changed_once(helper, now):
    with writing():
        entered = sign_in.begin(helper)
        fresh = sign_in.rotated(entered.sign_in, entered.token)
        assert sign_in.rotated(entered.sign_in, entered.token) is None
    assert fresh not in (None, entered.token)
    for token in (entered.token, fresh):
        assert sign_in.signed_in(token) == entered.sign_in
    now.shift(sign_in.ROTATING)
    assert sign_in.signed_in(entered.token) is None
    assert sign_in.signed_in(fresh) == entered.sign_in
    now.shift(timedelta(milliseconds=1))
    with writing():
        assert sign_in.rotated(entered.sign_in, fresh)
    assert Token.select().count() == 2, "one that is in use, one that is about to end"


@pytest.mark.requirement("R13")
def test_a_sign_in_ends_after_twelve_hours_and_a_computer_is_remembered_for_a_day(helper, now):
    with writing():
        entered = sign_in.begin(helper, remember=True)
    now.shift(sign_in.AT_MOST - timedelta(milliseconds=1))
    assert sign_in.signed_in(entered.token)
    now.shift(timedelta(milliseconds=1))
    assert sign_in.signed_in(entered.token) is None
    assert sign_in.machine(entered.machine_token).assistant == helper
    now.move_to(START + sign_in.REMEMBERED)
    assert sign_in.machine(entered.machine_token) is None


@pytest.mark.requirement("R38")
def test_a_pause_is_felt_at_once_and_ending_all_leaves_nothing(app, helper):
    with writing():
        entered = sign_in.begin(helper, remember=True)
        helper.paused = START
        helper.save()
    assert sign_in.signed_in(entered.token) is None
    with writing():
        sign_in.end_all(helper)
    with database.connection_context():
        assert (SignIn.select().count(), Token.select().count(), Machine.select().count()) == (0, 0, 0)

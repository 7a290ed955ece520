"""Flood limits as they are shipped: counted by browser where there is one, and by address in any case."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Assistant
from bpu.services.desk.assistants import DEMO_PHONE, DEMO_PIN
from bpu.web.frame.limits import PER_ADDRESS, PER_BROWSER
from tests.people.visitor import Visitor
from tests.web.desk.conftest import Helper

A_BROWSER, AN_ADDRESS = (int(limit.split()[0]) for limit in (PER_BROWSER, PER_ADDRESS))
SAME = {"Sec-Fetch-Site": "same-origin"}
SOMEWHERE, ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "198.51.100.7"}


@pytest.fixture(autouse=True)
def minute() -> Iterator[None]:
    """The first second of a minute, so that everything counted here falls into one."""
    with time_machine.travel(clock.now().replace(second=0, microsecond=0), tick=False):
        yield


def told_nothing(visitor: Visitor) -> int:
    """How an empty form is answered."""
    return visitor.client.post(visitor.path, data={"step": "alamat"}, headers=SAME).status_code


def test_browsers_behind_one_address_are_counted_each_for_itself(another: Callable[..., Visitor]) -> None:
    one, other = another().reach("alamat"), another().reach("alamat")
    answers = [told_nothing(one) for _ in range(A_BROWSER)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert told_nothing(other) == 422


def test_assistants_behind_one_address_are_counted_each_for_itself(app: Flask, another: Callable[..., Visitor]) -> None:
    stranger = another().reach("alamat")
    while told_nothing(stranger) != 429:
        pass
    app.extensions["bpu"].assistants.demo()
    helper = Helper(app, DEMO_PHONE).sign_in(DEMO_PIN)
    assert helper.step == "desk"
    for _ in range(A_BROWSER + 1):
        helper.press("/cari", cari="nobody")
        assert helper.response.status_code == 200
    assert Assistant.select().count() == 1


def test_an_address_sends_so_much_and_no_more_whatever_browsers_it_has(app: Flask) -> None:
    client = app.test_client(use_cookies=False)

    def sent(number: int, where: dict[str, str]) -> int:
        headers = {**SAME, "Cookie": f"b={number // 50:022d}"}
        return client.post("/lanjut", data={}, headers=headers, environ_overrides=where).status_code

    answers = [sent(number, SOMEWHERE) for number in range(AN_ADDRESS)]
    assert set(answers) == {422}
    assert sent(AN_ADDRESS, SOMEWHERE) == 429
    assert client.get("/bpu", environ_overrides=SOMEWHERE).status_code == 200, "looking costs nothing"
    assert sent(AN_ADDRESS, ELSEWHERE) != 429


def test_banks_are_counted_by_their_address_too(app: Flask) -> None:
    client = app.test_client()

    def called(where: dict[str, str]) -> int:
        return client.post("/snap/v1.0/transfer-va/inquiry", environ_overrides=where).status_code

    assert 429 not in [called(SOMEWHERE) for _ in range(AN_ADDRESS)]
    assert called(SOMEWHERE) == 429
    assert called(ELSEWHERE) != 429

"""What a person is told when a request is not answered: what to do, with what was typed still there."""

import time

import pytest
from flask import Flask

from bpu.models import hurry, writing
from bpu.web.frame.errors import WAIT
from tests.people.visitor import inspected

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def hurried(app: Flask) -> Flask:
    """An app whose requests are late from the start, so that none gets a turn to write."""
    app.before_request_funcs[None].insert(1, lambda: hurry(time.monotonic() - 1))
    return app


def test_a_form_that_cannot_be_saved_is_on_the_page_that_says_so(hurried: Flask) -> None:
    sent = {"step": "data-diri", "name": 'Siti "A" <b>', "p": ["1", "2"], "csrf": "x", "nik": "3201"}
    answer = hurried.test_client().post("/bpu/abcdefghij/pemeriksaan?x=1", data=sent, headers=OURS)
    page = inspected(answer.text)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(WAIT[503]))
    form = page.select_one("[data-kept] form")
    assert form["action"] == "/bpu/abcdefghij/pemeriksaan?x=1"
    kept = [(field["name"], field["value"]) for field in form.select("input")]
    assert kept == [("step", "data-diri"), ("name", 'Siti "A" <b>'), ("p", "1"), ("p", "2"), ("nik", "3201")]
    assert f"Tunggu {WAIT[503]} detik" in page.text
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_client_that_needs_a_token_gets_a_fresh_one_with_the_form(hurried: Flask) -> None:
    client = hurried.test_client()
    blank = inspected(client.get("/lanjut").text)
    token = blank.select_one("[name=csrf]")["value"]
    page = inspected(client.post("/lanjut", data={"csrf": token, "resume": "AAAA-AAAA"}).text)
    assert page.select_one("[data-kept] [name=resume]")["value"] == "AAAA-AAAA"
    assert page.select_one("[data-kept] [name=csrf]")["value"] != token


@pytest.mark.parametrize("field", ["pin", "password"])
def test_a_secret_is_never_shown_again(hurried: Flask, field: str) -> None:
    answer = hurried.test_client().post("/lanjut", data={field: "rahasia-123", "phone": "0812"}, headers=OURS)
    assert answer.status_code == 503
    assert "rahasia-123" not in answer.text
    assert not inspected(answer.text).select("[data-kept]")


def test_a_page_that_cannot_be_shown_now_says_when_to_look_again(app: Flask) -> None:
    @app.get("/bantuan/sibuk")
    def busy() -> str:
        with writing(0):
            return "never"

    answer = app.test_client().get("/bantuan/sibuk")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "muat ulang halaman ini" in inspected(answer.text).text


def test_too_many_forms_keep_the_last_one(app: Flask) -> None:
    client = app.test_client()
    answers = [client.post("/bpu/abcdefghij/alamat", data={"name": f"Siti {n}"}, headers=OURS) for n in range(61)]
    assert [answer.status_code for answer in answers].index(429) == 60
    page = inspected(answers[-1].text)
    assert page.select_one("[data-kept] [name=name]")["value"] == "Siti 60"
    assert answers[-1].headers["Retry-After"] == str(WAIT[429])
    assert f"Tunggu {WAIT[429]} detik" in page.text


def test_with_htmx_the_page_is_a_fragment_with_the_same_form(hurried: Flask) -> None:
    headers = OURS | {"HX-Request-Type": "partial"}
    answer = hurried.test_client().post("/lanjut", data={"resume": "AAAA"}, headers=headers)
    assert answer.status_code == 503
    assert answer.text.lstrip().startswith("<title>")
    assert inspected(answer.text).select_one("[data-kept] [name=resume]")


def test_what_lets_nobody_in_says_so_like_every_page(app: Flask) -> None:
    for status, words in ((408, "terlalu lambat"), (503, "ramai")):
        answer = app.test_client().get("/", environ_overrides={"bpu.turned": status})
        assert answer.status_code == status
        assert words in inspected(answer.text).text

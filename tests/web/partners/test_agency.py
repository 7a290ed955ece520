"""The agency's call back: believed when signed, taken once, refused with the reason."""

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from peewee import OperationalError
from werkzeug.test import TestResponse

from bpu import clock
from bpu.models import Registration, database, open_database, writing
from bpu.providers.agency import open_core, signature
from bpu.secrecy import KeyRing
from bpu.services.membership.enrolment import Enrolment
from bpu.services.messages.texts import Messages
from bpu.settings import Settings
from bpu.web import partners
from tests.parts.servers import KEY
from tests.people.registered import registered

SECRET = "rahasia-bersama-yang-cukup-panjang"
PROVIDER = {"BPU_CORE_URL": "http://127.0.0.1:1/", "BPU_CORE_SECRET": SECRET}
Post = Callable[..., TestResponse]


def enrolled(core: str = "http") -> Enrolment:
    configured = Settings(core=core, provider=PROVIDER)
    return Enrolment(configured, open_core(configured), Messages(configured))


def post_to(enrolment: Enrolment) -> Post:
    app = Flask(__name__)
    app.register_blueprint(partners.room(enrolment.settings))
    app.extensions["bpu"] = SimpleNamespace(enrolment=enrolment)

    def post(said: object, *, secret: str = SECRET, at: float = 0, **headers: str) -> TestResponse:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        timestamp = str(int(clock.now().timestamp() + at))
        signed = signature(secret.encode(), "/core/number", timestamp, body)
        names = {"X-Timestamp": timestamp, "X-Signature": signed} | headers
        return app.test_client().post("/core/number", data=body, headers=names)

    return post


@pytest.fixture
def enrolment(store: str) -> Enrolment:
    return enrolled()


def waiting(enrolment: Enrolment) -> Registration:
    person = registered()
    with writing():
        enrolment.paid(person, clock.now())
    return person


def number_of(person: Registration) -> str | None:
    return Registration.get(Registration.uid == person.uid).number


def test_a_signed_number_is_taken_once_however_often_it_is_told(enrolment):
    person, post = waiting(enrolment), post_to(enrolment)
    said = {"registration": person.uid, "number": "26110000001"}
    assert [(post(said).status_code, post(said).json) for _ in range(2)] == [(200, {"status": "known"})] * 2
    assert number_of(person) == "26110000001"


@pytest.mark.parametrize(
    "forged",
    [{"secret": "x" * 32}, {"at": -301}, {"at": 302}, {"X-Signature": ""}, {"X-Timestamp": "soon"}],
)
def test_what_the_core_did_not_sign_just_now_changes_nothing(enrolment, forged):
    person = waiting(enrolment)
    answer = post_to(enrolment)({"registration": person.uid, "number": "26110000001"}, **forged)
    assert (answer.status_code, answer.json) == (401, {"error": "signature"})
    assert number_of(person) is None


def test_each_refusal_has_its_status_and_its_word(enrolment):
    post = post_to(enrolment)
    person, other, unpaid = waiting(enrolment), waiting(enrolment), registered()
    assert post({"registration": person.uid, "number": "26110000001"}).json == {"status": "ok"}
    cases = [
        (person.uid, "26110000002", 409, "other"),
        (other.uid, "26110000001", 409, "taken"),
        (unpaid.uid, "26110000003", 409, "unpaid"),
        (other.uid, "123", 400, "form"),
        ("nobody", "26110000003", 404, "unknown"),
        ("\x00", "26110000003", 400, "form"),
    ]
    for uid, number, status, word in cases:
        answer = post({"registration": uid, "number": number})
        assert (answer.status_code, answer.json) == (status, {"error": word})
    assert [number_of(each) for each in (person, other, unpaid)] == ["26110000001", None, None]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"number": "26110000001"}', b"[" * 60_000, b"\xff", b"{}"])
def test_a_body_that_is_something_else_is_a_bad_request(sqlite_store, body):
    assert post_to(enrolled())(body).status_code == 400


def test_a_body_without_end_is_not_read(sqlite_store):
    assert post_to(enrolled())(b" " * 70_000).status_code == 413


@pytest.mark.parametrize("core", ["sandbox", "file"])
def test_a_core_that_never_calls_has_no_door(sqlite_store, core):
    assert post_to(enrolled(core))({"registration": "a", "number": "CONTOH-00000001"}).status_code == 404


def test_a_database_that_is_away_asks_the_core_to_come_again(tmp_path):
    open_database(f"sqlite:///{tmp_path}/none/bpu.sqlite3", KeyRing.parse(KEY))
    (tmp_path / "none").rmdir()
    with pytest.raises(OperationalError):
        database.connect()
    answer = post_to(enrolled())({"registration": "a", "number": "26110000001"})
    assert (answer.status_code, answer.json) == (503, {"error": "later"})

"""The agency's core over real HTTP: one that answers, is slow, is down, says it twice, says something else."""

import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine

from bpu import clock
from bpu.models import Outgoing, Registration, writing
from bpu.providers import ProviderError, http
from bpu.providers.agency import NAMES, File, Http, Sandbox, open_core, signature
from bpu.services.membership.enrolment import Enrolment
from bpu.services.messages.texts import Messages
from bpu.services.messages.worker import Worker
from bpu.settings import Misconfigured, Settings
from tests.parts.servers import free_port
from tests.people.registered import registered

SECRET = "rahasia-bersama-yang-cukup-panjang"
APPLICATION = {"registration": "AbCdEf12", "nik": "3174020101900000", "name": "SITI Ñ AMINAH"}


class Agency(ThreadingHTTPServer):
    """The agency's side: does what `moods` says, one after the other, and then answers properly."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Desk)
        self.moods: list[str] = []
        self.given: dict[str, str] = {}
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.free = itertools.count(26_000_000_001)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/numbers?office=1"

    def handle_error(self, request, client_address) -> None:
        """Callers that hang up are part of the game."""


class Desk(BaseHTTPRequestHandler):
    """Where applications are handed in."""

    server: Agency

    def log_message(self, *_: object) -> None:
        """Nothing: tests read `asked`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), body))
        expected = hmac.new(
            SECRET.encode(), b"/numbers\n" + self.headers["X-Timestamp"].encode() + b"\n" + body, sha256
        ).hexdigest()
        if self.headers["X-Signature"] != expected:
            self.say(401, {})
            return
        uid = self.headers["Idempotency-Key"]
        mood = self.server.moods.pop(0) if self.server.moods else "fine"
        if mood not in ("503", "silent"):
            self.server.given.setdefault(uid, str(next(self.server.free)))
        if mood in DEEDS:
            DEEDS[mood](self)
            return
        right = {"registration": uid, "number": self.server.given.get(uid)}
        odd = {
            "fine": right,
            "another person": right | {"registration": "someone"},
            "no number": {"registration": uid},
            "a list": ["26000000001"],
            "a sum": right | {"number": 26_000_000_001},
            "a page": b"<html>maintenance</html>",
            "half": json.dumps(right).encode()[:-9],
            "huge": b" " * 2_000_000 + json.dumps(right).encode(),
            "no form": right | {"number": "A1"},
        }
        self.say(int(mood) if mood.isdigit() else 200, odd.get(mood, {}))

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(1200):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)

    def send_elsewhere(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.url)
        self.end_headers()

    def hang_up(self) -> None:
        self.close_connection = True

    def be_silent(self) -> None:
        time.sleep(1)

    def say(self, status: int, answer: object) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


DEEDS = {"drips": Desk.drip, "elsewhere": Desk.send_elsewhere, "hangs up": Desk.hang_up, "silent": Desk.be_silent}


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Iterator[Agency]:
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    monkeypatch.setattr(http, "DEADLINE", 0.6)
    server = Agency()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def configured(url: str, **more: str) -> Settings:
    return Settings(core="http", provider={"BPU_CORE_URL": url, "BPU_CORE_SECRET": SECRET} | more)


def test_an_application_is_signed_and_asking_twice_gives_the_same_number(agency):
    core = Http(configured(agency.url))
    assert core.number(APPLICATION) == core.number(APPLICATION) == "26000000001"
    (headers, body), _ = agency.asked
    assert json.loads(body) == APPLICATION
    assert headers["Idempotency-Key"] == "AbCdEf12"
    assert abs(int(headers["X-Timestamp"]) - clock.now().timestamp()) < 5


def test_another_secret_is_refused_for_good(agency):
    core = Http(configured(agency.url, BPU_CORE_SECRET="x" * 32))
    with pytest.raises(ProviderError, match="401") as caught:
        core.number(APPLICATION)
    assert caught.value.permanent


def test_a_core_that_accepts_gives_the_number_later(agency):
    agency.moods = ["202"]
    assert Http(configured(agency.url)).number(APPLICATION) is None


PASSING = ["silent", "drips", "hangs up", "another person", "no number", "a list", "a sum", "a page", "half", "huge"]
PASSING += ["503", "500", "502", "429", "408", "425"]


@pytest.mark.parametrize(
    ("mood", "permanent"),
    [(mood, False) for mood in PASSING] + [(mood, True) for mood in ("400", "403", "404", "409", "422", "elsewhere")],
)
def test_a_failure_says_whether_asking_again_can_help(agency, mood, permanent):
    agency.moods = [mood]
    begun = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        Http(configured(agency.url)).number(APPLICATION)
    assert caught.value.permanent is permanent
    assert time.monotonic() - begun < 10  # whoever drips would go on for a minute
    assert len(agency.asked) == 1  # no redirect was followed
    assert APPLICATION["nik"] not in str(caught.value)
    assert Http(configured(agency.url)).number(APPLICATION) == "26000000001"


def test_nobody_at_the_address_is_worth_another_try():
    with pytest.raises(ProviderError) as caught:
        Http(configured(f"http://127.0.0.1:{free_port()}/")).number(APPLICATION)
    assert not caught.value.permanent


def test_whatever_the_core_does_in_turn_each_person_gets_one_number_and_one_message(agency, store):
    settings = configured(agency.url)
    messages = Messages(settings)
    enrolment = Enrolment(settings, open_core(settings), messages)
    people = [registered() for _ in range(4)]
    agency.moods = ["silent", "503", "hangs up", "another person", "half", "500", "no form", "429", "503"]
    for person in people:
        with writing():
            enrolment.paid(person, clock.now())
    now = clock.now()
    worker = Worker({"core": enrolment.deliver})
    for hour in range(60):
        with time_machine.travel(now + timedelta(hours=hour)):
            enrolment.ask_again(clock.now())
            while worker.run_once():
                pass
    fresh = list(Registration.select())
    assert {person.status for person in fresh} == {"active"}
    assert {person.uid: person.number for person in fresh} == agency.given
    assert len(set(agency.given.values())) == 4
    assert Outgoing.select().where(Outgoing.key.startswith("sms:paid:")).count() == 4
    assert Outgoing.select().where(Outgoing.kind == "core", Outgoing.state == "new").count() == 0


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("skew", "change", "genuine"),
    [
        (0, {}, True),
        (300, {}, True),
        (-300, {}, True),
        (301, {}, False),
        (-301, {}, False),
        (0, {"path": "/numbers"}, False),
        (0, {"body": b'{"a":2}'}, False),
        (0, {"given": ""}, False),
        (0, {"given": "é"}, False),
        (0, {"timestamp": "+1795339800"}, False),
        (0, {"timestamp": "١"}, False),
        (0, {"timestamp": "9" * 400}, False),
        (0, {"timestamp": ""}, False),
    ],
)
def test_a_call_back_is_believed_when_signed_and_of_now(skew, change, genuine):
    core = Http(configured("http://127.0.0.1:1/"))
    told = {"path": "/core/number", "timestamp": str(int(NOW.timestamp()) + skew), "body": b'{"a":1}'}
    given = signature(SECRET.encode(), **told)
    assert core.genuine(**told | {"given": given} | change, now=NOW) is genuine


def test_the_signature_is_what_openssl_makes_of_the_same_words():
    # printf '/core/number\n1795339800\n{}' | openssl dgst -sha256 -hmac rahasia-bersama-yang-cukup-panjang
    expected = "6d493621e4264526e4787ab3a5a28d461f674f78a7ab724e0760f98169198070"
    assert signature(SECRET.encode(), "/core/number", "1795339800", b"{}") == expected


def test_sandbox_numbers_look_like_no_real_one():
    numbers = {Sandbox().number(APPLICATION) for _ in range(500)}
    assert len(numbers) > 495
    assert all(Sandbox().fits(number) and not File(Settings()).fits(number) for number in numbers)


@pytest.mark.parametrize(
    ("number", "provider", "fits"),
    [
        ("26000000001", {}, True),
        ("2600000000", {}, False),
        ("260000000012", {}, False),
        ("26000000001\n", {}, False),
        ("2600000000१", {}, False),
        ("JKT1234", {"BPU_CORE_NUMBER": "[A-Z]{3}[0-9]{4}"}, True),
        ("26000000001", {"BPU_CORE_NUMBER": "[A-Z]{3}[0-9]{4}"}, False),
    ],
)
def test_a_number_has_the_form_that_the_agency_uses(number, provider, fits):
    assert open_core(Settings(core="file", provider=provider)).fits(number) is fits


@pytest.mark.parametrize(
    ("core", "provider", "problem"),
    [
        ("http", {}, "BPU_CORE_URL"),
        ("http", {"BPU_CORE_URL": "http://core.example/", "BPU_CORE_SECRET": SECRET}, "https://"),
        ("http", {"BPU_CORE_URL": "https://core.example/", "BPU_CORE_SECRET": "short"}, "32 characters"),
        ("file", {"BPU_CORE_NUMBER": "("}, "BPU_CORE_NUMBER"),
        ("fax", {}, "fax"),
    ],
)
def test_a_core_that_is_not_described_stops_the_start(core, provider, problem):
    assert set(provider) <= set(NAMES)
    with pytest.raises(Misconfigured, match=problem):
        open_core(Settings(core=core, provider=provider))

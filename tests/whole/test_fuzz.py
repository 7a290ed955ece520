"""Every address with whatever can be sent to it: never an error of ours, never a change that nobody may make.

``FUZZ=250000`` is the long form. The seed is told with each failure, and each request follows from it and its number.
"""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms import Form

from bpu.models import Assistant, Bill, Draft, Helped, Payment, Registration, Status, new_uid
from bpu.providers.money.notices import NAMES as NOTICES
from bpu.services.desk.assistants import DEMO_PHONE, DEMO_PIN
from bpu.settings import Settings
from bpu.steps import JOURNEY
from bpu.web import desk
from bpu.web.frame import limits
from tests.conftest import running
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor
from tests.web.desk.conftest import Helper, sheet_answers
from tests.whole.test_bad_input import NASTY

REQUESTS, SEED = int(os.environ.get("FUZZ", "1000")), int(os.environ.get("FUZZ_SEED", "1126"))
AFRESH = 4_000  # requests after which the people in the pool begin anew: they were signed out, closed, forgotten
# The sandbox's own tools do what nobody may: they pay bills and move the time.
TOOLS = ("/simulator/pay", "/simulator/clock")
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
KINDS = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "text/xml",
    "text/plain; charset=utf-7",
    "application/x-www-form-urlencoded; charset=\xff",
    "",
)
HEADERS = {
    "HX-Request-Type": ("partial", "full", "\xe9"),
    "HX-Request": ("true", "x"),
    "Accept-Language": ("id", "en", "en-US,en;q=0.9", ";q=", "*"),
    "Accept-Encoding": ("br", "gzip", "zstd", "dcz", "br;q=x", "\xe9", ", , ,"),
    "Available-Dictionary": (":AAAA:", ":%:", "x" * 200),
    "If-None-Match": ('"x"', "*", 'W/"'),
    "If-Modified-Since": ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "Range": ("bytes=0-1", "bytes=-", "lines=1"),
    "Origin": ("https://jahat.example", "null", "http://localhost"),
    "Sec-Fetch-Site": ("same-origin", "cross-site", "none", "x"),
    "Save-Data": ("on",),
    "Content-Encoding": ("gzip", "br", "x"),
    "Authorization": ("Bearer x", "Basic !!!", "\xe9"),
    "X-Signature": ("00", "x" * 500),
    "X-TIMESTAMP": ("2026-11-26T10:00:00+07:00", "x"),
    "X-Forwarded-For": ("1.2.3.4", "x, y", "::ffff:1.2.3.4"),
    "Cookie": ("b=", "b=x; b=y", "b=\xff", "desk=x", "pc=" + "x" * 4000, "; ; ="),
}


@pytest.fixture
def app(tmp_path, monkeypatch) -> Iterator[Flask]:
    """Every door open, and no flood limit before it: what is behind the limits is to be reached."""
    monkeypatch.setattr(limits, "PER_BROWSER", "1000000 per minute")
    monkeypatch.setattr(limits, "PER_ADDRESS", "1000000 per minute")
    monkeypatch.setattr(desk, "PER_SIGN_IN", "1000000 per minute")
    provider = {
        name: "http://127.0.0.1:9/" if name.endswith("_URL") else "x" * 32
        for name in NOTICES
        if "ADDRESSES" not in name
    }
    settings = Settings(database_url=f"sqlite:///{tmp_path}/bpu.sqlite3", captcha_answer="benar")
    opened = running(replace(settings, payment=("simulator", "midtrans", "xendit"), provider=provider))
    opened.config["PROPAGATE_EXCEPTIONS"] = False
    return opened


class Fuzzer:
    """Makes requests up, and sends them in the name of people who are at work."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.random = app, random.Random(seed)
        self.rules = [rule for rule in app.url_map.iter_rules() if rule.rule not in TOOLS]
        self.fields = sorted(
            {name for form in forms(Form) for name in fields_of(form)} | {"step", "back", "later", "csrf"}
        )
        good = [str(value) for fields in PERSON.values() for value in fields.values()]
        self.values = [*NASTY, *good, *(page.slug for page in JOURNEY), "yes", "1"]
        self.people: list[Any] = []
        self.uids: list[str] = []
        self.number = 0

    def populate(self) -> None:
        """People at some pages, an assistant at the desk, somebody who paid, and a browser that nobody knows."""
        self.people = [self.app.test_client(use_cookies=False)]
        for slug in self.random.sample(["alamat", "kode", "pekerjaan", "periksa", "bayar", "selesai"], 3):
            self.number += 1
            self.people.append(Visitor(self.app, answers=person(self.number % 1000)).reach(slug).client)
        self.app.extensions["bpu"].assistants.demo()
        helper = Helper(self.app, DEMO_PHONE).sign_in(DEMO_PIN)
        helper.new()
        self.number += 1
        helper.type(sheet_answers(self.number % 1000)["ktp"])
        self.people.append(helper.client)
        tables = (Draft.uid, Helped.uid, Registration.uid, Bill.code)
        found = [str(row[0]) for column in tables for row in column.model.select(column).limit(500).tuples()]
        self.uids = [*found[-200:], new_uid(), "aaaaaaaaaa"]

    def send(self) -> TestResponse:
        """One request."""
        chance = self.random
        rule = chance.choice(self.rules)
        method = chance.choice(sorted(rule.methods or ()) if chance.random() < 0.85 else METHODS)
        path = self.address(rule)
        query = (
            "&".join(f"{name}={quote(self.value())}" for name in self.some(self.fields, 2))
            if chance.random() < 0.3
            else ""
        )
        headers = {name: chance.choice(HEADERS[name]) for name in self.some(sorted(HEADERS), 3)}
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        who = chance.choice(self.people)
        if chance.random() < 0.95:
            headers.pop("Cookie", None)
        return who.open(path, method=method, query_string=query, headers=headers, **self.body(rule))

    def address(self, rule: Rule) -> str:
        """An address of a rule, its parts filled in: mostly by what is there."""
        slugs = [*(page.slug for page in JOURNEY), "ktp", "kerja", "periksa", "midtrans", "xendit"]

        def part(hit: re.Match[str]) -> str:
            likely = slugs if "slug" in hit[0] or "provider" in hit[0] else self.uids
            return quote(self.random.choice(likely) if self.random.random() < 0.8 else self.value(), safe="")

        return re.sub(r"<[^>]+>", part, rule.rule)

    def body(self, rule: Rule) -> dict[str, Any]:
        """What is sent: mostly a form as people send it, sometimes anything."""
        chance = self.random
        if chance.random() < 0.75:
            step = chance.choice(JOURNEY).slug
            sent = {"step": step, **PERSON.get(step, {})} if chance.random() < 0.6 else {}
            sent |= {name: self.value() for name in self.some(self.fields, 6)}
            if chance.random() < 0.05:
                sent["file"] = (BytesIO(b"PK\x03\x04" + chance.randbytes(200)), "daftar.xlsx")
            return {"data": sent}
        kind = chance.choice(KINDS)
        if "json" in kind and chance.random() < 0.7:
            return {"data": json.dumps(self.thing(3)).encode(), "content_type": kind}
        return {"data": chance.randbytes(chance.choice((0, 1, 40, 3000, 70_000))), "content_type": kind}

    def thing(self, depth: int) -> Any:
        """Something that JSON can say."""
        chance = self.random
        if depth and chance.random() < 0.7:
            names = (
                "order_id",
                "status_code",
                "gross_amount",
                "virtualAccountNo",
                "paidAmount",
                "value",
                "number",
                "from",
            )
            return {chance.choice(names): self.thing(depth - 1) for _ in range(4)}
        return chance.choice([None, True, -1, 1e308, 10**40, [], {}, self.value(), [self.value()] * 3])

    def value(self) -> str:
        return self.random.choice(self.values)

    def some(self, names: list[str], most: int) -> list[str]:
        return self.random.sample(names, self.random.randrange(most + 1))


def forms(kind: type[Form]) -> Iterator[type[Form]]:
    for child in kind.__subclasses__():
        yield child
        yield from forms(child)


def fields_of(form: type[Form]) -> list[str]:
    return [name for name in dir(form) if type(getattr(form, name)).__name__ == "UnboundField"]


def kept() -> dict[str, Any]:
    """What no request of these may change."""
    settled = Registration.select().where(Registration.status.in_((Status.PAID, Status.ACTIVE)))
    return {
        "payments": Payment.select().count(),
        "settled": settled.count(),
        "assistants": [(one.uid, bytes(one.pin), one.paused) for one in Assistant.select().order_by(Assistant.uid)],
    }


@pytest.mark.requirement("R01", "R54", "R56")
def test_no_request_is_an_error_of_ours_or_changes_what_nobody_may_change(app: Flask) -> None:
    fuzzer, statuses = Fuzzer(app, SEED), Counter()
    before: dict[str, Any] = {}
    for number in range(REQUESTS):
        if number % AFRESH == 0:
            if before:
                assert kept() == before, f"seed {SEED}, before {number}"
            fuzzer.populate()
            before = kept()
        answer = fuzzer.send()
        statuses[answer.status_code] += 1
        request = answer.request
        told = f"seed {SEED}, number {number}: {request.method} {request.path}"
        assert answer.status_code < 500, told
        assert b"Traceback" not in answer.data, told
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", told
        if answer.mimetype == "text/html" and answer.data:
            assert "default-src 'none'" in answer.headers.get("Content-Security-Policy", ""), told
        answer.close()
    assert kept() == before
    assert statuses[200] > REQUESTS // 20
    print(f"{REQUESTS} requests, seed {SEED}: {dict(sorted(statuses.items()))}")

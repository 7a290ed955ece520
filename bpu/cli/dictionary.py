"""Writes ``static/pages.dict``: the text that all pages share, against which they are compressed.

``python -m bpu.cli.dictionary`` renders every page of the registration once for an invented person in a database that
is thrown away, and keeps each line the first time it is seen. Run it after templates or texts have changed.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask

from bpu import clock, create_app
from bpu.migrations import migrate
from bpu.models import Registration, Status, database, writing
from bpu.services.registration import drafts
from bpu.settings import Settings, with_sandbox_secrets
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.check import Check
from bpu.steps.facts import proof_of
from bpu.web.frame import wire
from bpu.web.registration.step import show
from bpu.web.site import pages

UID = "__________"
PHONE = "+62800000000"
ANSWERS: dict[str, dict[str, Any]] = {
    "data-diri": {"nik": "3201014101900000", "name": "-", "birth_date": "1990-01-01", "phone": PHONE},
    "pemeriksaan": {"at": "2000-01-01T00:00:00+00:00"},
    "persetujuan": {"terms": "-", "privacy": "-"},
    "alamat": {
        "gender": "P",
        "email": "-",
        "address": "-",
        "rt": None,
        "rw": None,
        "village": "3201011001",
        "postal_code": "-",
        "region": "nik",
    },
    "minta-kode": {"asked": "-"},
    "kode": {"phone": PHONE, "at": "-"},
    "pekerjaan": {
        "occupation": "pedagang-pasar",
        "occupation_other": None,
        "drives": None,
        "workplace": "-",
        "income": 1_000_000,
        "employs_others": "no",
        "employer_name": None,
        "pic_name": None,
        "pic_phone": None,
    },
    "program": {"programmes": ["JKK", "JKM"], "months": 1},
}
# What belongs to one moment or place: pictures (all begin alike), villages, bill and continue codes, dates, times.
FLEETING = re.compile(
    r'(?<=base64,.{48})[^"]+|<option value="[0-9]{10}".*?</option>'
    r"|(?:\b[A-Z][a-z]+, )?\b[0-9]{1,2} [A-Z][a-z]+ 20[0-9]{2}\b"
    r"|\b[0-9]{16}\b|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b|\b[0-9]{2}\.[0-9]{2}(?:\.[0-9]{2})? WI[BT]A?"
)


def sample(app: Flask) -> Iterator[str]:
    """Every page as a browser is sent it that holds the dictionary, in the order of the registration."""
    held = wire.named(wire.asset(wire.PAGES).digest)
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "dcz", "Available-Dictionary": held}
    with app.test_request_context("/bpu", headers=headers), database.connection_context():
        yield pages.front().get_data(as_text=True)
    with app.test_request_context("/bpu/data-diri", headers=headers), database.connection_context(), writing():
        draft = drafts.begin(UID)
        case = Case(app.extensions["bpu"], draft, JOURNEY)
        for step in JOURNEY:
            if step.slug == "diperiksa":
                continue
            if step.slug == "selesai":
                settled(case.sent)
            yield show(case, step).get_data(as_text=True)
            if step.slug == "periksa":
                case.keep("periksa", {"registration": submitted(case).uid})
            elif step.slug in ANSWERS:
                given = {"facts": proof_of(case.given)} if step.slug == "kode" else {}
                case.keep(step.slug, {**ANSWERS[step.slug], **given})


def submitted(case: Case) -> Registration:
    """A registration with a bill, and no message about it."""
    return case.services.submissions.submit(Check().application(case))


def settled(registration: Registration) -> None:
    """As if it had been paid for and had got its number."""
    registration.status, registration.number = Status.ACTIVE, "CONTOH-"
    registration.paid = registration.numbered = clock.now()
    registration.save()


def dictionary(samples: list[str]) -> bytes:
    """The lines of all pages, each once, without what belongs to one moment."""
    lines = [FLEETING.sub("", line) for sampled in samples for line in sampled.splitlines()]
    return "\n".join(dict.fromkeys(line for line in lines if line.strip())).encode()


def rendered() -> bytes:
    """The dictionary as it would be written now."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(with_sandbox_secrets(Settings(database_url=f"sqlite:///{Path(folder)}/sample.sqlite3")))
        with database.connection_context():
            migrate(database.obj)
        app.extensions["bpu"].captchas.random = Random(1)  # noqa: S311  (the same question each time)
        named = wire.asset(wire.PAGES).url
        return dictionary([sampled.replace(named, "") for sampled in sample(app)])


def held(written: bytes, now: bytes) -> float:
    """How much of the text of pages `now` stands in the dictionary that was `written`: from 0 to 1, by length."""
    lines, kept = now.splitlines(), set(written.splitlines())
    return sum(len(line) for line in lines if line in kept) / sum(map(len, lines))


def main() -> None:
    """Write the file anew; with ``--held``, only print how much of today's pages it has."""
    target = wire.STATIC / wire.PAGES
    if not target.exists():
        target.write_bytes(b"")
    if "--held" in sys.argv:
        sys.stdout.write(f"{held(target.read_bytes(), rendered())}\n")
    else:
        target.write_bytes(rendered())


if __name__ == "__main__":
    main()

"""Writes ``static/pages.dict``: the text that all pages share, against which they are compressed.

``python -m bpu.web.dictionary`` renders every page of the registration once for an invented person in a database that is
thrown away, and keeps each line the first time it is seen. Run it after templates or texts have changed.
"""

import re
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from bpu import create_app
from bpu.migrations import migrate
from bpu.models import Registration, database, writing
from bpu.services import drafts
from bpu.settings import Settings, with_sandbox_secrets
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.web import pages, registration, resume, wire

UID = "________"
PHONE = "+62800000000"
ANSWERS = {
    "data-diri": {"nik": "3201014101900000", "name": "-", "birth_date": "1990-01-01", "phone": PHONE},
    "pemeriksaan": {"at": "-"},
    "persetujuan": {"terms": "-", "privacy": "-"},
    "alamat": {"gender": "P", "email": "-", "address": "-", "rt": None, "rw": None, "village": "3201011001", "postal_code": "-", "region": "nik"},
    "minta-kode": {"asked": "-"},
    "kode": {"phone": PHONE, "at": "-"},
    "pekerjaan": {"occupation": "pedagang-pasar", "occupation_other": None, "drives": None, "workplace": "-", "income": 1_000_000, "employs_others": "no", "employer_name": None, "pic_name": None, "pic_phone": None},
    "program": {"programmes": ["JKK", "JKM"], "months": 1},
}
# What belongs to one moment or place: pictures, bill and continue codes, villages, clock times.
FLEETING = re.compile(
    r'(?<=base64,)[^"]+|<option value="[0-9]{10}".*?</option>|[0-9]{16}|[A-Z0-9]{4}-[A-Z0-9]{4}|[0-9]{2}\.[0-9]{2}(?:\.[0-9]{2})? WI[BT]A?'
)


def sample(app: Flask) -> Iterator[str]:
    """Every page as a browser without scripts is sent it, in the order of the registration."""
    held = f":{b64encode(wire.asset(wire.PAGES).digest).decode()}:"
    headers = {"Sec-Fetch-Site": "same-origin", "Save-Data": "on", "Accept-Encoding": "dcz", "Available-Dictionary": held}
    for address, view in (("/bpu", pages.front), ("/lanjut", resume.resume)):
        with app.test_request_context(address, headers=headers), database.connection_context():
            yield view().get_data(as_text=True)
    with app.test_request_context("/bpu/data-diri", headers=headers), database.connection_context(), writing():
        draft = drafts.begin(UID)
        case = Case(app.extensions["bpu"], draft, JOURNEY)
        for step in JOURNEY:
            if step.slug == "diperiksa":
                continue
            yield registration.show(case, step).get_data(as_text=True)
            if step.slug == "periksa":
                case.keep("periksa", {"registration": submitted(case).uid})
            elif step.slug in ANSWERS:
                case.keep(step.slug, ANSWERS[step.slug])


def submitted(case: Case) -> Registration:
    """A registration with a bill, and no message about it."""
    sent = case.services.submissions.submit(JOURNEY[8].application(case))  # type: ignore[attr-defined]
    return sent


def dictionary(samples: list[str]) -> bytes:
    """The lines of all pages, each once, without what belongs to one moment."""
    lines = [FLEETING.sub("", line) for sampled in samples for line in sampled.splitlines()]
    return "\n".join(dict.fromkeys(line for line in lines if line.strip())).encode()


def main() -> None:
    """Write the file anew."""
    target = wire.STATIC / wire.PAGES
    if not target.exists():
        target.write_bytes(b"")
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(with_sandbox_secrets(Settings(database_url=f"sqlite:///{Path(folder)}/sample.sqlite3")))
        with database.connection_context():
            migrate(database.obj)
        named = wire.asset(wire.PAGES).url
        target.write_bytes(dictionary([sampled.replace(named, "") for sampled in sample(app)]))


if __name__ == "__main__":
    main()

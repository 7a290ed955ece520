"""What was only for a while is forgotten in time, and nothing of it stays in the file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from bpu.models import Attempt, Captcha, Consent, Draft, Holding, Registration, Visit
from bpu.services.registration import drafts
from bpu.services.upkeep import purge
from bpu.settings import Settings
from tests.people.answers import NIK, PHONE, person
from tests.people.visitor import Visitor

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
CANARIES = {
    "nik": NIK,
    "grouped": "3201 0145 0890 0000",
    "name": "Siti Aminah",
    "phone": "81234567890",
    "shown": "0812 3456 7890",
    "email": "siti@example.com",
    "address": "Jl. Melati 7",
    "workplace": "Pasar Baru, Bogor",
    "birth": "1990-08-05",
}


@pytest.fixture
def now():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def in_the_file(settings: Settings) -> list[str]:
    """The canaries that can be read in the database's files."""
    content = b"".join(path.read_bytes() for path in Path(settings.var).glob("bpu.sqlite3*"))
    assert len(content) > 10_000
    return [name for name, canary in CANARIES.items() if canary.encode() in content]


@pytest.mark.requirement("R45")
def test_an_unproven_draft_is_kept_for_a_day_from_its_last_change(app, now):
    Visitor(app).reach("kode")
    now.shift(timedelta(hours=24) - timedelta(seconds=1))
    assert purge.drafts() == 0
    now.shift(1)
    assert drafts.resumable(Draft.get().resume) is None, "gone for the person before it is gone from the file"
    assert purge.drafts() == 1
    assert Draft.select().count() == 0


def test_a_proven_draft_is_kept_for_seven_days(app, now):
    Visitor(app).reach("pekerjaan")
    now.shift(timedelta(days=7) - timedelta(seconds=1))
    assert purge.drafts() == 0
    now.shift(1)
    assert purge.drafts() == 1


@pytest.mark.requirement("R45")
def test_a_purged_draft_leaves_nothing_behind_not_even_in_the_file(app, now, settings):
    visitor = Visitor(app).reach("periksa")
    code = visitor.code()
    visitor.open("/lanjut").fill(resume=Draft.get().resume)
    assert Attempt.select().count() == 1
    assert in_the_file(settings) == [], "sealed while it rests"
    now.shift(timedelta(days=8))
    purge.drafts()
    app.extensions["deliver"]()
    assert [each.select().count() for each in (Draft, Holding, Captcha, Consent, Attempt)] == [0] * 5
    assert in_the_file(settings) == []
    assert code


def test_a_registration_outlives_its_draft_with_its_consents(app, now, settings):
    Visitor(app).reach("selesai")
    now.shift(timedelta(days=8))
    assert purge.drafts() == 1
    assert Draft.select().count() == 0
    assert Consent.select().count() == 3
    assert Registration.get().phone == PHONE
    assert in_the_file(settings) == []


def test_purge_touches_nobody_else(app, now):
    Visitor(app).reach("kode")
    now.shift(timedelta(hours=20))
    second = Visitor(app, answers=person(3)).reach("kode")
    now.shift(timedelta(hours=5))
    assert purge.drafts() == 1
    assert second.wake().step == "kode"


def test_a_browser_that_is_used_is_remembered_and_one_that_is_not_is_forgotten(app, now):
    visitor = Visitor(app).reach("alamat")
    now.shift(timedelta(days=29))
    visitor.start().reach("pekerjaan")
    now.shift(timedelta(days=2))
    purge.drafts()
    assert visitor.wake().step == "pekerjaan", "a browser in use is not forgotten under a person's hands"
    now.shift(timedelta(days=31))
    purge.drafts()
    assert Visit.select().count() == 0

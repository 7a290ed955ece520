"""Key rotation: everything is written anew with the newest key, and nobody gets in twice meanwhile."""

from datetime import UTC, datetime

import pytest
import time_machine
from peewee import BlobField

from bpu.models import (
    TABLES,
    Audit,
    Code,
    Draft,
    Outgoing,
    Registration,
    Sending,
    Simulated,
    database,
    open_database,
    sealed_columns,
    writing,
)
from bpu.models.database import Row, keyring
from bpu.secrecy import KeyRing, Unreadable
from bpu.services.access.codes import TRIES_PER_DAY, Verdict
from bpu.services.registration import drafts
from bpu.services.upkeep import rotation
from bpu.services.upkeep.rotation import reseal_everything
from tests.people.answers import PERSON, PHONE, person
from tests.people.visitor import Visitor

OLD, NEW = KeyRing.new_key(1), KeyRing.new_key(2)
FOLLOWED = {("code", "phone_index"), ("sending", "phone_index")}  # by the phone that another row still knows
SHORT_LIVED = {("helped", "approval_index")}


@pytest.fixture
def settings(settings):
    from dataclasses import replace

    return replace(settings, data_keys=OLD)


def with_keys(text: str) -> None:
    """What a restart with other data keys does."""
    url = f"sqlite:///{database.obj.database}"
    if not database.is_closed():
        database.close()
    open_database(url, KeyRing.parse(text))


def stale() -> list[str]:
    """Every value that the newest key did not make."""
    newest, found = keyring().newest, []
    for model in TABLES:
        for row in model.select():
            for field in model._meta.sorted_fields:
                value = getattr(row, field.name) if isinstance(field, BlobField) else None
                if value is None:
                    continue
                made_by = bytes(value)[1] if field.name.endswith("_sealed") else bytes(value)[0]
                if field.name.endswith(("_sealed", "_index")) and made_by != newest:
                    found.append(f"{model._meta.table_name}.{field.name}")
    return found


@pytest.mark.requirement("R43")
def test_every_sealed_value_and_index_of_two_people_is_written_anew(app):
    Visitor(app).reach("selesai")
    Visitor(app, answers=person(5)).reach("kode")
    before = [row.answers for row in Draft.select().order_by(Draft.uid)]
    with_keys(f"{NEW},{OLD}")
    assert stale()
    written = dict(reseal_everything())
    assert stale() == []
    assert written["draft"] == 2
    assert written["registration"] == 1
    tables = {name for name, rows in written.items() if rows}
    assert {row.subject for row in Audit.select().where(Audit.action == "keys.reseal")} == tables
    assert sum(dict(reseal_everything()).values()) == 0, "the second time there is nothing to do"
    assert Audit.select().where(Audit.action == "keys.reseal").count() == len(tables)
    with_keys(NEW)
    assert [row.answers for row in Draft.select().order_by(Draft.uid)] == before
    assert Registration.get().nik == PERSON["data-diri"]["nik"]
    assert Sending.select().where(Sending.phone_index == keyring().index("phone", PHONE)).count() == 1


def test_every_index_column_is_known_to_the_rotation():
    kept = {
        (model._meta.table_name, field.name)
        for model in TABLES
        for field in model._meta.sorted_fields
        if isinstance(field, BlobField) and field.name.endswith("_index")
    }
    known = {(model._meta.table_name, column) for model, columns in rotation.INDEXES.items() for column in columns}
    assert kept == known | FOLLOWED | SHORT_LIVED
    for model in TABLES:
        blobs = {field.name for field in model._meta.sorted_fields if field.name.endswith("_sealed")}
        found = {f"{name}_sealed" for name in sealed_columns(model)} if issubclass(model, Row) else set()
        assert blobs == found, model


@pytest.mark.requirement("R43")
def test_it_goes_on_where_it_was_stopped(app, monkeypatch):
    with writing():
        for number in range(7):
            drafts.begin(f"draft{number:03d}")
    with_keys(f"{NEW},{OLD}")
    monkeypatch.setattr(rotation, "CHUNK", 2)
    chunks = rotation._chunks(Draft)
    assert [next(chunks), next(chunks)] == [2, 2]
    chunks.close()  # as when the power goes
    assert len(stale()) == 3 * 4
    assert dict(reseal_everything())["draft"] == 3
    assert stale() == []


def test_what_cannot_be_read_is_left_and_told_of_and_the_rest_goes_on(app, caplog):
    with writing():
        for number in range(3):
            drafts.begin(f"draft{number:03d}")
        bad = bytearray(Draft.get(Draft.uid == "draft001").answers_sealed)
        bad[-1] ^= 1
        Draft.update(answers_sealed=bytes(bad)).where(Draft.uid == "draft001").execute()
    with_keys(f"{NEW},{OLD}")
    assert dict(reseal_everything())["draft"] == 2
    assert "draft.answers_sealed|draft001" in caplog.text
    assert Draft.get(Draft.uid == "draft002").answers == {}
    with pytest.raises(Unreadable):
        _ = Draft.get(Draft.uid == "draft001").answers


@pytest.mark.requirement("R43")
@pytest.mark.parametrize("resealed", [False, True])
def test_a_nik_cannot_register_twice_while_keys_are_rotated(app, resealed):
    Visitor(app).reach("selesai")
    with_keys(f"{NEW},{OLD}")
    if resealed:
        list(reseal_everything())
    second = Visitor(app)
    second.answers = {**PERSON, "data-diri": {**PERSON["data-diri"], "phone": "0813 1111 2222"}}
    second.reach("diperiksa")
    assert Registration.select().count() == 1


def test_somebody_resumes_and_enters_a_code_of_before_the_rotation(app):
    visitor = Visitor(app).reach("kode")
    code = visitor.code()
    with_keys(f"{NEW},{OLD}")
    visitor.fill(code=code)
    assert visitor.step == "pekerjaan"
    draft = Draft.get()
    assert drafts.resumable(draft.resume) == draft
    assert drafts.of_phone(PHONE) == [draft]


def test_wrong_tries_of_before_the_rotation_still_count(app):
    codes = app.extensions["bpu"].codes
    with time_machine.travel(datetime(2026, 11, 22, 3, tzinfo=UTC), tick=False) as now:
        for _ in range(2):
            codes.send("register", "draft001", PHONE)
            right = Code.select().order_by(Code.created.desc()).first().code
            wrong = f"{(int(right) + 1) % 1_000_000:06d}"
            for _ in range(5):
                codes.check("register", "draft001", PHONE, wrong)
            with_keys(f"{NEW},{OLD}")
            now.shift(700)
        codes.send("register", "draft001", PHONE)
        right = Code.select().order_by(Code.created.desc()).first().code
        assert codes.check("register", "draft001", PHONE, right).verdict is Verdict.LOCKED_TODAY
        assert TRIES_PER_DAY == 10


def test_the_mailbox_is_found_under_the_new_key(app):
    visitor = Visitor(app).reach("bayar")
    count = len(visitor.messages())
    assert count
    with_keys(f"{NEW},{OLD}")
    list(reseal_everything())
    with_keys(NEW)
    assert len(visitor.messages()) == count
    assert Simulated.select().count() >= count
    assert Outgoing.select().count()

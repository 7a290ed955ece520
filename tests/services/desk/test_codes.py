"""What an assistant may have sent: few codes that come back to nobody, few people with one phone."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from bpu.models import Assistant, Audit, Draft, Helped, Outgoing, keyring, writing
from bpu.services.access.codes import Standing
from bpu.services.desk import codes, helping
from bpu.services.desk.codes import DeskCodes, Stop

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
PHONE, WHO = "+6281255501234", "assistant:ani@here"


@pytest.fixture
def now():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(app: Flask, now) -> DeskCodes:
    return app.extensions["bpu"].desk_codes


@pytest.fixture
def helper(app: Flask, now) -> Assistant:
    return app.extensions["bpu"].assistants.invite("+6281255509999", "Ani", "WARNET ANI", "3201")[0]


def somebody(helper: Assistant, phone: str = PHONE, nik: str = "") -> Helped:
    """A person at the desk whose phone, and where given NIK, is known."""
    with writing():
        draft = helping.begin(helper)
        draft.phone_index = keyring().index("phone", phone)
        draft.nik_index = keyring().index("nik", nik) if nik else None
        draft.save()
    return Helped.get(Helped.uid == draft.uid)


def trail(action: str) -> int:
    return Audit.select().where((Audit.action == action) & (Audit.actor == WHO)).count()


def keys() -> list[str]:
    rows = Outgoing.select().where(Outgoing.kind == "sms").order_by(Outgoing.created, Outgoing.key)
    return [row.key.split(":")[0] for row in rows]


def test_a_code_names_the_place_that_asks_for_it_and_is_on_record(desk, helper):
    with writing():
        standing = desk.send(somebody(helper), PHONE, helper, WHO, facts={})
    assert isinstance(standing, Standing)
    assert "WARNET ANI" in Outgoing.get().payload["text"]
    assert trail("desk.code") == 1


def test_code_and_link_wait_for_each_other_and_what_did_not_go_is_not_counted(desk, helper, now):
    one = somebody(helper)
    with writing():
        assert desk.send(one, PHONE, helper, WHO, facts={}).sent
        assert not desk.send(one, PHONE, helper, WHO, facts={}, by_link=True).sent
        now.shift(timedelta(minutes=1))
        assert desk.send(one, PHONE, helper, WHO, facts={}, by_link=True).sent
        assert not desk.send(one, PHONE, helper, WHO, facts={}).sent
    assert (keys(), trail("desk.code"), trail("desk.link")) == (["otp", "approve"], 1, 1)


def test_codes_that_nobody_confirms_end_the_hour_s_codes_and_confirmed_ones_do_not(desk, helper, now, monkeypatch):
    monkeypatch.setattr(codes, "CODES_PER_HOUR", 2)
    phones = [f"+62812555{number:05d}" for number in range(4)]
    with writing():
        for phone in phones[:2]:
            assert desk.send(somebody(helper, phone), phone, helper, WHO, facts={}).sent
        assert desk.send(somebody(helper, phones[2]), phones[2], helper, WHO, facts={}) is Stop.USED_UP
        codes.confirmed(helper)
        assert desk.send(somebody(helper, phones[2]), phones[2], helper, WHO, facts={}).sent
        assert desk.send(somebody(helper, phones[3]), phones[3], helper, WHO, facts={}) is Stop.USED_UP
    assert trail("desk.codes_used_up") == 2
    now.shift(timedelta(hours=1))
    assert codes.may_send(helper)


def test_a_confirmation_that_nothing_was_sent_for_earns_nothing(desk, helper, monkeypatch):
    monkeypatch.setattr(codes, "CODES_PER_HOUR", 1)
    with writing():
        codes.confirmed(helper)
        assert desk.send(somebody(helper), PHONE, helper, WHO, facts={}).sent
        assert desk.send(somebody(helper, "+6281255500001"), "+6281255500001", helper, WHO, facts={}) is Stop.USED_UP


@pytest.mark.requirement("R37")
def test_a_fifth_person_with_one_phone_is_for_the_office(desk, helper):
    for number in range(codes.PEOPLE_PER_PHONE - 1):
        somebody(helper, nik=f"320101450890000{number}")
    fourth, fifth = somebody(helper), somebody(helper)
    assert not codes.crowded(fourth, PHONE, WHO), "three others have it"
    with writing():
        Draft.update(nik_index=keyring().index("nik", "3201014508900009")).where(Draft.uid == fourth.uid).execute()
        assert desk.send(fifth, PHONE, helper, WHO, facts={}) is Stop.CROWDED
    assert (keys(), trail("desk.phone_used_up")) == ([], 1)


def test_a_person_is_counted_once_however_many_drafts_they_have(desk, helper):
    for _ in range(5):
        somebody(helper, nik="3201014508900000")
    same = somebody(helper, nik="3201014508900000")
    assert codes.people_with(PHONE, same.uid) == 0
    assert codes.people_with(PHONE, somebody(helper).uid) == 1

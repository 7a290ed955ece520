"""What an assistant cannot do, and that every try is on record."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Audit, Draft, Outgoing, Registration
from bpu.services.desk import codes, helping
from tests.web.desk.conftest import Helper, audit, sheet_answers

Make = Callable[..., Helper]


@pytest.mark.requirement("R38")
def test_every_address_of_another_desk_is_answered_alike_and_put_on_record(helpers: Make, app: Flask) -> None:
    mine, other = helpers().sign_in(), helpers("KIOS LAIN").sign_in()
    uid = mine.register(1)
    addresses = [
        (rule.methods, rule.rule.replace("<uid>", uid).replace("<any(ktp,kerja,periksa):slug>", "ktp"))
        for rule in app.url_map.iter_rules()
        if "<uid>" in rule.rule and rule.rule.startswith("/asisten/")
    ]
    assert len(addresses) >= 14
    shown = set()
    for methods, address in addresses:
        for method in methods & {"GET", "POST"}:
            answer = other.client.open(address, method=method, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code in (404, 204), (method, address)
            assert "Contoh" not in answer.text
            if answer.status_code == 404:
                shown.add(re.sub(r"\s+", " ", answer.text))
    assert len(shown) == 1, "a stranger's person looks like nobody"
    assert len(audit("desk.refused")) >= len(addresses)
    assert {row.actor.split("@")[0] for row in audit("desk.refused")} == {f"assistant:{other.row.uid}"}


@pytest.mark.requirement("R41")
def test_search_finds_names_and_last_digits_in_the_own_queue_only(helpers: Make) -> None:
    mine, other = helpers().sign_in(), helpers("KIOS LAIN").sign_in()
    mine.register(1)
    for typed, found in (("contoh", 1), ("0000", 1), ("CON", 1), ("000", 0), ("320101", 0), ("bak", 0), ("", 0)):
        mine.open("/asisten").press("/cari", cari=typed)
        assert mine.sees(f"{found} orang ditemukan."), typed
        assert "cari=" not in mine.path
    other.open("/asisten").press("/cari", cari="contoh")
    assert other.sees("0 orang ditemukan.")


@pytest.mark.requirement("R38")
def test_a_full_nik_is_nowhere_once_the_application_is_sent(helper: Helper) -> None:
    nik = sheet_answers(1)["ktp"]["nik"]
    uid = helper.register(1)
    for path in ("", "/tutup", "/tutup.txt", "/unggah", "/bayar?orang=" + uid):
        assert nik not in helper.open("/asisten" + path).response.text.replace(" ", "")
    for slug in ("ktp", "kerja", "periksa", "bayar", "slip", "slip.txt"):
        helper.at(uid, slug)
        assert nik not in helper.response.text.replace(" ", ""), slug
        assert "Contoh Peserta" not in helper.response.text
        assert "81200100001" not in re.sub(r"[-. ]", "", helper.response.text)


@pytest.mark.requirement("R37")
def test_four_people_share_a_phone_and_the_fifth_goes_to_the_office(helper: Helper) -> None:
    for number in range(1, 6):
        answers = {**sheet_answers(number)["ktp"], "phone": "081255500001"}
        helper.new()
        helper.type(answers)
        if number < 5:
            assert helper.step == "kerja", helper.errors
    assert helper.step == "ktp"
    assert any("sudah dipakai 4 orang" in error for error in helper.errors)
    assert len(audit("desk.phone_used_up")) == 1
    assert helper.type({**answers, "phone": "081255500002"}).step == "kerja", helper.errors


def test_codes_that_nobody_confirms_run_out(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "CODES_PER_HOUR", 3)
    for number in range(1, 6):
        helper.new()
        helper.type(sheet_answers(number)["ktp"]).type(sheet_answers(number)["kerja"])
        assert helper.step == "periksa"
    assert Outgoing.select().where(Outgoing.key.startswith("otp:")).count() == 1 + 3
    assert len(audit("desk.codes_used_up")) == 2
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert codes.may_send(helper.row)


def test_confirmed_codes_do_not_count(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "CODES_PER_HOUR", 2)
    for number in range(1, 5):
        helper.register(number)
    assert audit("desk.codes_used_up") == []


def test_one_phone_gets_no_more_codes_than_it_would_without_an_assistant(helper: Helper) -> None:
    answers = sheet_answers(1)
    uid = helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    start = clock.now()
    for hour in range(1, 9):
        with time_machine.travel(start + timedelta(minutes=10 * hour)):
            helper.open("/asisten").fill(pin="246810")
            helper.press(f"/{uid}/buka")
            if helper.page.select('form[action$="/kirim-kode"] button'):
                helper.press("/kirim-kode")
    assert Outgoing.select().where(Outgoing.key.startswith("otp:")).count() == 1 + 5


@pytest.mark.requirement("R40")
def test_many_people_in_a_day_are_looked_at_and_not_refused(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "PEOPLE_PER_DAY", 3)
    for _ in range(5):
        helper.open("/asisten")
        helper.new()
    assert helper.step == "ktp"
    assert len(audit("desk.many_people")) == 1


@pytest.mark.requirement("R53")
def test_the_audit_trail_says_who_where_when_and_no_value(helper: Helper) -> None:
    answers = sheet_answers(1)
    helper.register(1)
    rows = [f"{row.actor} {row.action} {row.subject} {row.detail}" for row in Audit.select()]
    assert len(rows) >= 6
    text = "\n".join(rows)
    person = Registration.select().get()
    for value in (person.nik, person.name, person.phone, person.email, answers["ktp"]["address"]):
        assert value not in text
    assert all(row.actor.startswith(("assistant:", "office")) and row.at for row in Audit.select())


def test_an_assistant_cannot_answer_for_a_person_through_the_public_pages(helper: Helper) -> None:
    uid = helper.new()
    helper.type(sheet_answers(1)["ktp"])
    assert helper.open(f"/bpu/{uid}/data-diri").step == "stranger"
    assert Draft.get_or_none(Draft.uid == uid)

"""Who may sit at a desk: invited, signed in with code and PIN, locked, paused, signed out everywhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Assistant, Draft, Machine, SignIn
from bpu.services.desk.assistants import DEMO_PHONE, DEMO_PIN, Invalid
from tests.web.desk.conftest import PIN, Helper, audit

Make = Callable[..., Helper]


def test_an_invited_assistant_signs_in_with_code_and_pin_and_lands_on_the_queue(helper: Helper) -> None:
    assert helper.step == "desk"
    assert helper.sees("Belum ada orang hari ini")
    assert len(audit("desk.sign_in")) == 1


def test_the_sandbox_has_an_assistant_to_try_with(app: Flask) -> None:
    helper = Helper(app, DEMO_PHONE)
    helper.open("/asisten")
    assert helper.one("form input[name=phone]")
    assert helper.sign_in(DEMO_PIN).step == "desk"


@pytest.mark.parametrize(
    ("code", "pin"), [("right", "111111"), ("000000", PIN), ("", PIN), ("right", ""), ("right", "24681"), ("", "")]
)
def test_whoever_has_not_both_code_and_pin_stays_outside(helpers: Make, code: str, pin: str) -> None:
    helper = helpers()
    helper.open("/asisten").fill(phone="0" + helper.phone[3:])
    sent = helper.messages(helper.phone)[0]["text"].split("kode Anda ")[1][:6]
    helper.fill(code=sent if code == "right" else code, pin=pin)
    assert helper.step == "desk-enter"
    assert helper.errors == ["Kode atau PIN belum cocok. Periksa keduanya."]
    assert helper.open("/asisten").step == "desk-sign-in"


def test_an_unknown_phone_is_answered_like_a_known_one(helpers: Make) -> None:
    known, unknown = helpers(), helpers()
    Assistant.delete().where(Assistant.phone_index == unknown.row.phone_index).execute()
    pages = [each.open("/asisten").fill(phone="0" + each.phone[3:]) for each in (known, unknown)]
    texts = [" ".join(page.one("main").text.split()) for page in pages]
    assert texts[0] == texts[1]
    assert unknown.messages(unknown.phone) == []
    assert len(audit("desk.unknown")) == 1


def test_five_wrong_pins_close_the_door_for_an_hour_even_for_the_right_one(helpers: Make) -> None:
    helper = helpers()
    helper.open("/asisten").fill(phone="0" + helper.phone[3:])
    code = helper.messages(helper.phone)[0]["text"].split("kode Anda ")[1][:6]
    for _ in range(5):
        helper.fill(code=code, pin="000000")
    helper.fill(code=code, pin=PIN)
    assert helper.step == "desk-enter"
    assert len(audit("desk.wrong_pin")) == 5
    assert len(audit("desk.pin_used_up")) == 1
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert helper.sign_in().step == "desk"


def test_a_remembered_computer_asks_for_the_pin_alone_for_a_day(helpers: Make) -> None:
    helper = helpers().sign_in(remember=True)
    helper.press("/asisten/kunci").press("/asisten/keluar")
    assert helper.step == "desk-sign-in"
    assert helper.one("form input[name=pin]")
    assert helper.fill(pin="000000").errors == ["PIN belum cocok."]
    assert helper.fill(pin=PIN).step == "desk"
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert helper.open("/asisten").one("form input[name=phone]")


def test_a_locked_screen_shows_nothing_until_the_pin_comes(helper: Helper) -> None:
    uid = helper.register(1)
    helper.press("/asisten/kunci")
    assert helper.step == "desk-lock"
    for path in ("", f"/orang/{uid}/bayar", f"/orang/{uid}/slip", "/tutup", "/unggah", "/atur", "/bayar"):
        assert helper.open("/asisten" + path).step == "desk-lock", path
        assert not helper.sees("Contoh")
    assert helper.fill(pin="999999").errors == ["PIN belum cocok."]
    assert helper.fill(pin=PIN).step == "desk"
    assert helper.sees("Contoh P.")


def test_three_idle_minutes_hide_everything_but_a_form_on_the_screen_is_still_taken(helper: Helper) -> None:
    uid = helper.new()
    with time_machine.travel(clock.now() + timedelta(minutes=4)):
        helper.type({"nik": "3201", "name": "Wati Contoh"})
        assert helper.step == "desk-lock"
        helper.fill(pin=PIN)
        assert helper.sees("Wati C.")
        helper.press(f"/orang/{uid}/buka")
        assert helper.one("input[name=name]")["value"] == "Wati Contoh"


def test_a_pause_ends_every_sign_in_at_once(helpers: Make, app: Flask) -> None:
    helper = helpers().sign_in(remember=True)
    app.extensions["bpu"].assistants.pause(helper.row)
    assert helper.open("/asisten").step == "desk-sign-in"
    assert helper.one("form input[name=phone]"), "the computer is forgotten, too"
    helper.fill(phone="0" + helper.phone[3:])
    assert len(helper.messages(helper.phone)) == 1, "no further code is sent"
    app.extensions["bpu"].assistants.pause(helper.row, False)
    assert helper.sign_in().step == "desk"


def test_signing_out_everywhere_ends_the_other_computer_too(helpers: Make, app: Flask) -> None:
    here = helpers().sign_in(remember=True)
    there = Helper(app, here.phone).sign_in()
    assert SignIn.select().count() == 2
    there.open("/asisten/atur").press("/asisten/keluar", everywhere="1")
    assert here.open("/asisten").step == "desk-sign-in"
    assert (SignIn.select().count(), Machine.select().count()) == (0, 0)


def test_a_sign_in_ends_after_twelve_hours(helper: Helper) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=12, minutes=1)):
        assert helper.open("/asisten").step == "desk-sign-in"


def test_the_pin_is_changed_by_whoever_knows_the_old_one(helper: Helper) -> None:
    helper.open("/asisten/atur")
    for old in ("000000", ""):
        helper.press("/asisten/pin", pin=old, new_pin="975310")
        assert helper.errors == ["PIN belum diganti. PIN terdiri dari 6 angka, dan PIN lama harus cocok."]
    helper.press("/asisten/kunci").fill(pin="975310")
    assert helper.step == "desk-lock", "the old one still holds"
    helper.fill(pin=PIN).open("/asisten/atur").press("/asisten/pin", pin=PIN, new_pin="975310")
    assert helper.errors == []
    helper.press("/asisten/kunci").fill(pin=PIN)
    assert helper.step == "desk-lock", "the old one is no more"
    assert helper.fill(pin="975310").step == "desk"
    assert len(audit("assistant.pin")) == 1


@pytest.mark.parametrize("typed", ["97531", "9753100", "97531a", ""])
def test_a_pin_of_another_form_is_not_taken(helper: Helper, typed: str) -> None:
    helper.open("/asisten/atur").press("/asisten/pin", pin=PIN, new_pin=typed)
    assert helper.errors == ["PIN belum diganti. PIN terdiri dari 6 angka, dan PIN lama harus cocok."]
    assert helper.press("/asisten/kunci").fill(pin=PIN).step == "desk"


def test_the_paper_that_is_chosen_is_kept_and_slips_are_laid_out_for_it(helper: Helper) -> None:
    def chosen() -> list[str]:
        return [str(one["value"]) for one in helper.page.select("[name=paper] [selected]")]

    uid = helper.register(1)
    assert helper.open("/asisten/atur").one("main")
    assert chosen() == ["thermal"]
    helper.press("/asisten/atur", paper="a4")
    assert chosen() == ["a4"]
    assert helper.at(uid, "slip").one("main")["class"] == ["wrap", "a4"]
    helper.open("/asisten/atur").press("/asisten/atur", paper="parchment")
    assert chosen() == ["a4"]


def test_the_pin_rests_as_a_salted_hash_and_the_phone_sealed(helpers: Make) -> None:
    one, other = helpers().row, helpers().row
    assert bytes(one.pin) != bytes(other.pin), "the same PIN, another salt"
    assert PIN.encode() not in bytes(one.pin)
    assert one.phone.encode() not in bytes(one.phone_sealed)


def test_the_office_invites_pauses_and_lists_from_the_command_line(app: Flask) -> None:
    runner = app.test_cli_runner()
    command = ["bpu", "assistants"]
    options = ["--name", "Rini", "--shop", "WARNET MELATI", "--regency", "3201", "--fee", "5000", "--fee-most", "10000"]
    invited = runner.invoke(args=[*command, "invite", "0813 7770 0099", *options])
    pin = invited.output.strip()[-6:]
    assert invited.exit_code == 0
    assert pin.isdigit()
    assert runner.invoke(args=[*command, "invite", "0813 7770 0099", *options]).exit_code == 1
    assert runner.invoke(args=[*command, "invite", "021 5551234", *options]).exit_code == 2
    assert runner.invoke(args=[*command, "invite", "081377700098", *options[:4], "--regency", "9999"]).exit_code == 2
    helper = Helper(app, "+6281377700099")
    assert helper.sign_in(pin).step == "desk"
    assert runner.invoke(args=[*command, "pause", "081377700099"]).exit_code == 0
    listed = runner.invoke(args=[*command, "list"]).output
    assert "WARNET MELATI 3201 fee 5000-10000 paused" in listed
    assert "8137770" not in listed
    assert helper.open("/asisten").step == "desk-sign-in"


def test_a_usual_fee_above_the_highest_is_no_invitation(app: Flask) -> None:
    with pytest.raises(Invalid):
        app.extensions["bpu"].assistants.invite("+6281377700050", "R", "W", "3201", fee=2, fee_most=1)


def test_another_pin_ends_what_the_old_one_opened_but_not_the_sign_in_that_knew_both(helpers: Make, app: Flask) -> None:
    thief = helpers().sign_in(remember=True)
    here = Helper(app, thief.phone).sign_in()
    before = here.client.get_cookie("desk").value
    here.open("/asisten/atur").press("/asisten/pin", pin=PIN, new_pin="975310")
    assert here.open("/asisten").step == "desk"
    assert here.client.get_cookie("desk").value != before
    assert thief.open("/asisten").step == "desk-sign-in"
    assert thief.one("form input[name=phone]"), "the remembered computer is forgotten"
    assert (SignIn.select().count(), Machine.select().count()) == (1, 0)


def test_one_form_is_taken_in_the_dark_and_only_for_some_minutes(helper: Helper) -> None:
    uid = helper.new()
    form = helper.form_values(helper.one('main form[action*="/orang/"]'))
    address = f"/asisten/orang/{uid}/ktp"

    def send(name: str) -> object:
        helper.client.post(address, data={**form, "name": name}, headers=helper._headers())
        return Draft.get().typed.get("data-diri", {}).get("name")

    assert send("Pertama Contoh") == "Pertama Contoh"
    noticed = {"headers": helper._headers(), "data": {**form, "name": "Diintip"}}
    with time_machine.travel(clock.now() + timedelta(minutes=4)):
        assert helper.client.post(address + "/cek", **noticed).status_code == 204, "nothing is shown in the dark"
        assert send("Kedua Contoh") == "Kedua Contoh", "typed before it went dark"
        assert send("Ketiga Contoh") == "Kedua Contoh"
        assert helper.open("/asisten").step == "desk-lock"
        helper.fill(pin=PIN).press(f"/orang/{uid}/buka")
        assert send("Pertama Contoh") == "Pertama Contoh"
        with time_machine.travel(clock.now() + timedelta(minutes=14)):
            assert send("Terlambat") == "Pertama Contoh"

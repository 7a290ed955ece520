"""Typing for others: from an empty page to a bill, whatever is refused, noticed, left and opened again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Consent, Draft, Helped, Registration
from bpu.rules.money.rupiah import rupiah
from bpu.steps.desk.sheets import masked
from tests.people.visitor import Visitor
from tests.web.desk.conftest import FEE, Helper, audit, price, sheet_answers

Make = Callable[..., Helper]


@pytest.mark.parametrize("browser", [True, False], ids=["browser", "without headers"])
def test_one_person_is_registered_from_the_queue_to_the_bill(helpers: Make, browser: bool) -> None:
    helper = helpers(browser=browser).sign_in()
    uid = helper.register(1)
    assert helper.one("#bill-code")["data-amount"] == str(price())
    person = Registration.get(Registration.draft == uid)
    channels = {consent.channel for consent in Consent.select().where(Consent.draft == uid)}
    kinds = {consent.kind for consent in Consent.select().where(Consent.draft == uid)}
    assert channels == {f"assistant:{helper.row.uid}"}
    assert kinds == {"terms", "privacy", "declaration"}
    assert Helped.get(Helped.uid == uid).fee == FEE
    assert person.name == "Contoh Peserta Bak"
    assert {row.actor.split("@")[0] for row in audit("desk.sent")} == {f"assistant:{helper.row.uid}"}


@pytest.mark.requirement("R39")
def test_the_code_is_asked_for_as_soon_as_the_phone_is_known_and_names_the_shop(helper: Helper) -> None:
    answers = sheet_answers(2)["ktp"]
    helper.at(helper.new(), "ktp").type(answers)
    assert helper.step == "kerja"
    text = helper.messages("+62" + answers["phone"][1:])[0]["text"]
    assert "di WARNET MELATI. Sebutkan hanya kalau Anda sedang di sana" in text


@pytest.mark.requirement("R39")
def test_the_worker_is_told_who_helped_for_how_much_and_how_to_take_over(helper: Helper) -> None:
    uid = helper.register(3)
    texts = [message["text"] for message in helper.messages("+62" + sheet_answers(3)["ktp"]["phone"][1:])]
    resume = Draft.get(Draft.uid == uid).resume
    assert any(
        "WARNET MELATI mendaftarkan Anda" in text and rupiah(price()) in text and resume[:4] in text for text in texts
    )


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("ktp", {"present": ""}, "Centang ini setelah orangnya menjawab boleh."),
    ("ktp", {"terms": ""}, "Centang kotak ini kalau Anda setuju."),
    ("ktp", {"nik": "320101"}, "NIK kurang 10 angka"),
    ("ktp", {"name": "1234567"}, "Ini sepertinya nomor"),
    ("ktp", {"birth_day": "31022000", "birth_month": "", "birth_year": ""}, "Tanggal ini tidak ada"),
    ("ktp", {"phone": "021 555 1234"}, "nomor telepon rumah"),
    ("ktp", {"email": "siti"}, "email ini belum"),
    ("ktp", {"village_name": "Tidak Adaada"}, "Alamat ini tidak ditemukan"),
    ("ktp", {"village_name": ""}, "Kecamatan dan kelurahan diisi keduanya"),
    ("kerja", {"occupation": ""}, "Pilih satu pekerjaan"),
    ("kerja", {"income": "1.500"}, "terlalu kecil"),
    ("kerja", {"months": "2"}, "Pilih lama pembayaran"),
    ("kerja", {"fee": "20000"}, "Biaya jasa paling tinggi Rp15.000"),
    ("kerja", {"fee": "lima"}, "Tulis biaya jasa dengan angka"),
    ("periksa", {"code": "12345"}, "Kode terdiri dari 6 angka"),
    ("periksa", {"code": "000000"}, "Kode belum cocok"),
    ("periksa", {"declare": ""}, "Centang kotak ini kalau semuanya benar"),
]


@pytest.mark.parametrize(
    ("slug", "change", "said"), BROKEN, ids=[f"{each[0]}-{next(iter(each[1]))}" for each in BROKEN]
)
def test_what_is_refused_is_told_and_everything_else_stays(
    helper: Helper, slug: str, change: dict[str, Any], said: str
) -> None:
    answers = sheet_answers(4)
    helper.new()
    for page, fields in answers.items():
        good = dict(fields) if page != "periksa" else {**fields, "code": helper.code_of(answers["ktp"]["phone"])}
        if page != slug:
            helper.type(good)
            continue
        helper.type({**good, **change})
        assert helper.step == slug
        assert any(said in error for error in helper.errors), helper.errors
        helper.type(
            {name: good[name] for name in change}
            | ({"declare": "yes"} if slug == "periksa" else {})
            | ({"present": "yes", "terms": "yes", "privacy": "yes"} if slug == "ktp" else {})
        )
        assert helper.step != slug, helper.errors
        break


def test_a_warning_is_shown_once_and_passes_when_the_same_is_sent_again(helper: Helper) -> None:
    answers = {**sheet_answers(5)["ktp"], "name": "Siti Amiiiin"}
    helper.new()
    assert helper.type(answers).step == "ktp"
    assert any("huruf yang berulang" in error for error in helper.errors)
    assert helper.type({"present": "yes", "terms": "yes", "privacy": "yes"}).step == "kerja", helper.errors


def test_what_is_noticed_while_typing_comes_beside_its_field_and_is_saved(helper: Helper) -> None:
    uid = helper.new()
    form = helper.one('main form[action$="/ktp"]')
    sent = {**helper.form_values(form), "nik": "3201", "name": "Wati"}
    answer = helper.client.post(str(form["hx-post"]), data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert 'id="nik-m" hx-swap-oob="true"' in answer.text
    assert "NIK kurang 12 angka" in answer.text
    assert "Email belum diisi" not in answer.text, "empty fields are nobody's fault yet"
    helper.at(uid, "ktp")
    assert helper.one("#name")["value"] == "Wati"
    assert "belum diisi" not in helper.one("main").text


def test_a_power_cut_loses_nothing_that_was_sent(helper: Helper, app: Flask) -> None:
    uid = helper.new()
    helper.type({"nik": sheet_answers(6)["ktp"]["nik"], "name": "Wati Contoh", "present": "yes", "terms": "yes"})
    other = Helper(app, helper.phone).sign_in()
    assert other.sees("Wati C.")
    assert other.sees("Perlu diperbaiki")
    other.at(uid, "ktp")
    assert other.one("#name")["value"] == "Wati Contoh"


@pytest.mark.requirement("R11")
def test_every_page_and_field_of_the_desk_keeps_nothing_in_the_browser(helper: Helper) -> None:
    seen = []
    answers = sheet_answers(7)
    helper.new()
    for page, fields in answers.items():
        seen.append((helper.step, helper.page, helper.response))
        helper.type({**fields, **({"code": helper.code_of(answers["ktp"]["phone"])} if page == "periksa" else {})})
    seen.append((helper.step, helper.page, helper.response))
    for path in ("", "/atur", "/unggah", "/tutup", "/kunci"):
        helper.open("/asisten" + path)
        seen.append((helper.step, helper.page, helper.response))
    assert len(seen) == 9
    for step, page, response in seen:
        assert response.headers["Cache-Control"] == "no-store", step
        for form in page.select("form"):
            assert form.get("autocomplete") == "off", (step, form.get("action"))
        for field in page.select("input:not([type=hidden]), select, textarea"):
            assert field.get("autocomplete") == "off", (step, str(field))


def test_the_nik_is_hidden_as_soon_as_its_page_is_left(helper: Helper) -> None:
    nik = sheet_answers(8)["ktp"]["nik"]
    uid = helper.new()
    helper.type(sheet_answers(8)["ktp"])
    helper.at(uid, "ktp")
    assert helper.one("#nik")["value"] == masked(nik)
    assert nik not in helper.response.text.replace(" ", "")
    helper.type({"present": "yes", "terms": "yes", "privacy": "yes", "address": "Jl. Lain 1"})
    assert helper.step == "kerja", helper.errors
    assert Draft.get(Draft.uid == uid).answers["data-diri"]["nik"] == nik


def test_after_the_end_nothing_of_the_person_can_be_opened_but_from_the_queue(helper: Helper) -> None:
    answers = sheet_answers(9)
    uid = helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    helper.press(f"/asisten/selesai/{uid}")
    assert helper.step == "desk-selesai"
    for slug in ("ktp", "kerja", "periksa", "bayar", "slip", "slip.txt"):
        helper.at(uid, slug)
        assert helper.step == "desk-nobody"
        assert "Contoh Peserta" not in helper.response.text
    helper.open("/asisten").press(f"/orang/{uid}/buka")
    assert helper.step == "periksa"
    assert answers["ktp"]["nik"] not in helper.response.text.replace(" ", ""), "a full NIK is not shown twice"


def test_the_end_changes_the_cookie_and_tells_the_browser_to_forget(helper: Helper) -> None:
    uid = helper.register(10)
    before = helper.client.get_cookie("desk")
    form = helper.one(f'form[action$="/selesai/{uid}"]')
    answer = helper.client.post(str(form["action"]), data={}, headers={"Sec-Fetch-Site": "same-origin"})
    after = helper.client.get_cookie("desk")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert before
    assert after
    assert before.value != after.value
    assert after.http_only
    with time_machine.travel(clock.now() + timedelta(seconds=25)):
        helper.client.set_cookie("desk", before.value)
        assert helper.open("/asisten").step == "desk-sign-in", "the old token is dead"


@pytest.mark.requirement("R13")
def test_pages_close_by_themselves_when_nothing_is_done_for_a_quarter_of_an_hour(helper: Helper) -> None:
    uid = helper.register(11)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        helper.open("/asisten").fill(pin="246810")
        assert helper.at(uid, "slip").step == "desk-nobody"


def test_two_people_in_two_tabs_never_mix(helper: Helper) -> None:
    one, two = helper.new(), helper.new()
    first, second = sheet_answers(12), sheet_answers(13)
    helper.at(one, "ktp").type({**first["ktp"], "email": "x"})
    helper.at(two, "ktp").type(second["ktp"])
    helper.at(one, "ktp").type({**first["ktp"], "present": "yes"})
    names = {uid: Draft.get(Draft.uid == uid).answers["data-diri"]["name"] for uid in (one, two)}
    assert names == {one: first["ktp"]["name"], two: second["ktp"]["name"]}


def test_the_worker_takes_over_with_the_continue_code_and_locks_the_helper_out(helper: Helper, app: Flask) -> None:
    answers = sheet_answers(14)
    uid = helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    worker = Visitor(app)
    worker.answers = {"data-diri": {"phone": answers["ktp"]["phone"]}}
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        worker.open("/lanjut").fill(resume=Draft.get(Draft.uid == uid).resume)
        code = next(m["text"] for m in worker.messages() if "kode Anda" in m["text"]).split("kode Anda ")[1][:6]
        worker.fill(code=code)
        assert worker.path.startswith(f"/bpu/{uid}/"), worker.path
        helper.open("/asisten").fill(pin="246810")
        assert not helper.sees("Contoh")
        assert helper.at(uid, "periksa").step == "desk-nobody"
    assert len(audit("desk.taken_over")) == 1


def test_the_worker_agrees_by_link_and_the_code_is_not_asked_any_more(helper: Helper, app: Flask) -> None:
    answers = sheet_answers(15)
    uid = helper.new()
    helper.type(answers["ktp"]).type(answers["kerja"])
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        helper.press("/kirim-kode", link="1")
        assert helper.step == "periksa"
        text = helper.messages("+62" + answers["ktp"]["phone"][1:])[0]["text"]
        link = "/setuju/" + text.split("/setuju/")[1].split()[0]
        worker = Visitor(app)
        worker.open(link)
        assert worker.sees("WARNET MELATI membantu Contoh P.")
        assert answers["ktp"]["nik"] not in worker.response.text
        worker.fill(press="agree")
        assert worker.step == "approval-thanks"
        assert worker.open(link).step == "approval-over", "a link works once"
        helper.at(uid, "periksa")
        assert not helper.page.select("input[name=code]")
        assert helper.type({"declare": "yes"}).step == "bayar", helper.errors


@pytest.mark.requirement("R39")
def test_who_did_not_ask_for_help_stops_it_by_link(helper: Helper, app: Flask) -> None:
    answers = sheet_answers(16)
    uid = helper.new()
    helper.type(answers["ktp"])
    helper.at(uid, "kerja").type(answers["kerja"])
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        helper.press("/kirim-kode", link="1")
        text = helper.messages("+62" + answers["ktp"]["phone"][1:])[0]["text"]
        Visitor(app).open("/setuju/" + text.split("/setuju/")[1].split()[0]).fill(press="object")
        assert helper.at(uid, "periksa").step == "desk-nobody"
    assert Draft.get_or_none(Draft.uid == uid) is None
    assert len(audit("desk.objected")) == 1


def test_a_nik_that_is_registered_already_goes_to_the_office_without_a_word_about_why(helpers: Make) -> None:
    helper = helpers().sign_in()
    helper.register(17)
    helper.pay()
    other = helpers("KIOS LAIN").sign_in()
    answers = sheet_answers(17)
    answers["ktp"]["phone"] = "081299900017"
    other.new()
    other.type(answers["ktp"]).type(answers["kerja"])
    other.type({"declare": "yes", "code": other.code_of("081299900017")})
    assert other.step == "desk-diperiksa"
    assert other.open("/asisten").sees("Perlu diperbaiki")

"""A code that does not come stops nobody: the phone writes to the office, and the page goes on."""

import re
from datetime import timedelta

import pytest

from bpu import clock
from bpu.models import Code, Draft, Outgoing, Sending, Simulated, writing
from tests.people.answers import PHONE
from tests.people.visitor import Visitor


def write(visitor: Visitor, text: str, phone: str = PHONE) -> None:
    sent = visitor.client.post("/simulator/sms", data={"from": phone, "text": text})
    assert (sent.status_code, sent.location) == (303, "/simulator")


def shown(visitor: Visitor) -> str:
    link = visitor.one('a[href^="sms:"]')
    assert re.fullmatch(r"sms:0000\?body=DAFTAR%20[1-9][0-9]{3}", str(link["href"]))
    return link.text


def pressed(visitor: Visitor) -> Visitor:
    """Press "I have sent it", wherever the page has it."""
    forms = visitor.page.select('main form[method="post"]')
    at = next(number for number, form in enumerate(forms) if form.select("button[name=written]"))
    return visitor.fill(press="written", form=at)


@pytest.mark.requirement("R23")
def test_a_message_from_the_phone_proves_it_and_costs_nothing(visitor: Visitor) -> None:
    visitor.reach("kode")
    text, before = shown(visitor), visitor.client.get_cookie("b").value
    pressed(visitor)
    assert visitor.step == "kode"
    assert visitor.sees("belum sampai")
    sent = Outgoing.select().count()
    write(visitor, text.lower())
    assert pressed(visitor).step == "pekerjaan"
    assert Outgoing.select().count() == sent
    assert visitor.client.get_cookie("b").value != before, "a phone was proven, so the token changed"
    assert Draft.get().answers["kode"]["phone"] == PHONE
    assert visitor.reach("selesai").number


def test_a_look_at_the_page_goes_on_too(visitor: Visitor) -> None:
    visitor.reach("kode")
    before = visitor.client.get_cookie("b").value
    write(visitor, shown(visitor))
    assert visitor.open(f"/bpu/{Draft.get().uid}/kode").step == "pekerjaan"
    assert visitor.client.get_cookie("b").value != before


def test_another_phone_another_number_and_another_draft_prove_nothing(visitor: Visitor, another) -> None:
    visitor.reach("kode")
    stranger = another().reach("kode")
    text = shown(visitor)
    assert shown(stranger) != text
    write(visitor, text, "+6281234567891")
    write(visitor, "DAFTAR 9")
    assert pressed(visitor).step == "kode"
    write(visitor, text)
    assert pressed(stranger).step == "kode", "a stranger with the same phone in a draft has nothing of it"
    assert pressed(visitor).step == "pekerjaan"


@pytest.mark.requirement("R23")
def test_whoever_gets_no_more_codes_is_led_to_it_instead_of_being_sent_away(visitor: Visitor, another) -> None:
    for _ in range(6):
        another().reach("kode")
    assert Sending.select().count() < 6, "the phone's own limit holds"
    visitor.reach("minta-kode").fill()
    assert visitor.step == "kode"
    Code.update(expires=0).where(~Code.purpose.startswith("written")).execute()
    visitor.open(visitor.path)
    assert visitor.sees("Kode belum bisa dikirim")
    write(visitor, shown(visitor))
    assert pressed(visitor).step == "pekerjaan"


def test_unknown_words_are_answered_in_the_simulator_and_wrong_phones_are_told(visitor: Visitor) -> None:
    write(visitor, "halo?")
    assert "DAFTAR" in visitor.messages()[0]["text"]
    assert Simulated.select().count() == 1
    assert visitor.client.post("/simulator/sms", data={"from": "12", "text": "DAFTAR 1"}).status_code == 400
    visitor.open("/simulator").fill(form=1, **{"from": PHONE, "text": "DAFTAR 1234"})
    assert visitor.path == "/simulator"


@pytest.mark.requirement("R29", "R33")
def test_scarce_codes_cost_a_picture_and_used_up_ones_lead_to_writing(app, visitor: Visitor) -> None:
    def left(number: int) -> None:
        """So many codes have left elsewhere that nobody typed in."""
        now = clock.now()
        rows = [
            {"phone_index": bytes([each % 256]), "subject": f"elsewhere-{each}", "at": now} for each in range(number)
        ]
        with writing():
            Sending.delete().where(Sending.subject.startswith("elsewhere-")).execute()
            Sending.insert_many(rows).execute()

    hour = app.extensions["bpu"].settings.codes_per_hour
    left(hour // 2)
    visitor.reach("kode")
    assert Sending.select().where(~Sending.subject.startswith("elsewhere-")).count() == 1, "its picture was just read"
    Sending.update(at=clock.now() - timedelta(minutes=10)).where(~Sending.subject.startswith("elsewhere-")).execute()
    visitor.open(visitor.path)
    visitor.fill(form=len(visitor.page.select('main form[method="post"]')) - 1)
    assert visitor.step == "minta-kode"
    assert visitor.one("img.pic")
    visitor.fill(captcha="salah")
    assert visitor.errors == ["Jawaban belum tepat. Coba yang ini."]
    visitor.fill(captcha="benar")
    assert visitor.step == "kode"
    assert Sending.select().where(~Sending.subject.startswith("elsewhere-")).count() == 2
    left(hour)
    Code.update(expires=0).where(Code.purpose == "register").execute()
    Sending.update(at=clock.now() - timedelta(minutes=10)).where(~Sending.subject.startswith("elsewhere-")).execute()
    visitor.open(visitor.path)
    assert visitor.sees("Kode belum bisa dikirim")
    write(visitor, shown(visitor))
    assert pressed(visitor).step == "pekerjaan"


def test_a_right_continue_code_is_taken_after_wrong_ones_at_the_same_browser(app, visitor: Visitor, another) -> None:
    visitor.reach("alamat")
    code = Draft.get().resume
    there = another()
    there.open("/lanjut")
    for _ in range(7):
        there.fill(resume="AAAA-AAAA")
    there.open("/lanjut").fill(resume=code)
    assert there.step == "resume-code"
    assert there.fill(code=visitor.code()).step == "alamat"

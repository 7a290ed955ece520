"""A screen that was left alone shows nothing of its person, and gives it back to whoever has the code or the phone."""

import re
from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Draft, Holding
from bpu.web.frame.visits import IDLE, LATE
from tests.people.answers import PERSON, PHONE
from tests.people.visitor import Visitor

PLACES = ("", "data-diri", "alamat", "pekerjaan", "periksa", "bayar", "selesai", "slip", "bayar/qris")
MARKS = (PERSON["data-diri"]["nik"], "Siti Aminah", "Jl. Melati 7", "siti@example.com", "3456", "Pasar Baru, Bogor")


def uid() -> str:
    return Draft.get().uid


def hidden(visitor: Visitor) -> None:
    """Every address of the draft shows the page that shows nothing."""
    for place in PLACES:
        text = visitor.open(f"/bpu/{uid()}/{place}").response.text
        assert visitor.step == "asleep", place
        assert [mark for mark in MARKS if mark in text] == []


@pytest.mark.requirement("R13")
@pytest.mark.parametrize("slug", ["alamat", "periksa", "bayar", "selesai"])
def test_after_idle_minutes_nothing_is_shown_and_the_phone_opens_it_again(visitor: Visitor, slug: str) -> None:
    visitor.reach(slug)
    old = visitor.client.get_cookie("b").value
    with time_machine.travel(clock.now() + IDLE - timedelta(seconds=5), tick=False) as now:
        assert visitor.open(f"/bpu/{uid()}/").step == slug, "a look is a press"
        now.shift(IDLE + timedelta(seconds=1))
        hidden(visitor)
        visitor.fill(press="send")
        assert visitor.step == "asleep"
        visitor.fill(code="000000")
        assert visitor.step == "asleep"
        code = next(
            found[1] for each in visitor.messages(PHONE) if (found := re.search("kode Anda (.{6})", each["text"]))
        )
        assert visitor.fill(code=code).step == slug
        assert visitor.client.get_cookie("b").value != old


def test_the_continue_code_opens_it_again_whoever_typed_wrong_ones_before(visitor: Visitor) -> None:
    visitor.reach("pekerjaan")
    with time_machine.travel(clock.now() + IDLE, tick=False):
        hidden(visitor)
        for _ in range(5):
            assert visitor.fill(form=1, resume="2222-2222").errors == ["Kode lanjut belum cocok. Periksa lagi."]
        assert "Terlalu banyak percobaan" in visitor.fill(form=1, resume="2222-2222").errors[0]
        right = Draft.get().resume
        assert visitor.fill(form=1, resume=f" {right[:4].lower()}-{right[4:]}").step == "pekerjaan"


def test_a_form_that_was_open_is_taken_once_without_being_shown(visitor: Visitor) -> None:
    visitor.reach("alamat")
    form = visitor.page.select('main form[method="post"]')[0]
    sent = {**visitor.form_values(form), **PERSON["alamat"]}

    def send(**changes: str) -> int:
        headers = visitor._headers()
        return visitor.client.post(str(form["action"]), data={**sent, **changes}, headers=headers).status_code

    with time_machine.travel(clock.now() + IDLE, tick=False):
        assert send(address="Jl. Terlambat 1") == 403
        assert send(address="Jl. Orang Lain") == 403
        assert Draft.get().typed["alamat"]["address"] == "Jl. Terlambat 1"
        assert "alamat" not in Draft.get().answers
        hidden(visitor)
        visitor.fill(form=1, resume=Draft.get().resume)
        assert visitor.one("#address")["value"] == "Jl. Terlambat 1"


def test_a_form_that_comes_much_later_changes_nothing(visitor: Visitor) -> None:
    visitor.reach("alamat")
    form = visitor.page.select('main form[method="post"]')[0]
    with time_machine.travel(clock.now() + IDLE + LATE, tick=False):
        sent = {**visitor.form_values(form), **PERSON["alamat"]}
        assert visitor.client.post(str(form["action"]), data=sent, headers=visitor._headers()).status_code == 403
        assert Draft.get().typed == {}


def test_a_page_that_asks_by_itself_keeps_no_screen_awake(visitor: Visitor) -> None:
    visitor.reach("bayar")
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False) as now:
        before = Holding.get().seen
        for _ in range(10):
            assert visitor.client.get(f"/bpu/{uid()}/bayar/lunas").status_code == 204
            now.shift(timedelta(minutes=1))
        assert Holding.get().seen == before
        hidden(visitor)

"""The phone writes to us: one number proves one phone for one purpose and its facts, and nobody else can use it."""

from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Code, writing
from bpu.services.access import written
from bpu.services.access.codes import Codes
from bpu.services.access.written import Written
from bpu.services.messages.texts import Messages
from bpu.settings import Settings

MINE, OTHER = "+6281234567890", "+6281234567891"
FACTS = {"nik": "3201014508900000", "name": "Siti Aminah"}


def written_of(settings: Settings) -> Written:
    return Written(settings, Codes(settings, Messages(settings)))


@pytest.fixture
def mine(store) -> Written:
    return written_of(Settings())


def number(mine: Written, subject: str = "a", phone: str = MINE, facts=FACTS) -> str:
    found = mine.invite("register", subject, phone, facts)
    assert found is not None
    return found.text.removeprefix("DAFTAR ")


def test_a_number_is_shown_again_while_it_is_fresh_and_fills_in_the_message(mine):
    shown = mine.invite("register", "a", MINE, FACTS)
    assert shown == mine.invite("register", "a", MINE, FACTS)
    assert shown.link == f"sms:0000?body=DAFTAR%20{shown.text[-4:]}"
    with time_machine.travel(clock.now() + written.LIFE - timedelta(minutes=5)):
        assert number(mine) != shown.text[-4:]
        assert mine.hear(MINE, shown.text[-4:]), "the one shown before still counts"
        assert mine.proven("register", "a", MINE, FACTS)


def test_only_the_phone_itself_proves_itself(mine):
    shown = number(mine)
    assert not mine.hear(OTHER, shown)
    assert not mine.proven("register", "a", MINE, FACTS)
    assert mine.hear(MINE, f" {shown[:2]} {shown[2:]}. ")
    assert mine.proven("register", "a", MINE, FACTS)
    assert mine.hear(MINE, shown), "brought twice by a gateway"


@pytest.mark.parametrize(
    "other",
    [
        ("resume", "a", MINE, FACTS),
        ("register", "b", MINE, FACTS),
        ("register", "a", OTHER, FACTS),
        ("register", "a", MINE, FACTS | {"name": "Budi"}),
    ],
)
def test_nothing_else_is_proven_by_it(mine, other):
    mine.hear(MINE, number(mine))
    assert not mine.proven(*other)


def test_numbers_of_one_phone_are_never_alike_however_many_strangers_ask(mine, monkeypatch):
    monkeypatch.setattr(written, "MANY", 60)
    with writing():
        shown = [number(mine, f"stranger{each}") for each in range(120)]
    assert len(set(shown)) == 120
    assert {len(each) for each in shown} == {4, 6}
    mine.hear(MINE, shown[70])
    assert [each for each in range(120) if mine.proven("register", f"stranger{each}", MINE, FACTS)] == [70]


def test_it_ends(mine):
    shown = number(mine)
    mine.hear(MINE, shown)
    with time_machine.travel(clock.now() + written.LIFE + timedelta(seconds=1)):
        assert not mine.proven("register", "a", MINE, FACTS)
        assert not mine.hear(MINE, shown)


def test_live_without_a_number_offers_nothing(store):
    assert written_of(Settings(mode="live")).invite("register", "a", MINE, FACTS) is None
    assert Code.select().count() == 0

"""What phones write: understood however it is typed, answered seldom, and never by more than one segment."""

from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Outgoing
from bpu.services.access import words
from bpu.services.access.codes import Codes
from bpu.services.access.words import Heard, Words
from bpu.services.access.written import WORD, Written
from bpu.services.messages.texts import SEGMENT, Messages, gsm7
from bpu.settings import Settings

MINE, OTHER = "+6281234567890", "+6281234567891"


def written_of(settings: Settings) -> Written:
    return Written(settings, Codes(settings, Messages(settings)))


@pytest.fixture
def door(store) -> Words:
    settings = Settings(site_url="https://daftar.kabupaten-contoh.go.id", site_name="Kantor Perlindungan Kabupaten")
    return Words(Messages(settings), {WORD: written_of(Settings()).hear})


@pytest.mark.parametrize(
    "said", ["DAFTAR %s", "daftar %s", "Daftar  %s ", "DAFTAR%s", "daftar: %s", "DAFTAR-%s\n", "Daftar\n%s"]
)
def test_the_word_is_understood_however_it_is_typed(door, said):
    mine = written_of(Settings())
    shown = mine.invite("register", "a", MINE, {}).text.split()[1]
    assert door.hear("6281234567890", said % shown) is Heard.TAKEN
    assert mine.proven("register", "a", MINE, {})
    assert Outgoing.select().count() == 0, "it costs the office nothing"


def test_unknown_words_get_one_answer_a_day_in_one_segment(door):
    said = ["halo", "DAFTAR", "DAFTAR 0000", "", "😀", "x" * 10_000, "DAFTAR " * 99, "\x00"]
    assert [door.hear(MINE, each) for each in said] == [Heard.HELPED] + [Heard.IGNORED] * 7
    text = Outgoing.get().payload["text"]
    assert len(text) <= SEGMENT
    assert gsm7(text) == text
    assert "DAFTAR" in text
    assert door.hear(OTHER, "halo") is Heard.HELPED
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        assert door.hear(MINE, "halo") is Heard.HELPED


def test_all_phones_together_are_answered_so_often_and_no_more(door):
    heard = [door.hear(f"+62812345{each:05d}", "menang?") for each in range(words.HELPED_PER_HOUR + 5)]
    assert heard.count(Heard.HELPED) == words.HELPED_PER_HOUR == Outgoing.select().count()


@pytest.mark.parametrize("sender", ["+14155550100", "99123", "", "TELKOMSEL", "021-5550100", "é"])
def test_senders_that_are_no_mobile_phone_of_this_country_are_ignored(door, sender):
    assert door.hear(sender, "halo") is Heard.IGNORED
    assert Outgoing.select().count() == 0

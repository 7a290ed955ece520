"""The captcha: small, used once, soon over, with a question in words beside the picture."""

import io
import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from PIL import Image

from bpu.models import Captcha
from bpu.services.registration.captcha import LENGTH, LETTERS, LIFE, NAMES, NUMBERS, OPEN_AT_ONCE, THINGS, Captchas
from bpu.settings import Misconfigured, Settings
from tests.conftest import running
from tests.people.visitor import Visitor


@pytest.fixture
def captchas(app, settings) -> Captchas:
    return Captchas(replace(settings, captcha_answer=""))


def answers(draft: str = "draft001") -> list[str]:
    """What is accepted for the newest challenge: letters first, then the answers in words."""
    return Captcha.select().where(Captcha.draft == draft).order_by(Captcha.expires.desc()).first().answer.split("|")


@pytest.mark.requirement("R33")
def test_two_hundred_pictures_have_at_most_seven_hundred_bytes_and_one_bit_a_pixel(captchas):
    sizes = []
    for number in range(200):
        challenge = captchas.ask(f"draft{number:03d}")
        picture = Image.open(io.BytesIO(challenge.picture))
        assert (picture.mode, picture.format) == ("1", "PNG")
        assert picture.histogram()[0] > 150, "there is something to read"
        sizes.append(len(challenge.picture))
    assert max(sizes) <= 700


def test_pictures_of_the_same_letters_differ(captchas):
    assert len({captchas.draw("ACDEF") for _ in range(20)}) == 20


def test_the_letters_leave_out_what_looks_like_another():
    assert not set(LETTERS) & set("0O1IL5S2Z8BQG") - set("L")
    assert len(LETTERS) ** LENGTH > 7 * 10**6


@pytest.mark.parametrize(
    "typed", [str.upper, str.lower, lambda text: f" {text[:3]} {text[3:]} ", lambda text: f"\u200b{text}"]
)
def test_the_letters_are_right_however_they_are_typed(captchas, typed):
    captchas.ask("draft001")
    assert captchas.check("draft001", typed(answers()[0]))


def test_every_question_can_be_answered_by_a_person(captchas):
    seen = set()
    for _ in range(80):
        question = captchas.ask("draft001").question
        seen.add(question)
        one, what, two = re.fullmatch(r"\w+ punya (\w+) (\w+), dapat (\w+)\. Jadi berapa\?", question).groups()
        total = NUMBERS.index(one) + NUMBERS.index(two)
        for answer in (str(total), NUMBERS[total], f"{total}{what}", f"{NUMBERS[total]}{what}"):
            assert answer in answers()
    assert len(seen) > 75


def test_questions_in_words_are_more_than_ten_thousand():
    assert len(set(NAMES)) * len(set(THINGS)) * 25 >= 10_000


def test_a_picture_costs_half_a_millisecond_at_most_once_its_letters_were_drawn(captchas):
    texts = [LETTERS[at : at + LENGTH] for at in range(len(LETTERS) - LENGTH)] * 20
    for text in texts:
        captchas.draw(text)
    begun = time.thread_time()
    for text in texts:
        captchas.draw(text)
    assert (time.thread_time() - begun) / len(texts) < 0.0015, "three times what it takes on a quiet machine"


def test_letters_stand_in_different_places(captchas):
    pixels = [Image.open(io.BytesIO(captchas.draw("AAAAA"))).get_flattened_data() for _ in range(60)]
    always = [all(picture[at] == 0 for picture in pixels) for at in range(len(pixels[0]))]
    assert sum(always) == 0, "no pixel is always ink"


@pytest.mark.requirement("R33")
def test_right_or_wrong_a_challenge_is_used_once(captchas):
    captchas.ask("draft001")
    right = answers()[0]
    assert captchas.check("draft001", right)
    assert not captchas.check("draft001", right)
    captchas.ask("draft001")
    right = answers()[0]
    assert not captchas.check("draft001", "xxxxxx")
    assert not captchas.check("draft001", right)


def test_a_challenge_belongs_to_its_draft(captchas):
    captchas.ask("draft001")
    captchas.ask("draft002")
    assert not captchas.check("draft002", answers("draft001")[0])


@pytest.mark.parametrize(("passed", "right"), [(LIFE - timedelta(seconds=1), True), (LIFE, False)])
def test_a_challenge_holds_ten_minutes(captchas, passed, right):
    with time_machine.travel("2026-11-22T03:00:00+00:00", tick=False) as now:
        captchas.ask("draft001")
        text = answers()[0]
        now.shift(passed)
        assert captchas.check("draft001", text) is right


def test_a_reload_and_a_second_tab_leave_the_first_picture_valid_but_not_many_do(captchas):
    with time_machine.travel("2026-11-22T03:00:00+00:00", tick=False) as now:
        captchas.ask("draft001")
        first = answers()[0]
        for _ in range(OPEN_AT_ONCE - 1):
            now.shift(1)
            captchas.ask("draft001")
        assert Captcha.select().count() == OPEN_AT_ONCE
        now.shift(1)
        captchas.ask("draft001")
        assert Captcha.select().count() == OPEN_AT_ONCE
        assert not captchas.check("draft001", first)


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "|", "benar", "\0", "é" * 300])
def test_nothing_else_is_right(captchas, typed):
    captchas.ask("draft001")
    assert not captchas.check("draft001", typed)


def test_the_answer_for_tools_works_only_where_it_is_set(app, settings):
    assert Captchas(settings).check("draft001", "BENAR")
    assert not Captchas(replace(settings, captcha_answer="")).check("draft001", "benar")
    with pytest.raises(Misconfigured, match="BPU_CAPTCHA_ANSWER is for the sandbox only"):
        Settings.from_environ({"BPU_MODE": "live", "BPU_CAPTCHA_ANSWER": "benar"})


@pytest.mark.requirement("R33")
def test_the_page_offers_a_picture_with_words_and_a_wrong_answer_costs_nothing(visitor):
    visitor.reach("pemeriksaan")
    source = visitor.one("img.pic")["src"]
    assert visitor.one("img.pic")["alt"]
    assert visitor.sees("Atau jawab pertanyaan ini")
    visitor.fill(captcha="salah")
    assert visitor.errors == ["Jawaban belum tepat. Coba yang ini."]
    assert visitor.one("img.pic")["src"] != source
    assert visitor.one("#captcha").get("value", "") == ""
    visitor.fill(captcha=" ")
    assert visitor.errors == ["Jawaban belum diisi. Ketik huruf di gambar, atau jawab pertanyaannya."]
    visitor.fill(captcha=answers_of(visitor))
    assert visitor.step == "persetujuan"
    visitor.open(visitor.path.replace("persetujuan", "data-diri"))
    assert visitor.one("#name")["value"] == "Siti Aminah"


def answers_of(visitor: Visitor) -> str:
    """The answer to the question in words on the page."""
    return Captcha.select().order_by(Captcha.expires.desc()).first().answer.split("|")[1]


def test_without_pictures_only_words_are_asked(settings):
    visitor = Visitor(running(replace(settings, captcha="question", captcha_answer=""))).reach("pemeriksaan")
    assert visitor.page.select_one("img") is None
    visitor.fill(captcha=answers_of(visitor))
    assert visitor.step == "persetujuan"

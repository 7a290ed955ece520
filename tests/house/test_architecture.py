"""The page about the house is true: its picture is the one of today, and a person who walks takes its ways."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bpu.models import close_all
from bpu.settings import Settings
from docs.architecture import PICTURE, ROOT, TEXT, Stop, picture, stops
from tests.conftest import binder, running
from tests.people.visitor import Visitor

WAYS: dict[str, list[Stop]] = {}
for stop in stops(TEXT.read_text(encoding="utf-8")):
    WAYS.setdefault(stop.way, []).append(stop)
ELSEWHERE = {"compare", "application"}  # by an operator; with an agency that has to be asked


def test_the_picture_is_drawn_from_the_house_of_today():
    drawn = picture(TEXT.read_text(encoding="utf-8"))
    assert PICTURE.read_text(encoding="utf-8") == drawn, "draw it anew: make picture"


def test_there_are_three_ways_of_five_or_six_stops():
    assert len(WAYS) == 3
    for way in WAYS.values():
        assert [stop.number for stop in way] == list(range(1, len(way) + 1))
        assert len(way) in (5, 6)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Where a person came through from the front page to the number: file and name, in order."""
    wanted = {stop.path for way in WAYS.values() for stop in way}
    known: dict[str, str] = {}
    seen: list[tuple[str, str]] = []

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT)):
            path = known.setdefault(code.co_filename, Path(code.co_filename).relative_to(ROOT).as_posix())
            if path in wanted:
                seen.append((path, code.co_qualname))

    folder = tmp_path_factory.mktemp("walked")
    app = running(Settings(database_url=f"sqlite:///{folder}/bpu.sqlite3", captcha_answer="benar"))
    bind = binder()
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        Visitor(app).reach("selesai")
        app.extensions["deliver"]()
    finally:
        sys.setprofile(before)
        close_all()
        bind()
        close_all()
    return seen


@pytest.mark.parametrize("way", WAYS)
def test_a_person_who_walks_takes_the_way(walked: list[tuple[str, str]], way: str) -> None:
    left = iter(walked)
    for stop in WAYS[way]:
        if stop.name in ELSEWHERE:
            assert f"\ndef {stop.name}(" in (ROOT / stop.path).read_text(encoding="utf-8")
        else:
            assert (stop.path, stop.name) in left, f"{stop.number}. {stop.path} {stop.name} does not follow"

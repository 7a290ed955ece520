"""When a captcha is asked at all, and in which form."""

from pathlib import Path

from bpu.settings import Settings
from tests.conftest import running
from tests.people.answers import person
from tests.people.visitor import Visitor


def visitor_where(tmp_path: Path, captcha: str, **more: int) -> Visitor:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/bpu.sqlite3", captcha_answer="benar", captcha=captcha, **more
    )
    return Visitor(running(settings)).start()


def test_question_mode_asks_in_words_only(tmp_path: Path) -> None:
    visitor = visitor_where(tmp_path, "question").answer()
    assert visitor.step == "pemeriksaan"
    assert not visitor.page.select("main img")
    assert visitor.answer().step == "persetujuan"


def test_risk_mode_asks_nothing_on_a_quiet_day(tmp_path: Path) -> None:
    visitor = visitor_where(tmp_path, "risk").answer()
    assert visitor.step == "persetujuan"
    assert visitor.reach("selesai").number.startswith("CONTOH-")


def test_risk_mode_asks_once_the_limits_are_nearly_used_up(tmp_path: Path) -> None:
    visitor = visitor_where(tmp_path, "risk", codes_per_hour=2).reach("kode")
    other = Visitor(visitor.app)
    other.answers = person(2)
    assert other.start().answer().step == "pemeriksaan"

"""Coming back: what it ends, and what it does not open any more once something has changed."""

from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Attempt, Draft, Holding
from tests.people.answers import PERSON, PHONE
from tests.people.visitor import Visitor

OTHER = "0813 9999 8888"


def resumed(visitor: Visitor, code: str) -> Visitor:
    return visitor.open("/lanjut").fill(resume=code)


def at(visitor: Visitor, slug: str) -> str:
    return f"/bpu/{Draft.get().uid}/{slug}"


def test_whoever_goes_on_elsewhere_has_left_the_computer_before(visitor: Visitor, another) -> None:
    visitor.reach("pekerjaan")
    phone = another(htmx=visitor.htmx)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        resumed(phone, Draft.get().resume).fill(code=phone.code())
        assert phone.step == "pekerjaan"
        for path in ("data-diri", "pekerjaan"):
            visitor.open(at(visitor, path))
            assert visitor.response.status_code in (403, 404)
            assert PERSON["data-diri"]["name"] not in visitor.response.text
        visitor.client.post(at(visitor, "program"), data={"step": "pekerjaan", "income": "9000000"})
        assert "pekerjaan" not in Draft.get().answers, "nor is a form taken that was open there"
    assert Holding.select().count() == 2


@pytest.mark.requirement("R25")
def test_a_code_to_a_phone_that_stands_there_no_more_opens_nothing(visitor: Visitor, another) -> None:
    visitor.reach("pekerjaan")
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        old = another()
        resumed(old, Draft.get().resume)
        code = old.code()
        attempt = Attempt.get().uid
        visitor.open(at(visitor, "data-diri")).fill(phone=OTHER)
        assert visitor.step == "minta-kode"
        old.client.post("/lanjut/kode", data={"attempt": attempt, "code": code}, headers=old._headers())
        old.open(at(visitor, "data-diri"))
        assert old.response.status_code in (403, 404)
    assert Holding.select().count() == 1


def test_continue_codes_go_to_no_phone_that_was_only_typed(visitor: Visitor, another) -> None:
    """A number mistyped by one sign is somebody's, and what stands in the draft is not theirs."""
    visitor.reach("kode")
    seeker = another()
    seeker.open("/lanjut").fill(form=1, phone="0812 3456 7890")
    resume = Draft.get().resume
    assert not any(resume in message["text"].replace("-", "") for message in seeker.messages(PHONE))
    visitor.answer()
    another().open("/lanjut").fill(form=1, phone="0812 3456 7890")
    assert any(resume in message["text"].replace("-", "") for message in seeker.messages(PHONE))


def test_a_phone_that_is_changed_ends_what_another_browser_had_opened(visitor: Visitor, another) -> None:
    visitor.reach("pekerjaan")
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        second = resumed(another(htmx=visitor.htmx), Draft.get().resume)
        second.fill(code=second.code())
        second.open(at(second, "data-diri")).fill(phone=OTHER)
        assert second.step == "minta-kode"
    assert Holding.select().count() == 1

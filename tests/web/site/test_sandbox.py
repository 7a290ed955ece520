"""The sandbox's clock: it moves web and worker alike, forward only, and never in live."""

import dataclasses
import json
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from bpu import clock
from bpu.models import Bill, Contribution, Registration
from tests.conftest import running
from tests.parts.served import Served, served
from tests.parts.servers import eventually
from tests.people.visitor import Visitor


def told(app: Flask) -> datetime:
    return datetime.fromisoformat(app.test_client().get("/simulator/clock.json").json["now"])


def send(app: Flask, **form: str) -> int:
    return app.test_client().post("/simulator/clock", data=form).status_code


@pytest.fixture(autouse=True)
def own_time():
    yield
    clock.follow(None)


def test_the_clock_goes_forward_in_wib_unless_it_is_said_otherwise(app):
    day = (clock.now() + timedelta(days=40)).astimezone(clock.WIB).replace(hour=9, minute=0, second=0, microsecond=0)
    assert send(app, to=day.strftime("%Y-%m-%dT%H:%M")) == 303
    assert timedelta() <= told(app) - day < timedelta(seconds=20)
    later = (day + timedelta(hours=3)).astimezone(UTC)
    assert send(app, to=later.isoformat()) == 303
    assert timedelta() <= told(app) - later < timedelta(seconds=20)


def test_it_never_goes_back_nor_where_no_time_is(app):
    before = told(app)
    for wrong, status in (("", 400), ("besok", 400), ("2026-13-01", 400), ("2001-01-01", 409), ("9999-12-31", 409)):
        assert send(app, to=wrong) == status
    assert send(app) == 400
    assert told(app) - before < timedelta(seconds=20)


def test_the_page_shows_the_time_and_four_ways_on(app):
    page = Visitor(app).open("/simulator")
    ways = [datetime.fromisoformat(str(each["value"])) for each in page.page.select("button[name=to]")]
    assert len(ways) == 4
    assert all(way > clock.now() for way in ways)
    assert (ways[0] - clock.now()) < timedelta(days=2)
    assert (ways[1].day, ways[2].day, ways[3].day) == (15, 1, 1)


@pytest.mark.parametrize("day", ["2027-12-31T23:59", "2028-02-29T00:01", "2027-01-31T12:00"])
def test_every_way_on_is_a_day_that_there_is(app, day):
    from bpu.web.site.sandbox import ahead

    here = datetime.fromisoformat(day).replace(tzinfo=clock.WIB)
    assert all(to > here for _title, to in ahead(here))


def test_a_place_that_does_not_follow_a_file_keeps_the_time_of_its_machine():
    clock.follow(None)
    assert not clock.move(datetime.now(UTC) + timedelta(days=1))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_spoilt_file_moves_nothing(settings, tmp_path: Path):
    running(settings)
    (tmp_path / "clock").write_text("besok")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_worker_of_the_running_service_follows_and_a_new_start_begins_anew(tmp_path: Path):
    with served(tmp_path) as service:
        bill = billed(service)
        moved = datetime.now(UTC) + timedelta(days=3)
        body = urllib.parse.urlencode({"to": moved.isoformat()}).encode()
        urllib.request.urlopen(f"{service.url}/simulator/clock", body, timeout=10)
        with service.inside():
            assert eventually(lambda: Bill.get(Bill.uid == bill).status == "expired", 30)
    with (
        served(tmp_path) as service,
        urllib.request.urlopen(f"{service.url}/simulator/clock.json", timeout=10) as answer,
    ):
        assert datetime.fromisoformat(json.load(answer)["now"]) < moved


def billed(service: Served) -> str:
    """The bill of somebody who is registered there."""
    app = running(dataclasses.replace(service.settings, captcha_answer="benar"))
    Visitor(app).reach("bayar")
    clock.follow(None)
    with service.inside():
        return str(Bill.get().uid)


def pay(app: Flask, code: str, **form: str) -> int:
    return app.test_client().post("/simulator/pay", data={"bill": code, **form}).status_code


def test_money_of_another_sum_has_moved_already_and_is_the_persons(app):
    visitor = Visitor(app)
    visitor.reach("bayar")
    bill = Bill.get()
    assert pay(app, bill.code, amount="lima") == 400
    assert pay(app, bill.code, amount=str(bill.amount - 100)) == 303
    (rest,) = Bill.select().where(Bill.status == "open")
    assert rest.amount == 100
    assert "Kurang Rp100" in visitor.messages()[0]["text"]
    assert pay(app, rest.code) == 303
    assert Registration.get().number
    assert pay(app, rest.code) == 409, "a bank that asks is told that it was paid"
    assert pay(app, rest.code, amount=str(bill.amount)) == 303
    assert Contribution.select().count() == 2

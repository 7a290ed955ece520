"""What is tried in a copy of the house whose recipes were followed: run there as `tests/whole/test_newcomer.py`."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from bpu.models import Draft, Registration
from bpu.services.desk.lists import sample_csv
from bpu.steps.desk.rows import HEADED
from tests.people.visitor import Visitor
from tests.web.desk.conftest import Helper, helpers
from tests.web.desk.test_lists import bring

__all__ = ["helpers"]


def test_the_web_asks_reads_back_and_keeps_the_new_answer(visitor: Visitor) -> None:
    visitor.reach("kelompok")
    visitor.fill(group="")
    assert visitor.step == "kelompok"
    assert visitor.errors
    visitor.reach("periksa")
    rows = visitor.page.select_one("main").get_text(" ", strip=True)
    assert "Nama kelompok Ojek Melati" in rows
    assert visitor.page.select_one('a[href$="/kelompok"], [formaction$="/kelompok"]'), "it can be changed from here"
    visitor.reach("selesai")
    assert Registration.get().job["group"] == "Ojek Melati"


def test_the_desk_asks_reads_back_keeps_and_prints(helpers: Callable[..., Helper]) -> None:
    helper = helpers().sign_in()
    uid = helper.register(1)
    assert Registration.get().job["group"] == "Ojek Melati"
    assert helper.open(f"/asisten/orang/{uid}/slip").response.status_code == 200


def test_a_list_feeds_it(helpers: Callable[..., Helper]) -> None:
    heading = sample_csv(HEADED).decode("utf-8-sig").splitlines()
    assert heading[0].endswith(";Nama Kelompok")
    content = f"{heading[0]}\r\n{heading[1]};Kelompok Mawar\r\n"
    helper = bring(helpers().sign_in(), content.encode())
    helper.press(helper.path)
    assert Draft.get().answers["kelompok"]["group"] == "Kelompok Mawar"


def test_a_new_occupation_is_offered_and_found(visitor: Visitor) -> None:
    visitor.reach("pekerjaan")
    assert visitor.page.select_one('option[value="kurir-sampan"]')
    occupations = visitor.app.extensions["bpu"].occupations
    assert occupations.match("tukang sampan").code == "kurir-sampan"


@pytest.mark.parametrize(("month", "price"), [(date(2027, 12, 1), 16_800), (date(2028, 1, 1), 18_000)])
def test_a_new_rate_holds_from_its_date(app: Flask, month: date, price: int) -> None:
    quote = app.extensions["bpu"].prices.catalogue.quote(
        ("JKK", "JKM"), 1_000_000, transport=False, discount=False, first_month=month, months=1
    )
    assert quote.total == price

"""The same service on PostgreSQL, for offices that have outgrown one machine."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask

from bpu.models import Bill, Registration, close_all, database
from bpu.settings import Settings
from tests.conftest import running
from tests.parts.servers import Postgres
from tests.people.answers import person
from tests.people.visitor import Visitor
from tests.web.desk.conftest import FEE, PIN, Helper


@pytest.fixture
def service(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application over an empty PostgreSQL database."""
    monkeypatch.chdir(tmp_path)
    app = running(Settings(database_url=postgres.fresh(), captcha_answer="benar"))
    yield app
    close_all()


def test_a_person_walks_to_a_number_on_postgresql(service: Flask) -> None:
    visitor = Visitor(service).reach("selesai")
    assert visitor.number.startswith("CONTOH-")


def test_an_application_sent_ten_times_at_once_is_one_registration_on_postgresql(service: Flask) -> None:
    visitor = Visitor(service)
    visitor.answers = person(1)
    visitor.reach("periksa")
    form = visitor.page.select('main form[method="post"]')[0]
    sent = {**visitor.form_values(form), "declare": "yes"}
    cookie = visitor.client.get_cookie("b")
    assert cookie is not None
    statuses: list[int] = []

    def send() -> None:
        client = service.test_client()
        client.set_cookie("b", cookie.value)
        statuses.append(
            client.post(str(form["action"]), data=sent, headers={"Sec-Fetch-Site": "same-origin"}).status_code
        )

    threads = [Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    with database.connection_context():
        assert (Registration.select().count(), Bill.select().count()) == (1, 1)


def test_an_assistant_registers_three_people_who_pay_together_on_postgresql(service: Flask) -> None:
    service.extensions["bpu"].assistants.invite(
        "+6281377700000", "Rini", "WARNET MELATI", "3201", fee=FEE, fee_most=15_000, pin=PIN
    )
    helper = Helper(service, "+6281377700000").sign_in()
    uids = [helper.register(number) for number in (1, 2, 3)]
    helper.open("/asisten").press("/bayar/pilih", p=uids)
    helper.press("/asisten/bayar")
    assert helper.client.post("/simulator/pay", data={"bill": helper.one("#bill-code").text}).status_code == 303
    helper.messages()
    helper.open("/asisten")
    assert len(helper.page.select(".tag.g")) == 3

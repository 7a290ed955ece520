"""The bookkeeper's commands, as they are typed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from bpu import clock
from bpu.cli import group
from bpu.models import Audit, Payment, Registration, database, writing
from bpu.services.money.judging import Notice
from bpu.settings import Settings
from tests.conftest import running
from tests.people.registered import registered


class Office:
    """A place whose core works by files, and its command line."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.payments = app.extensions["bpu"].payments

    def type(self, *words: str | Path) -> Result:
        return self.app.test_cli_runner().invoke(group, [str(word) for word in words])


def trail() -> list[tuple[str, str, str]]:
    """Who did what to which row, oldest first."""
    return list(Audit.select(Audit.actor, Audit.action, Audit.subject).order_by(Audit.id).tuples())


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    yield Office(running(replace(settings, core="file")))
    if not database.is_closed():
        database.close()


def test_a_batch_goes_out_and_its_numbers_come_in(office, tmp_path):
    person = registered()
    with writing():
        office.payments.enrolment.paid(person, clock.now())
    assert office.type("export", "--new", tmp_path / "batch.csv").output.startswith("1 registrations")
    assert office.type("export", "--new", "--format", "json", tmp_path / "b.json").output.startswith("0 registrations")
    assert office.type("export", tmp_path / "again.csv").output.startswith("1 registrations")
    (tmp_path / "numbers.csv").write_text(f"registration,number\n{person.uid},26110000001\nnobody,26110000002\n")
    refused = office.type("import-numbers", tmp_path / "numbers.csv")
    assert (refused.exit_code, "line 3: unknown" in refused.output) == (1, True)
    (tmp_path / "numbers.csv").write_text(f"registration,number\n{person.uid},26110000001\n")
    assert office.type("import-numbers", tmp_path / "numbers.csv").output == "1 numbers taken, 0 known before\n"
    assert Registration.get().number == "26110000001"
    assert trail() == [("office", "numbers.export", person.uid)] * 2 + [("office", "numbers.import", person.uid)]
    fields = set(Audit.get(Audit.action == "numbers.export").detail.split(","))
    assert {"nik", "name", "phone", "email"} <= fields
    assert person.nik not in "".join(row.detail for row in Audit.select())


def test_the_books_are_compared_and_what_is_missing_can_be_taken_in(office, tmp_path):
    bill, missed = (office.payments.bills.payable(registered()) for _ in range(2))
    office.payments.receive(Notice("snap:bank", "r1", bill.code, 16_800, clock.now(), pushed=False))
    file = tmp_path / "settlement.csv"
    file.write_text(f"REF,code,amount\nr1,{bill.code},16800\nr2,{missed.code},16800.00\n")
    today = str(clock.today())
    words = ["reconcile", file, "--provider", "snap:bank", "--from", today, "--column", "reference=REF"]
    first = office.type(*words, "--book")
    assert first.exit_code == 1
    assert f"only theirs: 1\n  r2 bill {missed.code} ours None theirs 16800\n" in first.output
    assert "booked: settled" in first.output
    assert trail() == [("office", "money.book", Payment.get(Payment.reference == "r2").uid)]
    second = office.type(*words)
    assert (second.exit_code, "agreed: 2" in second.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "problem"),
    [(["--column", "sum=REF"], "unknown sum"), ([], "line 1: no column"), (["--from", "soon"], "soon")],
)
def test_a_slip_in_the_command_is_told_apart_from_a_difference(office, tmp_path, words, problem):
    (tmp_path / "s.csv").write_text("REF\n")
    answer = office.type("reconcile", tmp_path / "s.csv", "--provider", "bank", *words)
    assert answer.exit_code in (1, 2)
    assert problem in answer.output


def test_money_that_no_month_used_is_listed_and_paid_back(office):
    person = registered()
    bill = office.payments.bills.payable(person)
    for reference, code, amount in (("short", bill.code, 10_000), ("lost", "1234", 700)):
        office.payments.receive(Notice("psp", reference, code, amount, clock.now(), pushed=True))
    lines = office.type("credits").output.splitlines()
    assert [line.split(" since ")[0] for line in lines] == [f"{person.uid} 10000", "nobody 700", "total: 10700"]
    assert "last by psp short" in lines[0]
    assert office.type("pay-back", person.uid, 10_001).exit_code == 1
    assert office.type("pay-back", "nobody0000", 1).exit_code == 2
    assert office.type("pay-back", person.uid, 9_000).output == "left: 1000\n"
    assert office.type("credits").output.splitlines()[0].startswith(f"{person.uid} 1000 since")
    assert trail() == [("office", "money.pay_back", person.uid)]
    office.payments.receive(Notice("psp", "rest", bill.code, 15_800, clock.now(), pushed=True))
    assert office.type("credits").output.splitlines()[-1] == "total: 700"

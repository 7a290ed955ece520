"""Files for the agency's core: what a batch holds, and that numbers come back all or not at all."""

import csv
import json
from pathlib import Path

import pytest

from bpu import clock
from bpu.models import Exported, Outgoing, Registration, writing
from bpu.providers.agency import File
from bpu.services.membership import numbers
from bpu.services.membership.enrolment import Enrolment
from bpu.services.messages.texts import Messages
from bpu.settings import Settings
from tests.people.registered import registered


@pytest.fixture
def enrolment(store: str) -> Enrolment:
    configured = Settings(core="file")
    return Enrolment(configured, File(configured), Messages(configured))


def paid(enrolment: Enrolment, **changes) -> Registration:
    person = registered(**changes)
    with writing():
        enrolment.paid(person, clock.now())
    return person


def fresh(row):
    return type(row).get(type(row).uid == row.uid)


def heads_and_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_batch_has_each_paid_registration_once_and_only_its_owner_may_read_it(enrolment, tmp_path):
    first, _ = paid(enrolment), registered()
    assert numbers.export(tmp_path / "a.csv") == 1
    assert [row["registration"] for row in heads_and_rows(tmp_path / "a.csv")] == [first.uid]
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o600
    second = paid(enrolment)
    assert numbers.export(tmp_path / "b.csv") == 1
    assert [row["registration"] for row in heads_and_rows(tmp_path / "b.csv")] == [second.uid]
    assert numbers.export(tmp_path / "c.csv") == 0
    assert heads_and_rows(tmp_path / "c.csv") == []
    assert numbers.export(tmp_path / "all.csv", new=False) == 2
    assert Exported.select().count() == 2
    assert {path.name for path in tmp_path.glob(".*.part")} == set()


def test_a_batch_that_cannot_be_written_leaves_everyone_for_the_next(enrolment, tmp_path):
    paid(enrolment)
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        numbers.export(tmp_path / "taken")
    assert Exported.select().count() == 0
    assert numbers.export(tmp_path / "a.json", "json") == 1


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_a_spreadsheet_sees_text_where_someone_typed_a_formula(enrolment, tmp_path, name):
    person = paid(enrolment, name=name)
    numbers.export(tmp_path / "a.csv", new=False)
    (row,) = heads_and_rows(tmp_path / "a.csv")
    assert row["name"] == f"'{name}"
    assert (row["nik"], row["phone"]) == (f"'{person.nik}", f"'{person.phone}")
    assert row["address_street"] == "JL. MELATI 1"
    numbers.export(tmp_path / "a.json", "json", new=False)
    (said,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (said["name"], said["nik"], said["address"]) == (name, person.nik, person.address)


FORMS = {
    "comma": lambda rows: "registration,number\n" + "".join(f"{uid},{number}\n" for uid, number in rows),
    "semicolon": lambda rows: (
        "\ufeffname;number;registration\r\n" + "".join(f"A;'{number};{uid} \r\n" for uid, number in rows)
    ),
    "json": lambda rows: json.dumps([{"registration": uid, "number": number} for uid, number in rows]),
}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_come_back_and_the_same_file_may_come_twice(enrolment, tmp_path, form):
    people = [paid(enrolment) for _ in range(3)]
    rows = [(person.uid, f"2600000000{at}") for at, person in enumerate(people)]
    (tmp_path / "numbers").write_text(FORMS[form](rows), encoding="utf-8")
    assert numbers.import_numbers(tmp_path / "numbers", enrolment) == numbers.Report(taken=3)
    assert numbers.import_numbers(tmp_path / "numbers", enrolment) == numbers.Report(known=3)
    assert [(fresh(each).status, fresh(each).number) for each in people] == [("active", number) for _, number in rows]
    assert Outgoing.select().where(Outgoing.key.startswith("sms:paid:")).count() == 3


def test_one_wrong_line_and_nothing_is_taken_but_every_wrong_line_is_named(enrolment, tmp_path):
    good, twice, other, unpaid = paid(enrolment), paid(enrolment), paid(enrolment), registered()
    enrolment.number(other, "26000000009")
    lines = [
        ("registration", "number"),
        (good.uid, "26000000001"),
        (twice.uid, "26000000001"),
        (other.uid, "26000000008"),
        (unpaid.uid, "26000000002"),
        ("nobody", "26000000003"),
        (twice.uid, "2600000000X"),
        (twice.uid, "CONTOH-00000001"),
        (twice.uid, "26000000009"),
    ]
    (tmp_path / "numbers.csv").write_text("".join(f"{uid},{number}\n" for uid, number in lines))
    report = numbers.import_numbers(tmp_path / "numbers.csv", enrolment)
    flaws = [(problem.line, problem.flaw) for problem in report.problems]
    expected = ["taken", "other", "unpaid", "unknown", "form", "form", "taken"]
    assert flaws == list(enumerate(expected, start=3))
    assert (report.taken, fresh(good).status, fresh(good).number) == (0, "paid", None)
    assert Outgoing.select().where(Outgoing.key.startswith("sms:paid:")).count() == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,nik\n1,2\n",
        b"[",
        b'[1, {"number": 5}]',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'registration,number\n"a\n',
    ],
)
def test_a_file_that_is_something_else_is_refused_with_a_line(enrolment, tmp_path, content):
    (tmp_path / "numbers").write_bytes(content)
    report = numbers.import_numbers(tmp_path / "numbers", enrolment)
    assert report.problems
    assert all(problem.line >= 1 for problem in report.problems)

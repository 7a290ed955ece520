"""`flask bpu membership`: an office's "what if", as it is typed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from bpu.cli import group
from bpu.models import close_all
from bpu.rules.money.contributions import PACKAGED
from tests.conftest import running

CASES = Path(__file__).parents[1] / "rules/months"
GIVEN = CASES / "given.json"


@pytest.fixture
def typed(app):
    def run(file: Path) -> Result:
        return app.test_cli_runner().invoke(group, ["membership", str(file)])

    return run


@pytest.fixture
def written(tmp_path):
    def write(*cases: object) -> Path:
        (tmp_path / "cases.json").write_text(json.dumps({"cases": cases}))
        return tmp_path / "cases.json"

    return write


def first() -> dict:
    return json.loads(GIVEN.read_text())["cases"][0]


@pytest.mark.parametrize("name", ["given", "own"])
def test_every_case_is_a_line_of_json_in_the_order_of_the_file(typed, name):
    file = CASES / f"{name}.json"
    result = typed(file)
    assert (result.exit_code, result.stderr) == (0, "")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in told] == [raw["id"] for raw in json.loads(file.read_text())["cases"]]


def test_an_odd_case_is_told_on_a_line_of_its_own_and_the_others_are_answered(typed, written):
    result = typed(written(first(), 5, {**first(), "id": "T02", "on": "soon"}, {**first(), "id": "T03"}, first()))
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["S01", "T03"]
    assert result.stderr.splitlines() == [
        "case 2: the case: an object is needed, not 5",
        'T02: on: a time such as 2026-11-10T10:00:00+07:00 is needed, not "soon"',
        "S01: this id stands in the file twice",
    ]


def test_a_fact_that_is_not_known_is_noted_beside_the_answer(typed, written):
    result = typed(written({**first(), "person": {**first()["person"], "shoes": 42}}))
    assert (result.exit_code, result.stderr) == (0, "S01: note: person.shoes is not used\n")
    assert json.loads(result.stdout)["status"] == "active"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[[" * 100_000], ids=["empty", "none", "bytes", "deep"])
def test_a_file_that_is_none_is_refused_in_one_line(typed, tmp_path, content):
    (tmp_path / "odd.json").write_bytes(content)
    result = typed(tmp_path / "odd.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path}/odd.json: no")
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_and_a_folder_are_refused_in_one_line(typed, tmp_path):
    for file, why in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        result = typed(file)
        assert (result.exit_code, why in result.stderr, result.stderr.count("\n")) == (1, True, 1)


def test_no_cases_are_no_lines(typed, written):
    result = typed(written())
    assert (result.exit_code, result.output) == (0, "")


def test_the_table_of_contributions_that_the_service_uses_is_asked(settings, tmp_path, written):
    dearer = PACKAGED.read_text().replace("monthly = 6_800", "monthly = 9_000")
    (tmp_path / "dearer.toml").write_text(dearer)
    app = running(replace(settings, contributions=str(tmp_path / "dearer.toml")))
    try:
        result = app.test_cli_runner().invoke(group, ["membership", str(written(first()))])
    finally:
        close_all()
    told = json.loads(result.stdout)
    assert (told["status"], told["credit"], told["to_be_current"]) == ("none", 8_400, 1_100)

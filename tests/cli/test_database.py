"""Backups, the way back from them, and the way to another kind of database, as the commands are typed."""

import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cysqlite
import pytest
from click.testing import Result
from flask import Flask

from bpu.cli import group
from bpu.models import Bill, Outgoing, Registration, close_all, writing
from bpu.services.audit import record
from bpu.services.messages.outbox import write
from bpu.services.upkeep import alone
from tests.parts.servers import Postgres
from tests.people.registered import registered

Typed = Callable[..., Result]


@pytest.fixture
def typed(app: Flask) -> Typed:
    """What a command answers."""
    return lambda *words: app.test_cli_runner().invoke(group, [str(word) for word in words])


@pytest.fixture
def filled(app: Flask) -> list[str]:
    """Three people, a bill, a message and a trail; the uids of the people."""
    people = [registered() for _ in range(3)]
    with writing():
        app.extensions["bpu"].bills.shared(people)
        write("sms", "a", {"to": people[0].phone, "text": "Halo"})
        record("office", "test", people[0].uid)
    close_all()
    return sorted(person.uid for person in people)


@pytest.mark.requirement("R49")
def test_a_backup_brings_back_what_was_there_and_leaves_the_rest_aside(
    typed: Typed, filled: list[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copies.sqlite3"
    assert "whole" in typed("backup", copy).output
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
    assert typed("backup", copy).exit_code == 1, "no backup is written over"
    registered()
    restored = typed("restore", copy)
    assert restored.exit_code == 0, restored.output
    assert sorted(person.uid for person in Registration.select()) == filled
    assert Outgoing.get(Outgoing.key == "a").payload["text"] == "Halo"
    (aside,) = tmp_path.glob("bpu.sqlite3.before-*")
    with closing(cysqlite.connect(str(aside))) as before:
        assert next(iter(before.execute("SELECT COUNT(*) FROM registration")))[0] == 4
    close_all()


def test_nothing_is_restored_below_a_service_that_runs_nor_from_what_is_no_backup(
    typed: Typed, filled: list[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite3"
    typed("backup", copy)
    for lock in (alone.SERVING, alone.WORKING):
        with alone.held(tmp_path / lock, shared=True):
            refused = typed("restore", copy)
        assert (refused.exit_code, "stop them first" in refused.output) == (1, True)
    damaged = tmp_path / "damaged.sqlite3"
    half = bytearray(copy.read_bytes())
    half[8192:12288] = os.urandom(4096)
    damaged.write_bytes(half)
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    for file in (damaged, empty, tmp_path / "nowhere"):
        refused = typed("restore", file)
        assert refused.exit_code == 1, file
        assert len(refused.output.splitlines()) == 1, refused.output
    assert Registration.select().count() == 3
    close_all()


def test_a_damaged_database_is_replaced_by_its_backup(typed: Typed, filled: list[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    typed("backup", copy)
    close_all()
    (tmp_path / "bpu.sqlite3").write_bytes(b"not a database any more" * 1000)
    looked = typed("doctor", "--quick")
    assert (looked.exit_code, "WRONG database" in looked.output) == (1, True)
    assert "FINE  disk" in looked.output, "it looks at all the rest"
    close_all()
    assert typed("restore", copy).exit_code == 0
    assert typed("doctor", "--quick").exit_code == 0
    close_all()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_row_goes_over_and_back_exactly(
    typed: Typed, filled: list[str], tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    if kind == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        other = postgres.fresh()
    here, back = f"sqlite:///{tmp_path}/bpu.sqlite3", f"sqlite:///{tmp_path}/back.sqlite3"
    there = typed("copy-database", here, other)
    assert there.exit_code == 0, there.output
    assert "registration: 3 rows" in there.output
    assert typed("copy-database", other, back).exit_code == 0
    assert rows(tmp_path / "bpu.sqlite3") == rows(tmp_path / "back.sqlite3")
    again = typed("copy-database", here, other)
    assert (again.exit_code, "holds rows already" in again.output) == (1, True)
    assert Bill.select().count() == 1
    close_all()


def test_what_is_no_database_is_refused_in_a_line(typed: Typed, tmp_path: Path) -> None:
    for source in ("bpu.sqlite3", f"sqlite:///{tmp_path}/nowhere.sqlite3"):
        refused = typed("copy-database", source, f"sqlite:///{tmp_path}/new.sqlite3")
        assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1), refused.output


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, as SQLite itself has them."""
    with closing(cysqlite.connect(str(file))) as store:
        names = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(tuple, store.execute(f'SELECT * FROM "{name}"')), key=repr)
            for name in names
            if name != "schema_migration"
        }

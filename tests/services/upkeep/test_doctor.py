"""The look over a running place: a line for each thing, and a status that a script can act on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.cli import group
from bpu.models import Outgoing, Simulated, database, writing
from bpu.secrecy import KeyRing
from bpu.services.messages import sandbox
from bpu.services.messages.outbox import write
from bpu.services.upkeep import doctor
from bpu.settings import Settings
from tests.conftest import running
from tests.parts.calendar import present
from tests.parts.servers import KEY

TOKEN = "kunci-untuk-pemantau"
NAMES = ["database", "migrations", "outbox", "sms", "data keys", "disk", "clock", "regions", "tables"]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = running(replace(settings, health_token=TOKEN, data_keys=KEY))
    with database.connection_context():
        app.extensions["deliver"]()  # the ticks that are due
    yield app
    if not database.is_closed():
        database.close()


def look(app: Flask, *words: str) -> tuple[int, dict[str, str]]:
    """The command's exit status, and how each thing is."""
    told = app.test_cli_runner().invoke(group, ["doctor", *words])
    lines = [line.partition(":")[0].split(maxsplit=1) for line in told.output.splitlines()]
    return told.exit_code, {name: state for state, name in lines}


def test_a_place_in_good_health_has_a_line_for_each_thing(app):
    status, found = look(app)
    assert (status, list(found)) == (0, [*NAMES, "dictionary"])
    assert {found[name] for name in NAMES if name != "tables"} == {"FINE"}
    assert found["dictionary"] in ("FINE", "NOTE")  # templates may be ahead of it while they are being changed


def messages_waiting() -> None:
    write("sms", "otp:1", {"to": "+62812", "text": "-"}, due=clock.now() - timedelta(minutes=6))


def a_pragma_lost() -> None:
    database.execute_sql("PRAGMA synchronous = NORMAL")


def a_step_not_taken() -> None:
    database.execute_sql("DELETE FROM schema_migration")


def a_key_gone() -> None:
    sandbox.deposit("sms", "+62812", {"text": "-"})
    blob = bytearray(Simulated.get().message_sealed)
    blob[1] = 9
    with writing():
        Simulated.update(message_sealed=bytes(blob)).execute()


def a_clock_set_back() -> None:
    write("sms", "otp:1", {"to": "+62812", "text": "-"})
    with writing():
        Outgoing.update(created=clock.now() + timedelta(minutes=1)).where(Outgoing.key == "otp:1").execute()


@pytest.mark.parametrize(("day", "state"), [("2026-11-30", "FINE"), ("2026-12-01", "NOTE"), ("2037-02-28", "NOTE")])
def test_days_off_that_nobody_entered_for_the_coming_year_are_worth_a_note(app, day, state):
    with database.connection_context(), time_machine.travel(datetime.fromisoformat(f"{day}T05:00+00:00")):
        app.extensions["deliver"]()
        found = look(app, "--quick")[1]
    assert found["tables"] == state


def a_table_gone() -> None:
    database.execute_sql("DROP TABLE outgoing")


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (messages_waiting, ["outbox"]),
        (a_pragma_lost, ["database"]),
        (a_step_not_taken, ["migrations"]),
        (a_key_gone, ["data keys"]),
        (a_clock_set_back, ["clock"]),
        (a_table_gone, ["outbox", "sms", "data keys", "clock"]),
    ],
)
def test_what_is_wrong_is_named_and_ends_with_status_1(app, what: Callable[[], None], wrong):
    with database.connection_context():
        what()
        status, found = look(app, "--quick")
    assert [name for name, state in found.items() if state == "WRONG"] == wrong
    assert status == 1


def test_a_full_disk_is_wrong(app, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 2**60)
    assert look(app, "--quick")[1]["disk"] == "WRONG"


@pytest.mark.parametrize(
    ("sent", "failed", "state"), [(19, 19, "FINE"), (20, 4, "FINE"), (20, 5, "NOTE"), (0, 0, "FINE")]
)
def test_gateways_that_deliver_little_are_worth_a_note(app, sent, failed, state):
    with database.connection_context():
        for number in range(sent):
            write("sms", f"otp:{number}", {"to": "+62812", "text": "-"})
        Outgoing.update(state="sent", provider="kannel", finished=clock.now()).where(Outgoing.kind == "sms").execute()
        late = Outgoing.select(Outgoing.uid).where(Outgoing.kind == "sms").limit(failed)
        Outgoing.update(receipt="failed").where(Outgoing.uid.in_(late)).execute()
        status, found = look(app, "--quick")
    assert (status, found["sms"]) == (0, state)


def test_what_was_given_up_and_what_an_older_key_sealed_are_worth_a_note(app, settings):
    with database.connection_context():
        write("email", "mail:1", {"to": "a@b.id"})
        Outgoing.update(state="dead", finished=clock.now()).where(Outgoing.key == "mail:1").execute()
    older = replace(settings, data_keys=f"{KeyRing.new_key(2)},{KEY}")
    database.close()
    status, found = look(running(older), "--quick")
    assert (status, found["outbox"], found["data keys"]) == (0, "NOTE", "NOTE")


def test_on_postgresql_the_server_is_asked_how_it_writes_and_what_time_it_is(postgres, settings):
    app = running(replace(settings, database_url=postgres.fresh(), data_keys=KEY))
    with time_machine.travel(present(), tick=True):
        findings = {each.name: each for each in doctor.examine(app.extensions["bpu"])}
    assert findings["database"].seen["engine"].startswith("postgresql-")
    assert (findings["database"].seen["fsync"], findings["database"].state) == ("off", doctor.State.WRONG)
    assert {each.name for each in findings.values() if each.state is not doctor.State.FINE} == {"database"}
    with time_machine.travel(present() + timedelta(minutes=1), tick=True):
        findings = {each.name: each for each in doctor.examine(app.extensions["bpu"])}
    assert findings["clock"].state is doctor.State.WRONG
    database.obj.close_all()


@pytest.mark.parametrize(
    "given", [None, "", TOKEN, "Bearer", "Bearer salah", f"bearer {TOKEN}", f"Bearer {TOKEN}x", "é"]
)
def test_without_the_token_the_long_answer_is_the_short_one(app, given):
    client = app.test_client()
    headers = {"Authorization": given} if given is not None else {}
    long, short = client.get("/health?full=1", headers=headers), client.get("/health")
    assert (long.status_code, long.data) == (short.status_code, short.data)
    assert short.json == {"status": "ok"}


def test_with_the_token_it_tells_what_the_command_does(app):
    told = app.test_client().get("/health?full=1", headers={"Authorization": f"Bearer {TOKEN}"})
    assert [each["name"] for each in told.json["findings"]] == NAMES
    assert {each["state"] for each in told.json["findings"]} == {"fine"}
    assert told.headers["Cache-Control"] == "no-store"


def test_nobody_has_the_token_of_a_place_without_one(settings):
    app = running(settings)
    told = app.test_client().get("/health?full=1", headers={"Authorization": "Bearer "})
    assert told.json == {"status": "ok"}
    database.close()

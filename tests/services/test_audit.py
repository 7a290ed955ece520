"""The trail names who did what to which row, at which sign-in, when."""

from datetime import UTC, datetime

import time_machine
from flask import Flask

from bpu.models import Assistant, Audit, SignIn, database, writing
from bpu.services.audit import actor, record

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


@time_machine.travel(NOON, tick=False)
def test_what_was_done_is_written_with_its_moment(app: Flask) -> None:
    with database.connection_context():
        with writing():
            record("office", "assistant.invite", "row-name", "pin")
        trail = Audit.get()
    assert (trail.at, trail.actor, trail.action, trail.subject, trail.detail) == (
        NOON,
        "office",
        "assistant.invite",
        "row-name",
        "pin",
    )


def test_what_was_undone_leaves_no_trail(app: Flask) -> None:
    with database.connection_context():
        with writing(), database.atomic() as transaction:
            record("office", "assistant.invite", "row-name")
            transaction.rollback()
        assert Audit.select().count() == 0


def test_an_assistant_is_named_by_the_row_and_where_known_by_the_sign_in() -> None:
    one, here = Assistant(uid="b2c3d4f5g6"), SignIn(uid="z9y8x7w6v5")
    assert actor(one) == "assistant:b2c3d4f5g6"
    assert actor(one, here) == "assistant:b2c3d4f5g6@z9y8x7w6v5"

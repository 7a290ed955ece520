"""What leaves the house is a row first: written by the transaction that causes it, sent later by a worker.

The worker (`worker.Worker`) may be in this process, which `wake` tells of a new row at once, or in any other.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from peewee import Case

from bpu import clock
from bpu.models import Outgoing, database, new_uid, writing

CHUNK = 500  # rows that one tick deletes at most, so that SQLite's write lock stays short
KEPT = {"tick": timedelta(days=1)}
KEPT_OTHERWISE = timedelta(days=90)

called = threading.Condition()
calls = [0]  # how often, so that a worker sees a call that came while it was busy


def write(
    kind: str, key: str, payload: Any = None, *, due: datetime | None = None, valid_until: datetime | None = None
) -> None:
    """Have something sent once the caller's transaction is committed; a `key` that was written before changes nothing.

    `payload` is anything JSON can say and rests sealed. Nothing is sent before `due` or after `valid_until`.
    """
    now = clock.now()
    row = Outgoing(uid=new_uid(), kind=kind, key=key, due=due or now, valid_until=valid_until, created=now)
    row.payload = payload
    with writing():
        Outgoing.insert(**row.__data__).on_conflict_ignore().execute()
        database.after_commit(wake)


def wake() -> None:
    """Tell the workers in this process that something is waiting, or that they are asked to stop."""
    with called:
        calls[0] += 1
        called.notify_all()


def standing() -> dict[str, Any]:
    """How the outbox stands: rows ``waiting`` past their time, ``dead`` rows, seconds the ``oldest`` has waited."""
    now = clock.now()
    late = Outgoing.select().where((Outgoing.state == "new") & (Outgoing.due <= now)).order_by(Outgoing.due)
    oldest = late.first()
    return {
        "waiting": late.count(),
        "dead": Outgoing.select().where(Outgoing.state == "dead").count(),
        "oldest": round((now - oldest.due).total_seconds()) if oldest else 0,
    }


def forget() -> int:
    """Delete rows that were finished long ago, a chunk at a time; returns how many."""
    now = clock.now()
    kept = Case(Outgoing.kind, [(kind, moment(now - age)) for kind, age in KEPT.items()], moment(now - KEPT_OTHERWISE))
    old = Outgoing.select(Outgoing.uid).where((Outgoing.state != "new") & (Outgoing.finished < kept)).limit(CHUNK)
    with writing():
        return Outgoing.delete().where(Outgoing.uid.in_(old)).execute()


def moment(at: datetime) -> int:
    """A moment as the column holds it: peewee does not convert inside a CASE."""
    return int(Outgoing.due.db_value(at) or 0)

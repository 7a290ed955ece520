"""Sends what waits in the outbox.

A worker claims rows with a lease in one short transaction, delivers them outside any transaction, and records the
outcome. A worker that is killed leaves its lease behind; when that runs out another one sends the row again, so that
every message leaves at least once, and a second copy carries the same reference and the same words.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from peewee import Case

from bpu import clock
from bpu.models import Outgoing, database, new_uid, on_postgres, writing
from bpu.providers import ProviderError
from bpu.services.messages.outbox import called, calls, forget, moment, write

POLL = 0.5  # seconds between looks when nobody calls wake()
STUCK = {"tick": 1800.0}  # seconds without a step after which a lane is stuck: what is done by the clock may be long,
STUCK_OTHERWISE = 150.0  # and all else is a few deliveries

log = logging.getLogger("bpu.outbox")


@dataclass(frozen=True)
class Policy:
    """How long a claim of one kind holds, and how its failures are retried: all in seconds.

    The wait before try n + 1 is ``base * 2^(n - 1)``, at most `cap`, give or take a fifth. After `life`, or at the
    row's own `valid_until`, it is given up. Half of `lease` must outlast the slowest delivery.
    """

    base: float
    cap: float
    life: float
    lease: float

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many tries."""
        return timedelta(seconds=min(self.base * 2 ** min(attempts - 1, 30), self.cap) * random.uniform(0.8, 1.2))  # noqa: S311


POLICIES = {
    "sms": Policy(base=2, cap=900, life=86_400, lease=90),
    "email": Policy(base=60, cap=21_600, life=259_200, lease=180),
    "core": Policy(base=5, cap=3_600, life=2_592_000, lease=90),
    "tick": Policy(base=10, cap=60, life=3_600, lease=300),
}


@dataclass(frozen=True)
class Delivery:
    """Who took a message, and under which id of theirs."""

    provider: str = ""
    provider_id: str = ""


Deliverer = Callable[[Outgoing], Delivery]
Tick = tuple[int, Callable[[], Any]]


@dataclass
class Worker:
    """Sends what is due: `deliver` maps a kind to what delivers it, and only those kinds are claimed.

    `ticks` maps a name to (minutes, function): the function runs once in each such slot, by whichever worker comes
    first; it opens its own transactions and does bounded work. A deliverer raises `ProviderError` to say whether
    trying again can help; anything else that it raises counts as worth another try.
    """

    deliver: Mapping[str, Deliverer]
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    owner: str = field(default_factory=new_uid)
    policies: Mapping[str, Policy] = field(default_factory=lambda: POLICIES)

    def __post_init__(self) -> None:
        """Adds the outbox's own upkeep to the ticks, where there are ticks."""
        self._deliver = dict(self.deliver)
        self._planted: dict[str, str] = {}
        self._stepped: dict[str, float] = {}
        if self.ticks:
            self.ticks = {"forget": (60, forget), **self.ticks}
            self._deliver["tick"] = self._run_tick

    def run(self, stop: threading.Event, limit: int = 5) -> None:
        """Work until `stop` is set (then `wake()` ends the waiting): what is being sent is finished, the rest let go.

        Each kind has a thread of its own, so that a mail relay that hangs keeps nobody waiting for a code.
        """
        lanes = [threading.Thread(target=self._lane, args=(kind, stop, limit), name=kind) for kind in self._deliver]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def alive(self) -> bool:
        """Whether every lane went a step forward lately."""
        now = time.monotonic()
        return all(now - at < STUCK.get(kind, STUCK_OTHERWISE) for kind, at in dict(self._stepped).items())

    def _lane(self, kind: str, stop: threading.Event, limit: int) -> None:
        while not stop.is_set():
            self._stepped[kind] = time.monotonic()
            seen, done = calls[0], 0
            try:
                done = self.run_once(limit, stop, (kind,))
            except Exception as error:  # a database that is away now is back later
                log.error("kind=%s cannot work: %s at %s", kind, type(error).__name__, _place(error))
                database.close()
                stop.wait(POLL)
            if not done:
                with called:
                    if calls[0] == seen and not stop.is_set():
                        called.wait(POLL)
        database.close()

    def run_once(self, limit: int = 5, stop: threading.Event | None = None, kinds: Sequence[str] = ()) -> int:
        """Claim up to `limit` rows that are due, of some kinds or all, and deliver them; returns how many."""
        kinds = kinds or tuple(self._deliver)
        if "tick" in kinds:
            self._plant_ticks()
        rows = self._claim(limit, kinds)
        begun = time.monotonic()
        for done, row in enumerate(rows):
            late = time.monotonic() - begun > min(self.policies[each.kind].lease for each in rows) / 2
            if late or (stop is not None and stop.is_set()):
                self._release(rows[done:])
                return done
            self._attempt(row)
            self._stepped[row.kind] = time.monotonic()
        return len(rows)

    def _claim(self, limit: int, kinds: Sequence[str]) -> list[Outgoing]:
        now = clock.now()
        waiting = (Outgoing.state == "new") & (Outgoing.due <= now) & (Outgoing.lease_until <= now)
        found = Outgoing.select(Outgoing.uid).where(waiting & Outgoing.kind.in_(kinds))
        found = found.order_by(Outgoing.due, Outgoing.uid).limit(limit)
        if not found.exists():  # asked outside the transaction: an idle look takes no write lock
            return []
        if on_postgres():
            found = found.for_update(skip_locked=True)
        leases = [(kind, moment(now + timedelta(seconds=self.policies[kind].lease))) for kind in kinds]
        claim = Outgoing.update(
            lease_until=Case(Outgoing.kind, leases), owner=self.owner, attempts=Outgoing.attempts + 1
        )
        with writing():
            rows = list(claim.where(Outgoing.uid.in_(found)).returning(Outgoing).execute())
        return sorted(rows, key=lambda row: row.due)

    def _release(self, rows: Sequence[Outgoing]) -> None:
        mine = Outgoing.uid.in_([row.uid for row in rows]) & (Outgoing.owner == self.owner) & (Outgoing.state == "new")
        with writing():
            Outgoing.update(lease_until=0, owner="", attempts=Outgoing.attempts - 1).where(mine).execute()

    def _attempt(self, row: Outgoing) -> None:
        policy = self.policies[row.kind]
        ends = min(filter(None, (row.valid_until, row.created + timedelta(seconds=policy.life))))
        if clock.now() >= ends:
            self._finish(row, "dead", last_error="too late")
            return
        try:
            delivery = self._deliver[row.kind](row)
        except ProviderError as error:
            problem, permanent = str(error), error.permanent
        except Exception as error:  # one bad row must not stop the ones behind it
            # The words of an unexpected error may quote the message; its kind and place never do.
            problem, permanent = f"{type(error).__name__} at {_place(error)}", False
        else:
            self._finish(row, "sent", provider=delivery.provider, provider_id=delivery.provider_id, last_error="")
            return
        due = clock.now() + policy.wait(row.attempts)
        if permanent or due >= ends:
            self._finish(row, "dead", last_error=problem)
        else:
            self._record(row, due=due, lease_until=0, owner="", last_error=problem)
            log.warning("kind=%s uid=%s try=%d later: %s", row.kind, row.uid, row.attempts, problem)

    def _finish(self, row: Outgoing, state: str, **columns: str) -> None:
        self._record(row, state=state, finished=clock.now(), payload_sealed=None, lease_until=0, owner="", **columns)
        level = logging.INFO if state == "sent" else logging.ERROR
        log.log(
            level, "kind=%s uid=%s try=%d %s %s", row.kind, row.uid, row.attempts, state, " ".join(columns.values())
        )

    def _record(self, row: Outgoing, **columns: Any) -> None:
        mine = (Outgoing.uid == row.uid) & (Outgoing.owner == self.owner) & (Outgoing.state == "new")
        with writing():
            Outgoing.update(**columns).where(mine).execute()

    def _plant_ticks(self) -> None:
        """Write the row of each current slot; every worker tries, the key lets one win."""
        now = clock.now()
        for name, (minutes, _) in self.ticks.items():
            slot = datetime.fromtimestamp(now.timestamp() // (minutes * 60) * minutes * 60, now.tzinfo)
            key = f"tick:{name}:{slot:%Y-%m-%dT%H:%M}"
            if self._planted.get(name) != key:
                write("tick", key, due=slot, valid_until=slot + timedelta(minutes=minutes))
                self._planted[name] = key

    def _run_tick(self, row: Outgoing) -> Delivery:
        name = row.key.split(":")[1]
        if name not in self.ticks:
            raise ProviderError(f"no tick is called {name}", permanent=True)
        self.ticks[name][1]()
        return Delivery(provider=name)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"

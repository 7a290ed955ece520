"""Whose turn it is to write: all of a transaction or none of it, and nobody waits for ever."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peewee import OperationalError

from bpu.models.database import database, on_postgres

log = logging.getLogger("bpu.database")

# How long one transaction waits for its turn to write. Once somebody has waited so long in vain, all others wait
# less until somebody had a turn again: a lock that lasts must not take every thread that could say so.
WAIT = 10.0  # seconds
LEAST = 1.0  # seconds that anybody waits while that is so
PASSING = 0.2  # seconds for what may be left out


class Queue:
    """A lock given in the order in which it was asked for: at a plain one, threads overtake each other."""

    def __init__(self) -> None:
        self._order = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def acquire(self, seconds: float) -> bool:
        """Whether it is ours, now or after waiting for so long at most."""
        with self._order:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._order:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it was handed over at the last moment

    def release(self) -> None:
        """Hand it to whoever has waited longest."""
        with self._order:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_write_lock = Queue()
_in_vain = threading.Event()
_haste = threading.local()


class Busy(OperationalError):
    """Somebody else kept writing for longer than one may wait; nothing was written."""


def hurry(until: float | None) -> None:
    """Let what this thread does wait for its turn to write until this moment (`time.monotonic`) at most."""
    _haste.until = until


def impatient(most: float = WAIT) -> float:
    """How many seconds this thread may still wait, `most` at most."""
    until = getattr(_haste, "until", None)
    return most if until is None else max(min(most, until - time.monotonic()), 0)


@contextmanager
def writing(patience: float = WAIT) -> Iterator[None]:
    """One transaction that may write: all of it happens or none. Keep it short and call nothing outside within it.

    On SQLite it takes the process's write lock and begins IMMEDIATE: SQLite's own waiting is unfair between threads,
    and a transaction that reads first and writes later fails at once when another one wrote in between. Raises `Busy`
    when there is no turn in time.
    """
    if database.in_transaction():
        yield
    elif on_postgres():
        with database.atomic():
            yield
    else:
        with _turn(impatient(min(LEAST, patience) if _in_vain.is_set() else patience)), database.atomic("IMMEDIATE"):
            _in_vain.clear()
            yield


def in_passing(write: Callable[[], Any]) -> None:
    """Write what may be left out this time: looking at a page does not wait while somebody else keeps writing."""
    try:
        with writing(PASSING):
            write()
    except OperationalError as error:
        log.info("left out in passing: %s", type(error).__name__)


@contextmanager
def _turn(patience: float) -> Iterator[None]:
    """This thread's turn among those of this process; what is left of its patience is for other processes."""
    until = time.monotonic() + patience
    if patience <= 0 or not _write_lock.acquire(patience):
        raise Busy("other threads write")
    try:
        left = max(until - time.monotonic(), PASSING)
        database.execute_sql(f"PRAGMA busy_timeout={round(left * 1000)}")
        yield
    except OperationalError:
        if time.monotonic() >= until and not database.in_transaction():
            _in_vain.set()
        raise
    finally:
        _write_lock.release()


def one_at_a_time(name: str) -> None:
    """Wait until no other transaction is at work under this name; it is ours until the caller's transaction ends.

    SQLite has one writer at a time anyway.
    """
    if on_postgres():
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtext(%s))", (name,))

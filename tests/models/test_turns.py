"""Turns to write: in order, of bounded length of waiting, and shorter for all while somebody else keeps the lock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cysqlite
import pytest

from bpu.models import database, hurry, in_passing, turns, writing
from bpu.models.turns import Busy


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Patience that a test has, too; nobody is in haste before or after."""
    monkeypatch.setattr(turns, "LEAST", 0.3)
    turns._in_vain.clear()
    yield
    turns._in_vain.clear()
    hurry(None)


@contextmanager
def elsewhere(url: str) -> Iterator[None]:
    """Another process's connection holds the write lock."""
    other = cysqlite.connect(url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def refused(patience: float = 10) -> float:
    """How long somebody waited in vain."""
    begun = time.monotonic()
    with pytest.raises(turns.OperationalError), writing(patience):
        raise AssertionError("nobody may write now")
    return time.monotonic() - begun


def test_whoever_waits_in_vain_waits_no_longer_than_told_and_those_after_less(sqlite_store: str) -> None:
    with elsewhere(sqlite_store):
        assert 0.9 < refused(1) < 1.6
        assert 0.2 < refused(5) < 0.8, "one has waited in vain; it is known by now that waiting does not help"
    with writing():
        database.execute_sql("CREATE TABLE a(b)")
    with elsewhere(sqlite_store):
        assert refused(1) > 0.9, "somebody had a turn in between, so waiting is worth it again"


def test_a_request_that_has_waited_elsewhere_waits_less_here(sqlite_store: str) -> None:
    with elsewhere(sqlite_store):
        hurry(time.monotonic() + 0.5)
        assert 0.4 < refused() < 1
        hurry(time.monotonic() - 1)
        assert refused() < 0.1


def test_a_thread_does_not_wait_for_another_of_its_process_for_ever(sqlite_store: str) -> None:
    inside, go = threading.Event(), threading.Event()

    def keep() -> None:
        with writing():
            inside.set()
            go.wait(10)
        database.close()

    keeper = threading.Thread(target=keep)
    keeper.start()
    inside.wait()
    begun = time.monotonic()
    with pytest.raises(Busy), writing(0.5):
        pass
    assert 0.4 < time.monotonic() - begun < 1
    go.set()
    keeper.join()
    with writing():
        pass


def test_turns_are_given_in_the_order_in_which_they_were_asked_for(sqlite_store: str) -> None:
    came: list[int] = []

    def take(number: int) -> None:
        with writing():
            came.append(number)
        database.close()

    takers = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with writing():
        for taker in takers:
            taker.start()
            time.sleep(0.01)
    for taker in takers:
        taker.join()
    assert came == list(range(20))


def test_whoever_gives_up_waiting_is_passed_over(sqlite_store: str) -> None:
    with writing():
        impatient = threading.Thread(target=refused, args=(0.1,))
        impatient.start()
        impatient.join()
    with writing(0.1):
        pass


def test_what_is_written_in_passing_is_left_out_and_done_the_next_time(sqlite_store: str) -> None:
    done: list[int] = []
    write: Callable[[], None] = lambda: done.append(1)  # noqa: E731
    with elsewhere(sqlite_store):
        begun = time.monotonic()
        in_passing(write)
        assert time.monotonic() - begun < 0.5
    assert done == []
    in_passing(write)
    assert done == [1]


def test_reading_goes_on_meanwhile(sqlite_store: str) -> None:
    with elsewhere(sqlite_store):
        begun = time.monotonic()
        assert database.execute_sql("SELECT count(*) FROM draft").fetchone() == (0,)
        assert time.monotonic() - begun < 0.3


def test_a_transaction_that_fails_leaves_the_turn_to_others(sqlite_store: str, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing():
        1 / 0  # noqa: B018
    with writing():
        pass

"""Counts with an end: exact between threads, and begun anew once their moment has passed; on both databases."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import time_machine

from bpu import clock
from bpu.models import Tally, database, writing
from bpu.services.access.tally import count, counted

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def connected(store):
    with database.connection_context():
        yield


def test_a_count_grows_until_its_moment_and_later_sends_do_not_move_that():
    with time_machine.travel(NOW, tick=False):
        assert [count("a", NOW + MINUTE), count("a", NOW + 2 * MINUTE, 3), count("b", NOW + MINUTE)] == [1, 4, 1]
    with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
        assert counted("a") == 4
    with time_machine.travel(NOW + MINUTE, tick=False):
        assert (counted("a"), counted("never")) == (0, 0)


def test_a_count_begins_anew_once_its_moment_has_passed():
    with time_machine.travel(NOW, tick=False):
        count("a", NOW + MINUTE, 5)
    later = NOW + MINUTE
    with time_machine.travel(later, tick=False):
        assert (count("a", later + MINUTE, 2), counted("a")) == (2, 2)
        assert [row.expires for row in Tally.select()] == [later + MINUTE]


def test_threads_that_count_at_once_are_all_counted():
    until = clock.now() + MINUTE
    seen: list[int] = []

    def several() -> None:
        with database.connection_context():
            for _ in range(10):
                with writing():
                    seen.append(count("a", until))

    threads = [Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 81))

"""Another process holds the database's write lock: nobody waits for long, nothing that was typed is lost."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bs4 import Tag

from tests.parts.browsing import Browser, Passer
from tests.people.answers import person
from tests.people.visitor import inspected
from tests.whole.browser.driver import running

HOLD = """
import sys, time, cysqlite
held = cysqlite.connect(sys.argv[1])
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
LONGEST = 12.0  # seconds that anybody waits


@contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """Somebody else writes, and does not come to an end before the block does."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(database)], **pipes) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.communicate()


def form(passer: Passer) -> Tag:
    """The form of the page that says that nothing was saved."""
    return passer.one("[data-kept] form")


@pytest.mark.requirement("R67")
@pytest.mark.parametrize("held", [13, pytest.param(60, marks=pytest.mark.soak)])
def test_who_sends_is_told_in_time_and_keeps_the_form_and_who_looks_is_served_at_once(
    tmp_path: Path, held: int
) -> None:
    with running(tmp_path, tls=False) as service:
        people = [Passer(service.base, person(number), patience=40) for number in range(held * 4)]
        for one in people:
            one.start()
        took: list[float] = []
        looked: list[float] = []

        def send(one: Passer) -> None:
            begun = time.monotonic()
            blank = one.one('main form[method="post"]')
            values = one.form_values(blank) | one.answers["data-diri"]
            answer = one.client.post(str(blank["action"]), values, {"Sec-Fetch-Site": "same-origin"})
            took.append(time.monotonic() - begun)
            assert answer.status_code in (200, 303, 503)
            one.page, one.response = inspected(answer.text), answer

        def look() -> None:
            for path in ("/health", "/bpu"):
                begun = time.monotonic()
                assert Browser(service.base, patience=LONGEST).get(path).status_code == 200
                looked.append(time.monotonic() - begun)

        senders = [threading.Thread(target=send, args=(one,)) for one in people]
        with write_lock(tmp_path / "bpu.sqlite3"):
            begun = time.monotonic()
            for number, sender in enumerate(senders):
                sender.start()
                if number % 8 == 7:
                    look()
                time.sleep(max(begun + (number + 1) / 4 - time.monotonic(), 0))
            time.sleep(max(begun + held - time.monotonic(), 0))
        for sender in senders:
            sender.join()
        assert len(took) == len(people)
        assert max(took) < LONGEST
        assert max(looked) < 2
        told = [one for one in people if one.response.status_code == 503]
        assert len(told) > len(people) / 4, "the lock was not there for long enough to be noticed"
        for one in told:
            assert one.response.headers["Retry-After"] == "30"
            assert {name: form(one).select_one(f"[name={name}]")["value"] for name in ("nik", "name")} == {
                name: one.answers["data-diri"][name] for name in ("nik", "name")
            }
        one = told[-1].fill()
        assert one.step == "pemeriksaan", "the same page, sent again, is taken"

"""The outbox: nothing is lost, nothing is sent twice without need, nothing stays that need not."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bpu import clock
from bpu.models import Outgoing, database, writing
from bpu.providers import ProviderError
from bpu.services.messages.outbox import forget, standing, wake, write
from bpu.services.messages.worker import POLICIES, Delivery, Policy, Worker
from tests.parts.servers import KEY, eventually

ROOT = Path(__file__).parents[3]
SECRET = {"to": "+6281299887766", "text": "Kode rahasia 482913"}


class Recorder:
    """A deliverer that keeps what it was given, and does as it is told."""

    def __init__(self, does=lambda row: Delivery("uji", f"id-{row.key}")):
        self.does, self.keys, self.payloads = does, [], []

    def __call__(self, row):
        self.keys.append(row.key)
        self.payloads.append(row.payload)
        return self.does(row)


def refuse(permanent, words="403"):
    def does(row):
        raise ProviderError(words, permanent=permanent)

    return does


def only_row():
    return Outgoing.select().get()


def test_a_message_leaves_with_what_was_written_and_its_words_are_gone_afterwards(store):
    recorder = Recorder()
    write("sms", "otp:1", SECRET)
    assert Worker({"sms": recorder}).run_once() == 1
    row = only_row()
    assert recorder.payloads == [SECRET]
    assert (row.state, row.provider, row.provider_id, row.payload, row.owner) == ("sent", "uji", "id-otp:1", None, "")
    assert row.finished is not None
    assert Worker({"sms": recorder}).run_once() == 0


def test_a_key_is_written_once(store):
    for text in ("pertama", "kedua"):
        write("sms", "otp:1", {"text": text})
    assert [row.payload for row in Outgoing.select()] == [{"text": "pertama"}]


def test_a_transaction_that_fails_sends_nothing(store):
    def fails():
        with writing():
            write("sms", "otp:1", SECRET)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert Outgoing.select().count() == 0


def test_the_words_rest_sealed(sqlite_store):
    write("sms", "otp:1", SECRET)
    database.close()
    folder = Path(sqlite_store.removeprefix("sqlite:///")).parent
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"otp:1" in held
    assert b"482913" not in held
    assert b"81299887766" not in held


def test_only_kinds_with_a_deliverer_are_claimed_and_only_when_due(store):
    write("email", "mail:1", SECRET)
    write("sms", "sms:later", SECRET, due=clock.now() + timedelta(seconds=60))
    recorder = Recorder()
    assert Worker({"sms": recorder}).run_once() == 0
    assert Worker({"email": recorder}).run_once() == 1
    assert recorder.keys == ["mail:1"]


@pytest.mark.parametrize(
    ("does", "state", "error", "kept"),
    [
        (refuse(True), "dead", "403", False),
        (refuse(False, "HTTP 503"), "new", "HTTP 503", True),
        (lambda row: {}["482913"], "new", "KeyError at <lambda>", True),
    ],
)
def test_a_failure_is_final_or_waits_and_its_words_are_kept_only_while_they_are_needed(store, does, state, error, kept):
    write("sms", "otp:1", SECRET)
    Worker({"sms": Recorder(does)}).run_once()
    row = only_row()
    assert (row.state, row.payload is not None, row.lease_until.timestamp()) == (state, kept, 0)
    assert row.last_error.startswith(error)
    assert (row.due > clock.now()) is kept


@pytest.mark.parametrize("kind", sorted(POLICIES))
@given(attempts=st.integers(1, 200))
def test_waits_grow_and_stay_under_their_ceiling(kind, attempts):
    policy = POLICIES[kind]
    wait, middle = policy.wait(attempts).total_seconds(), min(policy.base * 2 ** (attempts - 1), policy.cap)
    assert 0.79 * middle <= wait <= 1.21 * middle


def test_an_otp_is_tried_again_until_it_is_no_longer_valid_and_then_given_up(sqlite_store):
    recorder = Recorder(refuse(False))
    worker = Worker({"sms": recorder})
    with time_machine.travel("2026-11-22 03:00:00+00:00", tick=False) as traveller:
        write("sms", "otp:1", SECRET, valid_until=clock.now() + timedelta(minutes=10))
        begun, tried = clock.now(), []
        while only_row().state == "new":
            assert worker.run_once() == 1
            tried.append((clock.now() - begun).total_seconds())
            traveller.move_to(max(only_row().due, clock.now()))
    row = only_row()
    assert (row.state, row.payload, row.last_error) == ("dead", None, "403")
    assert 8 <= len(tried) <= 10
    assert tried[-1] < 600


def test_what_is_too_late_is_never_handed_over(store):
    write("sms", "otp:1", SECRET, valid_until=clock.now() - timedelta(seconds=1))
    recorder = Recorder()
    Worker({"sms": recorder}).run_once()
    assert (recorder.keys, only_row().state, only_row().last_error) == ([], "dead", "too late")


def test_a_claim_left_behind_is_taken_over_when_its_lease_ends_and_not_before(store):
    quick = {"sms": Policy(base=1, cap=1, life=60, lease=1)}
    write("sms", "otp:1", SECRET)
    left_behind = Worker({"sms": Recorder()}, policies=quick)
    (claimed,) = left_behind._claim(5, ["sms"])
    heir, recorder = None, Recorder()
    heir = Worker({"sms": recorder}, policies=quick)
    assert heir.run_once() == 0
    eventually(heir.run_once, 5)
    assert recorder.keys == ["otp:1"]
    assert only_row().attempts == 2
    left_behind._finish(claimed, "dead", last_error="late answer")
    assert only_row().state == "sent"


def test_many_workers_share_the_rows_and_none_is_sent_twice(store):
    keys = [f"mail:{number}" for number in range(60)]
    with writing():
        for key in keys:
            write("email", key, SECRET)
    recorder, stop = Recorder(), threading.Event()
    threads = [threading.Thread(target=Worker({"email": recorder}).run, args=(stop,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: Outgoing.select().where(Outgoing.state == "sent").count() == len(keys), 30)
    finally:
        stop.set()
        wake()
        for thread in threads:
            thread.join(10)
    assert sorted(recorder.keys) == sorted(keys)


def test_being_stopped_finishes_the_current_message_and_lets_the_others_go(store):
    for number in range(5):
        write("sms", f"otp:{number}", SECRET)
    stop = threading.Event()

    def does(row):
        stop.set()
        return Delivery()

    assert Worker({"sms": Recorder(does)}).run_once(5, stop) == 1
    rest = [row for row in Outgoing.select() if row.state == "new"]
    assert [(row.owner, row.attempts, row.lease_until.timestamp()) for row in rest] == [("", 0, 0)] * 4
    assert Worker({"sms": Recorder()}).run_once() == 4


def test_a_slow_batch_lets_go_of_what_its_lease_might_not_outlast(store):
    for number in range(5):
        write("sms", f"otp:{number}", SECRET)
    slow = Recorder(lambda row: time.sleep(0.3) or Delivery())
    assert Worker({"sms": slow}, policies={"sms": Policy(base=1, cap=1, life=60, lease=0.5)}).run_once() == 1
    assert Outgoing.select().where(Outgoing.owner == "").count() == 5


def test_a_commit_wakes_the_worker_at_once(store, monkeypatch):
    monkeypatch.setattr("bpu.services.messages.worker.POLL", 30)
    recorder, stop = Recorder(), threading.Event()
    thread = threading.Thread(target=Worker({"sms": recorder}).run, args=(stop,))
    thread.start()
    try:
        time.sleep(0.3)
        for number in range(3):
            write("sms", f"otp:{number}", SECRET)
            eventually(lambda number=number: f"otp:{number}" in recorder.keys, 5)
    finally:
        stop.set()
        wake()
        thread.join(5)
    assert not thread.is_alive()


def test_a_mail_relay_that_hangs_keeps_nobody_waiting_for_a_code(store):
    stop, hung, texts = threading.Event(), threading.Event(), Recorder()
    mails = Recorder(lambda row: hung.wait(20) and Delivery("smtp"))
    write("email", "mail:1", SECRET)
    thread = threading.Thread(target=Worker({"email": mails, "sms": texts}).run, args=(stop,))
    thread.start()
    try:
        eventually(lambda: mails.keys)
        write("sms", "otp:1", SECRET)
        eventually(lambda: Outgoing.get(Outgoing.key == "otp:1").state == "sent", 5)
        assert Outgoing.get(Outgoing.key == "mail:1").state == "new"
    finally:
        stop.set()
        hung.set()
        wake()
        thread.join(10)
    assert Outgoing.get(Outgoing.key == "mail:1").state == "sent"


def test_a_worker_outlives_a_database_that_is_away(sqlite_store):
    Outgoing.drop_table()
    recorder, stop = Recorder(), threading.Event()
    thread = threading.Thread(target=Worker({"sms": recorder}).run, args=(stop,))
    thread.start()
    try:
        time.sleep(0.3)
        Outgoing.create_table()
        write("sms", "otp:1", SECRET)
        eventually(lambda: recorder.keys, 10)
    finally:
        stop.set()
        wake()
        thread.join(5)


def test_a_tick_runs_once_in_each_slot_whoever_comes_first(store):
    ran = []
    workers = [Worker({}, ticks={"expire": (5, lambda: ran.append(clock.now().minute))}) for _ in range(2)]
    with time_machine.travel("2026-11-22 03:02:00+00:00", tick=False) as traveller:
        for minute in (2, 3, 7, 9, 11):
            traveller.move_to(f"2026-11-22 03:{minute:02d}:00+00:00")
            for worker in workers:
                worker.run_once()
    assert ran == [2, 7, 11]
    keys = [row.key for row in Outgoing.select().where(Outgoing.key.startswith("tick:expire")).order_by(Outgoing.key)]
    assert keys == [f"tick:expire:2026-11-22T03:{minute}" for minute in ("00", "05", "10")]


def test_a_tick_that_fails_is_tried_again_within_its_slot(sqlite_store):
    ran = []

    def work():
        ran.append(1)
        if len(ran) == 1:
            raise OSError

    worker = Worker({}, ticks={"purge": (60, work)})
    with time_machine.travel("2026-11-22 03:02:00+00:00", tick=False) as traveller:
        worker.run_once()
        traveller.shift(timedelta(seconds=30))
        worker.run_once()
    assert len(ran) == 2


def test_rows_that_were_finished_long_ago_are_deleted_and_no_others(store):
    ages = {"tick": 2, "sms": 2, "email": 91, "core": 89}
    for kind, days in ages.items():
        write(kind, f"{kind}:old", SECRET)
        finished = clock.now() - timedelta(days=days)
        Outgoing.update(state="sent", finished=finished).where(Outgoing.kind == kind).execute()
    write("sms", "sms:new", SECRET)
    assert forget() == 2
    assert {row.key for row in Outgoing.select()} == {"sms:old", "core:old", "sms:new"}


def test_the_standing_counts_what_waits_and_what_was_given_up(store):
    write("sms", "otp:1", SECRET, due=clock.now() - timedelta(seconds=90))
    write("sms", "otp:2", SECRET, due=clock.now() + timedelta(seconds=90))
    write("email", "mail:1", SECRET)
    Worker({"email": Recorder(refuse(True))}).run_once()
    found = standing()
    assert (found["waiting"], found["dead"]) == (1, 1)
    assert 89 <= found["oldest"] <= 95


@pytest.mark.requirement("R50")
def test_no_log_line_holds_a_number_a_text_or_a_code(sqlite_store, caplog):
    caplog.set_level(logging.DEBUG)

    def leaks(row):
        raise RuntimeError(f"cannot send {row.payload}")

    for number, does in enumerate((leaks, refuse(True), refuse(False), Recorder().does)):
        write("sms", f"otp:{number}", SECRET)
        Worker({"sms": does}).run_once()
    assert "RuntimeError at leaks" in caplog.text
    errors = " ".join(row.last_error for row in Outgoing.select())
    for words in ("482913", "99887766", "rahasia"):
        assert words not in caplog.text + errors


WORKER = """
import os, sys, threading, time
from bpu.models import open_database
from bpu.secrecy import KeyRing
from bpu.services.messages.worker import Delivery, Policy, Worker

url, key, ledger = sys.argv[1:]
open_database(url, KeyRing.parse(key))
book = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def deliver(row):
    time.sleep(0.08)  # as long as a gateway of this kind takes
    os.write(book, f"{row.uid} {row.payload['text']}\\t{os.getpid()}\\n".encode())
    return Delivery("uji", row.uid)

policies = {"sms": Policy(base=1, cap=1, life=600, lease=1.5)}
Worker({"sms": deliver}, policies=policies).run(threading.Event())
"""


@pytest.mark.requirement("R70")
def test_workers_killed_ten_times_lose_nothing_and_repeat_at_most_one_in_a_hundred(store, tmp_path):
    total, ledger = 500, tmp_path / "ledger"
    with writing():
        for number in range(total):
            write("sms", f"otp:{number}", {"text": f"kode {number}"})

    def spawn():
        command = [sys.executable, "-c", WORKER, store, KEY, str(ledger)]
        return subprocess.Popen(command, cwd=ROOT)

    def lines():
        return [line.rpartition("\t") for line in ledger.read_text().splitlines()]

    workers = [spawn() for _ in range(4)]
    pause, kills = random.Random(4), 0
    try:
        eventually(ledger.exists)
        while kills < 10:
            done = len(lines())
            eventually(lambda done=done: len(lines()) >= done + 12, 60)
            time.sleep(pause.uniform(0, 0.1))
            busy = {int(pid) for *_, pid in lines()}
            victim = pause.choice([worker for worker in workers if worker.pid in busy] or workers)
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
            kills += 1
            workers.remove(victim)
            workers.append(spawn())
        waiting = Outgoing.select().where(Outgoing.state == "new").count()
        eventually(lambda: not Outgoing.select().where(Outgoing.state == "new").exists(), 120)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    sent = Counter(line for line, *_ in lines())
    assert waiting, "the last kill came when everything was sent"
    assert len(sent) == total
    assert len({line.split(" ", 1)[1] for line in sent}) == total
    duplicates = sum(sent.values()) - total
    assert duplicates <= total // 100, f"{duplicates} of {total} were sent again"
    assert Outgoing.select().where(Outgoing.state == "sent").count() == total

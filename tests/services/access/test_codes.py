"""One-time codes: waits, limits, tries and lives, counted in the database whoever asks and however many at once."""

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from bpu import clock
from bpu.models import Code, Outgoing, Sending, database, open_database, writing
from bpu.secrecy import KeyRing
from bpu.services.access.budget import Asker
from bpu.services.access.codes import PER_DAY, PER_PAIR, PER_SUBJECT, SIGN_INS_PER_DAY, Codes, Standing, Verdict
from bpu.services.messages.texts import Messages
from bpu.services.registration import drafts
from bpu.services.upkeep import purge
from bpu.settings import Settings
from tests.people.answers import PHONE

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
OTHER_PHONE = "+6281398765432"


@pytest.fixture
def codes(app) -> Codes:
    return app.extensions["bpu"].codes


@pytest.fixture
def now():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def send(codes: Codes, subject: str = "draft001", phone: str = PHONE) -> Standing:
    return codes.send("register", subject, phone)


def check(codes: Codes, typed: str, subject: str = "draft001", phone: str = PHONE) -> Verdict:
    return codes.check("register", subject, phone, typed).verdict


def newest(subject: str = "draft001") -> str:
    return Code.select().where(Code.subject == subject).order_by(Code.created.desc()).first().code


def wrong() -> str:
    """A code that none of those sent is."""
    taken = {row.code for row in Code.select()}
    return next(f"{n:06d}" for n in range(1000) if f"{n:06d}" not in taken)


def sms() -> list[dict]:
    return [row.payload for row in Outgoing.select().where(Outgoing.kind == "sms").order_by(Outgoing.created)]


@pytest.mark.requirement("R17")
def test_a_code_is_six_digits_and_goes_to_the_phone(codes, now):
    asked = send(codes)
    assert (asked.sent, asked.limited, asked.expires) == (True, False, START + timedelta(minutes=10))
    (message,) = sms()
    assert message["to"] == PHONE
    assert message["otp"] == newest()
    assert len(newest()) == 6
    assert newest().isdigit()
    assert newest() in message["text"]


def test_codes_are_spread_over_all_numbers_and_keep_their_zeros(codes, now):
    drawn = []
    for number in range(400):
        send(codes, f"d{number:07d}", f"+628{11 + number % 80}{number:08d}")
    drawn = [row.code for row in Code.select()]
    assert all(len(code) == 6 for code in drawn)
    assert len(set(drawn)) > 390
    assert set(Counter(code[0] for code in drawn)) == set("0123456789")


@pytest.mark.requirement("R19")
@pytest.mark.parametrize(("times", "wait"), [(1, 60), (2, 120), (3, 300), (4, 300)])
def test_the_wait_grows_with_each_code(codes, now, times, wait):
    for _ in range(times - 1):
        send(codes)
        now.shift(301)
    asked = send(codes)
    assert asked.sent
    assert asked.next_at == clock.now() + timedelta(seconds=wait)
    now.shift(wait - 1)
    early = send(codes)
    assert not early.sent
    assert not early.limited
    assert len(sms()) == times
    now.shift(1)
    assert send(codes).sent
    assert len(sms()) == times + 1


@pytest.mark.requirement("R19")
def test_five_codes_a_day_go_to_a_phone_from_whatever_drafts(codes, now):
    for number in range(5):
        assert send(codes, f"draft{number:03d}").sent
    asked = send(codes, "draft009")
    assert (asked.sent, asked.limited, asked.next_at) == (False, True, START + timedelta(days=1))
    assert send(codes, "draft009", OTHER_PHONE).sent
    now.shift(86_400)
    assert send(codes, "draft009").sent


def test_ten_codes_a_week_go_to_a_phone(codes, now):
    for number in range(10):
        assert send(codes, f"draft{number:03d}").sent
        now.shift(86_400 / 4)
    now.shift(86_400)
    asked = send(codes, "draft019")
    assert (asked.sent, asked.limited, asked.next_at) == (False, True, START + timedelta(days=7))
    now.move_to(START + timedelta(days=7))
    assert send(codes, "draft019").sent


def test_one_draft_cannot_send_to_phone_after_phone(codes, now):
    for number in range(PER_SUBJECT):
        assert send(codes, phone=f"+62812{number:08d}").sent
        now.shift(301)
    asked = send(codes, phone="+6281299999999")
    assert (asked.sent, asked.limited) == (False, True)


@pytest.mark.requirement("R19")
def test_the_same_code_is_repeated_while_three_minutes_remain(codes, now):
    send(codes)
    first = newest()
    now.shift(7 * 60)
    send(codes)
    assert Code.select().count() == 1
    assert [message["otp"] for message in sms()] == [first, first]
    now.shift(121)
    send(codes)
    assert Code.select().count() == 2


def test_of_two_codes_that_overlap_both_are_accepted(codes, now):
    send(codes)
    first = newest()
    now.shift(7 * 60 + 1)
    send(codes)
    assert Code.select().count() == 2
    assert check(codes, first) is Verdict.RIGHT, "the messages overtook each other"
    assert check(codes, newest()) is Verdict.EXPIRED, "one of them was used, so both are"


@pytest.mark.requirement("R17")
@pytest.mark.parametrize(("seconds", "verdict"), [(599, Verdict.RIGHT), (600, Verdict.EXPIRED), (601, Verdict.EXPIRED)])
def test_a_code_holds_ten_minutes(codes, now, seconds, verdict):
    send(codes)
    now.shift(seconds)
    assert check(codes, newest()) is verdict


@pytest.mark.requirement("R17")
@pytest.mark.parametrize(
    ("subject", "phone", "purpose"),
    [
        ("draft002", PHONE, "register"),
        ("draft001", OTHER_PHONE, "register"),
        ("draft001", PHONE, "resume"),
    ],
)
def test_a_code_is_bound_to_draft_phone_and_purpose(codes, now, subject, phone, purpose):
    send(codes)
    assert codes.check(purpose, subject, phone, newest()).verdict is Verdict.EXPIRED
    assert check(codes, newest()) is Verdict.RIGHT


@pytest.mark.requirement("R17")
def test_a_code_is_used_once(codes, now):
    send(codes)
    assert check(codes, newest()) is Verdict.RIGHT
    assert check(codes, newest()) is Verdict.EXPIRED


@pytest.mark.requirement("R18")
def test_five_wrong_tries_lock_a_code_and_the_next_one_is_another(codes, now):
    send(codes)
    first = newest()
    told = [codes.check("register", "draft001", PHONE, wrong()) for _ in range(5)]
    assert [one.left for one in told] == [4, 3, 2, 1, 0]
    assert [one.verdict for one in told] == [Verdict.WRONG] * 4 + [Verdict.LOCKED]
    assert check(codes, first) is Verdict.LOCKED, "a right code that is locked opens nothing"
    now.shift(61)
    assert send(codes).sent
    assert Code.select().count() == 2, "a locked code is not sent again, although it would live for minutes"
    assert check(codes, newest()) is Verdict.RIGHT


@pytest.mark.requirement("R18")
def test_ten_wrong_tries_a_day_lock_a_draft_whatever_new_codes_it_gets(codes, now):
    for _ in range(2):
        send(codes)
        for _ in range(5):
            verdict = check(codes, wrong())
        now.shift(301)
    assert verdict is Verdict.LOCKED_TODAY
    send(codes)
    assert check(codes, newest()) is Verdict.LOCKED_TODAY
    now.shift(86_401)
    send(codes)
    assert check(codes, newest()) is Verdict.RIGHT


@pytest.mark.requirement("R18")
def test_wrong_tries_in_a_strangers_drafts_never_refuse_the_owners_right_code(codes, now):
    for number in range(4):
        send(codes, f"stranger{number}")
        assert [check(codes, wrong(), f"stranger{number}") for _ in range(5)][-1] is Verdict.LOCKED
    assert send(codes).sent
    assert check(codes, newest()) is Verdict.RIGHT


def test_codes_that_were_typed_in_rightly_count_against_nobody(codes, now):
    for number in range(12):
        assert send(codes, f"family{number:02d}").sent
        assert check(codes, newest(f"family{number:02d}"), f"family{number:02d}") is Verdict.RIGHT
    for number in range(PER_DAY):
        assert send(codes, f"draft{number:03d}").sent
    assert send(codes, "draft009").limited


@pytest.mark.parametrize("purpose", ["register", "desk"])
def test_one_address_uses_up_but_a_part_of_what_a_phone_gets(codes, now, purpose):
    here, there = Asker("a"), Asker("b")
    asked = [codes.send(purpose, f"stranger{number}", PHONE, asker=here).sent for number in range(6)]
    assert asked == [True] * PER_PAIR + [False] * (6 - PER_PAIR)
    assert codes.send(purpose, "owner", PHONE, asker=there).sent


@pytest.mark.requirement("R18")
def test_of_fifty_guesses_at_once_five_are_compared(codes):
    send(codes)
    guess, gate = wrong(), threading.Barrier(10)

    def guesses(_: int) -> list[Verdict]:
        gate.wait()
        with database.connection_context():
            return [check(codes, guess) for _ in range(5)]

    with ThreadPoolExecutor(10) as pool:
        verdicts = Counter(verdict for some in pool.map(guesses, range(10)) for verdict in some)
    assert verdicts == {Verdict.WRONG: 4, Verdict.LOCKED: 46}
    assert Code.get().tries == 5
    assert check(codes, newest()) is Verdict.LOCKED


def _ask_from_threads(path: str, keys: str, gate) -> None:
    settings = Settings(database_url=f"sqlite:///{path}", secret_key="x" * 32, data_keys=keys)
    open_database(settings.database_url, KeyRing.parse(keys))
    codes = Codes(settings, Messages(settings))

    def ask(_: int) -> None:
        with database.connection_context():
            codes.send("register", "draft001", PHONE)

    gate.wait()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(16)))


@pytest.mark.requirement("R27")
def test_sixteen_threads_of_two_processes_that_ask_for_a_code_cause_one_sms(app, settings: Settings):
    path = settings.database_url.removeprefix("sqlite:///")
    kept = app.extensions["bpu"].settings
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(2)
    both = [spawn.Process(target=_ask_from_threads, args=(path, kept.data_keys, gate)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
        assert one.exitcode == 0
    assert (Sending.select().count(), Code.select().count(), len(sms())) == (1, 1, 1)


@pytest.mark.requirement("R20")
def test_what_rests_of_codes_is_sealed_and_goes_after_a_day(app, codes, settings: Settings):
    with time_machine.travel(START, tick=False) as now:
        with writing():
            drafts.begin("draft001")
        send(codes)
        code = newest()
        app.extensions["deliver"]()
        assert_absent(settings, code, PHONE, PHONE[3:], "0" + PHONE[3:])
        now.shift(timedelta(days=1, minutes=10))
        purge.drafts()
        assert Code.select().count() == 0
        assert Sending.select().count() == 1, "the weekly limit still has to know"
        now.shift(timedelta(days=6))
        purge.drafts()
        assert Sending.select().count() == 0


def assert_absent(settings: Settings, *canaries: str) -> None:
    """None of these words stands in the database's files."""
    files = list(Path(settings.var).glob("bpu.sqlite3*"))
    content = b"".join(path.read_bytes() for path in files)
    assert len(content) > 10_000
    assert [canary for canary in canaries if canary.encode() in content] == []


def test_asking_again_within_the_wait_costs_nothing(codes, now):
    """The row is the sending; the worker tries again by itself."""
    send(codes)
    for _ in range(20):
        send(codes)
    assert Sending.select().count() == 1


def test_who_corrects_a_mistyped_number_does_not_wait_for_the_wrong_one(codes, now):
    assert send(codes).sent
    assert send(codes, phone=OTHER_PHONE).sent
    assert not send(codes, phone=OTHER_PHONE).sent
    assert not send(codes).sent


def test_what_goes_in_a_code_s_stead_counts_like_one(codes, now):
    with writing():
        standing, number = codes.spend("register", "draft001", PHONE)
    assert (standing.sent, Sending.get().id, Code.select().count(), sms()) == (True, number, 0, [])
    assert not send(codes).sent
    with writing():
        assert codes.spend("register", "draft001", PHONE)[1] == 0
    for _ in range(PER_DAY - 1):
        now.shift(timedelta(minutes=6))
        assert send(codes, subject=f"draft{now}").sent
    now.shift(timedelta(minutes=6))
    with writing():
        standing, number = codes.spend("register", "draft009", PHONE)
    assert (standing.limited, number) == (True, 0)


def test_an_assistant_signs_in_as_often_as_a_day_needs_whatever_applicants_had_sent_there(codes, now):
    for number in range(PER_DAY):
        now.shift(timedelta(minutes=6))
        assert send(codes, subject=f"draft{number}").sent
    for number in range(30):
        assert codes.send("desk", f"shift{number}", PHONE).sent
        assert codes.check("desk", f"shift{number}", PHONE, newest(f"shift{number}")).verdict is Verdict.RIGHT
    asked = [codes.send("desk", f"attempt{number}", PHONE) for number in range(SIGN_INS_PER_DAY + 1)]
    assert [one.sent for one in asked] == [True] * SIGN_INS_PER_DAY + [False]
    assert asked[-1].limited
    assert asked[-1].next_at == clock.now() + timedelta(days=1)
    now.shift(timedelta(days=1))
    assert codes.send("desk", "attempt99", PHONE).sent
    assert send(codes, subject="draft99").sent, "signing in uses up nothing of what applicants have"

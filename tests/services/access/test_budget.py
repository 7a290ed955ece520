"""Codes that nobody types in have a budget: pumping ends, and people go on."""

import heapq
import itertools
import logging
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bpu.models import Sending, writing
from bpu.services.access import budget, codes
from bpu.services.access.budget import Asker, Budget, Level, Spent
from bpu.services.access.codes import Codes
from bpu.services.messages.texts import Messages
from bpu.settings import Settings

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR, DAY = 3600, 86_400
# What the simulated day takes for granted.
TYPED_IN = 0.85  # of honest people type their code in
READ_BY_PEOPLE, READ_BY_MACHINES = 0.95, 0.958  # of pictures
WRITE = 0.8  # of honest people who get no code write to the office instead
OPERATORS = (811, 812, 813, 821, 822, 852, 853, 857, 858, 877, 878, 881, 895, 896, 898)


class Counters:
    """The counts that the database keeps, in memory: a whole day in a second. The test below holds them together."""

    def __init__(self) -> None:
        self.open = defaultdict(deque)  # times of unanswered codes, by key
        self.sent = defaultdict(deque)  # times of all codes, by address
        self.answers = defaultdict(list)  # heaps of (time of the code, phone), by address
        self.phones = defaultdict(Counter)  # that answered, by address

    def count(self, key: object, now: float, span: float) -> int:
        times = self.open[key]
        while times and times[0] <= now - span:
            times.popleft()
        return len(times)

    def spent(self, phone: str, address: str, now: float) -> Spent:
        every = self.count("hour", now, HOUR), self.count(("block", phone[: budget.BLOCK]), now, HOUR)
        return Spent(
            *every,
            self.count(("address", address), now, HOUR) if address else 0,
            self.count("day", now, DAY),
            bool(address) and self.known(address, now),
        )

    def known(self, address: str, now: float) -> bool:
        sent, answers, phones = self.sent[address], self.answers[address], self.phones[address]
        while sent and sent[0] <= now - DAY:
            sent.popleft()
        while answers and answers[0][0] <= now - DAY:
            phones -= Counter([heapq.heappop(answers)[1]])
        return len(phones) >= budget.KNOWN and 2 * len(answers) >= len(sent)

    def keys(self, phone: str, address: str) -> list[object]:
        return [
            "hour",
            "day",
            ("block", phone[: budget.BLOCK]),
            ("address", address),
            ("phone", phone),
            (phone, address),
        ]

    def send(self, phone: str, address: str, now: float) -> float:
        for key in self.keys(phone, address):
            self.open[key].append(now)
        self.sent[address].append(now)
        return now

    def answer(self, phone: str, address: str, sent: float) -> None:
        for key in self.keys(phone, address):
            if sent in self.open[key]:
                self.open[key].remove(sent)
        heapq.heappush(self.answers[address], (sent, phone))
        self.phones[address][phone] += 1


def people(rng: random.Random) -> Iterator[tuple[float, str, str, str]]:
    """Who asks for a code honestly: when, of which kind, from which address, for which phone."""
    for one in range(9000):
        yield rng.gauss(13, 3.5) * HOUR % DAY, "phones", f"cgnat{one % 4}", number(rng)
    for shop, _chair in itertools.product(range(60), range(25)):
        yield rng.uniform(9, 21) * HOUR, "shops", f"shop{shop}", number(rng)


def attackers(rng: random.Random) -> Iterator[tuple[float, str, str, str]]:
    """Whoever pumps three ranges, then all of them, and in between bombs one number."""
    for one in range(40_000):
        phone = f"+62899{rng.randrange(3)}{rng.randrange(10**7):07d}"
        yield 2 * HOUR + one * 0.54, "pump", f"bot{rng.randrange(2000)}", phone
    for one in range(20_000):
        yield 12 * HOUR + one * 0.54, "pump", f"wide{rng.randrange(5000)}", number(rng)
    for one in range(3000):
        yield 10 * HOUR + one * 1.2, "bomb", f"bomb{one % 300}", "+6281100000000"


def number(rng: random.Random) -> str:
    return f"+62{rng.choice(OPERATORS)}{rng.randrange(10**8):08d}"


def leaves(line: Counters, most: Budget, phone: str, address: str, now: float, reads: bool) -> bool:
    """Whether a code leaves."""
    level = most.level(line.spent(phone, address, now))
    if level is Level.CLOSED or (level is Level.PICTURE and not reads):
        return False
    of_target, of_pair = (line.count(key, now, DAY) for key in (("phone", phone), (phone, address)))
    return of_target < codes.PER_DAY and of_pair < codes.PER_PAIR


def day(attack: bool, seed: int = 3) -> dict[str, dict[str, int]]:
    """One day of 10,500 people, in peace or under three attacks: how many asked, were sent a code, were served."""
    rng, line, order = random.Random(seed), Counters(), itertools.count()
    most = Budget(Settings().codes_per_hour, Settings().codes_per_day)
    told = defaultdict(lambda: {"asked": 0, "sent": 0, "served": 0})
    asking = [*people(rng), *(attackers(rng) if attack else ())]
    events = [(at, next(order), who, address, phone, None) for at, who, address, phone in asking]
    heapq.heapify(events)
    while events:
        now, _, who, address, phone, sent = heapq.heappop(events)
        if sent is not None:
            line.answer(phone, address, sent)
            continue
        honest = who in ("phones", "shops")
        told[who]["asked"] += 1
        reads = rng.random() < (READ_BY_PEOPLE if honest else READ_BY_MACHINES)
        if not leaves(line, most, phone, address, now, reads):
            told[who]["served"] += honest and rng.random() < WRITE
            continue
        told[who]["sent"] += 1
        told[who]["served"] += honest
        line.send(phone, address, now)
        if honest and rng.random() < TYPED_IN:
            heapq.heappush(events, (now + rng.uniform(15, 180), next(order), who, address, phone, now))
    return told


@pytest.mark.requirement("R28", "R29")
def test_a_day_in_peace_serves_everybody_by_sms() -> None:
    told = day(attack=False)
    for who in ("phones", "shops"):
        assert told[who]["served"] >= 0.99 * told[who]["asked"], told
        assert told[who]["sent"] >= 0.98 * told[who]["asked"], told


@pytest.mark.requirement("R28", "R29")
def test_a_day_of_attacks_serves_the_honest_and_starves_the_pumps() -> None:
    told = day(attack=True)
    for who in ("phones", "shops"):
        assert told[who]["served"] >= 0.85 * told[who]["asked"], told
        assert told[who]["sent"] >= 0.85 * told[who]["asked"], "even of those who write to nobody"
    assert told["pump"]["sent"] <= 0.15 * told["pump"]["asked"], told
    assert told["bomb"]["sent"] <= 5, told


@pytest.fixture
def service(store) -> Codes:
    return Codes(Settings(), Messages(Settings()))


@pytest.mark.requirement("R28")
def test_the_database_counts_as_the_simulation_does(service) -> None:
    rng, line, sent = random.Random(11), Counters(), []
    phones = [f"+62812{block}{last}0000" for block in range(3) for last in range(300, 304)]
    with time_machine.travel(START, tick=False) as now:
        for step in range(240):
            now.shift(rng.choice((1, 30, 600)))
            at = (datetime.now(UTC) - START).total_seconds()
            phone, asker = rng.choice(phones), Asker(rng.choice(("", "a", "b")), human=True)
            assert budget.spent(phone, asker) == line.spent(phone, asker.address, at), step
            subject = f"draft{step}"
            if rng.random() < 0.4 and sent:
                subject, phone, asker, when = sent.pop(rng.randrange(len(sent)))
                with writing():
                    service.answered("register", subject, phone)
                line.answer(phone, asker.address, when)
            elif service.send("register", subject, phone, asker=asker).sent:
                sent.append((subject, phone, asker, line.send(phone, asker.address, at)))
    assert Sending.select().count() > 60


@pytest.mark.parametrize(
    ("spent", "known", "level"),
    [
        (Spent(), False, Level.OPEN),
        (Spent(every=149), False, Level.OPEN),
        (Spent(every=150), False, Level.PICTURE),
        (Spent(every=300), False, Level.CLOSED),
        (Spent(every=300), True, Level.OPEN),
        (Spent(every=300, known=True), False, Level.OPEN),
        (Spent(every=900), True, Level.CLOSED),
        (Spent(day=5000), False, Level.CLOSED),
        (Spent(block=20), False, Level.PICTURE),
        (Spent(block=40), False, Level.CLOSED),
        (Spent(address=60), False, Level.CLOSED),
        (Spent(address=60, known=True), False, Level.OPEN),
    ],
)
def test_half_a_budget_costs_a_picture_and_a_whole_one_closes(spent, known, level) -> None:
    assert Budget(hour=300, day=5000).level(spent, known) is level


@pytest.mark.requirement("R31")
def test_the_operator_is_told_once_of_each_mark_and_of_codes_that_nobody_types_in(store, caplog) -> None:
    caplog.set_level(logging.WARNING, logger="bpu.services.access.budget")
    settings = Settings(codes_per_hour=60)
    service = Codes(settings, Messages(settings))
    with time_machine.travel(START, tick=False) as now:
        asked = [
            service.send("register", f"d{one}", f"+628{one:02d}{one:08d}", asker=Asker(human=True)) for one in range(70)
        ]
        assert [one.sent for one in asked].count(True) == 60
        assert asked[-1].limited
        told = [record.getMessage() for record in caplog.records]
        assert told == [
            "codes budget=hour used=50%",
            "codes budget=hour used=80%",
            "codes budget=share answered=0 of 50",
            "codes budget=hour used=100%",
        ]
        assert budget.figures() == {"sent_hour": 60, "answered_hour": 0, "sent_day": 60, "answered_day": 0}
        now.shift(timedelta(hours=1, seconds=1))
        assert service.send("register", "d99", "+6281299999999", asker=Asker()).sent
    assert not [line for line in caplog.messages if "+62" in line]

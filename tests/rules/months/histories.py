"""Made-up histories of members, and how they are played: for tests that hold for any of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Allocation, allocate
from bpu.rules.months.facts import Change, End, Ending, Facts, Person
from bpu.rules.months.ledger import Ledger, after, month_of

CATALOGUE = Catalogue.load()
TRADER = Facts(income=1_000_000, programmes=("JKK", "JKM"), transport=False)
SUMS = (1, 5_000, 8_399, 8_400, 15_200, 16_800, 25_200, 36_300, 42_000, 50_400, 100_800, 184_800)


@dataclass(frozen=True)
class Step:
    """Something that happens `wait` after the step before: money, new facts, or an end."""

    wait: timedelta
    amount: int = 0
    facts: Facts | None = None
    reason: Ending | None = None
    next_month: bool = False


@dataclass(frozen=True)
class History:
    """A person, when the story begins, and what happens in it."""

    person: Person
    start: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Lived:
    """Where a person stands after a step: `received` is all money so far, `done` what the step's money did."""

    person: Person
    at: datetime
    ledger: Ledger = ()
    credit: int = 0
    received: int = 0
    done: Allocation | None = None

    def paid(self, amount: int, at: datetime, begin: date | None = None) -> "Lived":
        """The person after money has arrived."""
        done = allocate(self.person, self.ledger, CATALOGUE, amount, at, credit=self.credit, begin=begin)
        received = self.received + amount
        return replace(self, at=at, ledger=done.ledger, credit=done.credit, received=received, done=done)


def lived(history: History) -> Iterator[Lived]:
    """The person after each step, as the service would write it down."""
    now = Lived(history.person, history.start)
    for step in history.steps:
        at, person = now.at + step.wait, now.person
        if step.facts:
            person = replace(person, changes=(*person.changes, Change(at, step.facts)))
        if step.reason and not person.end:
            person = replace(person, end=End(at, step.reason))
        begin = after(month_of(at), 1) if step.next_month else None
        now = replace(now, person=person).paid(step.amount, at, begin if step.amount else None)
        yield now


waits = st.builds(timedelta, days=st.integers(0, 70), seconds=st.integers(0, 86_399)) | st.just(timedelta())
facts = st.builds(
    Facts,
    income=st.sampled_from([0, 1_000_000, 3_000_000, 25_000_000]),
    programmes=st.sampled_from([("JKK", "JKM"), ("JKK", "JKM", "JHT")]),
    transport=st.booleans(),
    employs=st.sampled_from([False, False, False, True]),
    state_paid=st.sampled_from([False, False, False, True]),
)
money = st.builds(
    Step, wait=waits, amount=st.sampled_from(SUMS) | st.integers(1, 400_000), next_month=st.sampled_from([False, True])
)
steps = st.lists(
    st.one_of(money, money, money, money, st.builds(Step, wait=waits, facts=facts)), min_size=1, max_size=12
)
ends = st.lists(st.builds(Step, wait=waits, reason=st.sampled_from(Ending)), max_size=1)
persons = st.builds(
    Person,
    birth=st.sampled_from([date(1985, 3, 12), date(1962, 2, 27), date(1964, 2, 29), date(1955, 1, 1)]),
    facts=facts,
    zone=st.sampled_from(["WIB", "WITA", "WIT"]),
)
moments = st.datetimes(datetime(2025, 10, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
histories = st.builds(
    lambda person, start, first, last: History(person, start, (*first, *last)), persons, moments, steps, ends
)
FIRST = Step(timedelta(), amount=700_000)  # enough for anybody's first month
young = st.builds(replace, persons, birth=st.just(date(1985, 3, 12)))
members = st.builds(lambda person, start, then: History(person, start, (FIRST, *then)), young, moments, steps)

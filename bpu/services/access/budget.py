"""How many codes may leave that nobody types in: whoever pumps SMS never enters one, whoever registers does.

Counted are the codes of the last hour without an answer: all together, to a block of numbers (one operator's hundred
thousand), for an address; and all of a day. What is half used up costs a picture, what is used up sends nobody away:
the phone writes to the office instead. An address that people have answered from may cause more, so that a flood from
elsewhere does not take its codes.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from peewee import Case, fn

from bpu import clock
from bpu.models import Sending, keyring, one_at_a_time
from bpu.services.access.tally import count
from bpu.settings import Settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_ADDRESS = 60  # an hour
PER_BLOCK = 40  # an hour
BLOCK = 8  # signs of a number in E.164 that its block has in common
KNOWN = 5  # phones that answered at an address within a day, and at least half of what it caused
KNOWN_TIMES = 3  # so much more may such an address cause, and all such together
PICTURE = 0.5  # of a budget, from which on a code costs a picture
TOLD = (0.5, 0.8, 1.0)  # of a budget, when the operator is told, once an hour
ANSWERED, OF = 0.4, 50  # the share of answered codes below which the operator is told, once so many have left
log = logging.getLogger(__name__)


class Level(StrEnum):
    """What the next code costs."""

    OPEN = "open"
    PICTURE = "picture"
    CLOSED = "closed"  # none leaves: the phone writes to the office


@dataclass(frozen=True)
class Asker:
    """Who asks for a code: from which address (a key that cannot be read back, or nothing), and how it is known.

    `known`: the phone was found in what is kept here, or somebody signed in asks; `human`: a picture was just read.
    """

    address: str = ""
    known: bool = False
    human: bool = False


@dataclass(frozen=True)
class Spent:
    """Codes without an answer: of the last hour all, of this block, for this address; of the last day all.

    `known`: whether people have answered from this address.
    """

    every: int = 0
    block: int = 0
    address: int = 0
    day: int = 0
    known: bool = False


@dataclass(frozen=True)
class Budget:
    """What may leave without an answer."""

    hour: int
    day: int

    def shares(self, spent: Spent, known: bool) -> Iterator[tuple[str, float]]:
        """How much of each budget is used up, by name."""
        times = KNOWN_TIMES if known or spent.known else 1
        yield "hour", spent.every / (self.hour * times)
        yield "day", spent.day / (self.day * times)
        yield "block", spent.block / (PER_BLOCK * times)
        yield "address", spent.address / (PER_ADDRESS * times)

    def level(self, spent: Spent, known: bool = False) -> Level:
        """What the next code costs."""
        share = max(share for _name, share in self.shares(spent, known))
        return Level.CLOSED if share >= 1 else Level.PICTURE if share >= PICTURE else Level.OPEN


def of(settings: Settings) -> Budget:
    """The budget of these settings."""
    return Budget(settings.codes_per_hour, settings.codes_per_day)


def block_of(phone: str) -> bytes:
    """The block of a number (E.164), as a key that cannot be read back."""
    return keyring().index("block", phone[:BLOCK])


def spent(phone: str, asker: Asker) -> Spent:
    """What has left so far, as far as it concerns this phone and whoever asks."""
    now = clock.now()
    lately, mine = Sending.at > now - HOUR, Sending.address == asker.address
    of_block = Sending.block.in_(keyring().indexes("block", phone[:BLOCK]))
    hour = Sending.select(fn.COUNT(Sending.id), _sum(of_block), _sum(mine)).where(lately & Sending.answered.is_null())
    every, block, address = map(int, next(iter(hour.tuples())))
    day = Sending.select().where((Sending.at > now - DAY) & Sending.answered.is_null()).count()
    return Spent(every, block, address if asker.address else 0, day, bool(asker.address) and _known(mine, now))


def _known(mine: Any, now: datetime) -> bool:
    there = Case(None, [(Sending.answered.is_null(False), Sending.phone_index)])
    rows = Sending.select(fn.COUNT(there.distinct()), fn.COUNT(there), fn.COUNT(Sending.id))
    found: Any = rows.where(mine & (Sending.at > now - DAY)).tuples()
    phones, answered, every = next(iter(found))
    return bool(phones >= KNOWN and 2 * answered >= every)


def level(settings: Settings, phone: str, asker: Asker) -> Level:
    """What a code to this phone costs whoever asks now."""
    return of(settings).level(spent(phone, asker), asker.known)


def queue_up() -> None:
    """Wait until nobody else is counting, so that no budget is overdrawn; until the caller's transaction ends."""
    one_at_a_time("codes")


def tell(settings: Settings, phone: str, asker: Asker) -> None:
    """Write a line for the operator when a budget passes a mark; call it in the transaction that counted."""
    now = spent(phone, asker)
    for name, share in of(settings).shares(now, asker.known):
        for mark in TOLD:
            if share >= mark and count(f"budget:{name}:{mark}", clock.now() + HOUR) == 1:
                log.warning("codes budget=%s used=%d%%", name, mark * 100)
    left = figures()
    if left["sent_hour"] >= OF and left["answered_hour"] < ANSWERED * left["sent_hour"]:  # noqa: SIM102
        if count("budget:share", clock.now() + HOUR) == 1:
            log.warning("codes budget=share answered=%(answered_hour)d of %(sent_hour)d", left)


def figures() -> dict[str, int]:
    """What has left, for whoever watches: codes sent and answered in the last hour and day."""
    now = clock.now()
    told = {}
    for name, since in (("hour", HOUR), ("day", DAY)):
        row = Sending.select(fn.COUNT(Sending.id), fn.COUNT(Sending.answered)).where(Sending.at > now - since)
        told[f"sent_{name}"], told[f"answered_{name}"] = map(int, next(iter(row.tuples())))
    return told


def _sum(condition: Any) -> Any:
    return fn.COALESCE(fn.SUM(Case(None, [(condition, 1)], 0)), 0)

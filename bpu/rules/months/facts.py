"""A person as the rules of membership see one: facts that decide prices, when they changed, and how it ended."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bpu.rules.months.ledger import ZONES, aware, month_of


class Ending(StrEnum):
    """Why a membership ended (R15 and the states of membership.md)."""

    DEATH = "death"
    JHT_WITHDRAWN = "jht_withdrawn"
    OWN_WISH = "own_wish"
    OFFICE = "office"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the price of a month rests on.

    `income` is whole rupiah a month. `employs` means paying somebody a wage (R21), `state_paid` that APBN or APBD pays
    (R20); either takes the relief away. Programmes that the law requires are added when a month is priced.
    """

    income: int
    programmes: tuple[str, ...]
    transport: bool
    occupation: str = ""
    employs: bool = False
    state_paid: bool = False

    def __post_init__(self) -> None:
        """Refuses an income below zero with ValueError."""
        if self.income < 0:
            raise ValueError(f"an income of {self.income}")


@dataclass(frozen=True)
class Change:
    """All facts as they are from a moment on; from which month they count is computed (R13)."""

    at: datetime
    facts: Facts


@dataclass(frozen=True)
class End:
    """When and why the membership ended."""

    at: datetime
    reason: Ending


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person's facts with their dates: those at first, changes in the order of their time, an end, a `STOP`.

    `zone` is that of the place where the person lives, `stopped` the moment from which no reminder is wanted.
    """

    birth: date
    facts: Facts
    zone: str = "WIB"
    changes: tuple[Change, ...] = ()
    end: End | None = None
    stopped: datetime | None = None

    def __post_init__(self) -> None:
        """Refuses an unknown zone, changes out of order and times without an offset, with ValueError."""
        if self.zone not in ZONES:
            raise ValueError(f"unknown zone {self.zone}")
        moments = [aware(change.at) for change in self.changes]
        if moments != sorted(moments):
            raise ValueError("changes out of order")
        for moment in (self.end.at if self.end else None, self.stopped):
            if moment:
                aware(moment)

    def known(self, moment: datetime) -> "Person":
        """The person as known at a moment: what comes later is left out."""
        end = self.end if self.end and self.end.at <= moment else None
        return replace(self, changes=tuple(each for each in self.changes if each.at <= moment), end=end)

    def facts_in(self, month: date) -> Facts:
        """The facts that count for a month that is still to be bought.

        A change counts from the next unpaid month, because bought months keep the terms in their rows; where older
        ones are owed, from the month in which it was made (R13).
        """
        made = (change.facts for change in reversed(self.changes) if month_of(change.at) <= month)
        return next(made, self.facts)

"""What the programmes pay: the rows of the information page, and what a family would receive for a given base.

Every figure is a dated row of `benefits.toml` with its source. For BPU the law's "upah" is the base (dasar penghasilan)
of the income band. Amounts are whole rupiah. An estimate uses sure and likely rows only, and promises nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bpu.rules.calendar import Sourced, dated_rows, in_force, refuse_overlaps
from bpu.rules.money.rupiah import rupiah

PACKAGED = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, kw_only=True)
class Event(Sourced):
    """Something that may happen, and the programme that then pays."""

    code: str
    programme: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Benefit(Sourced):
    """One row of the information page; figures as `benefits.toml` explains them."""

    code: str
    programme: str
    name: str
    text: str
    amount: int = 0
    times: int = 0
    least: int = 0
    most: bool = False
    events: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses a row paid in an event without a figure or with two, and a text that names a figure it has not."""
        if (self.events or self.most) and bool(self.amount) == bool(self.times):
            raise ValueError(f"{self.code} needs either amount or times")
        if any(f"{{{name}}}" in self.text and not getattr(self, name) for name in ("amount", "times", "least")):
            raise ValueError(f"{self.code} names a figure that it has not")
        self.text.format(amount="", times="", least="")

    @property
    def words(self) -> str:
        """The text with its figures, in Indonesian."""
        return self.text.format(amount=rupiah(self.amount), times=self.times, least=rupiah(self.least))

    def pays(self, base: int) -> int:
        """Rupiah for a base; for a `most` row, the most that it can be."""
        return max(self.times * base, self.least) if self.times else self.amount


@dataclass(frozen=True, kw_only=True)
class Scholarship(Sourced):
    """What one child receives a year at one kind of school, for so many `years` at most."""

    name: str
    amount: int
    years: int


@dataclass(frozen=True)
class Payout:
    """What an event pays: `parts` add up to `total`; `limits`, such as the scholarship, may come on top."""

    event: Event
    parts: tuple[tuple[Benefit, int], ...]
    limits: tuple[tuple[Benefit, int], ...]

    @property
    def total(self) -> int:
        """Rupiah that are paid for certain once the claim is accepted."""
        return sum(amount for _, amount in self.parts)

    @property
    def ceiling(self) -> int:
        """Rupiah when every part with a limit is used up as well."""
        return self.total + sum(amount for _, amount in self.limits)


@dataclass(frozen=True)
class Benefits:
    """All benefits that a regulation can change, read once and asked for a day."""

    event: tuple[Event, ...]
    benefit: tuple[Benefit, ...]
    scholarship: tuple[Scholarship, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> "Benefits":
        """The benefits of a TOML file, by default the packaged one; ValueError in one line when it cannot be right."""
        path = path or PACKAGED
        tables = cls(**dated_rows(path, {"event": Event, "benefit": Benefit, "scholarship": Scholarship}))
        try:
            refuse_overlaps(tables.event, lambda row: f"event {row.code}")
            refuse_overlaps(tables.benefit, lambda row: f"benefit {row.code}")
            refuse_overlaps(tables.scholarship, lambda row: f"scholarship {row.name}")
            named = {code for row in tables.benefit for code in row.events}
            if unknown := named - {row.code for row in tables.event}:
                raise ValueError(f"unknown events: {', '.join(sorted(unknown))}")
        except ValueError as problem:
            raise ValueError(f"{path.name}: {problem}") from problem
        return tables

    def listed(self, programme: str, on: date) -> tuple[Benefit, ...]:
        """What a programme pays, for the information page; sure and likely rows, in the order of the file."""
        return tuple(row for row in in_force(self.benefit, on) if row.programme == programme and row.confidence != "U")

    def estimate(self, programmes: Iterable[str], base: int, on: date) -> tuple[Payout, ...]:
        """What each event would pay a participant of these programmes with this base, in rupiah."""
        chosen = frozenset(programmes)
        rows = [row for row in in_force(self.benefit, on) if row.programme in chosen and row.confidence != "U"]
        return tuple(
            Payout(
                event,
                tuple((row, row.pays(base)) for row in rows if event.code in row.events and not row.most),
                tuple((row, row.pays(base)) for row in rows if event.code in row.events and row.most),
            )
            for event in in_force(self.event, on)
            if event.programme in chosen
        )

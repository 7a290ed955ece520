"""The tables of `contributions.toml`: what a row of each holds, what makes it wrong, and how they must agree.

Each class is one table. Money is whole rupiah as `int`; percentages are text, so that they stay exact. A row that makes
no sense refuses to be built, with ValueError; `Tariff.read` refuses a file whose rows contradict each other.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from bpu.rules.calendar import Sourced, dated_rows, refuse_overlaps
from bpu.rules.money.rupiah import share

LIMITS = ("age_from", "age_before", "due_day", "entry_last_day", "arrears_months")
SECTORS = ("transport", "other")


@dataclass(frozen=True, kw_only=True)
class Programme(Sourced):
    """A programme and its status: `required`, `optional` or `closed` (then `reason` says why, in Indonesian)."""

    code: str
    name: str
    status: str
    reason: str = ""
    required_for_employers: bool = False

    def __post_init__(self) -> None:
        """Refuses an unknown status, and a closed programme without a reason."""
        if self.status not in ("required", "optional", "closed"):
            raise ValueError(f"unknown status {self.status}")
        if self.status == "closed" and not self.reason:
            raise ValueError(f"{self.code} is closed without a reason")

    def required(self, employs_others: bool) -> bool:
        """Whether this person must take it."""
        return self.status == "required" or (self.required_for_employers and employs_others and self.status != "closed")


@dataclass(frozen=True, kw_only=True)
class Rate(Sourced):
    """What a programme costs a month: a `percent` of the base, or the same `monthly` sum for every income."""

    programme: str
    percent: str = ""
    monthly: int = 0

    def __post_init__(self) -> None:
        """Refuses a rate with both kinds of price or none."""
        if bool(self.percent) == bool(self.monthly) or self.monthly < 0 or Decimal(self.percent or 0) < 0:
            raise ValueError(f"{self.programme} needs either percent or monthly, above zero")

    def amount(self, base: int) -> int:
        """Rupiah a month for a base, before any relief."""
        return share(base, self.percent) if self.percent else self.monthly


@dataclass(frozen=True, kw_only=True)
class Bands(Sourced):
    """The annex that turns an income into a base: rows of lower limit, printed upper limit and base, in rupiah."""

    step: int
    rows: tuple[tuple[int, float, int], ...]

    def __post_init__(self) -> None:
        """Refuses rows that do not rise from zero to infinity, leave a hole, or have a base outside themselves."""
        if self.rows[0][0] != 0 or self.rows[-1][1] != float("inf"):
            raise ValueError("bands must begin at 0 and end at inf")
        for (lower, upper, base), (following, _, higher) in pairwise(self.rows):
            if upper + self.step != following or not lower <= base < following or not base < higher:
                raise ValueError(f"bands do not join or rise after the one from {lower}")

    def base(self, income: int) -> int:
        """The base of an income: that of the highest lower limit reached."""
        return next(base for lower, _, base in reversed(self.rows) if lower <= income)


@dataclass(frozen=True, kw_only=True)
class Relief(Sourced):
    """Temporary relief: `percent` off some programmes for one sector (`transport` or `other`), in some months."""

    name: str
    sector: str
    programmes: tuple[str, ...]
    percent: str

    def __post_init__(self) -> None:
        """Refuses an unknown sector and a percentage that is not between nothing and everything."""
        if self.sector not in SECTORS or not 0 < Decimal(self.percent) <= 100:
            raise ValueError(f"relief of {self.percent}% for sector {self.sector}")

    def off(self, full: int) -> int:
        """Rupiah taken off a full price."""
        return share(full, self.percent)


@dataclass(frozen=True, kw_only=True)
class Exclusion(Sourced):
    """A group that gets no relief (`employer`, `state_paid`) and the reason that it is told, in Indonesian."""

    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Payment(Sourced):
    """The numbers of months that may be paid at once."""

    months: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Limit(Sourced):
    """A single figure with a name: an age in years, a day of the month, a number of months."""

    name: str
    value: int


@dataclass(frozen=True, kw_only=True)
class Holiday(Sourced):
    """Days on which nobody works, so that a due date moves on."""

    name: str

    def __post_init__(self) -> None:
        """Refuses a holiday that does not end: a due date would move on for ever."""
        if (self.period.until - self.period.since).days > 31:
            raise ValueError(f"{self.name} is longer than a month")


TABLES: dict[str, type] = {
    "programme": Programme,
    "rate": Rate,
    "bands": Bands,
    "relief": Relief,
    "exclusion": Exclusion,
    "payment": Payment,
    "limit": Limit,
    "holiday": Holiday,
}


@dataclass(frozen=True)
class Tariff:
    """All tables of one file, each a tuple of its rows in the order of the file."""

    programme: tuple[Programme, ...]
    rate: tuple[Rate, ...]
    bands: tuple[Bands, ...]
    relief: tuple[Relief, ...]
    exclusion: tuple[Exclusion, ...]
    payment: tuple[Payment, ...]
    limit: tuple[Limit, ...]
    holiday: tuple[Holiday, ...]

    @classmethod
    def read(cls, path: Path) -> "Tariff":
        """Reads a file; raises ValueError, in one line, for whatever in it cannot be right."""
        tables = cls(**dated_rows(path, TABLES))
        try:
            tables._stand_apart()
            tables._leave_no_gap()
        except ValueError as problem:
            raise ValueError(f"{path.name}: {problem}") from problem
        return tables

    def _stand_apart(self) -> None:
        """Rows that answer the same question must not hold on the same day."""
        refuse_overlaps(self.programme, lambda row: f"programme {row.code}")
        refuse_overlaps(self.rate, lambda row: f"the rate of {row.programme}")
        refuse_overlaps(self.bands, lambda row: "bands")
        refuse_overlaps(self.payment, lambda row: "payment")
        refuse_overlaps(self.limit, lambda row: f"limit {row.name}")
        refuse_overlaps(self.exclusion, lambda row: f"exclusion {row.who}")
        for sector in SECTORS:
            for code in {code for row in self.relief for code in row.programmes}:
                concerned = [row for row in self.relief if row.sector == sector and code in row.programmes]
                refuse_overlaps(concerned, lambda row: f"relief in sector {row.sector}")

    def _leave_no_gap(self) -> None:
        """Every open programme must have a price in whole rupiah, and every limit, on every day."""
        codes = {row.code for row in self.programme}
        named = {row.programme for row in self.rate} | {code for row in self.relief for code in row.programmes}
        if named - codes:
            raise ValueError(f"a price for unknown programmes: {', '.join(sorted(named - codes))}")
        for row in (row for row in self.programme if row.status != "closed"):
            needed = {name: [limit.period for limit in self.limit if limit.name == name] for name in LIMITS}
            needed["a rate"] = [rate.period for rate in self.rate if rate.programme == row.code]
            needed["bands"] = [bands.period for bands in self.bands]
            needed["payment"] = [payment.period for payment in self.payment]
            for what, periods in needed.items():
                if not row.period.covered_by(periods):
                    raise ValueError(f"{row.code} is open on days without {what}")
        bases = [base for bands in self.bands for _, _, base in bands.rows]
        for rate in self.rate:
            reliefs = [relief for relief in self.relief if rate.programme in relief.programmes]
            for full in {rate.amount(base) for base in bases}:  # refuses a share that is not whole rupiah
                for relief in reliefs:
                    relief.off(full)

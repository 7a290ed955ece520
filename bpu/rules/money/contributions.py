"""What a participant owes: programmes, rates, income bands and relief, priced one contribution month at a time.

Every figure is a dated row of `contributions.toml` with its legal source. Money is whole rupiah as `int`, a
contribution month is the date of its first day, and the day that a question is asked for is always an argument.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path

from bpu.rules import Checked, Finding, calendar
from bpu.rules.calendar import in_force
from bpu.rules.money.tariff import Exclusion, Programme, Tariff

PACKAGED = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Line:
    """One programme in one month: the `full` price, what is `due` after relief, and the texts it rests on."""

    programme: str
    full: int
    due: int
    source: str


@dataclass(frozen=True)
class MonthlyBill:
    """One contribution month, a line for each programme."""

    month: date
    lines: tuple[Line, ...]

    @cached_property
    def full(self) -> int:
        """Rupiah without relief."""
        return sum(line.full for line in self.lines)

    @cached_property
    def due(self) -> int:
        """Rupiah to pay."""
        return sum(line.due for line in self.lines)


@dataclass(frozen=True)
class Stretch:
    """Consecutive months that cost the same: `count` times `due` rupiah, out of `full` each."""

    first: date
    last: date
    count: int
    due: int
    full: int


@dataclass(frozen=True)
class Quote:
    """The price of some consecutive contribution months."""

    months: tuple[MonthlyBill, ...]

    @cached_property
    def total(self) -> int:
        """Rupiah to pay for all months together."""
        return sum(bill.due for bill in self.months)

    @cached_property
    def saved(self) -> int:
        """Rupiah that relief takes off the full price."""
        return sum(bill.full - bill.due for bill in self.months)

    @cached_property
    def per_month(self) -> tuple[Stretch, ...]:
        """The months folded into stretches of equal price, such as two at half price and one at the full price."""
        runs = [list(run) for _, run in groupby(self.months, key=lambda bill: (bill.due, bill.full))]
        return tuple(Stretch(run[0].month, run[-1].month, len(run), run[0].due, run[0].full) for run in runs)


@dataclass(frozen=True)
class Catalogue:
    """Everything about contributions that a regulation can change, read once and asked for a day."""

    tariff: Tariff

    @classmethod
    def load(cls, path: Path | None = None) -> "Catalogue":
        """The catalogue of a TOML file, by default the packaged one; ValueError in one line when it cannot be right."""
        return cls(Tariff.read(path or PACKAGED))

    def programmes(self, on: date) -> tuple[Programme, ...]:
        """Every programme with its status on a day, the closed ones too, in catalogue order."""
        rows = {row.code: row for row in in_force(self.tariff.programme, on)}
        return tuple(rows[code] for code in self._codes if code in rows)

    def offered(self, on: date) -> tuple[Programme, ...]:
        """The programmes that may be chosen on a day."""
        return tuple(programme for programme in self.programmes(on) if programme.status != "closed")

    def choose(self, wanted: Iterable[str], on: date, *, employs_others: bool) -> Checked:
        """Checks a choice of programme codes; the value is a tuple of codes in catalogue order.

        Errors: `unknown_programme`, `closed_programme`, `required_missing`, each with the `programme` it is about.
        """
        asked = dict.fromkeys(code.strip().upper() for code in wanted)
        offered = {programme.code: programme for programme in self.offered(on)}
        reasons = {programme.code: programme.reason for programme in self.programmes(on)}
        errors = [Finding("unknown_programme", {"programme": code}) for code in asked if code not in self._codes]
        closed = [code for code in self._codes if code in asked and code not in offered]
        errors += [Finding("closed_programme", {"programme": code, "reason": reasons.get(code, "")}) for code in closed]
        missing = [row for code, row in offered.items() if row.required(employs_others) and code not in asked]
        errors += [Finding("required_missing", {"programme": row.code, "source": row.source}) for row in missing]
        return Checked(None if errors else tuple(code for code in self._codes if code in asked), tuple(errors))

    def quote(
        self,
        programmes: Iterable[str],
        income: int,
        *,
        transport: bool,
        discount: bool,
        first_month: date,
        months: int,
    ) -> Quote:
        """The price of `months` contribution months from `first_month` on, for an income in rupiah a month.

        `discount` says whether relief may apply to this person at all (see `excluded`); `transport` which sector's.
        Raises ValueError for a programme without a rate in one of the months, a day that is not the 1st, no months, or
        an income below zero: those are mistakes of the caller, since `choose` and the forms come first.
        """
        if first_month.day != 1 or months < 1 or income < 0:
            raise ValueError(f"no quote for {months} months from {first_month} with an income of {income}")
        codes = frozenset(programmes)
        sector = ("transport" if transport else "other") if discount else None
        owed = calendar.months_from(first_month, months)
        return Quote(tuple(self._bill(codes, income, sector, month) for month in owed))

    def _bill(self, codes: frozenset[str], income: int, sector: str | None, month: date) -> MonthlyBill:
        rates = {rate.programme: rate for rate in in_force(self.tariff.rate, month)}
        if missing := codes - rates.keys():
            raise ValueError(f"no rate for {', '.join(sorted(missing))} in {month:%Y-%m}")
        reliefs = [relief for relief in in_force(self.tariff.relief, month) if relief.sector == sector]
        base = self.base(income, month)
        lines = []
        for code in self._codes:
            if code in codes:
                full, source = rates[code].amount(base), rates[code].source
                relief = next((relief for relief in reliefs if code in relief.programmes), None)
                due = full - relief.off(full) if relief else full
                lines.append(Line(code, full, due, f"{source}; {relief.source}" if relief else source))
        return MonthlyBill(month, tuple(lines))

    def base(self, income: int, on: date) -> int:
        """The base (dasar penghasilan) of an income, in rupiah: percentages and benefits count from it."""
        return in_force(self.tariff.bands, on)[0].base(income)

    def cheapest(self, on: date) -> int:
        """The least monthly sum with which a new person outside transport can begin on a day ("mulai Rp...")."""
        required = [programme.code for programme in self.offered(on) if programme.required(employs_others=False)]
        first = self.first_month(on)
        return self.quote(required, 0, transport=False, discount=True, first_month=first, months=1).total

    def excluded(self, on: date, *, employs_others: bool, state_paid: bool = False) -> Exclusion | None:
        """Why relief does not apply to this person, or None when it may: then `quote(discount=True)`."""
        groups = {"state_paid": state_paid, "employer": employs_others}
        return next((row for row in in_force(self.tariff.exclusion, on) if groups.get(row.who)), None)

    def periods(self, on: date) -> tuple[int, ...]:
        """The numbers of months that may be paid at once."""
        return in_force(self.tariff.payment, on)[0].months

    def limit(self, name: str, on: date) -> int:
        """A single figure that holds on a day, such as `age_before` in years; KeyError for an unknown name."""
        return {row.name: row.value for row in in_force(self.tariff.limit, on)}[name]

    def first_month(self, registered: date) -> date:
        """The first contribution month of a person who registers on a day."""
        return calendar.first_month(registered, self.limit("entry_last_day", registered))

    def due_date(self, month: date) -> date:
        """The last day to pay a contribution month."""
        return calendar.due_date(month, self.limit("due_day", month), [row.period for row in self.tariff.holiday])

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.code for row in self.tariff.programme))

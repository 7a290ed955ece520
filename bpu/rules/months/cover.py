"""What JKK and JKM would pay if something happened at a moment: what is sure, and what no source makes sure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from bpu.rules.money.benefits import Benefits
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.choices import waiting
from bpu.rules.months.facts import Ending, Person
from bpu.rules.months.ledger import PaidMonth, after, month_of, wib_day
from bpu.rules.months.membership import Protection, membership


@dataclass(frozen=True)
class Cover:
    """Rupiah that an event would pay on the base of its own month (R13); None where nobody may say yes or no (R6).

    `jkk_death` and `jkk_disability` (total and permanent) by an accident at work; `jkm` at any other death, of which
    `jkm_sure` is sure; `jkm_full_from` is the first day of the full sum (R17). Scholarships are ceilings, and that of
    JKM needs three years of contributions (R18).
    """

    protected: Protection
    base: int | None = None
    jkk_death: int | None = 0
    jkk_disability: int | None = 0
    jkk_scholarship: int | None = 0
    jkm: int | None = 0
    jkm_sure: int = 0
    jkm_full_from: date | None = None
    jkm_scholarship: int | None = 0


def cover(
    person: Person, ledger: Iterable[PaidMonth], moment: datetime, catalogue: Catalogue, benefits: Benefits
) -> Cover:
    """What is paid for something that happens at a moment; for somebody who died, what the death pays.

    Raises what `membership` raises.
    """
    end = person.end
    if end and end.at <= moment and end.reason is Ending.DEATH:
        person, moment = replace(person, end=None), end.at
    rows = tuple(row for row in ledger if row.paid_at <= moment)
    state = membership(person, rows, moment, catalogue)
    if state.protected is Protection.NOT_ASSURED:
        return Cover(state.protected, None, None, None, None, None, 0, None, None)
    running = next((row for row in rows if row.month == month_of(moment)), None)
    if state.protected is Protection.NO or running is None or state.run_since is None:
        return Cover(state.protected)
    day = wib_day(moment)
    pays = {each.event.code: each for each in benefits.estimate(running.programmes, running.base, day)}
    death, early = pays.get("death"), pays.get("early_death")
    full = death.total if death else 0
    full_from = _months_later(wib_day(state.run_since), waiting("jkm_full_months", day)) if early else None
    waits = bool(full_from and day < full_from)
    sure = early.total if early and waits else full
    years = sum(row.month <= running.month for row in rows) >= waiting("jkm_scholarship_months", day)
    accident, disabled = pays.get("work_death"), pays.get("work_disability")
    return Cover(
        protected=state.protected,
        base=running.base,
        jkk_death=accident.total if accident else 0,
        jkk_disability=disabled.total if disabled else 0,
        jkk_scholarship=accident.ceiling - accident.total if accident else 0,
        jkm=None if waits and state.revived else sure,  # whether the waiting begins again has no source
        jkm_sure=sure,
        jkm_full_from=full_from if waits else None,
        jkm_scholarship=death.ceiling - death.total if death and years else 0,
    )


def _months_later(day: date, months: int) -> date:
    """The same day of a later month; where it has no such day, the 1st of the month after."""
    month = after(day.replace(day=1), months)
    try:
        return month.replace(day=day.day)
    except ValueError:
        return after(month, 1)

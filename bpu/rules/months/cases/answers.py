"""Plays a case and tells what is true then, with the keys that cases use for what they expect."""

import calendar as gregorian
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bpu.rules.money.benefits import Benefits
from bpu.rules.money.contributions import Catalogue
from bpu.rules.months.allocation import Held, allocate
from bpu.rules.months.cases.reading import Case, Event
from bpu.rules.months.cover import Cover, cover
from bpu.rules.months.facts import Change, End, Person
from bpu.rules.months.ledger import Ledger, wib_day
from bpu.rules.months.membership import Membership, Next, membership

NOT_ASSURED = "not assured"


def play(case: Case, catalogue: Catalogue) -> tuple[Person, Ledger, int, Held | None]:
    """The person as known at the moment of a case, the ledger and credit then, and why credit buys nothing.

    Raises ValueError where money cannot be taken as the case says.
    """
    person = Person(birth=case.birth, facts=case.facts, zone=case.zone)
    ledger: Ledger = ()
    credit, held = 0, None
    for event in case.events:
        if event.at > case.on:
            break
        person = _after(person, event)
        if event.kind in ("pay", "change"):
            done = allocate(person, ledger, catalogue, event.amount, event.at, credit=credit, begin=event.begin)
            ledger, credit, held = done.ledger, done.credit, done.held
    return person, ledger, credit, held


def _after(person: Person, event: Event) -> Person:
    """The person once an event has happened; of two ends the first counts."""
    if event.facts:
        person = replace(person, changes=(*person.changes, Change(event.at, event.facts)))
    if event.reason and not person.end:
        person = replace(person, end=End(event.at, event.reason))
    if event.kind == "stop" and not person.stopped:
        person = replace(person, stopped=event.at)
    return replace(person, zone=event.zone or person.zone)


def answer(case: Case, catalogue: Catalogue, benefits: Benefits) -> dict[str, Any]:
    """What is true at the moment of a case, ready for JSON; raises ValueError where there is no price."""
    person, ledger, credit, held = play(case, catalogue)
    state = membership(person, ledger, case.on, catalogue, credit=credit)
    return {
        "id": case.id,
        "status": state.status.value,
        "protected": state.protected.value,
        "paid_until": _day(state.paid_until),
        "late_months": state.late_months,
        "owed": [{"month": _month(one.month), "amount": one.price, "late": one.late} for one in state.owed],
        "to_be_current": state.to_be_current,
        "due": _day(state.due),
        "lapses_on": _day(state.lapses_on),
        "next": _next(state.next),
        "restart": state.restart and {"month": _month(state.restart.month), "amount": state.restart.amount},
        "credit": credit,
        "refund": state.refund,
        "reminders": [_day(each.day) for each in state.reminders],
        **_further(state, held if credit else state.held),
        **_covered(cover(person, ledger, case.on, catalogue, benefits)),
    }


def _further(state: Membership, held: Held | None) -> dict[str, Any]:
    """What a case may expect besides: beginnings, terms, reasons."""
    return {
        "first_month": _month(state.first_month),
        "revived": state.revived,
        "number": _number(state.since),
        "covered_from": _day(state.covered_from),
        "programmes": list(state.applies.programmes) if state.applies else [],
        "base": state.applies.base if state.applies else None,
        "relief": state.applies is not None and state.applies.price < state.applies.full,
        "held": held and held.value,
        "due_by_weekday": state.by_weekday,
        "next_reminder": state.coming
        and {
            "from": state.coming.earliest.isoformat(),
            "until": state.coming.latest.isoformat(),
            "kind": state.coming.kind.value,
        },
    }


def _covered(paid: Cover) -> dict[str, Any]:
    """What JKK and JKM would pay: rupiah, or words where nobody may say."""
    sums = {
        "jkk": paid.jkk_death,
        "jkk_disability": paid.jkk_disability,
        "jkk_scholarship": paid.jkk_scholarship,
        "jkm": paid.jkm,
        "jkm_scholarship": paid.jkm_scholarship,
    }
    told: dict[str, Any] = {name: NOT_ASSURED if amount is None else amount for name, amount in sums.items()}
    return {**told, "jkm_sure": paid.jkm_sure, "jkm_full_from": _day(paid.jkm_full_from)}


def _number(since: datetime | None) -> str | None:
    """Which number the person has: that of the first payment, for ever (R8, R25)."""
    day = since and wib_day(since)
    return f"the number of {gregorian.month_name[day.month]} {day.year}" if day else None


def _next(upcoming: Next | None) -> dict[str, Any] | None:
    if upcoming is None:
        return None
    return {"month": _month(upcoming.month), "due": _day(upcoming.due), "amount": upcoming.amount}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _month(month: date | None) -> str | None:
    return f"{month:%Y-%m}" if month else None

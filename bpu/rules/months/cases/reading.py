"""Reads cases: an object with a list `cases`, each with `id`, `person`, `events` and the moment `on`.

A person has `birth`, `income` (rupiah a month), `programmes`, `occupation` and `transport` (either tells the sector),
and may have `zone` (WIB, WITA, WIT), `employs`, `state_paid`. Times are ISO with an offset. Events:

    pay       amount, and first_month (YYYY-MM) where the next month was chosen to begin with
    change    set: income, programmes, jht, occupation, transport, employs, state_paid, zone
    end       reason: death, jht_withdrawn, own_wish, office
    stop      no reminders from then on
    register, bill   change nothing: cover begins with money (R2), and months are fixed when it arrives

They count in the order of their times, whatever their order in the file; at one moment a change counts first, then an
end, then money. Whatever else stands in a case is kept out of the answer, and facts that are not known are noted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.income import MOST as MOST_INCOME
from bpu.rules.money.occupations import Occupations
from bpu.rules.months.facts import Ending, Facts
from bpu.rules.months.ledger import ZONES, wib_day

KINDS = ("register", "bill", "change", "end", "stop", "pay")  # also their order at one moment
EARLIEST, LATEST = datetime(2015, 7, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_MONEY = 1_000_000_000_000
REASONS = {"jht": Ending.JHT_WITHDRAWN, "wish": Ending.OWN_WISH, **{reason.value: reason for reason in Ending}}
EMPLOYS = ("employs", "employs_others", "employer")
PLACE = ("address", "email", "phone", "name")  # changes of these have nothing to do with months


class Odd(ValueError):
    """Something in a file or case that cannot be right, in one line."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: what of the fields counts depends on `kind`."""

    at: datetime
    kind: str
    amount: int = 0
    begin: date | None = None
    facts: Facts | None = None
    zone: str | None = None
    reason: Ending | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case, its events in the order in which they count; `notes` are facts that were left out."""

    id: str
    birth: date
    facts: Facts
    zone: str
    events: tuple[Event, ...]
    on: datetime
    notes: tuple[str, ...] = field(default=())


def shown(value: Any) -> str:
    """Any value of a file on one line of plain characters, cut where it is long."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def raw_cases(content: bytes) -> list[Any]:
    """The cases of a file as they stand there; raises `Odd` when it has none that could be looked at."""
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise Odd(f"not JSON in UTF-8: {' '.join(str(problem).split())}") from problem
    found = whole.get("cases") if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        raise Odd("no list of cases: an object with `cases` is expected")
    return found


def label(raw: Any, number: int) -> str:
    """How a case is called in a complaint: its id, or its place in the file."""
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 60 else f"case {number}"


class Reader:
    """Turns one raw case into a `Case`, with the prices and occupations that hold."""

    def __init__(self, catalogue: Catalogue, occupations: Occupations) -> None:
        """Takes what programmes and occupations are looked up in."""
        self.catalogue = catalogue
        self.occupations = occupations

    def case(self, raw: Any) -> Case:
        """The case; raises `Odd`, naming the place, for whatever in it is missing or cannot be right."""
        self._object(raw, "the case")
        person = self._object(raw.get("person"), "person")
        birth, on = self._birth(person.get("birth")), self._moment(raw.get("on"), "on")
        facts = self._facts(person, None, "person", wib_day(on))
        events, zone, latest = [], self._zone(person.get("zone", "WIB"), "person.zone"), facts
        for number, each in self._in_time(raw.get("events", [])):
            event = self._event(each, f"events[{number}]", latest)
            latest = event.facts or latest
            events.append(event)
        if any(wib_day(moment) < birth for moment in (on, *(event.at for event in events))):
            raise Odd(f"person.birth: {birth} is after what happened")
        if not isinstance(raw.get("id"), str) or label(raw, 0) != raw["id"]:
            raise Odd("id: a name of at most 60 printable characters is needed")
        known = {"birth", "occupation", "transport", "income", "programmes", "zone", "state_paid", *EMPLOYS}
        notes = tuple(f"person.{shown(name)[1:-1]} is not used" for name in person if name not in known)
        return Case(id=raw["id"], birth=birth, facts=facts, zone=zone, events=tuple(events), on=on, notes=notes)

    def _in_time(self, raw: Any) -> list[tuple[int, Any]]:
        """The events with their places in the file, in the order in which they count."""
        if not isinstance(raw, list):
            raise Odd(f"events: a list is needed, not {shown(raw)}")
        placed = []
        for number, each in enumerate(raw):
            self._object(each, f"events[{number}]")
            kind = each.get("type")
            if kind not in KINDS:
                raise Odd(f"events[{number}].type: unknown {shown(kind)}; known are {', '.join(KINDS)}")
            at = self._moment(each.get("at"), f"events[{number}].at")
            placed.append((at, KINDS.index(kind), number, each))
        return [(number, each) for _, _, number, each in sorted(placed, key=lambda entry: entry[:3])]

    def _event(self, raw: Mapping[str, Any], place: str, facts: Facts) -> Event:
        event = Event(at=self._moment(raw.get("at"), f"{place}.at"), kind=raw["type"])
        if event.kind == "pay":
            amount = self._whole(raw.get("amount"), f"{place}.amount", 1, MOST_MONEY)
            return replace(event, amount=amount, begin=self._month(raw.get("first_month"), f"{place}.first_month"))
        if event.kind == "end":
            reason = raw.get("reason")
            plain = reason.strip().casefold().replace("-", "_").replace(" ", "_") if isinstance(reason, str) else ""
            if plain not in REASONS:
                raise Odd(f"{place}.reason: unknown {shown(reason)}; known are {', '.join(REASONS)}")
            return replace(event, reason=REASONS[plain])
        if event.kind == "change":
            changed = self._object(raw.get("set"), f"{place}.set")
            known = {"income", "programmes", "jht", "occupation", "transport", "state_paid", "zone", *EMPLOYS, *PLACE}
            if not changed or set(changed) - known:
                odd = sorted(set(changed) - known)
                raise Odd(f"{place}.set: {f'{shown(odd[0])} cannot be changed' if odd else 'changes nothing'}")
            zone = self._zone(changed["zone"], f"{place}.set.zone") if "zone" in changed else None
            return replace(event, facts=self._facts(changed, facts, f"{place}.set", wib_day(event.at)), zone=zone)
        return event

    def _facts(self, raw: Mapping[str, Any], before: Facts | None, place: str, on: date) -> Facts:
        """The facts of a person, or those of before with what a change sets."""
        flags = {name: self._flag(raw[name], f"{place}.{name}") for name in (*EMPLOYS, "state_paid") if name in raw}
        employs = next((flags[name] for name in EMPLOYS if name in flags), before.employs if before else False)
        income = before.income if before else None
        if "income" in raw or income is None:
            income = self._whole(raw.get("income"), f"{place}.income", 0, MOST_INCOME)
        occupation = raw.get("occupation", before.occupation if before else "")
        if not isinstance(occupation, str):
            raise Odd(f"{place}.occupation: a code is needed, not {shown(occupation)}")
        return Facts(
            income=income,
            programmes=self._programmes(raw, before, place, on),
            transport=self._transport(raw, before, occupation, place),
            occupation=occupation,
            employs=employs,
            state_paid=flags.get("state_paid", before.state_paid if before else False),
        )

    def _transport(self, raw: Mapping[str, Any], before: Facts | None, occupation: str, place: str) -> bool:
        if "transport" in raw:
            return self._flag(raw["transport"], f"{place}.transport")
        if before and "occupation" not in raw:
            return before.transport
        if self.occupations.find(occupation) is None:
            raise Odd(f"{place}: neither transport (true, false) nor an occupation that is in the list")
        return self.occupations.transport(occupation, None)

    def _programmes(self, raw: Mapping[str, Any], before: Facts | None, place: str, on: date) -> tuple[str, ...]:
        wanted = raw.get("programmes", list(before.programmes) if before else None)
        if not isinstance(wanted, list) or not all(isinstance(code, str) for code in wanted):
            raise Odd(f"{place}.programmes: a list of codes is needed, not {shown(wanted)}")
        if "jht" in raw:
            rest = [code for code in wanted if code != "JHT"]
            wanted = [*rest, "JHT"] if self._flag(raw["jht"], f"{place}.jht") else rest
        chosen = self.catalogue.choose(wanted, on, employs_others=False)
        if chosen.errors:
            first = chosen.errors[0]
            raise Odd(f"{place}.programmes: {first.code.replace('_', ' ')}: {shown(first.params['programme'])[1:-1]}")
        return tuple(chosen.value)

    def _object(self, raw: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            raise Odd(f"{place}: an object is needed, not {shown(raw)}")
        return raw

    def _flag(self, raw: Any, place: str) -> bool:
        if not isinstance(raw, bool):
            raise Odd(f"{place}: true or false is needed, not {shown(raw)}")
        return raw

    def _whole(self, raw: Any, place: str, least: int, most: int) -> int:
        if type(raw) is not int or not least <= raw <= most:
            raise Odd(f"{place}: whole rupiah from {least} to {most} are needed, not {shown(raw)}")
        return raw

    def _zone(self, raw: Any, place: str) -> str:
        if not isinstance(raw, str) or raw not in ZONES:
            raise Odd(f"{place}: one of {', '.join(ZONES)} is needed, not {shown(raw)}")
        return raw

    def _birth(self, raw: Any) -> date:
        try:
            return date.fromisoformat(raw)
        except (TypeError, ValueError) as problem:
            raise Odd(f"person.birth: a date such as 1985-03-12 is needed, not {shown(raw)}") from problem

    def _month(self, raw: Any, place: str) -> date | None:
        try:
            return None if raw is None else datetime.strptime(raw, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
        except (TypeError, ValueError) as problem:
            raise Odd(f"{place}: a month such as 2026-12 is needed, not {shown(raw)}") from problem

    def _moment(self, raw: Any, place: str) -> datetime:
        try:
            moment = datetime.fromisoformat(raw)
            if moment.tzinfo is not None and EARLIEST <= moment < LATEST:
                return moment
        except (TypeError, ValueError, OverflowError) as problem:
            raise Odd(f"{place}: a time such as 2026-11-10T10:00:00+07:00 is needed, not {shown(raw)}") from problem
        why = "has no offset" if moment.tzinfo is None else "lies outside July 2015 to 2199"
        raise Odd(f"{place}: {shown(raw)} {why}")

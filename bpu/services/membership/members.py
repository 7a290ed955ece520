"""Who is a member: a registration with its facts and their dates, its months and its money, and what follows of them.

Nothing of what follows is stored: it is computed anew for the moment that is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from bpu import clock
from bpu.models import Changed, Contribution, Event, Received, Registration, Status, keyring, locked, writing
from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.rules.months.facts import Change, End, Ending, Facts, Person
from bpu.rules.months.ledger import Ledger, PaidMonth
from bpu.rules.months.membership import Membership, membership

# Columns of a registration that may change; those of PRICED decide what a month costs.
PRICED = ("job", "programmes", "transport")
CHANGEABLE = (*PRICED, "address", "email", "phone", "zone")


@dataclass(frozen=True)
class Member:
    """Somebody who is registered, as of one moment: money in whole rupiah."""

    registration: Registration
    person: Person
    ledger: Ledger
    credit: int
    membership: Membership


class Members:
    """Finds members, and writes down what changes about them."""

    def __init__(self, catalogue: Catalogue, occupations: Occupations) -> None:
        self.catalogue = catalogue
        self.occupations = occupations

    def find(self, registration: Registration, moment: datetime | None = None) -> Member:
        """What is true of a registration at a moment, now unless one is given; raises what `membership` raises."""
        moment = moment or clock.now()
        person, rows, credit = person_of(registration), ledger_of(registration), credit_of(registration, moment)
        found = membership(person, rows, moment, self.catalogue, credit=credit)
        return Member(registration, person, rows, credit, found)

    def of_phone(self, phone: str, moment: datetime | None = None) -> list[Member]:
        """Everybody whose phone this is (E.164) and who was not given up, the oldest registration first."""
        same = Registration.phone_index.in_(keyring().indexes("phone", phone))
        rows = Registration.select().where(same, Registration.status != Status.LAPSED)
        return [self.find(each, moment) for each in rows.order_by(Registration.submitted, Registration.uid)]

    def change(self, registration: Registration, channel: str, **columns: Any) -> bool:
        """Write down that columns of a registration are otherwise from now on; False when none of them is.

        Whether a new job counts as transport is worked out here. The months that it counts for are computed (R13).
        """
        if unknown := set(columns) - set(CHANGEABLE):
            raise ValueError(f"{', '.join(sorted(unknown))} cannot be changed")
        if job := columns.get("job"):
            drives = job.get("drives")
            columns["transport"] = self.occupations.transport(
                job["occupation"], None if drives is None else drives == "yes"
            )
        with writing():
            (fresh,) = locked([registration.uid])
            before = {name: getattr(fresh, name) for name in columns if getattr(fresh, name) != columns[name]}
            if not before:
                return False
            after = {name: columns[name] for name in before}
            self._write(fresh, Event.FACTS, channel, {"before": before, "after": after})
            for each in (fresh, registration):
                for name, value in after.items():
                    setattr(each, name, value)
            fresh.phone_index = keyring().index("phone", fresh.phone)
            fresh.save()
        return True

    def end(self, registration: Registration, reason: Ending, channel: str) -> None:
        """Write down that a membership has ended, now and for this reason."""
        with writing():
            self._write(registration, Event(reason), channel)

    def stop(self, registration: Registration, channel: str) -> None:
        """Write down that no reminder is wanted any more."""
        with writing():
            self._write(registration, Event.STOP, channel)

    def _write(
        self, registration: Registration, kind: Event, channel: str, facts: dict[str, Any] | None = None
    ) -> None:
        """A row of what changed, in the caller's transaction."""
        row = Changed(registration=registration.uid, kind=kind, at=clock.now(), channel=channel)
        row.facts = facts
        row.save(force_insert=True)


def person_of(registration: Registration) -> Person:
    """A registration as the rules of membership see it: facts as they were at first, and each change since."""
    written = list(Changed.select().where(Changed.registration == registration.uid).order_by(Changed.at, Changed.uid))
    state = {name: getattr(registration, name) for name in PRICED}
    changes: list[Change] = []
    for row in reversed(written):
        before = {name: value for name, value in ((row.facts or {}).get("before") or {}).items() if name in PRICED}
        if before:
            changes.insert(0, Change(row.at, _facts(state)))
            state |= before
    ends = [row for row in written if row.kind not in (Event.FACTS, Event.STOP)]
    stops = [row.at for row in written if row.kind == Event.STOP]
    return Person(
        birth=date.fromisoformat(registration.birth_date),
        facts=_facts(state),
        zone=registration.zone,
        changes=tuple(changes),
        end=End(ends[0].at, Ending(ends[0].kind)) if ends else None,
        stopped=stops[0] if stops else None,
    )


def _facts(state: dict[str, Any]) -> Facts:
    job = state["job"]
    return Facts(
        income=job["income"],
        programmes=tuple(state["programmes"].split(",")),
        transport=bool(state["transport"]),
        occupation=job["occupation"],
        employs=job.get("employs_others") == "yes",
        state_paid=job.get("state_paid") == "yes",
    )


def ledger_of(registration: Registration) -> Ledger:
    """The months of a registration that money has bought, the oldest first."""
    rows: Iterable[Contribution] = Contribution.select().where(Contribution.registration == registration.uid)
    return tuple(
        PaidMonth(
            month=date.fromisoformat(row.month),
            programmes=tuple(row.programmes.split(",")),
            base=row.base,
            price=row.price,
            paid_at=row.paid,
        )
        for row in sorted(rows, key=lambda row: row.month)
    )


def credit_of(registration: Registration, moment: datetime | None = None) -> int:
    """The rupiah of a registration that no month has used, as of a moment or of all that is written."""
    came = Received.select(fn.SUM(Received.amount)).where(Received.registration == registration.uid)
    went = Contribution.select(fn.SUM(Contribution.price)).where(Contribution.registration == registration.uid)
    if moment is not None:
        came, went = came.where(Received.at <= moment), went.where(Contribution.paid <= moment)
    return int(came.scalar() or 0) - int(went.scalar() or 0)

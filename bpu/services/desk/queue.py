"""The assistant's queue: how far everybody is, what is due, and what a day comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bpu import clock
from bpu.models import Assistant, Bill, BillStatus, Code, Draft, Helped, Outgoing, Registration, Share, Status
from bpu.rules.identity.names import short
from bpu.services.desk.helping import FINISHED

LISTED = timedelta(days=90)


class State(StrEnum):
    """The five states of a row."""

    DRAFT = "draft"
    OTP = "otp"
    FIX = "fix"
    PAY = "pay"
    DONE = "done"


ORDER = {State.FIX: 0, State.OTP: 0, State.DRAFT: 0, State.PAY: 1, State.DONE: 2}


@dataclass(frozen=True)
class Entry:
    """One row of the queue: what a list may show of a person. Sums are whole rupiah."""

    uid: str
    name: str
    tail: str
    nik: str
    state: State
    note: str
    touched: datetime
    registration: Registration | None = None
    amount: int = 0
    fee: int = 0
    bill: Bill | None = None
    group: bool = False


@dataclass(frozen=True)
class Totals:
    """What a day comes to: people begun and sent, who still has to pay, what was paid, fees; whole rupiah."""

    people: int
    sent: int
    waiting: int
    due: int
    paid: int
    fees: int


def entries(assistant: Assistant) -> list[Entry]:
    """The queue: unfinished people first, in each part whatever changed last on top."""
    now = clock.now()
    rows = list(
        Helped.select().where(
            (Helped.assistant == assistant) & Helped.withdrawn.is_null() & (Helped.touched > now - LISTED)
        )
    )
    uids = [row.uid for row in rows]
    kept = {row.uid: row for row in Draft.select().where(Draft.uid.in_(uids) & (Draft.expires > now))}
    sent = {row.draft: row for row in Registration.select().where(Registration.draft.in_(uids))}
    bills = _bills(sent.values())
    found = []
    for row in rows:
        registration, draft = sent.get(row.uid), kept.get(row.uid)
        if registration is not None:
            entry = _registered(row, registration, *bills.get(registration.uid, (None, 0, False)))
        else:
            entry = _drafted(row, draft) if draft else None
        if entry and not (entry.state is State.DONE and entry.touched < now - FINISHED):
            found.append(entry)
    return sorted(found, key=lambda entry: (ORDER[entry.state], -entry.touched.timestamp()))


def search(found: Sequence[Entry], text: str) -> list[Entry]:
    """The rows whose name begins with `text`, or whose NIK ends with these four digits."""
    wanted = text.strip().casefold()
    return [each for each in found if wanted and (each.tail == wanted or each.name.casefold().startswith(wanted))]


def totals(assistant: Assistant, found: Sequence[Entry], day: date) -> Totals:
    """What this WIB day comes to, finished people counted even when they are no longer shown."""
    begins = datetime.combine(day, datetime.min.time(), clock.WIB)
    ends = begins + timedelta(days=1)
    rows = list(Helped.select().where((Helped.assistant == assistant) & (Helped.began < ends)))
    sent = [row for row in rows if row.sent and begins <= row.sent < ends]
    mine = Registration.select().where(Registration.draft.in_([row.uid for row in rows]))
    paid = mine.where((Registration.paid >= begins) & (Registration.paid < ends))
    shares = (
        Share.select()
        .join(Bill)
        .where(Share.registration.in_([row.uid for row in paid]) & (Bill.status == BillStatus.PAID))
    )
    waiting = [entry for entry in found if entry.state is State.PAY]
    return Totals(
        people=len(
            {row.uid for row in sent} | {entry.uid for entry in found if entry.state not in (State.DONE, State.PAY)}
        ),
        sent=len(sent),
        waiting=len(waiting),
        due=sum(entry.amount for entry in waiting),
        paid=sum(share.amount for share in shares),
        fees=sum(row.fee for row in sent),
    )


def _bills(people: Iterable[Registration]) -> dict[str, tuple[Bill, int, bool]]:
    """The newest bill of each registration (a paid one before others), the own share, and whether others are on it."""
    uids = [person.uid for person in people]
    shares = list(Share.select(Share, Bill).join(Bill).where(Share.registration.in_(uids)))
    shares.sort(key=lambda share: (share.bill.status == BillStatus.PAID, share.bill.created))
    sizes: dict[str, int] = {}
    for share in Share.select(Share.bill).where(Share.bill.in_({share.bill_id for share in shares})):
        sizes[share.bill_id] = sizes.get(share.bill_id, 0) + 1
    return {share.registration_id: (share.bill, share.amount, sizes[share.bill_id] > 1) for share in shares}


def _registered(row: Helped, person: Registration, bill: Bill | None, amount: int, group: bool) -> Entry | None:
    if person.status == Status.LAPSED:
        return None
    state = State.PAY if person.status == Status.AWAITING else State.DONE
    open_now = bill is not None and bill.payable(clock.now())
    note = "" if state is State.DONE or open_now else "expired"
    touched = max(row.touched, person.paid) if person.paid else row.touched
    nik, name = person.nik, short(person.name)
    return Entry(row.uid, name, nik[-4:], nik, state, note, touched, person, amount, row.fee, bill, group)


def _drafted(row: Helped, draft: Draft) -> Entry | None:
    given, typed = draft.answers, draft.typed
    who: dict[str, Any] = {**typed.get("data-diri", {}), **given.get("data-diri", {})}
    name = short(str(who.get("name", "")))
    if not given and not name:
        return None
    nik = str(given.get("data-diri", {}).get("nik", ""))
    state, note = State.DRAFT, ""
    if given.get("periksa", {}).get("review"):
        state, note = State.FIX, "review"
    elif any("!" in answers for answers in typed.values()):
        state = State.FIX
    elif "kode" in given:
        note = "approved"
    elif "minta-kode" in given:
        state, note = State.OTP, sms_state(row.uid)
    return Entry(row.uid, name or "…", nik[-4:], nik, state, note, row.touched)


def sms_state(uid: str) -> str:
    """How far the newest code of a draft is: `waiting`, `sent`, `delivered` or `failed`; empty without a code."""
    code = (
        Code.select().where((Code.subject == uid) & (Code.purpose == "register")).order_by(Code.created.desc()).first()
    )
    if code is None:
        return ""
    message = (
        Outgoing.select().where(Outgoing.key.startswith(f"otp:{code.uid}:")).order_by(Outgoing.created.desc()).first()
    )
    if message is None or message.state == "new":
        return "waiting"
    if message.state != "sent" or message.receipt in ("failed", "rejected"):
        return "failed"
    return "delivered" if message.receipt == "delivered" else "sent"

"""From paid to participant: who gives the number, and what a number has to be before it is believed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import IntegrityError

from bpu import clock
from bpu.models import Outgoing, Registration, Status, database, locked, writing
from bpu.providers import ProviderError
from bpu.providers.agency import Core, Way
from bpu.services.membership.members import ledger_of
from bpu.services.messages import outbox
from bpu.services.messages.texts import Messages
from bpu.services.messages.worker import Delivery
from bpu.settings import Settings

CHUNK = 100
TRIES = 50


class Flaw(StrEnum):
    """Why a number is not taken."""

    UNKNOWN = "unknown"  # no such registration
    FORM = "form"  # not what a number looks like
    UNPAID = "unpaid"  # the registration is not paid for
    OTHER = "other"  # the registration has another number
    TAKEN = "taken"  # someone else has this number


class Refused(Exception):
    """A number that is not taken; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


class Enrolment:
    """Turns paid registrations into participants, each with exactly one number, and tells them."""

    def __init__(self, settings: Settings, core: Core, messages: Messages) -> None:
        self.settings = settings
        self.core = core
        self.messages = messages

    def paid(self, registration: Registration, at: datetime) -> None:
        """Book that the contribution of `registration`, held by the caller's transaction, arrived `at`.

        A core that answers at once makes the person active here and now; one that has to be called gets an outbox row;
        one that works in batches finds the registration in its next export. Raises ValueError for one paid before.
        """
        changes = {"status": Status.PAID, "paid": at}
        unpaid = Registration.status.in_((Status.AWAITING, Status.LAPSED))
        if not Registration.update(changes).where((Registration.uid == registration.uid) & unpaid).execute():
            raise ValueError("only a registration that awaits payment can be paid for the first time")
        registration.status, registration.paid = Status.PAID, at
        if self.core.way is Way.AT_ONCE:
            self._draw(registration)
            self.messages.paid(registration)
            return
        self.messages.paid_waiting(registration)
        if self.core.way is Way.CALL:
            self._ask(registration.uid, f"core:{registration.uid}")

    def number(self, registration: Registration, number: str) -> bool:
        """Take the number that the core gave; False when it was known already. Raises `Refused`."""
        if not self.core.fits(number):
            raise Refused(Flaw.FORM)
        with writing():
            (fresh,) = locked([registration.uid]) or (None,)
            if fresh is None:
                raise Refused(Flaw.UNKNOWN)
            if fresh.status == Status.ACTIVE:
                if fresh.number != number:
                    raise Refused(Flaw.OTHER)
                return False
            if fresh.status != Status.PAID:
                raise Refused(Flaw.UNPAID)
            if not _activate(fresh, number):
                raise Refused(Flaw.TAKEN)
            self.messages.paid(fresh)
            return True

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Ask the core for the number of a paid registration: the outbox worker's way with rows of kind ``core``.

        A core that accepts without a number calls back later. Raises `ProviderError`.
        """
        registration = Registration.get_or_none(Registration.uid == outgoing.payload["registration"])
        if registration is None or registration.status != Status.PAID:
            return Delivery()
        number = self.core.number(application(registration))
        if number is not None:
            try:
                self.number(registration, number)
            except Refused as refused:
                raise ProviderError(f"the core's number was refused: {refused.flaw}", permanent=True) from refused
        return Delivery(provider="core")

    def ask_again(self, now: datetime) -> int:
        """Ask the core once a day (WIB) about everyone who paid before that day and has no number; returns how many.

        A call back that was lost, or a row that was given up, so costs a day and not the number.
        """
        if self.core.way is not Way.CALL:
            return 0
        day = now.astimezone(clock.WIB).replace(hour=0, minute=0, second=0, microsecond=0)
        pending = Outgoing.select(Outgoing.key).where(Outgoing.kind == "core", Outgoing.state == "new")
        asking = {row.key.split(":")[1] for row in pending}
        waiting = Registration.select(Registration.uid).where(Registration.status == Status.PAID)
        uids = [row.uid for row in waiting.where(Registration.paid < day) if row.uid not in asking]
        for start in range(0, len(uids), CHUNK):
            with writing():
                for uid in uids[start : start + CHUNK]:
                    self._ask(uid, f"core:{uid}:{day:%Y-%m-%d}")
        return len(uids)

    def _draw(self, registration: Registration) -> None:
        """Activate with a number that the core draws by chance, again when someone has it."""
        for _ in range(TRIES):
            number = self.core.number({})
            if number is not None and _activate(registration, number):
                return
        raise RuntimeError("the core has no number that is free")

    def _ask(self, uid: str, key: str) -> None:
        outbox.write("core", key, {"registration": uid}, due=clock.now(), valid_until=None)


def application(registration: Registration) -> dict[str, Any]:
    """What the agency's core has to know of a registration, in words and numbers JSON can say."""
    bought = ledger_of(registration)
    return {
        "registration": registration.uid,
        "nik": registration.nik,
        "name": registration.name,
        "birth_date": registration.birth_date,
        "gender": registration.gender,
        "phone": registration.phone,
        "email": registration.email,
        "address": registration.address,
        "job": registration.job,
        "programmes": registration.programmes,
        "first_month": bought[0].month.isoformat() if bought else registration.first_month,
        "months": len(bought) or registration.months,
        "paid": registration.paid.isoformat(timespec="seconds"),
    }


def _activate(registration: Registration, number: str) -> bool:
    """Give `number` to a paid registration; False when someone has it."""
    numbered = clock.now()
    try:
        with database.atomic():
            changes = {"status": Status.ACTIVE, "number": number, "numbered": numbered}
            Registration.update(changes).where(Registration.uid == registration.uid).execute()
    except IntegrityError:
        return False
    registration.status, registration.number, registration.numbered = Status.ACTIVE, number, numbered
    return True

"""A filled-in form becomes a registration with a bill: once, however often it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpu import clock
from bpu.models import Registration, keyring, writing
from bpu.services.messages.texts import Messages
from bpu.services.money.bills import Bills
from bpu.services.money.prices import Prices
from bpu.services.money.rivals import PAID, in_turn, of_nik


@dataclass(frozen=True, kw_only=True)
class Application:
    """What is sent: the person, the address, the job, the choice; `draft` names the draft it was filled in on.

    `proven` is the phone that answered, for this NIK, to whoever sends this alone: what they may be led on to by it.
    """

    draft: str
    nik: str
    name: str
    birth_date: str
    gender: str
    phone: str
    email: str | None
    address: dict[str, Any]
    zone: str
    job: dict[str, Any]
    programmes: tuple[str, ...]
    months: int
    proven: str | None = None


class AlreadyRegistered(Exception):
    """This NIK has a registration that is not this person's to see; the phone of that one has been told."""


class Submissions:
    """Takes applications."""

    def __init__(self, prices: Prices, bills: Bills, messages: Messages) -> None:
        self.prices = prices
        self.bills = bills
        self.messages = messages

    def submit(self, application: Application) -> Registration:
        """Take an application and open its bill, in the caller's transaction.

        Sent again, it is answered with the same registration. One of the same NIK that there is already answers it only
        where the phone that was proven for this application is the phone of that registration. A paid one that is not
        reached so raises `AlreadyRegistered`; one that nobody paid for keeps nobody from registering.
        """
        with writing():
            in_turn([application.nik])
            before = Registration.get_or_none(Registration.draft == application.draft)
            if before is not None and (before.nik, before.phone) == (application.nik, application.phone):
                return before
            if before is None:
                found = of_nik(application.nik)
                mine = next((one for one in found if one.phone == application.proven), None)
                if mine is not None:
                    return mine
                before = next((one for one in found if one.status in PAID), None)
            if before is None:
                return self._register(application)
            self.messages.already_registered(before.phone, key=f"already:{before.uid}:{clock.today()}")
        raise AlreadyRegistered(before.uid)  # out here, so that the message stays

    def _register(self, application: Application) -> Registration:
        now: datetime = clock.now()
        today = clock.today()
        registration = Registration(draft=application.draft)
        for name in ("nik", "name", "birth_date", "gender", "phone", "email", "address", "job", "zone", "months"):
            setattr(registration, name, getattr(application, name))
        registration.nik_index = keyring().index("nik", application.nik)
        registration.phone_index = keyring().index("phone", application.phone)
        registration.transport = self.prices.transport(application.job)
        registration.discount = self.prices.relieved(application.job, today)
        registration.programmes = ",".join(application.programmes)
        registration.first_month = self.prices.catalogue.first_month(today).isoformat()
        registration.submitted = now
        registration.save(force_insert=True)
        self.bills.payable(registration)
        return registration

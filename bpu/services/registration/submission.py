"""A filled-in form becomes a registration with a bill: once, however often it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpu import clock
from bpu.models import Registration, Status, keyring, one_at_a_time, writing
from bpu.services.messages.texts import Messages
from bpu.services.money.bills import Bills
from bpu.services.money.prices import Prices


@dataclass(frozen=True, kw_only=True)
class Application:
    """What is sent: the person, the address, the job, the choice; `draft` names the draft it was filled in on."""

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

        Sent again, it is answered with the same registration. A NIK that is registered already is answered with that
        registration only if phone and birth date are the same, too; otherwise `AlreadyRegistered` is raised.
        """
        with writing():
            one_at_a_time(keyring().index("nik", application.nik).hex())
            before = Registration.get_or_none(Registration.draft == application.draft)
            if before is None:
                before = self._of_nik(application.nik)
            if before is None:
                return self._register(application)
            if before.draft == application.draft or self._same_person(before, application):
                return before
            self.messages.already_registered(before.phone, key=f"already:{before.uid}:{clock.today()}")
        raise AlreadyRegistered(before.uid)  # out here, so that the message stays

    def _of_nik(self, nik: str) -> Registration | None:
        same = Registration.nik_index.in_(keyring().indexes("nik", nik))
        return Registration.select().where(same & (Registration.status != Status.LAPSED)).first()

    def _same_person(self, before: Registration, application: Application) -> bool:
        return (before.phone, before.birth_date) == (application.phone, application.birth_date)

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

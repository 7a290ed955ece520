"""A filled-in form becomes a registration with a bill: once, however often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bpu import clock
from bpu.models import Bill, Registration, Status, keyring, one_at_a_time, writing
from bpu.rules.money.contributions import Catalogue, Quote
from bpu.rules.money.occupations import Occupations
from bpu.services.messages.texts import Messages
from bpu.services.money.payments import Payments


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
    """Prices a choice and takes applications."""

    def __init__(self, catalogue: Catalogue, occupations: Occupations, payments: Payments, messages: Messages) -> None:
        self.catalogue = catalogue
        self.occupations = occupations
        self.payments = payments
        self.messages = messages

    def transport(self, job: dict[str, Any]) -> bool:
        """Whether the job counts as transport for the relief of PP 50/2025."""
        drives = job.get("drives")
        return self.occupations.transport(job["occupation"], None if drives is None else drives == "yes")

    def quote(self, job: dict[str, Any], programmes: tuple[str, ...], months: int, on: date) -> Quote:
        """The price for somebody with this job who pays on a day, month by month."""
        employs = job["employs_others"] == "yes"
        return self.catalogue.quote(
            programmes,
            job["income"],
            transport=self.transport(job),
            discount=self.catalogue.excluded(on, employs_others=employs) is None,
            first_month=self.catalogue.first_month(on),
            months=months,
        )

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

    def bill(self, registration: Registration) -> Bill:
        """The open bill of a registration; a new one, at today's price, when the one before has run out."""
        with writing():
            latest = self.payments.latest_bill(registration)
            if latest and latest.payable(clock.now()):
                return latest
            return self.payments.open_bill(registration, self._price(registration))

    def group_bill(self, registrations: Sequence[Registration]) -> Bill:
        """One bill for several people, each at today's price; raises `bills.NotPayable`."""
        with writing():
            return self.payments.open_group_bill([(one, self._price(one)) for one in registrations])

    def due(self, registration: Registration) -> Quote:
        """What a registration costs if it is billed today."""
        programmes = tuple(registration.programmes.split(","))
        return self.quote(registration.job, programmes, registration.months, clock.today())

    def _price(self, registration: Registration) -> int:
        quote = self.due(registration)
        registration.first_month = quote.months[0].month.isoformat()
        Registration.update(first_month=registration.first_month).where(Registration.uid == registration.uid).execute()
        return quote.total

    def latest(self, registration: Registration) -> Bill:
        """The newest bill of a registration; every registration has one."""
        bill = self.payments.latest_bill(registration)
        if bill is None:
            raise LookupError(f"registration {registration.uid} has no bill")
        return bill

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
        registration.transport = self.transport(application.job)
        employs = application.job["employs_others"] == "yes"
        registration.discount = self.catalogue.excluded(today, employs_others=employs) is None
        registration.programmes = ",".join(application.programmes)
        registration.first_month = self.catalogue.first_month(today).isoformat()
        registration.submitted = now
        registration.save(force_insert=True)
        self.bill(registration)
        return registration

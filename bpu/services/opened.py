"""The services, opened: one object of each kind, built once from the settings and handed down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bpu.providers.agency import Core, open_core
from bpu.providers.money.acquirer import Acquirer, open_acquirer
from bpu.providers.money.notices import Gateway, open_gateways
from bpu.rules.consents import Consents
from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.rules.places.regions import Regions
from bpu.services.access.codes import Codes
from bpu.services.access.words import Words
from bpu.services.access.written import WORD, Written
from bpu.services.banks.door import Snap, open_partners
from bpu.services.desk.assistants import Assistants
from bpu.services.desk.codes import DeskCodes
from bpu.services.desk.links import Approvals
from bpu.services.membership.enrolment import Enrolment
from bpu.services.membership.members import Members
from bpu.services.messages.delivery import open_deliverers
from bpu.services.messages.inbound import Inbound
from bpu.services.messages.texts import Messages
from bpu.services.money.bills import Bills
from bpu.services.money.payments import Payments
from bpu.services.money.prices import Prices
from bpu.services.money.qrcodes import QrCodes
from bpu.services.registration.captcha import Captchas
from bpu.services.registration.submission import Submissions
from bpu.settings import Refusals, Settings


@dataclass(frozen=True)
class Services:
    """Everything that a step or a page may ask for."""

    settings: Settings
    regions: Regions
    catalogue: Catalogue
    consents: Consents
    occupations: Occupations
    captchas: Captchas
    messages: Messages
    codes: Codes
    written: Written
    inbound: Inbound
    words: Words
    enrolment: Enrolment
    members: Members
    prices: Prices
    bills: Bills
    payments: Payments
    qrcodes: QrCodes
    submissions: Submissions
    snap: Snap
    assistants: Assistants
    approvals: Approvals
    desk_codes: DeskCodes
    gateways: Mapping[str, Gateway]


def refused_together(settings: Settings) -> tuple[Core, Acquirer | None, Mapping[str, Gateway]]:
    """The partners that these settings name; one `Misconfigured` says of all at once what is missing or odd."""
    refusals = Refusals()
    with refusals:
        core = open_core(settings)
    with refusals:
        acquirer = open_acquirer(settings)
    with refusals:
        gateways = open_gateways(settings)
    with refusals:
        open_partners(settings)
    with refusals:
        Inbound(settings)
    with refusals:
        open_deliverers(settings)  # the worker's, but who takes registrations must be able to send
    refusals.tell()
    return core, acquirer, gateways


def open_services(settings: Settings) -> Services:
    """Build the services that these settings describe; raises `Misconfigured`."""
    core, acquirer, gateways = refused_together(settings)
    catalogue = Catalogue.load(Path(settings.contributions) if settings.contributions else None)
    occupations = Occupations.load()
    messages = Messages(settings)
    enrolment = Enrolment(settings, core, messages)
    prices = Prices(catalogue, occupations)
    bills = Bills(settings, prices, messages)
    payments = Payments(bills, enrolment)
    codes = Codes(settings, messages)
    approvals = Approvals(messages, codes)
    written = Written(settings, codes)
    return Services(
        settings=settings,
        regions=Regions.load(settings.var / "regions.sqlite3"),
        catalogue=catalogue,
        consents=Consents.load(),
        occupations=occupations,
        captchas=Captchas(settings),
        messages=messages,
        codes=codes,
        written=written,
        inbound=Inbound(settings),
        words=Words(messages, {WORD: written.hear}),
        enrolment=enrolment,
        members=prices.members,
        prices=prices,
        bills=bills,
        payments=payments,
        qrcodes=QrCodes(acquirer),
        submissions=Submissions(prices, bills, messages),
        snap=Snap(settings, payments),
        assistants=Assistants(codes),
        approvals=approvals,
        desk_codes=DeskCodes(codes, approvals),
        gateways=gateways,
    )

"""The books behind a door: bills and the payments for them, over the database that is open."""

from bpu.providers.agency import Sandbox
from bpu.rules.money.contributions import Catalogue
from bpu.rules.money.occupations import Occupations
from bpu.services.membership.enrolment import Enrolment
from bpu.services.messages.texts import Messages
from bpu.services.money.bills import Bills
from bpu.services.money.payments import Payments
from bpu.services.money.prices import Prices
from bpu.settings import Settings


def till(settings: Settings) -> Payments:
    """Payments, their bills at today's prices, and a core that numbers whoever paid."""
    messages = Messages(settings)
    bills = Bills(settings, Prices(Catalogue.load(), Occupations.load()), messages)
    return Payments(bills, Enrolment(settings, Sandbox(), messages))

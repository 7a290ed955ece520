"""The registration, from first to last.

May know forms, services and rules; no request and no page. `web.registration` and the desk knock.
"""

from bpu.steps.case import Page
from bpu.steps.check import Check
from bpu.steps.choose import Done, Pay, Programmes, Review
from bpu.steps.contact import Contact
from bpu.steps.phone import AskCode, EnterCode
from bpu.steps.who import Captcha, Identity, Terms
from bpu.steps.work import Work

JOURNEY: tuple[Page, ...] = (
    Identity(),
    Captcha(),
    Terms(),
    Contact(),
    AskCode(),
    EnterCode(),
    Work(),
    Programmes(),
    Check(),
    Review(),
    Pay(),
    Done(),
)

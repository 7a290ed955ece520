"""Codes and links for a person at the desk: when they leave, and what stops them."""

from datetime import timedelta
from enum import StrEnum

from bpu import clock
from bpu.models import Assistant, Draft, Helped, Registration, keyring, writing
from bpu.services.access.codes import Codes, Standing
from bpu.services.access.proof import Facts
from bpu.services.access.tally import count, counted
from bpu.services.audit import record
from bpu.services.desk.links import Approvals

PEOPLE_PER_PHONE = 4
PHONE_DAYS = timedelta(days=30)
CODES_PER_HOUR = 60  # sent and not (yet) confirmed, for one assistant


class Stop(StrEnum):
    """Why an assistant has nothing sent to a phone, whatever that phone itself may still get."""

    USED_UP = "used_up"  # too many of the assistant's codes came back to nobody
    CROWDED = "crowded"  # too many people have this phone already: the office should look


class DeskCodes:
    """Has codes and links sent for an assistant; what is sent and what is not is on record under the name `who`."""

    def __init__(self, codes: Codes, approvals: Approvals) -> None:
        self.codes = codes
        self.approvals = approvals

    def send(
        self, helped: Helped, phone: str, assistant: Assistant, who: str, *, facts: Facts, by_link: bool = False
    ) -> Standing | Stop:
        """A code to `phone` (E.164), or the link by which its owner agrees to these facts; call it in a transaction."""
        if not may_send(assistant):
            record(who, "desk.codes_used_up", helped.uid)
            return Stop.USED_UP
        if crowded(helped, phone, who):
            return Stop.CROWDED
        if by_link:
            standing = self.approvals.send(helped, phone, assistant, facts)
        else:
            standing = self.codes.send("register", helped.uid, phone, facts=facts, assistant=assistant.shop)
        if standing.sent:
            count(_key(assistant), clock.now() + timedelta(hours=1))
            record(who, "desk.link" if by_link else "desk.code", helped.uid)
        elif not by_link and standing.expires is None:
            record(who, "desk.phone_codes_used_up", helped.uid, "phone")
        return standing


def may_send(assistant: Assistant) -> bool:
    """Whether this assistant has codes left this hour."""
    return counted(_key(assistant)) < CODES_PER_HOUR


def crowded(helped: Helped, phone: str, who: str) -> bool:
    """Whether so many people have this phone already that the office should look; call it in a transaction."""
    crowd = people_with(phone, helped.uid) >= PEOPLE_PER_PHONE
    if crowd:
        record(who, "desk.phone_used_up", helped.uid, "phone")
    return crowd


def confirmed(assistant: Assistant) -> None:
    """A code came back right, so it was no waste; call it in a transaction."""
    with writing():
        if counted(_key(assistant)) > 0:
            count(_key(assistant), clock.now() + timedelta(hours=1), -1)


def people_with(phone: str, besides: str) -> int:
    """How many other people were registered lately, or are being registered, with this phone (E.164)."""
    since, same = clock.now() - PHONE_DAYS, keyring().indexes("phone", phone)
    sent = Registration.select(Registration.nik_index).where(
        Registration.phone_index.in_(same) & (Registration.submitted > since) & (Registration.draft != besides)
    )
    begun = Draft.select(Draft.nik_index).where(
        Draft.phone_index.in_(same)
        & (Draft.expires > clock.now())
        & (Draft.uid != besides)
        & Draft.nik_index.is_null(False)
    )
    own = Draft.select(Draft.nik_index).where(Draft.uid == besides).scalar()
    return len({bytes(row.nik_index) for row in (*sent, *begun)} - ({bytes(own)} if own else set()))


def _key(assistant: Assistant) -> str:
    return f"desk:codes:{assistant.uid}"

"""The worker's own word by link: a one-time address sent to the phone, where its owner agrees or objects."""

import secrets
from datetime import datetime, timedelta

from bpu import clock
from bpu.models import Assistant, Draft, Helped, keyring, writing
from bpu.services.access import proof
from bpu.services.access.codes import Codes, Standing
from bpu.services.access.proof import Facts
from bpu.services.messages.texts import Messages
from bpu.services.registration.drafts import SIGNS

LIFE = timedelta(minutes=30)
LENGTH = 10  # signs of 31 kinds: 49 bits


class Approvals:
    """Sends the link and finds whom it was for."""

    def __init__(self, messages: Messages, codes: Codes) -> None:
        self.messages = messages
        self.codes = codes

    def send(self, helped: Helped, phone: str, assistant: Assistant, facts: Facts) -> Standing:
        """Send a link to `phone` (E.164), by which its owner agrees to these facts; limited like a code."""
        with writing():
            standing, number = self.codes.spend("register", helped.uid, phone)
            if not number:
                return standing
            token = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
            now: datetime = clock.now()
            helped.approval_index, helped.approval_until = keyring().index("approval", token), now + LIFE
            helped.approval_facts = proof.bound(facts)
            helped.save()
            key = f"approve:{helped.uid}:{number}"
            self.messages.approve(phone, token, key=key, valid_until=now + LIFE, assistant=assistant.shop)
        return standing

    def find(self, token: str) -> tuple[Helped, Draft] | None:
        """Whom this link is for, while it holds and the assistant who had it sent may help."""
        same = Helped.approval_index.in_(keyring().indexes("approval", token))
        open_now = same & (Helped.approval_until > clock.now()) & Helped.withdrawn.is_null()
        helped = Helped.select(Helped, Assistant).join(Assistant).where(open_now & Assistant.paused.is_null()).first()
        draft = Draft.get_or_none((Draft.uid == helped.uid) & (Draft.expires > clock.now())) if helped else None
        return (helped, draft) if helped and draft else None

    def is_for(self, helped: Helped, facts: Facts) -> bool:
        """Whether the link was sent for just these facts."""
        return proof.holds(helped.approval_facts, facts)

    def use_up(self, helped: Helped) -> None:
        """The link answers nobody any more; call it in a transaction."""
        helped.approval_index = helped.approval_until = helped.approval_facts = None
        helped.save()

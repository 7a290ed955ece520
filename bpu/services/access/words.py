"""What phones write to the office's number: the first word says who answers. Nothing that was written is kept.

Most is answered on the page that asked for it, or not at all, because an answer costs money. Whoever writes something
that nobody understands is told once a day what can be written.
"""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum

from bpu import clock
from bpu.models import keyring, new_uid, writing
from bpu.rules.identity import phone as numbers
from bpu.services.access.tally import count, counted
from bpu.services.messages.texts import Messages

LONGEST = 480  # signs of a message that are looked at
HELPED_PER_DAY = 1  # answers to a phone that wrote something unknown
HELPED_PER_HOUR = 60  # the same to all phones together
log = logging.getLogger(__name__)

# What is done with the rest of a message from a phone (E.164); whether it was understood.
Answer = Callable[[str, str], bool]


class Heard(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    HELPED = "helped"  # not understood, and told what can be written
    IGNORED = "ignored"  # not understood, and told so before, or not from a mobile phone of this country


class Words:
    """Hears messages; `answers` says, by the first word in capitals, who does something about it."""

    def __init__(self, messages: Messages, answers: Mapping[str, Answer]) -> None:
        self.messages = messages
        self.answers = answers

    def hear(self, sender: str, text: str) -> Heard:
        """Hear one message."""
        checked = numbers.check(sender)
        if checked.value is None:
            return _told(Heard.IGNORED)  # an operator's own short number, or one from abroad
        words = text[:LONGEST].split(maxsplit=1)
        # "DAFTAR4821" is what comes of a space that was lost.
        lead = re.match(r"[A-Za-z]+", words[0]) if words else None
        word = lead[0].upper() if lead else ""
        answer = self.answers.get(word)
        if answer and lead and answer(checked.value, text[:LONGEST].strip()[lead.end() :]):
            return _told(Heard.TAKEN)
        return _told(self._help(checked.value))

    def _help(self, phone: str) -> Heard:
        mine, every = f"inbound:{keyring().index('phone', phone).hex()}", "inbound:all"
        with writing():
            if counted(mine) >= HELPED_PER_DAY or counted(every) >= HELPED_PER_HOUR:
                return Heard.IGNORED
            count(mine, clock.now() + timedelta(days=1))
            count(every, clock.now() + timedelta(hours=1))
            self.messages.what_to_write(phone, key=f"inbound:{new_uid()}")
        return Heard.HELPED


def _told(heard: Heard) -> Heard:
    log.info("inbound %s", heard)
    return heard

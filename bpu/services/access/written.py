"""The phone writes to us: a number shown on a page, sent from a phone, proves that phone, and costs the office nothing.

Only that phone's owner can send it, so a limit that others have used up does not stop it. A number is shown for one
purpose, one subject and the facts that it is to prove; of one phone, no two that hold are alike.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from bpu import clock
from bpu.models import Code, keyring, one_at_a_time, writing
from bpu.rules.identity.characters import ascii_digits
from bpu.services.access.codes import Codes
from bpu.settings import Settings

WORD = "DAFTAR"
LIFE = timedelta(hours=1)  # of a number, and of what was sent with it
FRESH = timedelta(minutes=20)  # with less left than this, another number is shown; the old one still counts
MANY = 1_000  # numbers open for one phone, beyond which they have six digits instead of four
PURPOSE = "written:"


@dataclass(frozen=True)
class Invitation:
    """What a person is asked to send, and to where; `link` opens the phone's messages with both filled in."""

    text: str
    to: str

    @property
    def link(self) -> str:
        """Both as an `sms:` address (RFC 5724)."""
        return f"sms:{self.to}?body={quote(self.text)}"


class Written:
    """Shows numbers, hears them from phones, and says what is proven by them."""

    def __init__(self, settings: Settings, codes: Codes) -> None:
        self.codes = codes
        self.to = settings.written_to

    def invite(self, purpose: str, subject: str, phone: str, facts: Mapping[str, Any]) -> Invitation | None:
        """What `phone` (E.164) is to send to prove itself; None where the office has no number to write to."""
        if not self.to:
            return None
        of = _subject(subject, facts)
        code = self._fresh(purpose, of, phone) or self._new(purpose, of, phone)
        return Invitation(f"{WORD} {code}", self.to)

    def hear(self, phone: str, said: str) -> bool:
        """Take what a phone sent after the word: whether it was a number shown for it lately. Twice does no more."""
        digits = "".join(sign for sign in ascii_digits(said) if sign in "0123456789")
        with writing():
            meant = next((row for row in _open(phone) if row.code == digits), None)
            if meant is not None and meant.used is None:
                Code.update(used=clock.now()).where(Code.uid == meant.uid).execute()
                subject = meant.subject.rpartition(":")[0]
                self.codes.answered(meant.purpose.removeprefix(PURPOSE), subject, phone)
        return meant is not None

    def proven(self, purpose: str, subject: str, phone: str, facts: Mapping[str, Any]) -> bool:
        """Whether the phone has sent the number that was shown for exactly this."""
        return any(row.used for row in self._mine(purpose, _subject(subject, facts), phone))

    def _fresh(self, purpose: str, subject: str, phone: str) -> str | None:
        rows = self._mine(purpose, subject, phone)
        return next((row.code for row in rows if row.expires > clock.now() + FRESH), None)

    def _new(self, purpose: str, subject: str, phone: str) -> str:
        now, index = clock.now(), keyring().index("phone", phone)
        with writing():
            one_at_a_time(index.hex())
            taken = {row.code for row in _open(phone)}
            digits = 4 if len(taken) < MANY else 6
            code = next(number for number in iter(lambda: _number(digits), "") if number not in taken)
            row = Code(purpose=PURPOSE + purpose, subject=subject, phone_index=index, created=now, expires=now + LIFE)
            row.code = code
            row.save(force_insert=True)
        return code

    def _mine(self, purpose: str, subject: str, phone: str) -> list[Code]:
        same = (Code.purpose == PURPOSE + purpose) & (Code.subject == subject)
        rows = Code.select().where(same & (Code.expires > clock.now()))
        return list(rows.where(Code.phone_index.in_(keyring().indexes("phone", phone))).order_by(Code.created.desc()))


def _open(phone: str) -> list[Code]:
    """Every number that holds for a phone."""
    rows = Code.select().where(Code.phone_index.in_(keyring().indexes("phone", phone)))
    return list(rows.where(Code.purpose.startswith(PURPOSE) & (Code.expires > clock.now())))


def _number(digits: int) -> str:
    """A number that looks like one: its first digit is not 0, which people leave out."""
    least = 10 ** (digits - 1)
    return str(least + secrets.randbelow(9 * least))


def _subject(subject: str, facts: Mapping[str, Any]) -> str:
    """Whom a number is for, and the facts as a keyed digest: another fact makes it another subject."""
    said = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str)
    return f"{subject}:{keyring().index('written', said).hex()}"

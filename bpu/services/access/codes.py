"""One-time codes: proof that a phone answers. Every count that costs money or guards a code stands in the database."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bpu import clock
from bpu.models import Code, Sending, keyring, one_at_a_time, writing
from bpu.services.access.tally import count, counted
from bpu.settings import Settings

if TYPE_CHECKING:
    from bpu.services.messages.texts import Messages

LIFE = timedelta(minutes=10)
REPEAT_WHILE = timedelta(
    minutes=3
)  # so much life left, and the same code is sent again: late and doubled SMS still work
WAITS = (60, 120, 300)  # seconds after the first, second and any further sending
PER_DAY, PER_WEEK, PER_SUBJECT = 5, 10, 8
TRIES_PER_CODE, TRIES_PER_DAY = 5, 10
STRAIN = 300  # codes an hour, all phones together, that nobody typed in


class Verdict(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"  # no code is open: none was asked for, it ran out, or it was used
    LOCKED = "locked"  # too many wrong tries for this code
    LOCKED_TODAY = "locked_today"  # too many wrong tries for this phone today; a new code does not help


@dataclass(frozen=True)
class Checked:
    """A verdict, and how many tries are left for this code."""

    verdict: Verdict
    left: int = 0


@dataclass(frozen=True)
class Asked:
    """The answer to "send a code": whether one went out now, when the next may be asked for, and until when it holds.

    `limited` says that no more codes go to this phone (or from this draft) before `next_at`.
    """

    sent: bool
    next_at: datetime
    expires: datetime | None
    limited: bool = False


class Codes:
    """Issues and checks codes for a purpose (`register`, `resume`, …) and a subject (a draft, an attempt)."""

    def __init__(self, settings: Settings, messages: "Messages") -> None:
        self.settings = settings
        self.messages = messages

    def send(self, purpose: str, subject: str, phone: str, *, assistant: str | None = None) -> Asked:
        """Queue a code for `phone` (E.164), unless a wait or a limit forbids it; counted where it is queued."""
        now = clock.now()
        with writing():
            one_at_a_time(keyring().index("phone", phone).hex())
            asked = self.state(purpose, subject, phone)
            if not asked.sent:
                return asked
            code = self._open(purpose, subject, phone)
            if code is None or code.expires - now < REPEAT_WHILE:
                code = Code(purpose=purpose, subject=subject, phone_index=keyring().index("phone", phone))
                code.code = f"{secrets.randbelow(1_000_000):06d}"
                code.created, code.expires = now, now + LIFE
                code.save(force_insert=True)
            sending = Sending.create(phone_index=code.phone_index, subject=subject, at=now)
            self.messages.otp(
                phone, code.code, key=f"otp:{code.uid}:{sending.id}", valid_until=code.expires, assistant=assistant
            )
            times = self._sent(subject, phone)
        return Asked(True, now + timedelta(seconds=WAITS[min(len(times), len(WAITS)) - 1]), code.expires)

    def state(self, purpose: str, subject: str, phone: str) -> Asked:
        """What asking for a code now would be answered with; changes nothing."""
        now = clock.now()
        code = self._open(purpose, subject, phone)
        expires = code.expires if code else None
        everywhere = [row.at for row in self._sendings(phone)]
        day = [at for at in everywhere if at > now - timedelta(days=1)]
        if len(everywhere) >= PER_WEEK:
            return Asked(False, min(everywhere) + timedelta(days=7), expires, limited=True)
        if len(day) >= PER_DAY:
            return Asked(False, min(day) + timedelta(days=1), expires, limited=True)
        everything = self._sent(subject)
        if len(everything) >= PER_SUBJECT:
            return Asked(False, min(everything) + timedelta(days=1), expires, limited=True)
        # Who corrects a mistyped number does not wait for the code that went to the wrong one.
        if times := self._sent(subject, phone):
            next_at = max(times) + timedelta(seconds=WAITS[min(len(times), len(WAITS)) - 1])
            if next_at > now:
                return Asked(False, next_at, expires)
        return Asked(True, now, expires)

    def strained(self, phone: str) -> bool:
        """Whether the limits are nearly used up, for this phone or for all together: then a captcha is worth its while.

        Codes that were typed in do not count: whoever floods phones never enters one.
        """
        if len([row for row in self._sendings(phone) if row.at > clock.now() - timedelta(days=1)]) >= PER_DAY - 2:
            return True
        hour = clock.now() - timedelta(hours=1)
        sent = Sending.select().where(Sending.at > hour).count()
        return bool(sent - Code.select().where(Code.used > hour).count() >= STRAIN)

    def check(self, purpose: str, subject: str, phone: str, typed: str) -> Checked:
        """Compare a typed code. The try is counted before comparing; a right code is used up."""
        with writing():
            one_at_a_time(keyring().index("phone", phone).hex())
            codes = self._all_open(purpose, subject, phone)
            if self._tries_today(phone) >= TRIES_PER_DAY:
                return Checked(Verdict.LOCKED_TODAY)
            if not codes:
                return Checked(Verdict.EXPIRED)
            codes = [code for code in codes if code.tries < TRIES_PER_CODE]
            if not codes:
                return Checked(Verdict.LOCKED)
            right = False
            for code in codes:
                code.tries += 1
                right |= hmac.compare_digest(code.code.encode(), typed.encode())
            for code in codes:
                code.used = clock.now() if right else None
                code.save()
            if right:
                return Checked(Verdict.RIGHT)
            count(self._day_keys(phone)[0], clock.now() + timedelta(days=1))
            if (today := TRIES_PER_DAY - self._tries_today(phone)) <= 0:
                return Checked(Verdict.LOCKED_TODAY)
            left = min(TRIES_PER_CODE - codes[0].tries, today)
            return Checked(Verdict.WRONG if left > 0 else Verdict.LOCKED, max(left, 0))

    def _all_open(self, purpose: str, subject: str, phone: str) -> list[Code]:
        """The codes that still hold, newest first: an older one counts as well, since messages overtake each other."""
        mine = (Code.purpose == purpose) & (Code.subject == subject)
        of_phone = Code.phone_index.in_(keyring().indexes("phone", phone))
        holds = Code.used.is_null() & (Code.expires > clock.now())
        return list(Code.select().where(mine & of_phone & holds).order_by(Code.created.desc()))

    def _open(self, purpose: str, subject: str, phone: str) -> Code | None:
        """The newest code that can still be answered: one that is locked must not be sent again."""
        codes = self._all_open(purpose, subject, phone)
        return next((code for code in codes if code.tries < TRIES_PER_CODE), None)

    def _sendings(self, phone: str) -> list[Sending]:
        since = clock.now() - timedelta(days=7)
        of_phone = Sending.phone_index.in_(keyring().indexes("phone", phone))
        return list(Sending.select().where(of_phone & (Sending.at > since)))

    def _sent(self, subject: str, phone: str | None = None) -> list[datetime]:
        """When codes went out for a subject in the last day, to one phone or to any."""
        rows = Sending.select().where((Sending.subject == subject) & (Sending.at > clock.now() - timedelta(days=1)))
        if phone is not None:
            rows = rows.where(Sending.phone_index.in_(keyring().indexes("phone", phone)))
        return [row.at for row in rows]

    def _day_keys(self, phone: str) -> list[str]:
        """Where the wrong tries of a phone are counted, newest data key first: a rotation must not forget them."""
        return [f"tries:{index.hex()}" for index in keyring().indexes("phone", phone)]

    def _tries_today(self, phone: str) -> int:
        return sum(map(counted, self._day_keys(phone)))

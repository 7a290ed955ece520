"""One-time codes: proof that a phone answers. Every count that costs money or guards a code stands in the database.

Nothing else writes a code, or that one went out: whoever sends something of the kind asks here, within these limits.
"""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bpu import clock
from bpu.models import Code, Sending, keyring, one_at_a_time, writing
from bpu.services.access import budget, proof
from bpu.services.access.budget import Asker, Level
from bpu.services.access.proof import Facts
from bpu.services.access.tally import count, counted
from bpu.settings import Settings

if TYPE_CHECKING:
    from bpu.services.messages.texts import Messages

LIFE = timedelta(minutes=10)
REPEAT_WHILE = timedelta(
    minutes=3
)  # so much life left, and the same code is sent again: late and doubled SMS still work
WAITS = (60, 120, 300)  # seconds after the first, second and any further sending
# Codes that nobody typed in, from the asker to the target: a draft's, those that one address has sent to one phone, all
# to a phone in a day and in a week. What was typed in counts nowhere, so that a family shares a phone.
PER_SUBJECT, PER_PAIR, PER_DAY, PER_WEEK = 8, 3, 5, 10
TRIES_PER_CODE, TRIES_PER_DAY = (
    5,
    10,
)  # a day: for one draft or attempt, so that a stranger's wrong ones lock nobody out
SIGN_INS_PER_DAY = 10
APART = {"desk": SIGN_INS_PER_DAY}  # for phones that the office invited: counted by themselves, a day's worth at once

# Whoever asks for a phone that is kept here, or is signed in: no stranger could.
KNOWN_HERE = Asker(known=True, human=True)


class Verdict(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    CHANGED = "changed"  # a code is open, but what it was sent for has changed since
    EXPIRED = "expired"  # no code is open: none was asked for, it ran out, or it was used
    LOCKED = "locked"  # too many wrong tries for this code
    LOCKED_TODAY = "locked_today"  # too many wrong tries here today; a new code does not help


@dataclass(frozen=True)
class Tried:
    """A verdict, and how many tries are left for this code."""

    verdict: Verdict
    left: int = 0


@dataclass(frozen=True)
class Standing:
    """How a phone stands: whether a code went out (or may go) now, when the next may be asked for, until when it holds.

    `limited` says that no more codes go to this phone (or from this draft) before `next_at`; `picture` that the next
    one costs a picture.
    """

    sent: bool
    next_at: datetime
    expires: datetime | None
    limited: bool = False
    picture: bool = False


class Codes:
    """Issues and checks codes for a purpose (`register`, `resume`, `desk` …) and a subject (a draft, an attempt)."""

    def __init__(self, settings: Settings, messages: "Messages") -> None:
        self.settings = settings
        self.messages = messages

    def send(
        self,
        purpose: str,
        subject: str,
        phone: str,
        *,
        facts: Facts | None = None,
        assistant: str | None = None,
        asker: Asker = KNOWN_HERE,
    ) -> Standing:
        """Queue a code for `phone` (E.164), unless a wait or a limit forbids it; counted where it is queued.

        It is good only while the `facts` that it is sent for stay as they are.
        """
        now = clock.now()
        with writing():
            one_at_a_time(keyring().index("phone", phone).hex())
            standing, number = self._counted(purpose, subject, phone, facts, asker)
            if not number:
                return standing
            code = self._open(purpose, subject, phone, facts)
            if code is None or code.expires - now < REPEAT_WHILE:
                code = Code(purpose=purpose, subject=subject, phone_index=keyring().index("phone", phone))
                code.code = f"{secrets.randbelow(1_000_000):06d}"
                code.created, code.expires = now, now + LIFE
                code.facts = None if facts is None else proof.bound(facts)
                code.save(force_insert=True)
            key = f"otp:{code.uid}:{number}"
            self.messages.otp(phone, code.code, key=key, valid_until=code.expires, assistant=assistant)
            return replace(standing, expires=code.expires)

    def spend(self, purpose: str, subject: str, phone: str) -> tuple[Standing, int]:
        """Count something that goes to `phone` in a code's stead, such as a link; its number, 0 when it may not go.

        Call it in the transaction that sends it.
        """
        with writing():
            one_at_a_time(keyring().index("phone", phone).hex())
            return self._counted(purpose, subject, phone, None, KNOWN_HERE)

    def answered(self, purpose: str, subject: str, phone: str) -> None:
        """What was sent has found its person, so it was no waste; call it in the transaction that takes the answer."""
        of_phone = Sending.phone_index.in_(keyring().indexes("phone", phone))
        same = (Sending.purpose == purpose) & (Sending.subject == subject) & Sending.answered.is_null()
        Sending.update(answered=clock.now()).where(of_phone & same).execute()

    def _counted(
        self, purpose: str, subject: str, phone: str, facts: Facts | None, asker: Asker
    ) -> tuple[Standing, int]:
        budget.queue_up()
        standing = self.state(purpose, subject, phone, facts, asker)
        if not standing.sent or standing.picture:
            return replace(standing, sent=False), 0
        now = clock.now()
        index = keyring().index("phone", phone)
        row = {"phone_index": index, "subject": subject, "purpose": purpose, "at": now, "address": asker.address}
        sending = Sending.create(**row, block=budget.block_of(phone))
        budget.tell(self.settings, phone, asker)
        times = len(self._sent(subject, phone))
        wait = 0 if purpose in APART else WAITS[min(times, len(WAITS)) - 1]
        return replace(standing, next_at=now + timedelta(seconds=wait)), sending.id

    def state(
        self, purpose: str, subject: str, phone: str, facts: Facts | None = None, asker: Asker = KNOWN_HERE
    ) -> Standing:
        """What asking for a code now would be answered with; changes nothing."""
        now = clock.now()
        code = self._open(purpose, subject, phone, facts)
        expires = code.expires if code else None
        day, everywhere = now - timedelta(days=1), self._unanswered(phone, purpose)
        to_phone = [row.at for row in everywhere if row.at > day]
        by_pair = [row.at for row in everywhere if row.at > day and asker.address and row.address == asker.address]
        by_asker = [at for at, answered in self._sent(subject) if not answered]
        for used, most, again in (
            (by_asker, PER_SUBJECT, timedelta(days=1)),
            (by_pair, PER_PAIR, timedelta(days=1)),
            (to_phone, APART.get(purpose, PER_DAY), timedelta(days=1)),
            ([row.at for row in everywhere], APART.get(purpose, 1) * PER_WEEK, timedelta(days=7)),
        ):
            if len(used) >= most:
                return Standing(False, min(used) + again, expires, limited=True)
        # Who corrects a mistyped number does not wait for the code that went to the wrong one.
        times = [] if purpose in APART else [at for at, _ in self._sent(subject, phone)]
        if times:
            next_at = max(times) + timedelta(seconds=WAITS[min(len(times), len(WAITS)) - 1])
            if next_at > now:
                return Standing(False, next_at, expires)
        level = budget.level(self.settings, phone, asker)
        if level is Level.CLOSED:
            return Standing(False, now + timedelta(hours=1), expires, limited=True)
        return Standing(True, now, expires, picture=level is Level.PICTURE and not asker.human)

    def strained(self, phone: str, asker: Asker) -> bool:
        """Whether limits are nearly used up, for this phone or a budget: then a captcha is worth its while."""
        day = clock.now() - timedelta(days=1)
        if len([row for row in self._unanswered(phone, "") if row.at > day]) >= PER_DAY - 2:
            return True
        return budget.level(self.settings, phone, asker) is not Level.OPEN

    def check(self, purpose: str, subject: str, phone: str, typed: str, *, facts: Facts | None = None) -> Tried:
        """Compare a typed code with those sent for these facts. Counted before comparing; a right code is used up."""
        with writing():
            one_at_a_time(keyring().index("phone", phone).hex())
            every = self._all_open(purpose, subject, phone)
            codes = _for(every, facts)
            if self._tries_today(subject, phone) >= TRIES_PER_DAY:
                return Tried(Verdict.LOCKED_TODAY)
            if not codes:
                return Tried(Verdict.CHANGED if every else Verdict.EXPIRED)
            codes = [code for code in codes if code.tries < TRIES_PER_CODE]
            if not codes:
                return Tried(Verdict.LOCKED)
            right = False
            for code in codes:
                code.tries += 1
                right |= hmac.compare_digest(code.code.encode(), typed.encode())
            for code in codes:
                code.used = clock.now() if right else None
                code.save()
            if right:
                self.answered(purpose, subject, phone)
                return Tried(Verdict.RIGHT)
            count(self._day_keys(subject, phone)[0], clock.now() + timedelta(days=1))
            if (today := TRIES_PER_DAY - self._tries_today(subject, phone)) <= 0:
                return Tried(Verdict.LOCKED_TODAY)
            left = min(TRIES_PER_CODE - codes[0].tries, today)
            return Tried(Verdict.WRONG if left > 0 else Verdict.LOCKED, max(left, 0))

    def _all_open(self, purpose: str, subject: str, phone: str) -> list[Code]:
        """The codes that still hold, newest first: an older one counts as well, since messages overtake each other."""
        mine = (Code.purpose == purpose) & (Code.subject == subject)
        of_phone = Code.phone_index.in_(keyring().indexes("phone", phone))
        holds = Code.used.is_null() & (Code.expires > clock.now())
        return list(Code.select().where(mine & of_phone & holds).order_by(Code.created.desc()))

    def _open(self, purpose: str, subject: str, phone: str, facts: Facts | None) -> Code | None:
        """The newest code that can still be answered: one that is locked must not be sent again."""
        codes = _for(self._all_open(purpose, subject, phone), facts)
        return next((code for code in codes if code.tries < TRIES_PER_CODE), None)

    def _unanswered(self, phone: str, purpose: str) -> list[Sending]:
        """What went to a phone in the last week and was not answered, of what is counted together with this purpose."""
        since = clock.now() - timedelta(days=7)
        of_phone = Sending.phone_index.in_(keyring().indexes("phone", phone)) & Sending.answered.is_null()
        kin = Sending.purpose == purpose if purpose in APART else Sending.purpose.not_in(list(APART))
        return list(Sending.select(Sending.at, Sending.address).where(of_phone & kin & (Sending.at > since)))

    def _sent(self, subject: str, phone: str | None = None) -> list[tuple[datetime, bool]]:
        """When codes went out for a subject in the last day, to one phone or to any, and whether they were answered."""
        rows = Sending.select().where((Sending.subject == subject) & (Sending.at > clock.now() - timedelta(days=1)))
        if phone is not None:
            rows = rows.where(Sending.phone_index.in_(keyring().indexes("phone", phone)))
        return [(row.at, row.answered is not None) for row in rows]

    def _day_keys(self, subject: str, phone: str) -> list[str]:
        """Where the wrong tries for a phone are counted, newest data key first: a rotation must not forget them."""
        return [f"tries:{subject}:{index.hex()}" for index in keyring().indexes("phone", phone)]

    def _tries_today(self, subject: str, phone: str) -> int:
        return sum(map(counted, self._day_keys(subject, phone)))


def _for(codes: list[Code], facts: Facts | None) -> list[Code]:
    """The codes that were sent for these facts."""
    if facts is None:
        return [code for code in codes if code.facts is None]
    return [code for code in codes if proof.holds(code.facts, facts)]

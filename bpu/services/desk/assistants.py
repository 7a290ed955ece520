"""Who may help: invited by the office, signed in with a code to the phone and a PIN, paused at any time."""

import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import scrypt

from bpu import clock
from bpu.models import Assistant, Attempt, Code, Machine, SignIn, Token, keyring, writing
from bpu.secrecy import token_hash
from bpu.services.access.codes import LIFE, Codes, Verdict
from bpu.services.access.tally import count, counted
from bpu.services.audit import actor, record
from bpu.services.messages.texts import Messages

ATTEMPT = timedelta(minutes=15)
AT_MOST = timedelta(hours=12)  # a sign-in ends then, whatever happens
REMEMBERED = timedelta(days=1)
IDLE = timedelta(minutes=3)
ROTATING = timedelta(seconds=20)
CODES_PER_DAY = 30  # sign-in codes to one assistant
PIN_TRIES = 5  # an hour
PIN_DIGITS = 6
PROVED = "proved"  # the attempt has shown the code; what is left is the PIN
DEMO_PHONE, DEMO_PIN, DEMO_SHOP = "+6286800000001", "123456", "WARNET MELATI"


class Unwelcome(Exception):
    """A sign-in that does not fit; says nothing of what was wrong with it."""


class Invalid(ValueError):
    """An invitation that cannot be given, with the reason."""


@dataclass(frozen=True)
class Entered:
    """A sign-in that began: its row, the cookie's token, and the one that this machine is remembered by, if wanted."""

    sign_in: SignIn
    token: str
    machine_token: str | None = None


class Assistants:
    """Invites assistants and lets them in."""

    def __init__(self, messages: Messages, codes: Codes) -> None:
        self.messages = messages
        self.codes = codes

    def invite(
        self, phone: str, name: str, shop: str, regency: str, *, fee: int = 0, fee_most: int = 0, pin: str = ""
    ) -> tuple[Assistant, str]:
        """A new assistant and the PIN to be told in person; `phone` is E.164, fees are whole rupiah."""
        if fee > fee_most:
            raise Invalid("the usual fee is above the highest one")
        pin = pin or f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
        if not (len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()):
            raise Invalid(f"a PIN has {PIN_DIGITS} digits")
        with writing():
            if self.find(phone):
                raise Invalid("this phone is an assistant's already")
            one = Assistant(shop=shop.strip(), regency=regency, fee=fee, fee_most=fee_most, created=clock.now())
            one.phone_index = keyring().index("assistant", phone)
            one.phone, one.name, one.pin = phone, name.strip(), hashed(pin)
            one.save(force_insert=True)
            record("office", "assistant.invite", one.uid)
        return one, pin

    def find(self, phone: str) -> Assistant | None:
        """The assistant with this phone (E.164), paused or not."""
        return Assistant.get_or_none(Assistant.phone_index.in_(keyring().indexes("assistant", phone)))

    def demo(self) -> None:
        """The assistant that a sandbox has from the start, so that the desk can be tried."""
        if self.find(DEMO_PHONE) is None:
            with writing():
                if self.find(DEMO_PHONE) is None:
                    self.invite(DEMO_PHONE, "Rini Contoh", DEMO_SHOP, "3201", fee=5_000, fee_most=15_000, pin=DEMO_PIN)

    def pause(self, assistant: Assistant, paused: bool = True) -> None:
        """Shut an assistant out at once and everywhere, or let them come back."""
        with writing():
            assistant.paused = clock.now() if paused else None
            assistant.save()
            if paused:
                self.sign_out_everywhere(assistant)
            record("office", "assistant.pause" if paused else "assistant.resume", assistant.uid)

    def change_pin(self, assistant: Assistant, pin: str) -> None:
        """Another PIN."""
        with writing():
            assistant.pin = hashed(pin)
            assistant.save()
            record(actor(assistant), "assistant.pin", assistant.uid, "pin")

    def ask_code(self, phone: str) -> Attempt:
        """Send a code to sign in with, if the phone is an assistant's; nobody can tell from the answer."""
        now = clock.now()
        with writing():
            attempt = Attempt(created=now, expires=now + ATTEMPT)
            attempt.phone = phone
            attempt.save(force_insert=True)
            assistant = self.find(phone)
            if assistant is None or assistant.paused:
                record("stranger", "desk.unknown", attempt.uid)
            elif count(f"desk:in:{assistant.uid}", now + timedelta(days=1)) > CODES_PER_DAY:
                record(actor(assistant), "desk.codes_used_up", attempt.uid)
            else:
                code = Code(purpose="desk", subject=attempt.uid, phone_index=keyring().index("phone", phone))
                code.code = f"{secrets.randbelow(1_000_000):06d}"
                code.created, code.expires = now, now + LIFE
                code.save(force_insert=True)
                self.messages.otp(phone, code.code, key=f"otp:{code.uid}:in", valid_until=code.expires)
        return attempt

    def enter(self, attempt_uid: str, code: str, pin: str, *, remember: bool = False) -> Entered:
        """Sign in with the code from the phone and the PIN; raises `Unwelcome`.

        The PIN is looked at only once the code was right, so that nobody without the phone can use up its tries.
        """
        with writing():
            attempt = Attempt.get_or_none((Attempt.uid == attempt_uid) & (Attempt.expires > clock.now()))
            assistant = self.find(attempt.phone) if attempt and attempt.phone else None
            if attempt and assistant and not assistant.paused:
                fits = self._proved(attempt, assistant, code) and self.pin_fits(assistant, pin)
                if fits:
                    attempt.delete_instance()
                    return self._begin(assistant, remember=remember)
        raise Unwelcome

    def _proved(self, attempt: Attempt, assistant: Assistant, code: str) -> bool:
        """Whether the phone has been proven for this attempt, now or with an earlier PIN."""
        if attempt.draft == PROVED:
            return True
        if self.codes.check("desk", attempt.uid, attempt.phone, code).verdict is not Verdict.RIGHT:
            record(actor(assistant), "desk.wrong_code", attempt.uid)
            return False
        attempt.draft = PROVED
        attempt.save()
        return True

    def enter_by_machine(self, machine_token: str, pin: str) -> Entered:
        """Sign in at a remembered computer with the PIN alone; raises `Unwelcome`."""
        entered = None
        with writing():
            machine = self.machine(machine_token)
            if machine and not machine.assistant.paused and self.pin_fits(machine.assistant, pin):
                entered = self._begin(machine.assistant, remember=False)
        if entered is None:
            raise Unwelcome
        return entered

    def machine(self, machine_token: str) -> Machine | None:
        """The remembered computer of this token."""
        mark = token_hash(machine_token)
        return Machine.get_or_none((Machine.token_hash == mark) & (Machine.expires > clock.now()))

    def pin_fits(self, assistant: Assistant, pin: str) -> bool:
        """Whether this is the PIN; wrong ones are counted before, five an hour, and every one is on record."""
        key = f"desk:pin:{assistant.uid}"
        with writing():
            if counted(key) >= PIN_TRIES:
                record(actor(assistant), "desk.pin_used_up", assistant.uid)
                return False
            right = hmac.compare_digest(hashed(pin, bytes(assistant.pin)[:16]), bytes(assistant.pin))
            if not right:
                count(key, clock.now() + timedelta(hours=1))
                record(actor(assistant), "desk.wrong_pin", assistant.uid)
        return right

    def sign_out_everywhere(self, assistant: Assistant) -> None:
        """End every sign-in and forget every computer of an assistant; call it in a transaction."""
        SignIn.delete().where(SignIn.assistant == assistant).execute()
        Machine.delete().where(Machine.assistant == assistant).execute()
        record(actor(assistant), "desk.sign_out_everywhere", assistant.uid)

    def _begin(self, assistant: Assistant, *, remember: bool) -> Entered:
        now, token = clock.now(), secrets.token_urlsafe(16)
        sign_in = SignIn(assistant=assistant, created=now, seen=now, expires=now + AT_MOST)
        sign_in.save(force_insert=True)
        Token.create(token_hash=token_hash(token), sign_in=sign_in)
        machine_token = secrets.token_urlsafe(16) if remember else None
        if machine_token:
            row = Machine(assistant=assistant, token_hash=token_hash(machine_token), expires=now + REMEMBERED)
            row.save(force_insert=True)
        record(actor(assistant, sign_in), "desk.sign_in", assistant.uid)
        return Entered(sign_in, token, machine_token)


def signed_in(token: str) -> SignIn | None:
    """The sign-in that a cookie's token belongs to, unless it ended or its assistant is paused."""
    now = clock.now()
    rows = SignIn.select(SignIn, Assistant).join(Assistant).switch(SignIn).join(Token)
    holds = (Token.token_hash == token_hash(token)) & (Token.replaced.is_null() | (Token.replaced > now - ROTATING))
    return rows.where(holds & (SignIn.expires > now) & Assistant.paused.is_null()).first()


def rotated(sign_in: SignIn, token: str) -> str | None:
    """Another token instead of this one, which ends in seconds; call it in a transaction.

    None if it was replaced already: the browser is about to hear of the next one in another tab.
    """
    mine = Token.token_hash == token_hash(token)
    if not Token.update(replaced=clock.now()).where(mine & Token.replaced.is_null()).execute():
        return None
    Token.delete().where((Token.sign_in == sign_in) & (Token.replaced < clock.now() - ROTATING)).execute()
    fresh = secrets.token_urlsafe(16)
    Token.create(token_hash=token_hash(fresh), sign_in=sign_in)
    return fresh


def hidden(sign_in: SignIn, now: datetime) -> bool:
    """Whether the screen shows nothing: it was locked, or nobody touched it for three minutes."""
    return sign_in.locked is not None or sign_in.seen < now - IDLE


def hashed(pin: str, salt: bytes = b"") -> bytes:
    """What is kept of a PIN: 16 bytes of salt and scrypt (16 MB, about 40 ms)."""
    salt = salt or os.urandom(16)
    return salt + scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)

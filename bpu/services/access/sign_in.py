"""Signing in, alike at every door: a phone that is proven, a PIN with few tries, cookies that change."""

import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import scrypt

from bpu import clock
from bpu.models import Assistant, Attempt, Machine, SignIn, Token, writing
from bpu.rules.identity.characters import digits_of
from bpu.secrecy import token_hash
from bpu.services.access.codes import Codes, Verdict
from bpu.services.access.tally import count, counted
from bpu.services.audit import actor, record

ATTEMPT = timedelta(minutes=15)
AT_MOST = timedelta(hours=12)  # a sign-in ends then, whatever happens
REMEMBERED = timedelta(days=1)
ROTATING = timedelta(seconds=20)
PIN_TRIES = 5  # an hour
PIN_DIGITS = 6


class Unwelcome(Exception):
    """A sign-in that does not fit; says nothing of what was wrong with it."""


@dataclass(frozen=True)
class Entered:
    """A sign-in that began: its row, the cookie's token, and the one that this machine is remembered by, if wanted."""

    sign_in: SignIn
    token: str
    machine_token: str | None = None


def attempt(phone: str | None, draft: str | None = None) -> Attempt:
    """Somebody at a door, with the phone (E.164) that they say they have; call it in a transaction."""
    now = clock.now()
    one = Attempt(draft=draft, created=now, expires=now + ATTEMPT)
    one.phone = phone
    one.save(force_insert=True)
    return one


def attempted(uid: str) -> Attempt | None:
    """The attempt of this name, while it lasts."""
    found: Attempt | None = Attempt.get_or_none((Attempt.uid == uid) & (Attempt.expires > clock.now()))
    return found


def proved(codes: Codes, door: str, one: Attempt, code: str) -> bool:
    """Whether the phone of an attempt is proven, by this code or by an earlier one; call it in a transaction."""
    if one.proved is None and codes.check(door, one.uid, one.phone, code).verdict is Verdict.RIGHT:
        one.proved = clock.now()
        one.save()
    return one.proved is not None


def pin_fits(door: str, who: Assistant, pin: str, place: str) -> bool:
    """Whether this is the PIN; wrong ones are counted before, five an hour, and every one is on record.

    Counted for each `place` (a sign-in, a remembered computer, an attempt) where it can be typed at all, so that wrong
    ones at a screen left open shut nobody out elsewhere.
    """
    key = f"{door}:pin:{who.uid}:{place}"
    with writing():
        if counted(key) >= PIN_TRIES:
            record(actor(who), f"{door}.pin_used_up", who.uid)
            return False
        right = hmac.compare_digest(hashed(pin, bytes(who.pin)[:16]), bytes(who.pin))
        if not right:
            count(key, clock.now() + timedelta(hours=1))
            record(actor(who), f"{door}.wrong_pin", who.uid)
    return right


def new_pin() -> str:
    """A PIN by chance."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def is_pin(text: str) -> bool:
    """Whether a text can be a PIN."""
    return digits_of(text, PIN_DIGITS) == text


def hashed(pin: str, salt: bytes = b"") -> bytes:
    """What is kept of a PIN: 16 bytes of salt and scrypt (16 MB, about 40 ms)."""
    salt = salt or os.urandom(16)
    return salt + scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def begin(assistant: Assistant, *, remember: bool = False) -> Entered:
    """A sign-in, with its first token; `remember` also remembers the computer for a day. Call it in a transaction."""
    now, token = clock.now(), secrets.token_urlsafe(16)
    sign_in = SignIn(assistant=assistant, created=now, seen=now, expires=now + AT_MOST)
    sign_in.save(force_insert=True)
    Token.create(token_hash=token_hash(token), sign_in=sign_in)
    machine_token = secrets.token_urlsafe(16) if remember else None
    if machine_token:
        row = Machine(assistant=assistant, token_hash=token_hash(machine_token), expires=now + REMEMBERED)
        row.save(force_insert=True)
    return Entered(sign_in, token, machine_token)


def machine(machine_token: str) -> Machine | None:
    """The remembered computer of this token."""
    mark = token_hash(machine_token)
    found: Machine | None = Machine.get_or_none((Machine.token_hash == mark) & (Machine.expires > clock.now()))
    return found


def end_all(assistant: Assistant, besides: SignIn | None = None) -> None:
    """End every sign-in, `besides` this one, and forget every computer of somebody; call it in a transaction."""
    kept = besides.uid if besides else ""
    SignIn.delete().where((SignIn.assistant == assistant) & (SignIn.uid != kept)).execute()
    Machine.delete().where(Machine.assistant == assistant).execute()


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

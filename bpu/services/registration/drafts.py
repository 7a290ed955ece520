"""Drafts as a whole: begun, found again by their continue code, thrown away in time."""

import secrets
from datetime import timedelta

from bpu import clock
from bpu.models import (
    Attempt,
    Captcha,
    Consent,
    Draft,
    Registration,
    keyring,
)
from bpu.services.access.tally import count

BEFORE_PROOF = timedelta(hours=24)  # a draft whose phone is not proven yet
VISIT = timedelta(days=30)
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, 40 bits in eight; of 1, I and L only L
LENGTH = 8
_READ_AS = str.maketrans("1I", "LL")
CHUNK = 500
NAMES = timedelta(hours=48)  # so long a name that was used is remembered


def begin(uid: str) -> Draft:
    """A draft with nothing in it, and its continue code; call it in a transaction."""
    now = clock.now()
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    draft = Draft(uid=uid, created=now, seen=now, expires=now + BEFORE_PROOF)
    draft.answers, draft.typed, draft.resume = {}, {}, code
    draft.resume_index = keyring().index("resume", code)
    draft.save(force_insert=True)
    return draft


def unused(uid: str) -> bool:
    """Whether a name was never a draft's, and from now on it is taken; call it in a transaction.

    Remembered for longer than a first page can be sent, so that a name is not used again after its draft was forgotten.
    """
    return count(f"name:{uid}", clock.now() + NAMES) == 1 and not Draft.select().where(Draft.uid == uid).exists()


def blank(uid: str) -> Draft:
    """A draft that is not written down: what the first page is shown with."""
    draft = Draft(uid=uid)
    draft.answers, draft.typed = {}, {}
    return draft


def spelled(typed: str) -> str:
    """A continue code as it is kept, however it was typed."""
    return "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_READ_AS)


def resumable(typed: str) -> Draft | None:
    """The draft with this continue code, however it was typed."""
    code = spelled(typed)
    same = Draft.resume_index.in_(keyring().indexes("resume", code))
    draft: Draft | None = Draft.select().where(same & (Draft.expires > clock.now())).first()
    return draft


def of_phone(phone: str) -> list[Draft]:
    """The drafts that this phone (E.164) stands in."""
    same = Draft.phone_index.in_(keyring().indexes("phone", phone))
    return list(Draft.select().where(same & (Draft.expires > clock.now())).order_by(Draft.seen.desc()))


def end_attempts(uid: str) -> None:
    """Whoever is on the way to a draft by its continue code begins anew; call it in a transaction."""
    Attempt.delete().where(Attempt.draft == uid).execute()


def was_sent(uid: str) -> bool:
    """Whether a draft has become a registration."""
    return bool(Registration.select().where(Registration.draft == uid).exists())


def discard(draft: Draft) -> None:
    """Forget a draft that was not sent, and what was agreed to on it; call it in a transaction."""
    Captcha.delete().where(Captcha.draft == draft.uid).execute()
    Consent.delete().where(Consent.draft == draft.uid).execute()
    draft.delete_instance()

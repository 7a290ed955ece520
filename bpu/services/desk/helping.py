"""Helping: whom an assistant helps, who may be shown now, and how many people one assistant may begin."""

from datetime import timedelta

from bpu import clock
from bpu.models import (
    Assistant,
    Bill,
    Draft,
    Helped,
    Registration,
    Share,
    new_uid,
)
from bpu.services.access.tally import count
from bpu.services.audit import actor, record
from bpu.services.registration import drafts

SHOWN_WHILE = timedelta(minutes=15)  # a person's pages close by themselves when nothing is done on them
FINISHED = timedelta(hours=24)  # so long a finished person is visible, then only counted
PEOPLE_PER_DAY = 40  # more is looked at by the office, not refused


def begin(assistant: Assistant, *, opened: bool = True) -> Draft:
    """A new person in this assistant's queue; call it in a transaction."""
    draft = drafts.begin(new_uid())
    now = clock.now()
    Helped.create(uid=draft.uid, assistant=assistant, began=now, touched=now, opened=now if opened else None)
    if count(f"desk:people:{assistant.uid}", now + timedelta(days=1)) == PEOPLE_PER_DAY + 1:
        record(actor(assistant), "desk.many_people", assistant.uid)
    return draft


def mine(assistant: Assistant, uid: str) -> Helped | None:
    """The person of this name, if this assistant helps them."""
    same = (Helped.uid == uid) & (Helped.assistant == assistant) & Helped.withdrawn.is_null()
    return Helped.get_or_none(same)


def is_open(helped: Helped) -> bool:
    """Whether pages of this person may be shown now."""
    return helped.opened is not None and helped.touched > clock.now() - SHOWN_WHILE


def open_again(helped: Helped) -> None:
    """Show this person again; call it in a transaction."""
    now = clock.now()
    if not is_open(helped):
        helped.closed = now
    helped.opened = helped.touched = now
    helped.save()


def close(helped: Helped) -> None:
    """Show nothing of this person any more; call it in a transaction."""
    helped.opened, helped.closed = None, clock.now()
    helped.save()


def touch(helped: Helped) -> None:
    """Something was done for this person now; call it in a transaction."""
    helped.touched = clock.now()
    Helped.update(touched=helped.touched).where(Helped.uid == helped.uid).execute()


def withdraw(uid: str, why: str) -> None:
    """The person takes over, or objects: whoever helped sees nothing of them from now on. Call it in a transaction."""
    helped = Helped.get_or_none((Helped.uid == uid) & Helped.withdrawn.is_null())
    if helped:
        helped.withdrawn, helped.opened = clock.now(), None
        helped.approval_index = helped.approval_until = helped.approval_facts = None
        helped.save()
        record("worker", why, uid, f"assistant:{helped.assistant_id}")


def helped_with(assistant: Assistant, bill: Bill) -> list[tuple[Helped, Registration, int]] | None:
    """Everybody on a bill with their share, if all of them are this assistant's."""
    shares = list(Share.select(Share, Registration).join(Registration).where(Share.bill == bill))
    found = [(mine(assistant, share.registration.draft), share.registration, share.amount) for share in shares]
    return None if not found or any(helped is None for helped, _person, _amount in found) else found  # type: ignore[return-value]

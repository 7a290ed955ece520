"""What was only for a while is forgotten in time: drafts, codes, counts, visits, sign-ins, lists."""

from datetime import timedelta

from bpu import clock
from bpu.models import (
    Attempt,
    Captcha,
    Code,
    Draft,
    Helped,
    Machine,
    Sending,
    SignIn,
    Simulated,
    Tally,
    Uploaded,
    Visit,
    database,
    on_postgres,
    writing,
)
from bpu.services.desk.helping import FINISHED
from bpu.services.registration.drafts import discard, was_sent

VISIT = timedelta(days=30)
CHUNK = 500


def drafts() -> int:
    """Forget every draft whose time is over; returns how many went. Nothing of them stays in the file."""
    gone = 0
    while True:
        with writing():
            old = list(Draft.select().where(Draft.expires <= clock.now()).limit(CHUNK))
            for draft in old:
                if was_sent(draft.uid):
                    draft.delete_instance()
                else:
                    discard(draft)
        gone += len(old)
        if len(old) < CHUNK:
            break
    passing()
    if not on_postgres():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def passing() -> None:
    """Forget codes, captchas, counts and visits whose time is over."""
    now = clock.now()
    with writing():
        for table in (Captcha, Attempt, Tally):
            table.delete().where(table.expires <= now).execute()
        Code.delete().where(Code.expires <= now - timedelta(days=1)).execute()
        Sending.delete().where(Sending.at <= now - timedelta(days=7)).execute()
        Simulated.delete().where(Simulated.sent <= now - timedelta(days=7)).execute()
        Visit.delete().where(Visit.seen <= now - VISIT).execute()


def desk() -> None:
    """Forget sign-ins, computers, lists and rows of people whose time at the desk is over."""
    now = clock.now()
    with writing():
        SignIn.delete().where(SignIn.expires <= now).execute()
        Machine.delete().where(Machine.expires <= now).execute()
        old = Uploaded.content_sealed.is_null(False) & (Uploaded.at <= now - FINISHED)
        Uploaded.update(content_sealed=None).where(old).execute()
        begun = Helped.sent.is_null() & (Helped.touched <= now - timedelta(days=1))
        Helped.delete().where(begun & Helped.uid.not_in(Draft.select(Draft.uid))).execute()

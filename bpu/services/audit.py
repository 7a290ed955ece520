"""The trail of what was done: names of people at work, rows and fields, never values."""

from bpu import clock
from bpu.models import Audit, Row


def record(who: str, action: str, subject: str, detail: str = "") -> None:
    """Write down what was done, in the caller's transaction."""
    Audit.create(at=clock.now(), actor=who, action=action, subject=subject, detail=detail)


def actor(one: Row, sign_in: Row | None = None) -> str:
    """Who did something, and at which sign-in, as the trail names them: ``assistant:…@…``."""
    return f"{one._meta.table_name}:{one.uid}" + (f"@{sign_in.uid}" if sign_in else "")

"""How often something happened: counts with an end, in the database, where every process sees them."""

from datetime import datetime

from peewee import EXCLUDED, Case

from bpu import clock
from bpu.models import Tally


def count(key: str, until: datetime, amount: int = 1) -> int:
    """Count `amount` more under `key`, in the caller's transaction; it starts anew once its moment has passed."""
    over = Tally.expires <= clock.now()
    anew = {
        Tally.count: Case(None, [(over, amount)], Tally.count + amount),
        Tally.expires: Case(None, [(over, EXCLUDED.expires)], Tally.expires),
    }
    added = Tally.insert(key=key, count=amount, expires=until).on_conflict(conflict_target=[Tally.key], update=anew)
    return int(next(iter(added.returning(Tally.count).execute())).count)


def counted(key: str) -> int:
    """How often `key` was counted and has not run out."""
    row = Tally.get_or_none((Tally.key == key) & (Tally.expires > clock.now()))
    return row.count if row else 0

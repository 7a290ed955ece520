"""How often something happened: counts with an end, in the database, where every process sees them."""

from datetime import datetime

from bpu import clock
from bpu.models import Tally


def count(key: str, until: datetime, amount: int = 1) -> int:
    """Count `amount` more under `key`, in the caller's transaction; it starts anew once its moment has passed."""
    now = clock.now()
    Tally.delete().where((Tally.key == key) & (Tally.expires <= now)).execute()
    more = {Tally.count: Tally.count + amount}
    Tally.insert(key=key, count=amount, expires=until).on_conflict(conflict_target=[Tally.key], update=more).execute()
    return counted(key)


def counted(key: str) -> int:
    """How often `key` was counted and has not run out."""
    row = Tally.get_or_none((Tally.key == key) & (Tally.expires > clock.now()))
    return row.count if row else 0

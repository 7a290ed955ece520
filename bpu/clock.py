"""What time it is: UTC inside the house, Western Indonesian time (WIB) for days and deadlines.

The sandbox may be moved forward: all processes of a place follow one small file, which holds by how many seconds.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}
WIB = ZONES["WIB"]
LOOKED_ANEW = 0.05  # seconds after which the file is looked at again
LATEST = datetime(9990, 1, 1, tzinfo=UTC)  # beyond it no deadline could be written


class _Moved:
    """By how much the time of this place is ahead of the machine's; nothing unless a file is followed."""

    def __init__(self) -> None:
        self.file: Path | None = None
        self.looked, self.ahead = 0.0, timedelta()

    def by(self) -> timedelta:
        """The distance as the file has it now."""
        if self.file is not None and time.monotonic() - self.looked > LOOKED_ANEW:
            self.looked = time.monotonic()
            try:
                self.ahead = timedelta(seconds=int(self.file.read_text()))
            except (OSError, ValueError):
                self.ahead = timedelta()
        return self.ahead


_moved = _Moved()


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC) + _moved.by()


def today() -> date:
    """The calendar day in WIB, by which contributions, limits and SNAP days are counted."""
    return now().astimezone(WIB).date()


def follow(file: Path | None) -> None:
    """Let this process's time be what a file says (sandbox only); None: the machine's own."""
    _moved.file, _moved.looked, _moved.ahead = file, 0.0, timedelta()


def move(to: datetime) -> bool:
    """Go on from this moment in every process that follows the same file; False for a moment that is over or absurd."""
    if _moved.file is None or not now() <= to < LATEST:
        return False
    ahead = to - datetime.now(UTC)
    part = _moved.file.with_name(f".{_moved.file.name}.{os.getpid()}")
    part.write_text(str(-int(-ahead.total_seconds() // 1)))
    part.replace(_moved.file)
    _moved.looked = 0.0
    return True

"""What time it is: UTC inside the house, Western Indonesian time (WIB) for days and deadlines."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}
WIB = ZONES["WIB"]


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in WIB, by which contributions, limits and SNAP days are counted."""
    return now().astimezone(WIB).date()

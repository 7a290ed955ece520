"""How days are written for people."""

from datetime import date

from flask_babel import format_date


def as_date(value: str | date) -> date:
    """A day, also where it rests as ISO text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def day(value: str | date) -> str:
    """``22 November 2026``."""
    return str(format_date(as_date(value), "d MMMM y"))


def month(value: date) -> str:
    """``November 2026``."""
    return str(format_date(value, "MMMM y"))

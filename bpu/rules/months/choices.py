"""What this service chose where the law is silent, and the waiting times of the law: rows of `choices.toml`."""

from datetime import date
from functools import cache
from pathlib import Path

from bpu.rules.calendar import dated_rows, in_force, refuse_overlaps
from bpu.rules.money.tariff import Limit

PACKAGED = Path(__file__).with_suffix(".toml")


@cache
def _rows() -> tuple[Limit, ...]:
    rows: tuple[Limit, ...] = dated_rows(PACKAGED, {"limit": Limit})["limit"]
    refuse_overlaps(rows, lambda row: f"limit {row.name}")
    return rows


def waiting(name: str, on: date) -> int:
    """A waiting time in months that holds on a day; 0 before there was one."""
    return next((row.value for row in in_force(_rows(), on) if row.name == name), 0)


def choice(name: str, on: date) -> int:
    """A figure that holds on a day; KeyError for an unknown name."""
    return {row.name: row.value for row in in_force(_rows(), on)}[name]

"""Rupiah: how people read them, and how a share of them is taken."""

from decimal import Decimal


def rupiah(amount: int) -> str:
    """Whole rupiah in the national spelling, such as ``Rp16.800`` or ``-Rp5.000`` (plain ASCII, good for SMS)."""
    return f"{'-' if amount < 0 else ''}Rp{abs(amount):,}".replace(",", ".")


def share(amount: int, percent: str) -> int:
    """A percentage of an amount; raises ValueError unless whole rupiah, because no rounding rule is written in law."""
    part = Decimal(percent) * amount / 100
    if part != int(part):
        raise ValueError(f"{percent}% of {amount} is not whole rupiah")
    return int(part)

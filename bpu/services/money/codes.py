"""Bill codes: 16 digits that cannot be guessed from others and in which a slip is noticed."""

import secrets

CODE_DIGITS = 16


def new_code(prefix: str) -> str:
    """A bill code of 16 digits that cannot be guessed from others: prefix, random digits, Luhn check digit."""
    free = CODE_DIGITS - 1 - len(prefix)
    digits = f"{prefix}{secrets.randbelow(10**free):0{free}d}"
    return digits + luhn_digit(digits)


def luhn_digit(digits: str) -> str:
    """The digit that, put behind `digits`, lets a mistyped or swapped digit be noticed (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)

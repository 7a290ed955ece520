"""Characters that look alike or cannot be seen, made one: what every typed value goes through before it is judged.

Telephones, word processors and chat programs put invisible marks, long dashes, curly quotes and foreign digits into
text that a person sees as plain. Nothing here judges a value; none of these functions raises for any string.
"""


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


# Zero-width and direction marks, soft hyphen, fillers, variation selectors: pasted along, seen by nobody.
INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u3164\ufeff\uffa0"
    + _span(0x180B, 0x180F)
    + _span(0x200B, 0x200F)
    + _span(0x202A, 0x202E)
    + _span(0x2060, 0x206F)
    + _span(0xFE00, 0xFE0F)
    + _span(0xE0000, 0xE01EF)
)
DASHES = "\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796\u2e3a\u2e3b\ufe58\ufe63\uff0d"
APOSTROPHES = "\u0060\u00b4\u02bb\u02bc\u2018\u2019\u201a\u201b\u2032\uff07"

# What a spreadsheet takes for the beginning of a formula, in full width too.
FORMULA = tuple("=+-@\t\r＝＋－＠")

_NOTHING = dict.fromkeys(map(ord, INVISIBLE))
_DASH = dict.fromkeys(map(ord, DASHES), "-")
_APOSTROPHE = dict.fromkeys(map(ord, APOSTROPHES), "'")


def without_invisible(text: str) -> str:
    """`text` without the marks that nobody can see or delete."""
    return text.translate(_NOTHING)


def ascii_digits(text: str) -> str:
    """`text` with every Unicode decimal digit (full-width, Arabic-Indic) as 0-9; superscripts stay as they are."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def one_dash(text: str) -> str:
    """`text` with every kind of hyphen, dash and minus as ``-``."""
    return text.translate(_DASH)


def one_apostrophe(text: str) -> str:
    """`text` with curly quotes, primes and accents that stand for an apostrophe as ``'``."""
    return text.translate(_APOSTROPHE)


def digits_of(typed: str, how_many: int) -> str | None:
    """The digits of a code or PIN, however they were typed and grouped; None unless there are exactly so many."""
    plain = "".join(one_dash(ascii_digits(without_invisible(typed))).replace("-", " ").split())
    return plain if len(plain) == how_many and plain.isascii() and plain.isdigit() else None

"""Income as people type it ("1,5 juta", "Rp 1.500.000", "75rb/hari") read as whole rupiah a month.

How marks are read: a dot, comma or space before exactly three digits groups thousands, so "1.500" is Rp1.500: far too
little, refused together with what it perhaps means. Before other digits, and in a number of "juta", a dot or comma is
a decimal mark ("1.500 juta" is Rp1.500.000). Sen are dropped. A bare "m" is no unit, because some write it for million
and others for a thousand million.
"""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

from bpu.rules import Checked, Finding, refused

LEAST = 10_000  # below it somebody left out the thousands: no month of work earns less than a meal
DAILY_BELOW = 500_000  # a lower sum is more often a day's earnings than a month's
MOST = 1_000_000_000
DAYS = 26  # six working days a week
WEEKS = 4
LONGEST = 120  # characters: nobody needs more to write one sum

_DIGITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_JUTA, _RIBU, _MILIAR = r"juta(?:an)?|jta|jt(?:an)?", r"ribu(?:an)?|rebu|rbu|rb(?:an)?|k", r"miliar|milyar"

# Spellings made plain before numbers are looked for, in this order.
_SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"½", " setengah "),
        (r"[\u2010-\u2015\u2212]", "-"),
        (r"\s+", " "),
        (r"\+/?-|±|~", ""),
        (r"\b(?:rp|idr)\.? ?(?=\d)|(?<=\d) ?(?:rp|idr)\b|rupiah\b", ""),
        (r"(?<=\d)[.,]-+", ""),
        (r"(?<=[a-z])-an\b", "an"),
        (r"(?<=\d) ?-?an\b", ""),
        *((rf"\b{word}\b", str(digit)) for digit, word in enumerate(_DIGITS)),
        (r"\bse(?=puluh\b|belas\b|ratus\b|ribu\b|juta\b)", "1 "),
        (r"\b(\d) puluh (\d)\b", r"\1\2"),
        (r"\b(\d) puluh\b", r"\g<1>0"),
        (r"\b(\d) belas\b", r"1\1"),
        (r"\b(\d) ratus (\d\d)\b", r"\1\2"),
        (r"\b(\d) ratus (\d)\b", r"\g<1>0\2"),
        (r"\b(\d) ratus\b", r"\g<1>00"),
        (rf"\b(\d+) setengah(?= (?:{_JUTA})\b)", r"\1,5"),
        (rf"\b(\d+) ({_JUTA}) setengah\b", r"\1,5 \2"),
        (r"\bsetengah\b", "0,5"),
        (rf"({_JUTA}|{_RIBU})(?=\d)", r"\1 "),
        (rf"(?<=\d) (?=\d{{3}} ?(?:{_JUTA}|{_RIBU})\b)", " - "),
    )
)
_ZEROS = re.compile(r"\d[\do.,]*(?![a-z])")  # the letter o typed among digits
_PER = r"(?:/|per|tiap|setiap|se) ?(?:1 )?"
_SPANS = {
    "day": re.compile(rf"{_PER}(?:hari|hr)(?:nya|an)?\b|\bharian\b|\b1 hari\b"),
    "week": re.compile(rf"{_PER}(?:minggu|mgg|pekan)(?:nya|an)?\b|\bmingguan\b|\b1 minggu\b"),
    "month": re.compile(rf"{_PER}(?:bulan|bln)(?:nya|an)?\b|\bbulanan\b|\b1 bulan\b"),
    "year": re.compile(rf"{_PER}(?:tahun|thn)(?:nya|an)?\b|\btahunan\b|\b1 tahun\b"),
}
_UNKNOWN_SPAN = re.compile(r"(?:/|per|tiap|se(?:kali)?) ?(panen|musim|jam|trip|order|rit|tarikan|borongan|proyek)")
_DAYS_WORKED = re.compile(
    r"[x×*] ?(\d{1,2})(?: ?(?:hari|hr)\b(?: kerja)?| ?$)|\b(\d{1,2}) ?(?:hari|hr)? ?[x×*](?= ?\d)"
)
_DAYS_NAMED = re.compile(r"\b(\d{1,2}) ?(?:hari|hr)\b(?: kerja)?")
_NUMBER = re.compile(
    rf"(?<![\w.,])(?:(?P<whole>\d{{1,3}}(?:(?P<mark>[ .,])\d{{3}})(?:(?P=mark)\d{{3}})*)(?P<sen>[.,]\d\d?)?|"
    rf"(?P<plain>\d+(?:[.,]\d+)?))(?!\d)(?: ?(?:(?P<juta>{_JUTA})|(?P<ribu>{_RIBU})|(?P<miliar>{_MILIAR})))?(?![a-z\d])"
)


def read(text: str, *, days: int = DAYS, weeks: int = WEEKS) -> Checked:
    """Reads a monthly income; the value is whole rupiah a month.

    Errors: `empty`, `not_a_number`, `two_amounts` (`amounts`), `unknown_period` (`period`: a harvest or a trip has no
    fixed number of months), `zero`, `too_low` (`amount`, `perhaps`) and `too_high` (`amount`, `most`). Warnings:
    `daily` (`daily`, `days`, `monthly`) when a small sum without a period is probably a day's earnings, the value being
    the sum as typed; `explained` (`amount`, `per`, `times`, `monthly`) when earnings of a day, week or year were
    turned into a month's, the value being `monthly`. Never raises.
    """
    plain = _plain(text)
    if not plain:
        return refused("empty")
    if unknown := _UNKNOWN_SPAN.search(plain):
        return refused("unknown_period", period=unknown[1])
    plain, per, times = _span(plain, days, weeks)
    amounts = _amounts(plain)
    if not amounts or len(text) > LONGEST:
        return refused("not_a_number")
    if len(set(amounts)) > 1:
        return refused("two_amounts", amounts=tuple(int(amount) for amount in amounts))
    amount = Fraction(amounts[0])
    share = Fraction(1, times) if per == "year" else Fraction(times)
    value = int(amount * share)
    if amount == 0:
        return refused("zero")
    if value < LEAST:
        left_out = 1_000_000 if amount <= 20 and not per else 1_000
        return refused("too_low", amount=int(amount), perhaps=int(amount * left_out * share))
    if value > MOST:
        return refused("too_high", amount=value, most=MOST)
    if per in ("day", "week", "year"):
        found = {"amount": int(amount), "per": per, "times": times, "monthly": value}
        return Checked(value, warnings=(Finding("explained", found),))
    if not per and value < DAILY_BELOW:
        return Checked(value, warnings=(Finding("daily", {"daily": value, "days": days, "monthly": value * days}),))
    return Checked(value)


def _plain(text: str) -> str:
    """Text in lower case, with the spellings of the table above made one, and number words turned into digits."""
    plain = unicodedata.normalize("NFKC", text.replace("½", " setengah ")).lower()[: LONGEST + 1]
    for pattern, replacement in _SPELLINGS:
        plain = pattern.sub(replacement, plain)
    return _ZEROS.sub(lambda number: number[0].replace("o", "0"), plain).strip()


def _span(plain: str, days: int, weeks: int) -> tuple[str, str, int]:
    """The text without its period, the period (`day`, `week`, `month`, `year` or none), and how many make a month."""
    per = next((name for name, pattern in _SPANS.items() if pattern.search(plain)), "")
    for pattern in _SPANS.values():
        plain = pattern.sub(" ", plain)
    worked = _DAYS_WORKED.search(plain) or (_DAYS_NAMED.search(plain) if per == "day" else None)
    if worked and per in ("", "day") and 1 <= (times := int(next(filter(None, worked.groups())))) <= 31:
        return plain[: worked.start()] + " " + plain[worked.end() :], "day", times
    return plain, per, {"day": days, "week": weeks, "year": 12}.get(per, 1)


def _amounts(plain: str) -> list[Decimal]:
    """Every sum in the text, in order; none when some digits make no sense. "1 juta 500 ribu" is one sum."""
    found: list[Decimal] = []
    end, unit = 0, 0
    for number in _NUMBER.finditer(plain):
        amount, own_unit = _amount(number)
        between = plain[end : number.start()].strip()
        if found and own_unit and amount < unit and between in ("", "dan"):
            found[-1] += amount
        else:
            found.append(amount)
        end, unit = number.end(), own_unit
    if unit and len(found) == 2 and found[0] < 1000:
        found[0] *= unit
    readable = not re.search(r"\d", _NUMBER.sub(" ", plain)) and not re.match(r"-\s*\d", plain)
    return found if readable else []


def _amount(number: re.Match[str]) -> tuple[Decimal, int]:
    """One number with its unit, as rupiah; the unit is 0 when none is written."""
    unit = next((size for name, size in _SIZES.items() if number[name]), 0)
    whole, mark = number["whole"] or "", number["mark"]
    if whole and unit == _SIZES["juta"] and whole.count(mark) == 1 and mark != " ":
        digits = whole.replace(",", ".")
    elif whole:
        digits = whole.replace(mark, "") + (number["sen"] or "").replace(",", ".")
    else:
        digits = number["plain"].replace(",", ".")
    return Decimal(digits) * (unit or 1), unit


_SIZES = {"juta": 1_000_000, "ribu": 1_000, "miliar": 1_000_000_000}

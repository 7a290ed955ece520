"""Birth dates typed in three boxes, or all of it into the first; and the age that they give.

Read is what cannot mean anything else: day before month before year as in Indonesia, the year with four digits. Month
names may be Indonesian or English, short or whole.
"""

import re
from datetime import date

from bpu.rules import Checked, Finding, refused
from bpu.rules.identity.characters import ascii_digits, without_invisible

EARLIEST_YEAR = 1900
MONTH_NAMES = (
    ("januari", "january"),
    ("februari", "february", "pebruari", "febuari"),
    ("maret", "march", "mrt"),
    ("april",),
    ("mei", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("agustus", "august", "ags", "agt"),
    ("september",),
    ("oktober", "october"),
    ("november", "nopember"),
    ("desember", "december"),
)
PARTS = ("day", "month", "year")

_WORD = r"[^\W\d_]+"
_BETWEEN = r"[\W_]*"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})(?:st|nd|rd|th)?{_BETWEEN}({_WORD}){_BETWEEN}([0-9]+)", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"({_WORD}){_BETWEEN}([0-9]{{1,2}})(?:st|nd|rd|th)?[\W_]+([0-9]+)", re.IGNORECASE)
_NUMBERS = re.compile(r"([0-9]{1,2})[\W_]+([0-9]{1,2})[\W_]+([0-9]+)")
_YEAR_FIRST = re.compile(r"([0-9]{4})[\W_]+([0-9]{1,2})[\W_]+([0-9]{1,2})")
# Never both: digits five and six are a month here, and a century in a run of day, month and year.
_YEAR_FIRST_RUN = re.compile(r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-9]{2})")
_RUN = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4}|[0-9]{2})")
_CLOCK = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}.*", re.IGNORECASE)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_AROUND = " .,;:'\"()-/"


def read(day: str | None, month: str | None, year: str | None, *, today: date) -> Checked:
    """The birth date as a `date`, from three boxes or from a whole date in one of them.

    A whole date in the first box outweighs the other two. Errors: empty, part_missing (`part`: day, month or year; one
    finding for each), not_a_date, month (no such month), year (not four digits from 1900 on), future (after `today`).
    """
    boxes = _tidy(day), _tidy(month), _tidy(year)
    if not any(boxes):
        return refused("empty")
    whole = split(boxes[0]) or (None if all(boxes) else split(" ".join(filter(None, boxes))))
    boxes = whole or boxes
    if boxes[0] and not (re.fullmatch(r"[0-9]{1,2}", boxes[0]) and 1 <= int(boxes[0]) <= 31):
        return refused("not_a_date")
    errors = [Finding("part_missing", {"part": part}) for part, box in zip(PARTS, boxes, strict=True) if not box]
    number = _month_number(boxes[1])
    if boxes[1] and number is None:
        errors.append(Finding("month"))
    if boxes[2] and not (re.fullmatch(r"[0-9]{4}", boxes[2]) and int(boxes[2]) >= EARLIEST_YEAR):
        errors.append(Finding("year"))
    if errors or number is None:
        return Checked(None, errors=tuple(errors))
    try:
        birth = date(int(boxes[2]), number, int(boxes[0]))
    except ValueError:
        return refused("not_a_date")
    return refused("future") if birth > today else Checked(birth)


def split(text: str | None) -> tuple[str, str, str] | None:
    """Day, month and year as they stand in a whole date (``17-08-1990``, ``1990-08-17``, ``5 Agt 1990``), or None.

    The parts are not judged: ``31.02.90`` is split as well. A place or weekday before a comma and a time of day after
    the date, as the KTP and spreadsheets have them, are left out.
    """
    plain = _CLOCK.sub("", _tidy(text)).replace(":", ",")
    before, _, after = plain.rpartition(",")
    if before and not any(map(str.isdigit, before)) and _month_number(before) is None:
        plain = _tidy(after)
    if found := _YEAR_FIRST.fullmatch(plain) or _YEAR_FIRST_RUN.fullmatch(plain):
        return found[3], found[2], found[1]
    if found := _MONTH_FIRST.fullmatch(plain):
        return found[2], found[1], found[3]
    if found := _NUMBERS.fullmatch(plain) or _DAY_FIRST.fullmatch(plain) or _RUN.fullmatch(plain):
        return found[1], found[2], found[3]
    return None


def age(birth: date, on: date) -> int:
    """Completed years on that day; who was born on 29 February completes one on 1 March in years without that day."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def eligible(birth: date, on: date, *, minimum: int = 18, maximum: int = 65) -> Finding | None:
    """Why someone born then cannot register on that day: young (below `minimum`) or old (has reached `maximum`).

    The finding names `age` and the limit. The limits are a practice (65: not yet reached at registration) and a caution
    (18: consent of a child needs a parent, UU 27/2022 art. 25), not figures of a law that names BPU.
    """
    years = age(birth, on)
    if years < minimum:
        return Finding("young", {"age": years, "minimum": minimum})
    if years >= maximum:
        return Finding("old", {"age": years, "maximum": maximum})
    return None


def _tidy(text: str | None) -> str:
    return " ".join(ascii_digits(without_invisible(text or "")).split()).strip(_AROUND)


def _month_number(text: str) -> int | None:
    word = text.casefold()
    if re.fullmatch(r"[0-9]{1,2}", word):
        return int(word) if 1 <= int(word) <= 12 else None
    for number, (roman, names) in enumerate(zip(_ROMAN, MONTH_NAMES, strict=True), start=1):
        if word == roman or word in names or (len(word) >= 3 and any(name.startswith(word) for name in names)):
            return number
    return None

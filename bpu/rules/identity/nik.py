"""The NIK, the 16 digits on every Indonesian identity card: what may stand there, and what it tells.

Province, regency, district (2 digits each), day, month, year of birth (women: day + 40), serial from 0001; no check
digit. A NIK is kept for life even with a wrong date or the code of a region that is gone (PP 40/2019 art. 30), so only
what cannot be a NIK at all is refused; what is merely odd is shown to the person, who has the card.
"""

import random
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from bpu.rules import Checked, Finding, refused
from bpu.rules.identity.characters import ascii_digits, one_apostrophe, one_dash, without_invisible
from bpu.rules.places.regions import Regions

# More than any way to write 16 digits with a label; what is longer is not worth the time to tidy it.
_LONGEST = 200
_NIK = re.compile(r"[0-9]{16}")
_SEPARATORS = re.compile(r"[\s._'\"“”„‟«»′⁄∕/\\·•-]+")
_LABEL = re.compile(r"\A(?:(?:nomorindukkependudukan|nomor|no|nik|e?ktp)[:=]*)+", re.IGNORECASE)
_SPREADSHEET = re.compile(r"[^0-9]*[0-9](?:[.,][0-9]+)?E\+?1[0-9]", re.IGNORECASE)
_LOOKALIKES = str.maketrans("OolI|", "00111")
_ROWS_OF_KEYS = tuple(row * 3 for digits in ("1234567890", "123456789", "12345678") for row in (digits, digits[::-1]))
# A family card's number carries the day it was recorded, and SIAK, which gives these numbers, came in 2004.
_FIRST_FAMILY_CARDS = 2004
_ADULT = 17


def normalised(text: str) -> str:
    """`text` as a NIK is stored: label, separators and invisible marks gone, every decimal digit 0-9.

    The letters O, l, I and a bar become digits only where that makes the 16 digits complete. Applied twice it changes
    nothing more; superscripts and other signs that are no decimal digit stay, to be refused.
    """
    return _repaired(_compact(_folded(text)))


def check(
    text: str,
    regions: Regions,
    *,
    synthetic: bool,
    birth_date: date | None = None,
    gender: str | None = None,
    today: date,
) -> Checked:
    """A typed NIK as 16 digits.

    `synthetic` is the sandbox: only serial 0000, which no person has, is taken there. `birth_date` and `gender` (``L``
    or ``P``) are what the same person stated elsewhere. Errors: empty, spreadsheet_notation, not_digits, length
    (`n` digits typed), looks_like_kpj, looks_like_health_card, dummy_pattern, pre_ektp_number, serial_0000,
    not_synthetic. Warnings: letters_fixed (`nik`, grouped), province_unknown and regency_unknown (`code`),
    date_impossible (`digits`), birth_date_differs and maybe_kk_number (`day`, `month`, `year` as written in the NIK),
    gender_differs (`gender`).
    """
    if len(text.strip()) > _LONGEST:
        return refused("length", n=len(text.strip()))
    folded = _folded(text)
    if _SPREADSHEET.fullmatch(folded):
        return refused("spreadsheet_notation")
    compact = _compact(folded)
    nik = _repaired(compact)
    if error := _error(nik, synthetic):
        return Checked(None, errors=(error,))
    fixed = () if nik == compact else (Finding("letters_fixed", {"nik": grouped(nik)}),)
    return Checked(nik, warnings=(*fixed, *_warnings(nik, regions, birth_date, gender, today)))


def birth(nik: str, today: date) -> date | None:
    """The date of birth that a NIK carries, or None where its digits are no date.

    The century is a guess, the latest in which the year is not in the future: fit to fill in a form, not to judge by.
    """
    if not _NIK.fullmatch(nik):
        return None
    day, month, year = int(nik[6:8]), int(nik[8:10]), today.year // 100 * 100 + int(nik[10:12])
    try:
        return date(year - 100 if year > today.year else year, month, day - 40 if day > 40 else day)
    except ValueError:
        return None


def gender(nik: str) -> str | None:
    """``L`` or ``P`` by the day of birth that a NIK carries; None where that is no day."""
    day = int(nik[6:8]) if _NIK.fullmatch(nik) else 0
    return "L" if 1 <= day <= 31 else "P" if 41 <= day <= 71 else None


def grouped(nik: str) -> str:
    """A NIK in fours, to be compared with the card: ``3201 9901 0890 0001``."""
    return " ".join(nik[start : start + 4] for start in range(0, len(nik), 4))


def masked(nik: str) -> str:
    """A NIK for the screen of a signed-in person: region and serial, at most ten digits; of anything else, nothing."""
    return f"{nik[:6]}••••••{nik[12:]}" if _NIK.fullmatch(nik) else "•" * len(nik)


def synthetic_nik(district: str, birth_date: date, gender: str) -> str:
    """A NIK that no person has, for serials start at 0001: from a 6-digit district code, a date and ``L`` or ``P``."""
    return f"{district}{birth_date.day + (40 if gender == 'P' else 0):02d}{birth_date:%m%y}0000"


def example(regions: Regions, today: date, draw: random.Random) -> str:
    """A synthetic NIK of a working adult from anywhere in the country, for the sandbox to offer."""
    regency = draw.choice(regions.regencies(draw.choice(regions.provinces()).code))
    born = date(today.year - draw.randint(20, 50), draw.randint(1, 12), draw.randint(1, 28))
    return synthetic_nik(draw.choice(regions.districts(regency.code)).code, born, draw.choice("LP"))


def _folded(text: str) -> str:
    """`text` with one form for each sign, and nothing that takes no room."""
    # Apostrophes also first: NFKC makes of an acute accent a space and a combining mark.
    plain = "".join(map(_compatible, one_apostrophe(text)))
    return "".join(one_apostrophe(one_dash(ascii_digits(without_invisible(plain)))).split())


def _compatible(sign: str) -> str:
    """A full-width or otherwise dressed-up sign as the plain one, except where that makes a digit of "²" or "①"."""
    plain = unicodedata.normalize("NFKC", sign)
    return sign if any(char.isdigit() for char in plain) else plain


def _compact(folded: str) -> str:
    return _LABEL.sub("", _SEPARATORS.sub("", folded))


def _repaired(compact: str) -> str:
    digits = compact.translate(_LOOKALIKES)
    return digits if _NIK.fullmatch(digits) else compact


def _error(nik: str, synthetic: bool) -> Finding | None:
    """Why this cannot be a NIK."""
    n = len(nik)
    if not nik:
        return Finding("empty")
    if n == 11 and nik.isascii() and nik.isalnum() and sum(map(str.isdigit, nik)) >= 9:
        return Finding("looks_like_kpj", {"n": n})
    if not re.fullmatch(r"[0-9]+", nik):
        return Finding("not_digits")
    if n != 16:
        return Finding("looks_like_health_card" if n == 13 and nik.startswith("000") else "length", {"n": n})
    if any(nik[:period] * (16 // period) == nik for period in (1, 2, 4)) or any(nik in row for row in _ROWS_OF_KEYS):
        return Finding("dummy_pattern")
    if nik.startswith("0"):
        return Finding("pre_ektp_number")
    if synthetic != nik.endswith("0000"):
        return Finding("not_synthetic" if synthetic else "serial_0000")
    return None


def _warnings(
    nik: str, regions: Regions, birth_date: date | None, stated_gender: str | None, today: date
) -> Iterator[Finding]:
    """What is odd about 16 digits that may be a NIK."""
    if not regions.knows_province(nik[:2]):
        yield Finding("province_unknown", {"code": nik[:2]})
    elif not regions.knows_regency(nik[:4]):
        yield Finding("regency_unknown", {"code": nik[:4]})
    written = birth(nik, today)
    if written is None:
        yield Finding("date_impossible", {"digits": nik[6:12]})
    elif birth_date and f"{written:%d%m%y}" != f"{birth_date:%d%m%y}":
        age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
        family_card = written.year >= _FIRST_FAMILY_CARDS and gender(nik) == "L" and age >= _ADULT
        date_written = {"day": written.day, "month": written.month, "year": nik[10:12]}
        yield Finding("maybe_kk_number" if family_card else "birth_date_differs", date_written)
    if stated_gender and gender(nik) not in (stated_gender, None):
        yield Finding("gender_differs", {"gender": gender(nik)})

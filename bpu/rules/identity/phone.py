"""Indonesian mobile numbers: read as people write them, kept as E.164, never guessed.

A wrong guess sends a code to a stranger, so only what cannot be meant otherwise is repaired: separators, labels, the
forms of the country code. Length and leading digits follow the whole mobile rule of libphonenumber for +62.
"""

import re

from bpu.rules import Checked, Finding, refused
from bpu.rules.identity.characters import ascii_digits, one_apostrophe, one_dash, without_invisible

SHORTEST, LONGEST = 10, 13
_OPERATOR_ROWS = {
    "Telkomsel": "0811 0812 0813 0821 0822 0823 0851 0852 0853",
    "IM3": "0814 0815 0816 0855 0856 0857 0858",
    "Tri": "0895 0896 0897 0898 0899",
    "XL": "0817 0818 0819 0859 0877 0878 0879",
    "Axis": "0831 0832 0833 0838",
    "Smartfren": "0881 0882 0883 0887 0888 0889",
}
# From libphonenumber's carrier data 9.0.43. New prefixes appear before any list has them: a hint, never a refusal.
OPERATORS = {prefix: operator for operator, prefixes in _OPERATOR_ROWS.items() for prefix in prefixes.split()}

_LABEL = r"(?:whatsapp|wa|hp|h/p|handphone|ponsel|telepon|telpon|telp|tlp|tel|phone|mobile|nomor|nomer|no)"
_LABELS_BEFORE = re.compile(rf"^[(\[]?\s*(?:{_LABEL}(?![a-z])[\s.:;=/&()\[\]-]*)+", re.IGNORECASE)
_LABELS_AFTER = re.compile(rf"\s*[(\[/-]?\s*{_LABEL}(?:\s*/\s*{_LABEL})?\s*[)\]]?$", re.IGNORECASE)
_LINK = re.compile(r"^(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send\?phone=)", re.IGNORECASE)
_WIDE = str.maketrans("＋﹢（）［］／．：，；", "++()[]/.:,;")
_BETWEEN_NUMBERS = re.compile(r"[/,;|&\n]|\b(?:atau|dan|or)\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s.()\[\]/'\"“”_-]")
_LETTERS_LIKE_DIGITS = str.maketrans("OolI", "0011")
_MOBILE_TWICE = re.compile(r"(?:(?:0062|62|0)8[1-35-9][0-9]{7,10}){2}")
# 008 and 009 are the ways out of the country of two operators; they end up in numbers copied from abroad.
_COUNTRY = re.compile(r"^(?:00862|00962|0062|62)0?")


def check(text: str | None) -> Checked:
    """The number as E.164 (``+628`` and 8-11 digits).

    Errors: empty, not_digits, two_numbers, landline, not_mobile, service_number, foreign, short and long (`digits`,
    counted with the leading 0). Warnings: letters_fixed (`shown`), prefix_unallocated (`prefix`).
    """
    lines = one_dash(one_apostrophe(ascii_digits(without_invisible(text or "")))).translate(_WIDE).splitlines()
    plain = "\n".join(filter(None, (" ".join(line.split()) for line in lines))).strip(" ,;.")
    if not plain:
        return refused("empty")
    bare = _LABELS_AFTER.sub("", _LABELS_BEFORE.sub("", _LINK.sub("", plain)))
    if _two_numbers(bare):
        return refused("two_numbers")
    compact = _SEPARATORS.sub("", bare)
    digits = compact.removeprefix("+").translate(_LETTERS_LIKE_DIGITS)
    if not re.fullmatch(r"[0-9]+", digits) or not any(map(str.isdecimal, compact)):
        return refused("not_digits")
    national = _national(digits, international=compact.startswith("+"))
    if national is None:  # no telephone number of the world has more than 15 digits: that is a NIK or an account
        return refused("foreign") if len(digits) <= 15 else refused("long", digits=len(digits))
    if error := _refusal(national):
        return Checked(None, errors=(error,))
    value = f"+62{national}"
    warnings = []
    if compact.removeprefix("+") != digits:
        warnings.append(Finding("letters_fixed", {"shown": shown(value)}))
    if (prefix := f"0{national[:3]}") not in OPERATORS:
        warnings.append(Finding("prefix_unallocated", {"prefix": prefix}))
    return Checked(value, warnings=tuple(warnings))


def shown(e164: str) -> str:
    """The number as people at home write it: ``0812-3456-7890``; what is not Indonesian stays as it is."""
    if not e164.startswith("+62"):
        return e164
    number = "0" + e164[3:]
    middle = 7 if len(number) <= 11 else 8
    return "-".join(filter(None, (number[:4], number[4:middle], number[middle:])))


def masked(e164: str) -> str:
    """The number with all but its last three digits hidden: ``****-****-*890``."""
    number = shown(e164)
    return re.sub(r"[0-9]", "*", number[:-3]) + number[-3:]


def _two_numbers(text: str) -> bool:
    """Whether something follows a number that is whole already, or one number is written straight after another."""
    parts = [re.sub(r"[^0-9]", "", part) for part in _BETWEEN_NUMBERS.split(text)]
    parts = [part for part in parts if part]
    several = len(parts) > 1 and (
        any(len(part) >= SHORTEST for part in parts) or sum(len(part) >= 7 for part in parts) > 1
    )
    return several or _MOBILE_TWICE.fullmatch(re.sub(r"[^0-9]", "", text)) is not None


def _national(digits: str, *, international: bool) -> str | None:
    """The number without country code and leading 0, or None for one from abroad."""
    if _COUNTRY.match(digits):
        return _COUNTRY.sub("", digits)
    if digits.startswith("0"):
        return None if re.match(r"00[1-9]", digits) else digits[1:]
    # Without a 0 in front, eleven digits that do not begin with 8 are a country code and a number.
    abroad = international or (len(digits) > 10 and digits[0] != "8")
    return None if abroad else digits


def _refusal(national: str) -> Finding | None:
    """Why this number cannot receive the code, or None if it is a mobile number."""
    digits = len(national) + 1
    if digits > LONGEST:
        return Finding("long", {"digits": digits})
    if national.startswith("1"):
        return Finding("service_number")
    if national.startswith(("0", "80", "84")):
        return Finding("not_mobile")
    if len(national) < 6:
        return Finding("short", {"digits": digits})
    if not national.startswith("8"):
        return Finding("landline")
    return Finding("short", {"digits": digits}) if digits < SHORTEST else None

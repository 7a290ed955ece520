"""Names and other short words of a person's own: accepted as the KTP writes them, never "improved".

A name may be one word or one letter, may carry titles, and keeps its casing (`binti`, `da Costa`, `I Gusti`). Stored is
what was typed, with only spaces, apostrophes, dashes and the composition of accented letters made uniform.
Source: Permendagri 73/2022 and what Dukcapil and KPU say of older records.
"""

import re
import unicodedata

from bpu.rules import Checked, Finding, refused
from bpu.rules.identity.characters import ascii_digits, one_apostrophe, one_dash, without_invisible

LONGEST = 100
LONG = 60
ADDRESS_SHORTEST = 3
ADDRESS_LONGEST = 200
SHORT_FORM = 12

MARKS = frozenset(" .,'-/()")
PARTICLES = frozenset({"bin", "binti", "da", "de", "dos", "van", "al"})
_PLACEHOLDER_WORDS = """
    abc abcd admin anonim anonymous asdf asdfasdf asdfgh belumada coba cobacoba dummy gaada gakada hambaallah
    kosong nama namaanda namalengkap namasaya noname none null qwerty tanpanama tes test tester testing tidakada
    tidakadanama tidakpunya tidaktahu unknown user xxx xyz
"""
PLACEHOLDERS = frozenset(_PLACEHOLDER_WORDS.split())
_DEGREE_WORDS = """
    ak ama amapd amd amdkeb amdkep amdkom amk amkeb apt ba beng bsc cpa dip dr lc llm ma mag mak map mars mba me
    mei mfarm mh mhi mhum mikom mip mkeb mkep mkes mkm mkn mkom mm mp mpd mpdi mpsi msc msi msn mt mti ners ns
    phd sab sag sak sap sds se sei sfarm sgz sh shi shut sikom sip skeb sked skep skh skm skom sp spa spb spd
    spdi spdk spi spkj spog spsi spt ssi ssn ssos ssosi sst sstp st sth stp str strkeb strkep
"""
DEGREES = frozenset(_DEGREE_WORDS.split())
_OPENING_TITLES = re.compile(
    r"^(?:(?:prof|drs|dra|drg|drh|dr|ir|k\.?\s*h|hajjah|haji|hj|h|ustadzah|ustadz|ustaz|ust|apt|pdt)(?:\.\s*|\s+))+(?=\S)",
    re.IGNORECASE,
)
_GSM = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
)


def _tidy(text: str | None) -> str:
    return " ".join(one_dash(one_apostrophe(without_invisible(text or ""))).split())


def _quoted(signs: set[str]) -> str:
    """The offending signs as a message may show them: what cannot be printed by its code, and never more than ten."""
    return "".join(sign if sign.isprintable() else f" U+{ord(sign):04X} " for sign in sorted(signs)[:10]).strip()


def _allowed(name: str, index: int) -> bool:
    sign = name[index]
    if sign.isascii():
        return sign.isalnum() or sign in MARKS
    if "\u0300" <= sign <= "\u036f":  # an accent for which no composed letter exists; one, on its letter
        return index > 0 and name[index - 1].isalpha()
    return unicodedata.category(sign) in ("Lu", "Ll") and unicodedata.name(sign, "").startswith("LATIN")


def check(text: str | None) -> Checked:
    """The name as typed, tidied: 1-100 characters with at least one Latin letter.

    Errors: empty, looks_like_number (three digits in a row), bad_char (`char`: the signs that no name has, ``@`` among
    them), no_letter, length (`length`, `limit`).
    Warnings: digits, long (`limit`), placeholder_word, repeated_letters.
    """
    # Invisible marks first: a joiner between a letter and its accent would keep the two from composing.
    name = _tidy(unicodedata.normalize("NFC", without_invisible(text or ""))).strip(" ,")
    if not name:
        return refused("empty")
    if "@" not in name and re.search(r"[0-9]{3}", ascii_digits(name)):
        return refused("looks_like_number")
    if strange := {sign for index, sign in enumerate(name) if not _allowed(name, index)}:
        return refused("bad_char", char=_quoted(strange))
    if not any(map(str.isalpha, name)):
        return refused("no_letter")
    if len(name) > LONGEST:
        return refused("length", length=len(name), limit=LONGEST)
    noticed = (
        (Finding("digits"), any(map(str.isdecimal, name))),
        (Finding("long", {"limit": LONG}), len(name) > LONG),
        (Finding("placeholder_word"), name.casefold() == "n/a" or _letters(name) in PLACEHOLDERS),
        (Finding("repeated_letters"), re.search(r"([a-z])\1{3}", name.casefold()) is not None),
    )
    return Checked(name, warnings=tuple(finding for finding, seen in noticed if seen))


def key(name: str) -> str:
    """What two spellings of one name share, for comparing: its letters, folded, without accents and titles."""
    return _letters(_untitled(name))


def short(name: str) -> str:
    """A name for a list or an SMS, such as ``Siti A.``: at most 12 characters of GSM-7; empty if the name has none."""
    first, *rest = [word for word in map(_gsm, re.split(r"[\s/,()]+", _untitled(name))) if word] or [""]
    words = [first, *(word for word in rest if word.casefold() not in PARTICLES)]
    # "M. Anwar" and "I Made" are known by the second word.
    while len(words) > 1 and len(words[0].rstrip(".")) == 1 and len(words[1].rstrip(".")) > 1:
        del words[0]
    if len(words) < 2:
        return "".join(words)[:SHORT_FORM]
    initial = f" {words[1][0].upper()}."
    return words[0][: SHORT_FORM - len(initial)] + initial


def address(text: str | None) -> Checked:
    """A street address of 3-200 characters on one line.

    Line breaks and control characters become spaces. Errors: empty, bad_char (`char`: ``<``, ``>`` or a broken
    character), no_letter (neither letter nor digit), length (`length`, `limit`).
    """
    return _line(text, ADDRESS_SHORTEST, ADDRESS_LONGEST)


def free(text: str | None, limit: int) -> Checked:
    """Short free text such as a workplace, at most `limit` characters on one line; errors as for `address`."""
    return _line(text, 1, limit)


def _line(text: str | None, shortest: int, longest: int) -> Checked:
    spaced = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text or "")
    line = _tidy(spaced)
    if not line:
        return refused("empty")
    # Half a character (a lone surrogate) cannot be stored or shown, and U+FFFD is what is left of a lost one.
    if strange := {sign for sign in line if sign in "<>\ufffd" or not sign.isprintable()}:
        return refused("bad_char", char=_quoted(strange))
    if not any(map(str.isalnum, line)):
        return refused("no_letter")
    if not shortest <= len(line) <= longest:
        return refused("length", length=len(line), limit=shortest if len(line) < shortest else longest)
    return Checked(line)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", text).casefold()))


def _degrees(part: str) -> bool:
    return _letters(part) in DEGREES or all(_letters(word) in DEGREES for word in part.split())


def _untitled(name: str) -> str:
    """`name` without titles before it and degrees after its commas; all of it where nothing else would be left."""
    first, *rest = _OPENING_TITLES.sub("", _tidy(name)).split(",")
    bare = ",".join([first, *(part for part in rest if not _degrees(part))])
    return bare if _letters(bare) else name


def _gsm(word: str) -> str:
    """`word` in the letters that every telephone and list shows; signs around it go, an abbreviation keeps its dot."""
    plain = unicodedata.normalize("NFKD", word).translate(_GSM)
    kept = "".join(sign for sign in plain if sign.isascii() and (sign.isalnum() or sign in ".'-"))
    return kept.lstrip(".'-").rstrip("'-")

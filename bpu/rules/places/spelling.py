"""Typed place names: when do two spellings mean the same place.

People copy names from a card, with labels ("Kec.", "Kel/Desa :"), without hyphens, with "2" for "II" and with slips.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_CANDIDATES = 8

# Longer than any name (44) with labels; what is longer is no name, and comparing it would only cost time.
_LONGEST = 100
# "Kel/Desa : Kampung Baru" has three; without an end, a line of nothing but labels would be hundreds of spellings.
_MOST_LABELS = 3
_LABEL = re.compile(
    r"\A\s*(?:kecamatan|kec|distrik|kapanewon|kemantren|kelurahan|kel|kalurahan|desa|ds|nagari|gampong|kampung|kampong"
    r"|kp|pekon)\b[\s.:/]*",
    re.IGNORECASE,
)
# The decree itself writes "Ilir Timur Dua" where the card has "II" and people type "2".
_NUMBERS = (
    ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"),
    ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"),
)
_LONE_DIGIT = re.compile(r"(?<![0-9])[1-9](?![0-9])")


@dataclass(frozen=True)
class Place:
    """One unit of administration: undotted code, name as the decree has it, a village's postal code (unofficial)."""

    code: str
    name: str
    postal: str | None = None


def key(name: str) -> str:
    """What two spellings of one name share: its letters and digits, without case and accents."""
    # Digits stay: "Ramunia 1" and "Ramunia 2" are neighbours.
    return "".join(char for char in unicodedata.normalize("NFKD", name).casefold() if char.isalnum())


def spellings(typed: str) -> list[str]:
    """The keys that a typed name may stand for, the most literal first: as typed, without labels, with 2 as II or dua.

    Labels come off one by one and as a second thought, because "Kampung Baru" and "Nagari Sungai Tunu" are whole names.
    """
    if len(typed) > _LONGEST:
        return []
    literal = [typed, typed.partition(",")[0]]
    for _ in range(_MOST_LABELS):
        literal.append(_LABEL.sub("", literal[-1], count=1))
    spelt = [_spelt(name, words) for words in _NUMBERS for name in literal]
    return [spelling for spelling in dict.fromkeys(map(key, literal + spelt)) if spelling]


def _spelt(name: str, words: Sequence[str]) -> str:
    return _LONE_DIGIT.sub(lambda digit: words[int(digit[0])], name)


def one_edit_apart(left: str, right: str) -> bool:
    """Whether one slip of the finger lies between two keys: a letter more, less, other, or two letters swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start : start + 2] == long[start : start + 2][::-1]
    return short[start + 1 :] == long[start + 1 :] or (swapped and short[start + 2 :] == long[start + 2 :])


def called(places: Iterable[Place], wanted: Sequence[str]) -> list[Place]:
    """The places of that name, in the first spelling that is one; failing that, those one edit apart from any."""
    named = [(key(place.name), place) for place in places]
    for spelling in wanted:
        if same := [place for name, place in named if name == spelling]:
            return same
    return [place for name, place in named if any(one_edit_apart(name, spelling) for spelling in wanted)]


def similar(places: Iterable[Place], wanted: Sequence[str]) -> list[Place]:
    """The places whose names look most like the typed one, at most 8, the most similar first."""
    by_key: dict[str, list[Place]] = {}
    for place in places:
        by_key.setdefault(key(place.name), []).append(place)
    close = (difflib.get_close_matches(spelling, by_key, MOST_CANDIDATES) for spelling in wanted)
    names = dict.fromkeys(name for found in close for name in found)
    best = sorted(names, key=lambda name: -max(difflib.SequenceMatcher(None, name, each).ratio() for each in wanted))
    return [place for name in best for place in by_key[name]][:MOST_CANDIDATES]


def nearest(places: Iterable[Place], home: str) -> list[Place]:
    """Places in the regency of the code `home`, then those in its province, then all others."""
    return sorted(places, key=lambda place: (place.code[:4] != home[:4], place.code[:2] != home[:2], place.code))

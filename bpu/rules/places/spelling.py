"""Typed place names: when do two spellings mean the same place.

People copy names from a card, with labels ("Kec.", "Kel/Desa :"), without hyphens, with "2" for "II" and with slips;
the card itself, and the decree, shorten ("Sei", "Mns.", "Perk.") and change their mind about both.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_CANDIDATES = 8

# Longer than any name (44) with labels; what is longer is no name, and comparing it would only cost time.
_LONGEST = 100
# "Kel/Desa : Kampung Baru" has three; without an end, a line of nothing but labels would be hundreds of spellings.
_MOST_LABELS = 3
_LABELS = (
    r"kecamatan|kec|distrik|kapanewon|kemantren|kelurahan|kel|kalurahan|desa|ds|nagari|gampong|kampung|kampong|kp|pekon"
)
_LABEL = re.compile(rf"\A\s*(?:{_LABELS})\b[\s.:/]*", re.IGNORECASE)
# What stands behind a name: a comma and more, brackets, the label once more, the next unit ("Kec. X Kab. Y").
_BEHIND = re.compile(
    rf"\s*(?:[,(\[].*|[\s/-]\s*(?:{_LABELS})\W*|\s(?:kec(?:amatan)?|kab(?:upaten)?|prov(?:insi)?|rt|rw)\b[\s.:].*)\Z",
    re.IGNORECASE | re.DOTALL,
)
# The decree itself writes "Ilir Timur Dua" where the card has "II" and people type "2".
_ROMAN, _WORDS = (
    ("", *words.split())
    for words in (
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx",
        "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
    )
)
_DIGITS = tuple(map(str, range(len(_ROMAN))))
_NUMBER = {word: at for words in (_ROMAN, _WORDS, _DIGITS) for at, word in enumerate(words) if word}
_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_APOSTROPHE = re.compile("['\u2018\u2019`]")
_OLD_LETTERS = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("y", "i"), ("v", "f"))
_HALVES = re.compile(r"[/()]")
_TWICE = re.compile(r"([^\W\d])\1+")
# Short forms that stand for one word, and the one spelling of words that are written in several ways.
_WHOLE = {
    short: whole
    for whole, shorts in {
        "sungai": "sei sungei sui",
        "kampung": "kp kampong gampong gamp",
        "meunasah": "mns",
        "tanjung": "tj tjg tg tanjong",
        "gunung": "gn gng gunong",
        "ujung": "uj ujong",
        "pulau": "pl pulo",
        "perkebunan": "perk",
        "pekan": "pkn",
        "kebun": "kb kebon",
        "simpang": "sp",
        "pasar": "ps psr",
        "teluk": "tlk telok",
        "kepulauan": "kep",
        "bandar": "bdr",
        "lubuk": "lbk lubok",
        "rantau": "rantou",
        "selatan": "sel",
        "utara": "utr",
        "timur": "tmr timor",
        "barat": "brt",
        "tengah": "tgh",
        "hilir": "ilir",
    }.items()
    for short in shorts.split()
}
# Short forms of several words: each is tried.
_EITHER = {"pd": ("pondok", "padang"), "bt": ("batu", "bukit", "batang"), "kt": ("kota", "kuta")}


@dataclass(frozen=True)
class Place:
    """One unit of administration: undotted code, name as the decree has it, a village's postal code (unofficial)."""

    code: str
    name: str
    postal: str | None = None


def key(name: str) -> str:
    """What two spellings of one name share: its letters and digits, without case and accents."""
    # Digits stay: "Ramunia 1" and "Ramunia 2" are neighbours.
    if name.isascii():
        return _NOT_IN_KEY.sub("", name.lower())  # the same, in a third of the time
    return "".join(char for char in unicodedata.normalize("NFKD", name).casefold() if char.isalnum())


def keys(name: str) -> set[str]:
    """The keys under which a name of the decree is looked up: "Wari/Taiyeve II" also by either half alone."""
    halves = _HALVES.split(name) if "/" in name or "(" in name else ()
    return {key(name), *(short for short in map(key, halves) if len(short) > 2)}


def sound(name: str) -> str:
    """What is left of a name when short forms are written out, numbers are digits and old spelling is new."""
    words = _words(name)
    plain = "".join(_DIGITS[_NUMBER[word]] if word in _NUMBER else _WHOLE.get(word, word) for word in words)
    for old, new in _OLD_LETTERS:
        plain = plain.replace(old, new)
    return _TWICE.sub(r"\1", plain)


def spellings(typed: str) -> list[str]:
    """The keys that a typed name may stand for, the most literal first: as typed, without labels, with 2 as II or dua.

    Labels come off one by one and as a second thought, because "Kampung Baru" and "Nagari Sungai Tunu" are whole names.
    """
    literal = _readings(typed)
    respelt = [" ".join(words) for reading in literal for words in _respelt(_words(reading))]
    return [spelling for spelling in dict.fromkeys(map(key, literal + respelt)) if spelling]


def sounds(typed: str) -> set[str]:
    """How a typed name may sound."""
    return {sound(reading) for reading in _readings(typed)} - {""}


def _readings(typed: str) -> list[str]:
    """The names that a typed line may hold: all of it, without what stands behind, without what stands before."""
    if len(typed) > _LONGEST:
        return []
    names = [typed]
    while len(names) <= _MOST_LABELS and (shorter := _BEHIND.sub("", names[-1])) != names[-1]:
        names.append(shorter)
    for _ in range(_MOST_LABELS):
        names += [_LABEL.sub("", name, count=1) for name in names]
        names = list(dict.fromkeys(names))
    return names


def _words(name: str) -> list[str]:
    return _WORD.findall(_APOSTROPHE.sub("", unicodedata.normalize("NFKD", name).casefold()))


def _respelt(words: Sequence[str]) -> Iterator[list[str]]:
    """A name with its numbers written in each way, and with each meaning of its short forms."""
    for ways in (_DIGITS, _ROMAN, _WORDS) if not _NUMBER.keys().isdisjoint(words) else ():
        numbers = [_NUMBER.get(word, 0) for word in words]
        yield [ways[n] if 0 < n < len(ways) else word for n, word in zip(numbers, words, strict=True)]
    for short in _EITHER.keys() & set(words):
        for whole in _EITHER[short]:
            yield [whole if word == short else word for word in words]


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

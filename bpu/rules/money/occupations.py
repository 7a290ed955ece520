"""Occupations to choose from or to type, and whether each counts as transport for the relief of PP 50/2025.

The list is `occupations.toml`. Codes are slugs that are stored with a registration; labels may be reworded.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PACKAGED = Path(__file__).with_suffix(".toml")
OTHER = "lainnya"
_NO_MATCH = 4


def _words(text: str) -> tuple[str, ...]:
    """Text as plain lower-case words: no accents, no punctuation."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return tuple(re.findall(r"[a-z0-9]+", plain))


@dataclass(frozen=True, kw_only=True)
class Occupation:
    """One entry: `transport` is `yes`, `no` or `ask`; `isco` are ISCO-08 unit groups; `words` other names of it."""

    code: str
    label: str
    group: str
    transport: str
    basis: str = ""
    isco: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses a code that is no slug, an unknown flag, and a `yes` that does not say what it rests on."""
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", self.code):
            raise ValueError(f"{self.code!r} is not a slug")
        if self.transport not in ("yes", "no", "ask"):
            raise ValueError(f"{self.code}: transport must be yes, no or ask")
        if self.basis not in (("named", "reading") if self.transport == "yes" else ("",)):
            raise ValueError(f"{self.code}: basis must be named or reading, for transport only")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Occupation":
        """The entry of a TOML row."""
        lists = {name: tuple(row.get(name, ())) for name in ("isco", "words")}
        return cls(**{**row, **lists})

    @cached_property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        """The names by which free text is recognised, each as words: the code and `words`."""
        return tuple(_words(name) for name in (self.code, *self.words))

    @cached_property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Everything that typed letters are compared with, each as words: the label first, then the phrases."""
        return (_words(self.label), *self.phrases)


@dataclass(frozen=True)
class Group:
    """A heading with its occupations, for a grouped list."""

    code: str
    name: str
    occupations: tuple[Occupation, ...]


class Occupations:
    """The list, in the order that pages show it, with the ways to find an entry."""

    def __init__(self, source: str, occupations: tuple[Occupation, ...], headings: dict[str, str]) -> None:
        """Takes entries and the names of their groups; raises ValueError where two would be mistaken for each other."""
        self.source = source
        self.all = occupations
        self._headings = headings
        self._by_code = {occupation.code: occupation for occupation in occupations}
        self._by_phrase: dict[tuple[str, ...], Occupation] = {}
        if len(self._by_code) != len(occupations) or OTHER not in self._by_code:
            raise ValueError(f"codes must be unique, and {OTHER} among them")
        for occupation in occupations:
            if occupation.group not in headings:
                raise ValueError(f"{occupation.code}: unknown group {occupation.group}")
            for phrase in occupation.phrases:
                if (other := self._by_phrase.setdefault(phrase, occupation)) is not occupation:
                    raise ValueError(f"{' '.join(phrase)!r} names both {other.code} and {occupation.code}")

    @classmethod
    def load(cls, path: Path | None = None) -> "Occupations":
        """The list of a TOML file, by default the packaged one; ValueError in one line when it cannot be right."""
        path = path or PACKAGED
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
            headings = {row["code"]: row["name"] for row in tables["group"]}
            return cls(tables["source"], tuple(Occupation.of(row) for row in tables["occupation"]), headings)
        except (KeyError, TypeError, ValueError) as problem:
            raise ValueError(f"{path.name}: {problem}") from problem

    def find(self, code: str) -> Occupation | None:
        """The entry with this code, or None."""
        return self._by_code.get(code)

    def groups(self) -> tuple[Group, ...]:
        """The list under its headings; headings without entries are left out."""
        members = {code: tuple(o for o in self.all if o.group == code) for code in self._headings}
        return tuple(Group(code, self._headings[code], found) for code, found in members.items() if found)

    def search(self, text: str) -> tuple[Occupation, ...]:
        """The entries that typed letters may mean, best first; all of them while nothing is typed.

        Every typed word must begin a word of the label or of one other name; names that begin with it come first.
        """
        typed = _words(text)
        ranked = [(self._rank(occupation, typed), occupation) for occupation in self.all]
        return tuple(occupation for rank, occupation in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_MATCH)

    @staticmethod
    def _rank(occupation: Occupation, typed: tuple[str, ...]) -> int:
        """0 for a label that begins with the typed words, then 1 such another name, 2 and 3 with them inside."""
        ranks = [_NO_MATCH]
        for other_name, name in enumerate(occupation.names):
            if all(any(word.startswith(part) for word in name) for part in typed):
                begins = " ".join(name).startswith(" ".join(typed))
                ranks.append(min(other_name, 1) + (0 if begins else 2))
        return min(ranks)

    def match(self, text: str) -> Occupation | None:
        """The entry that free text names, such as "tukang jahit" or "gojek"; None when no name stands in it whole.

        Of several the first one counts, because the first occupation named decides the sector; where names begin at
        the same word, the longest.
        """
        words = _words(text)
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                if found := self._by_phrase.get(words[start:end]):
                    return found
        return None

    def transport(self, code: str, drives: bool | None) -> bool:
        """Whether a person with this occupation counts as transport; `drives` answers for an entry marked `ask`.

        Without an answer it does not count, which is the dearer price and never has to be claimed back. Raises
        KeyError for an unknown code.
        """
        flag = self._by_code[code].transport
        return flag == "yes" or (flag == "ask" and drives is True)

"""The texts that a person agrees to, as dated versions, so that what was agreed to can be shown later."""

import tomllib
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

PACKAGED = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Text:
    """One version of a text: short points beside the box, the full text behind a link. `kind` is terms, privacy, …"""

    kind: str
    version: str
    since: date
    title: str
    short: tuple[str, ...]
    full: tuple[str, ...]

    @property
    def hash(self) -> bytes:
        """SHA-256 of the words: proof of what exactly was agreed to."""
        return sha256("\n".join((self.title, *self.short, *self.full)).encode()).digest()


class Consents:
    """All versions of all texts."""

    def __init__(self, texts: tuple[Text, ...]) -> None:
        self.texts = texts

    @classmethod
    def load(cls, path: Path = PACKAGED) -> "Consents":
        """Read the versions from a TOML file."""
        rows = tomllib.loads(path.read_text())["text"]
        return cls(tuple(Text(**{**row, "short": tuple(row["short"]), "full": tuple(row["full"])}) for row in rows))

    def current(self, kind: str, on: date) -> Text:
        """The version in force on a day; raises LookupError when there is none."""
        past = [text for text in self.texts if text.kind == kind and text.since <= on]
        if not past:
            raise LookupError(f"no {kind} text in force on {on}")
        return max(past, key=lambda text: text.since)

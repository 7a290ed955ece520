"""How the environment is read: fields that say their own name, words that mean yes, and every refusal told at once."""

import os
from collections.abc import Collection, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any


class Misconfigured(Exception):
    """The environment does not describe a service that may start; `problems` holds one line for each reason."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Refusals:
    """Gathers why parts cannot be opened, each within a `with` of its own, so that all is told at once by `tell`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __enter__(self) -> None:
        """Nothing to give."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, Misconfigured):
            self.problems += error.problems
            return True
        return False

    def tell(self) -> None:
        """Raise `Misconfigured` unless everything could be opened."""
        if self.problems:
            raise Misconfigured(self.problems)


def setting(default: str, doc: str, *, name: str = "", choices: Collection[str] = (), kind: type = str) -> Any:
    """A field read from ``BPU_<FIELD>`` (or `name`), or from the file that ``<NAME>_FILE`` points to."""
    value = convert(default, kind) if kind is not str else default
    return field(default=value, metadata={"doc": doc, "name": name, "choices": choices, "kind": kind, "text": default})


def convert(text: str, kind: type) -> Any:
    """What the text of a setting means; ValueError says in a few words why it means nothing."""
    if kind is bool:
        if text not in ("yes", "no"):
            raise ValueError("is neither yes nor no")
        return text == "yes"
    if kind is int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError("is not a whole number")
        return int(text)
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def called(item: Any) -> str:
    """The name of a field in the environment."""
    return item.metadata["name"] or f"BPU_{item.name.upper()}"


def read(environ: Mapping[str, str], name: str, problems: list[str]) -> str | None:
    """The text of a name, or of the file that ``<NAME>_FILE`` points to; what is odd is added to `problems`."""
    path = environ.get(f"{name}_FILE")
    if path is None:
        return environ.get(name)
    if name in environ:
        problems.append(f"{name} and {name}_FILE are both set")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        problems.append(f"{name}_FILE={path!r}: {os.strerror(error.errno or 0)}")
    except ValueError:
        problems.append(f"{name}_FILE={path!r}: is not text")
    return None

"""Profiles of SMS gateways: each is a table in `sms.toml`, whose head says how to write one."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bpu.providers.http import found

FILE = Path(__file__).with_name("sms.toml")
WORDS = frozenset({"to", "msisdn", "local", "text", "otp", "sender", "ref", "dlr"})
OUTCOMES = ("delivered", "failed", "rejected")
SECRETS = "BPU_SMS_"  # what the names of the environment begin with that a profile may use
WORD = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Profile:
    """How one gateway is spoken to; the fields are explained at the head of `sms.toml`."""

    name: str
    url: str
    ok: tuple[str, tuple[str, ...]]
    method: str = "POST"
    enc: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    basic: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    transient: tuple[str, ...] = ()
    id: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)
    inbound: Mapping[str, str] = field(default_factory=dict)
    unverified: bool = False

    def __post_init__(self) -> None:
        """Refuses, in one line each, a profile that could not be used or that has no rule for success."""
        if self.enc not in ("query", "form", "json") or (self.enc == "query") != (self.method == "GET"):
            raise ValueError(f"{self.name}: enc is query (with method GET), form or json")
        if len(self.ok) != 2 or not isinstance(self.ok[0], str) or not self.ok[1]:
            raise ValueError(f"{self.name}: ok is [path, [accepted values]]")
        if self.basic and len(self.basic) != 2:
            raise ValueError(f"{self.name}: basic is [user, password]")
        if self.receipt and self.receipt.keys() - {"path"} - set(OUTCOMES):
            raise ValueError(f"{self.name}: receipt has a path and lists of {', '.join(OUTCOMES)}")
        if self.inbound and self.inbound.keys() != {"from", "text"}:
            raise ValueError(f"{self.name}: inbound has the paths from and text")
        unknown = {word for word in _words(self) if word not in WORDS and not word.startswith(SECRETS)}
        if unknown:
            raise ValueError(f"{self.name}: unknown ${', $'.join(sorted(unknown))}")

    @property
    def only_codes(self) -> bool:
        """Whether it sends a code in words of its own, and so cannot take any other message."""
        return "otp" in _words(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the environment that it cannot do without."""
        return tuple(sorted(word for word in _words(self) if word.startswith(SECRETS)))

    def outcome(self, values: Mapping[str, Any]) -> str:
        """What a receipt says: one of `OUTCOMES`, or nothing where it says nothing final."""
        said = value_at(values, self.receipt["path"]) if self.receipt else ""
        return next((outcome for outcome in OUTCOMES if said in self.receipt.get(outcome, ())), "")


def _words(profile: Profile) -> set[str]:
    return set(WORD.findall(json.dumps([profile.url, profile.basic, profile.headers, profile.body])))


@lru_cache(maxsize=4)
def load_profiles(path: Path = FILE) -> Mapping[str, Profile]:
    """Read the profiles; raises ValueError with one line that names the profile and what is wrong with it."""
    profiles = {}
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
        try:
            fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
            profiles[name] = Profile(name=name, **fields | {"ok": (row["ok"][0], tuple(row["ok"][1]))})
        except (TypeError, KeyError, IndexError) as error:
            raise ValueError(f"{name}: wrong or missing {error}") from error
    return profiles


def value_at(document: Any, path: str) -> str:
    """What stands at a path, as the profile writes it: text bare, everything else as JSON does."""
    value = found(document, path)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)

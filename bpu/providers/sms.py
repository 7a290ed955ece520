"""SMS gateways. A gateway is data: a profile in `sms.toml`, whose head says how to write one."""

import base64
import json
import re
import time
import tomllib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from bpu.providers import ProviderError, address_problem, call, found
from bpu.settings import Misconfigured, Settings

PROFILES = Path(__file__).with_suffix(".toml")
WORDS = frozenset({"to", "msisdn", "local", "text", "otp", "sender", "ref", "dlr"})
OPTIONAL = frozenset({"sender", "dlr"})  # an entry that needs one of these is left out when there is none
SENDER = "BPU_SMS_SENDER"
OUTCOMES = ("delivered", "failed", "rejected")
TRANSIENT_HTTP = frozenset({408, 425, 429})
# So many failures in so many seconds, and a gateway rests before it is asked once more. The rest is short, because an
# office with a single gateway has people waiting for a code.
FAILURES, WITHIN, REST = 5, 60.0, 10.0

_WORD = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
Deposit = Callable[[str, str, Mapping[str, str]], None]


@dataclass(frozen=True)
class Sms:
    """One message: `to` in E.164, `ref` our own name for it, `dlr` the address that receipts go to, or nothing.

    `otp` is the code within `text`, for gateways that take the code apart from its words.
    """

    to: str
    text: str
    otp: str = ""
    ref: str = ""
    dlr: str = ""


class Gateway(Protocol):
    """Whoever takes an SMS; `resting` says that it failed too often just now to be worth asking."""

    @property
    def name(self) -> str: ...

    @property
    def resting(self) -> bool: ...

    def send(self, sms: Sms) -> str:
        """Hand the message over and return the gateway's id for it, or nothing; raises `ProviderError`."""


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
        unknown = {word for word in _words(self) if word not in WORDS and not word.startswith("BPU_SMS_")}
        if unknown:
            raise ValueError(f"{self.name}: unknown ${', $'.join(sorted(unknown))}")

    @property
    def only_codes(self) -> bool:
        """Whether it sends a code in words of its own, and so cannot take any other message."""
        return "otp" in _words(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the environment that it cannot do without."""
        return tuple(sorted(word for word in _words(self) if word.startswith("BPU_SMS_")))

    def outcome(self, values: Mapping[str, Any]) -> str:
        """What a receipt says: one of `OUTCOMES`, or nothing where it says nothing final."""
        said = _said(values, self.receipt["path"]) if self.receipt else ""
        return next((outcome for outcome in OUTCOMES if said in self.receipt.get(outcome, ())), "")


def _words(profile: Profile) -> set[str]:
    return set(_WORD.findall(json.dumps([profile.url, profile.basic, profile.headers, profile.body])))


@lru_cache(maxsize=4)
def load_profiles(path: Path = PROFILES) -> Mapping[str, Profile]:
    """Read the profiles; raises ValueError with one line that names the profile and what is wrong with it."""
    profiles = {}
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
        try:
            fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
            profiles[name] = Profile(name=name, **fields | {"ok": (row["ok"][0], tuple(row["ok"][1]))})
        except (TypeError, KeyError, IndexError) as error:
            raise ValueError(f"{name}: wrong or missing {error}") from error
    return profiles


class HttpGateway:
    """A gateway that is spoken to over HTTP as its profile says."""

    def __init__(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        self.profile = profile
        self.name = profile.name
        self._secrets = secrets
        self._failures: deque[float] = deque(maxlen=FAILURES)

    @property
    def resting(self) -> bool:
        """Whether it just failed `FAILURES` times within a short while."""
        if len(self._failures) < FAILURES:
            return False
        return self._failures[-1] - self._failures[0] < WITHIN and time.monotonic() - self._failures[-1] < REST

    def send(self, sms: Sms) -> str:
        """Hand the message over; returns the gateway's id for it. A `ProviderError` holds no words of the message."""
        if self.profile.only_codes and not sms.otp:
            raise ProviderError(f"{self.name}: takes codes only", permanent=True)
        try:
            sent = self._send(sms)
        except ProviderError as error:
            if not error.permanent:
                self._failures.append(time.monotonic())
            raise ProviderError(f"{self.name}: {error}", error.permanent) from None
        self._failures.clear()
        return sent

    def _send(self, sms: Sms) -> str:
        url, headers, body = self.request(sms)
        answer = call(self.profile.method, url, headers=headers, body=body)
        document = _parsed(answer.body)
        path, accepted = self.profile.ok
        said = str(answer.status) if path == "http" else _said(document, path)
        if answer.status >= 500 or answer.status in TRANSIENT_HTTP:
            raise ProviderError(f"HTTP {answer.status}", permanent=False)
        if 200 <= answer.status < 300 and said in accepted:
            return _said(document, self.profile.id) if self.profile.id else ""
        unreadable = 200 <= answer.status < 300 and path != "http" and document is None
        raise ProviderError(f"HTTP {answer.status}, {_code(said)}", not (unreadable or said in self.profile.transient))

    def request(self, sms: Sms) -> tuple[str, dict[str, str], bytes | None]:
        """Address, headers and body of the call that hands `sms` over, every value put in safely for its place."""
        words = {
            "to": sms.to,
            "msisdn": sms.to.removeprefix("+"),
            "local": re.sub(r"^\+62", "0", sms.to),
            "text": sms.text,
            "otp": sms.otp,
            "ref": sms.ref,
            "dlr": sms.dlr,
            "sender": self._secrets.get(SENDER, ""),
            **self._secrets,
        }
        profile = self.profile
        url = _address(profile.url, words)
        headers = _filled(profile.headers, words)
        if profile.basic:
            pair = ":".join(_filled(list(profile.basic), words))
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if any(not value.isascii() or not value.isprintable() for value in headers.values()):
            raise ProviderError("a header holds a sign that it may not", permanent=True)
        values = _filled(profile.body, words)
        if profile.enc == "query":
            return f"{url}?{urlencode(values, quote_via=quote)}", headers, None
        if profile.enc == "form":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return url, headers, urlencode(values).encode()
        headers["Content-Type"] = "application/json"
        return url, headers, json.dumps(values).encode()


def _address(template: str, words: Mapping[str, str]) -> str:
    """A URL: what it begins with is an operator's whole address, whatever comes later is one quoted part of it."""
    return _WORD.sub(lambda hit: words[hit[1]] if hit.start() == 0 else quote(words[hit[1]], safe=""), template)


def _filled(template: Any, words: Mapping[str, str]) -> Any:
    """The template with its words put in, without the entries whose optional word there is none of."""
    if isinstance(template, str):
        return _WORD.sub(lambda hit: words[hit[1]], template)
    if isinstance(template, Mapping):
        kept = {key: _filled(value, words) for key, value in template.items() if not _lacks(value, words)}
        return {key: value for key, value in kept.items() if value != {}}
    return [_filled(value, words) for value in template]


def _lacks(value: Any, words: Mapping[str, str]) -> bool:
    return isinstance(value, str) and any(word in OPTIONAL and not words[word] for word in _WORD.findall(value))


def _said(document: Any, path: str) -> str:
    """What stands at a path, as the profile writes it: text bare, everything else as JSON does."""
    value = found(document, path)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _code(said: str) -> str:
    """A status as a log may hold it: a short code or plain words, nothing that could be a number or a text."""
    return said if re.fullmatch(r"[A-Za-z_ -]{1,30}|-?\d{1,5}", said) else "an unknown status"


class Simulator:
    """The sandbox's own phone, through the callable that keeps messages there."""

    name = "simulator"
    resting = False

    def __init__(self, deposit: Deposit) -> None:
        self.deposit = deposit

    def send(self, sms: Sms) -> str:
        """Keep the message where the sandbox shows it."""
        self.deposit("sms", sms.to, {"text": sms.text})
        return sms.ref


NAMES: tuple[str, ...] = (SENDER, *sorted({name for profile in load_profiles().values() for name in profile.secrets}))


def open_gateways(settings: Settings, simulator: Deposit) -> list[Gateway]:
    """The gateways of `BPU_SMS` in their order; raises `Misconfigured` for an unknown one and for a missing secret."""
    profiles = load_profiles()
    problems: list[str] = []
    gateways: list[Gateway] = []
    for name in settings.sms:
        if name == "simulator":
            gateways.append(Simulator(simulator))
        elif name not in profiles:
            problems.append(f"BPU_SMS={name!r} is not one of {', '.join(('simulator', *profiles))}")
        else:
            problems += _missing(profiles[name], settings.provider)
            gateways.append(HttpGateway(profiles[name], settings.provider))
    if problems:
        raise Misconfigured(problems)
    return gateways


def _missing(profile: Profile, provider: Mapping[str, str]) -> list[str]:
    missing = [f"BPU_SMS={profile.name} needs {name}" for name in profile.secrets if not provider.get(name)]
    if missing:
        return missing
    problem = address_problem(_address(profile.url, dict.fromkeys(WORDS, "") | dict(provider)))
    return [f"BPU_SMS={profile.name}: its address {problem}"] if problem else []

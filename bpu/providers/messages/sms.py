"""SMS gateways. A gateway is data: a profile in `sms.toml`, whose head says how to write one."""

import base64
import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from bpu.providers import ProviderError
from bpu.providers.http import address_problem, call
from bpu.providers.messages.profiles import SECRETS, WORD, WORDS, Profile, load_profiles, value_at
from bpu.settings import Misconfigured, Settings

OPTIONAL = frozenset({"sender", "dlr"})  # an entry that needs one of these is left out when there is none
SENDER = "BPU_SMS_SENDER"
TRANSIENT_HTTP = frozenset({408, 425, 429})
# So many failures in so many seconds, and a gateway rests before it is asked once more. The rest is short, because an
# office with a single gateway has people waiting for a code.
FAILURES, WITHIN, REST = 5, 60.0, 10.0

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
        said = str(answer.status) if path == "http" else value_at(document, path)
        if answer.status >= 500 or answer.status in TRANSIENT_HTTP:
            raise ProviderError(f"HTTP {answer.status}", permanent=False)
        if 200 <= answer.status < 300 and said in accepted:
            return value_at(document, self.profile.id) if self.profile.id else ""
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
    return WORD.sub(lambda hit: words[hit[1]] if hit.start() == 0 else quote(words[hit[1]], safe=""), template)


def _filled(template: Any, words: Mapping[str, str]) -> Any:
    """The template with its words put in, without the entries whose optional word there is none of."""
    if isinstance(template, str):
        return WORD.sub(lambda hit: words[hit[1]], template)
    if isinstance(template, Mapping):
        kept = {key: _filled(value, words) for key, value in template.items() if not _lacks(value, words)}
        return {key: value for key, value in kept.items() if value != {}}
    return [_filled(value, words) for value in template]


def _lacks(value: Any, words: Mapping[str, str]) -> bool:
    return isinstance(value, str) and any(word in OPTIONAL and not words[word] for word in WORD.findall(value))


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


def settings_of(profiles: Mapping[str, Profile]) -> dict[str, str]:
    """Name and meaning of each setting that these profiles use."""
    meanings = {SENDER: "SMS: the sender that phones show, where the gateway lets it be chosen"}
    for name, of in sorted((name, profile.name) for profile in profiles.values() for name in profile.secrets):
        part = name.removeprefix(SECRETS).removeprefix(f"{of.upper()}_").lower().replace("_", " ")
        meanings.setdefault(name, f"SMS `{of}`: its {part}")
    return meanings


NAMES = settings_of(load_profiles())


def open_gateways(
    settings: Settings, simulator: Deposit, profiles: Mapping[str, Profile] | None = None
) -> list[Gateway]:
    """The gateways of `BPU_SMS` in their order; raises `Misconfigured` for an unknown one and for a missing secret."""
    profiles = load_profiles() if profiles is None else profiles
    problems: list[str] = []
    gateways: list[Gateway] = []
    if not settings.sms:
        problems.append("BPU_SMS is empty: nobody would get a code")
    for name in settings.sms:
        if name == "simulator":
            gateways.append(Simulator(simulator))
        elif name not in profiles:
            problems.append(f"BPU_SMS={name!r} is not one of {', '.join(('simulator', *profiles))}")
        elif missing := _missing(profiles[name], settings.provider):
            problems += missing
        else:
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

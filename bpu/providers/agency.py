"""The agency's core, which alone gives participant numbers: over HTTP, by exchanged files, or played in the sandbox.

The HTTP core gets a signed JSON ``POST`` and answers ``200 {"registration": …, "number": …}``, or ``202`` and posts the
same to ``/core/number`` later. Both directions carry ``X-Timestamp`` (seconds since 1970) and ``X-Signature``, the hex
HMAC-SHA256 over ``path``, timestamp and body with line feeds between; ``Idempotency-Key`` is the registration's uid, so
asking twice gives the same number.
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import urlsplit

from bpu import clock
from bpu.providers import ProviderError
from bpu.providers.http import address_problem, call
from bpu.settings import Misconfigured, Settings

NAMES = {
    "BPU_CORE_URL": "core `http`: address that applications are posted to",
    "BPU_CORE_SECRET": "core `http`: shared secret (32 characters or more) that signs both directions",
    "BPU_CORE_NUMBER": "cores `http` and `file`: regular expression of a participant number; 11 digits unless set",
}
SKEW = 300
# What may be gone the next time: time-outs, too early, too many.
PASSING = (408, 425, 429)


class Way(Enum):
    """How a core gives numbers."""

    AT_ONCE = "at once"  # calls nobody, so it may be asked inside a transaction
    CALL = "call"  # somewhere on the network: asked through the outbox
    BATCH = "batch"  # by files that a person carries: `bpu export`, `bpu import-numbers`


class Core(Protocol):
    """Whoever gives the numbers."""

    way: Way

    def fits(self, number: str) -> bool:
        """Whether `number` looks like one of this core's."""

    def number(self, application: Mapping[str, Any]) -> str | None:
        """The participant number for `application`; None when it follows later. Raises `ProviderError`."""


class Sandbox:
    """Gives numbers that nobody can mistake for real ones."""

    way = Way.AT_ONCE

    def fits(self, number: str) -> bool:
        """Whether `number` is one of the sandbox's."""
        return re.fullmatch(r"CONTOH-[0-9]{8}", number) is not None

    def number(self, application: Mapping[str, Any]) -> str:
        """A number by chance, owing nothing to what anybody typed."""
        return f"CONTOH-{secrets.randbelow(10**8):08d}"


class File:
    """Gives numbers in batches, by files; there is nobody to call."""

    way = Way.BATCH

    def __init__(self, settings: Settings) -> None:
        self._form = _form(settings)

    def fits(self, number: str) -> bool:
        """Whether `number` looks like a participant number."""
        return self._form.fullmatch(number) is not None

    def number(self, application: Mapping[str, Any]) -> None:
        """Nothing yet: the number comes with a file."""


class Http:
    """Asks the agency's endpoint, and knows its calls back from anybody else's."""

    way = Way.CALL

    def __init__(self, settings: Settings) -> None:
        self._url = settings.provider.get("BPU_CORE_URL", "")
        secret = settings.provider.get("BPU_CORE_SECRET", "")
        problem = address_problem(self._url)
        problems = [f"BPU_CORE_URL {problem}; BPU_CORE=http needs one"] if problem else []
        if len(secret) < 32:
            problems.append("BPU_CORE_SECRET is shorter than 32 characters")
        if problems:
            raise Misconfigured(problems)
        self._secret = secret.encode()
        self._form = _form(settings)

    def fits(self, number: str) -> bool:
        """Whether `number` looks like a participant number."""
        return self._form.fullmatch(number) is not None

    def number(self, application: Mapping[str, Any]) -> str | None:
        """Post `application`; the number in the answer, or None when it will be called back."""
        uid = application["registration"]
        body = json.dumps(application, separators=(",", ":"), sort_keys=True).encode()
        timestamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": uid,
            "X-Timestamp": timestamp,
            "X-Signature": signature(self._secret, urlsplit(self._url).path or "/", timestamp, body),
        }
        answer = call("POST", self._url, headers=headers, body=body)
        if answer.status == 202:
            return None
        if answer.status not in (200, 201):
            passing = answer.status >= 500 or answer.status in PASSING
            raise ProviderError(f"the core answered {answer.status}", permanent=not passing)
        try:
            said = json.loads(answer.body)
            number, registration = said["number"], said["registration"]
        except (ValueError, TypeError, KeyError):
            raise ProviderError("the core's answer cannot be read", permanent=False) from None
        if registration != uid or not isinstance(number, str):
            raise ProviderError("the core answered for another registration", permanent=False)
        return number

    def genuine(self, path: str, timestamp: str, given: str, body: bytes, now: datetime) -> bool:
        """Whether a call back with these headers comes from the core, and not from longer ago than five minutes."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        expected = signature(self._secret, path, timestamp, body)
        fresh = abs(now.timestamp() - int(timestamp)) <= SKEW
        return hmac.compare_digest(expected.encode(), given.encode()) and fresh


def open_core(settings: Settings) -> Core:
    """The core that the settings name; raises `Misconfigured` when it lacks something."""
    match settings.core:
        case "sandbox":
            return Sandbox()
        case "http":
            return Http(settings)
        case "file":
            return File(settings)
    raise Misconfigured([f"BPU_CORE={settings.core!r} is not one of sandbox, http, file"])


def signature(secret: bytes, path: str, timestamp: str, body: bytes) -> str:
    """What both sides write into ``X-Signature``; the path keeps a request from being played back as a call back."""
    return hmac.new(secret, b"\n".join((path.encode(), timestamp.encode(), body)), sha256).hexdigest()


def _form(settings: Settings) -> re.Pattern[str]:
    try:
        return re.compile(settings.provider.get("BPU_CORE_NUMBER", "[0-9]{11}"))
    except re.error as error:
        raise Misconfigured([f"BPU_CORE_NUMBER is no regular expression: {error}"]) from None

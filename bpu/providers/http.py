"""The one way to call a partner over HTTP, and to read what it answers."""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from bpu.providers import ProviderError

TIMEOUT = 5.0  # seconds for each wait on the network
DEADLINE = 10.0  # seconds for a whole call: a partner that answers one byte at a time is cut off
LARGEST = 65_536  # bytes of an answer that are read


class Headers(Protocol):
    """Headers asked for by name, in upper or lower case alike."""

    def get(self, name: str, default: str, /) -> str:
        """The value of a header, `default` when it was not sent."""


@dataclass(frozen=True)
class Answer:
    """What a partner answered over HTTP; at most `LARGEST` bytes of it."""

    status: int
    body: bytes


def loopback(host: str | None) -> bool:
    """Whether a host is this machine, so that nothing said to it crosses a wire."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def address_problem(url: str) -> str:
    """Why a partner may not be called at `url`, or nothing: https is needed unless it is this machine."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f\x7f-\U0010ffff]", url):
        return "is no http address"
    if parts.scheme == "http" and not loopback(parts.hostname):
        return "must begin with https://"
    return ""


def call(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Call a partner: TLS verified, no redirect followed, ten seconds at most, the answer capped.

    Raises a `ProviderError` worth another try when no whole answer came, and a permanent one for a forbidden address.
    """
    if problem := address_problem(url):
        raise ProviderError(f"the partner's address {problem}", permanent=True)
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    begun = time.monotonic()
    try:
        with socket.create_connection((host, port), TIMEOUT) as plain, _secured(plain, host, tls) as wire:
            with _hung_up_on(wire, begun + DEADLINE) as late:
                if isinstance(wire, ssl.SSLSocket):
                    wire.do_handshake()
                connection = http.client.HTTPConnection(host, port)
                connection.default_port = 443 if tls else 80
                connection.sock = wire
                connection.request(method, target, body=body, headers={"User-Agent": "daftar-bpu", **(headers or {})})
                with connection.getresponse() as response:
                    answer = Answer(response.status, response.read(LARGEST))
            if late.is_set():  # what had come by then may look whole: an answer of no stated length ends with the line
                raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: a socket that was hung up on while it was being read.
        raise ProviderError(f"no answer: {type(error).__name__}", permanent=False) from None
    return answer


def _secured(plain: socket.socket, host: str, tls: bool) -> socket.socket:
    """The line as it is spoken over; the handshake is left to be done under the deadline."""
    if not tls:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _hung_up_on(wire: socket.socket, at: float) -> Iterator[threading.Event]:
    """Hang up on a partner who is still talking `at` that monotonic time; the event says that it came to that.

    The timer holds the socket itself: the connection forgets it as soon as an answer without a length begins.
    """
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with suppress(OSError):
            # The plain socket's own way: TLS would wait for the other side to agree.
            socket.socket.shutdown(wire, socket.SHUT_RDWR)

    cut = threading.Timer(max(at - time.monotonic(), 0), hang_up)
    cut.daemon = True
    cut.start()
    try:
        yield late
    finally:
        cut.cancel()


def found(document: Any, path: str) -> Any:
    """What stands in parsed JSON at a dotted path such as ``messages.0.status``; None where nothing does."""
    for part in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document

"""The world outside: one class behind one verb for each partner, and the one way to call them over HTTP."""

import http.client
import importlib
import importlib.util
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds for each wait on the network
DEADLINE = 10.0  # seconds for a whole call: a partner that answers one byte at a time is cut off
LARGEST = 65_536  # bytes of an answer that are read
MODULES = ("sms", "mail", "core", "payment", "snap", "midtrans", "xendit")


class ProviderError(Exception):
    """A partner did not do what was asked; `permanent` says that asking again cannot help.

    The message goes into logs and the operator's page: it never quotes what was sent or what was answered.
    """

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Answer:
    """What a partner answered over HTTP; at most `LARGEST` bytes of it."""

    status: int
    body: bytes


def names() -> frozenset[str]:
    """Every BPU_ name of the environment that some partner may need: the `NAMES` of the modules here."""
    found: set[str] = set()
    for module in MODULES:
        if importlib.util.find_spec(f"{__name__}.{module}"):
            found.update(getattr(importlib.import_module(f"{__name__}.{module}"), "NAMES", ()))
    return frozenset(found)


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
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    cut = threading.Timer(DEADLINE, _hang_up, (connection,))
    cut.daemon = True
    try:
        cut.start()
        connection.request(method, target, body=body, headers={"User-Agent": "daftar-bpu", **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.read(LARGEST))
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: a socket that was hung up on while it was being read.
        raise ProviderError(f"no answer: {type(error).__name__}", permanent=False) from None
    finally:
        cut.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        try:
            # The plain socket's own way: TLS would wait for the other side to agree.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
        except OSError:
            return


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

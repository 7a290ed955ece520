"""People at a service that answers over the network: a plain HTTP client, and whoever walks the journey with it."""

import http.client
import json
import re
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.people.visitor import Visitor


@dataclass(frozen=True)
class Response:
    """An answer as Flask's own test client shows it."""

    status_code: int
    headers: http.client.HTTPMessage
    data: bytes
    request: Any

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def mimetype(self) -> str:
        return self.headers.get_content_type()


class Browser:
    """A plain HTTP client that keeps cookies and follows redirects; TLS is verified against `authority`.

    `home` is the address of this machine that it comes from.
    """

    def __init__(self, base: str, authority: Path | None = None, patience: float = 30, home: str = "") -> None:
        self.base = base
        self.home = (home, 0) if home else None
        self.context = ssl.create_default_context(cafile=str(authority)) if authority else None
        self.cookies: dict[str, str] = {}
        self.patience = patience

    def get(self, path: str, headers: Mapping[str, str] | None = None, follow_redirects: bool = True) -> Response:
        """Open an address."""
        return self._send("GET", path, dict(headers or {}), None, follow_redirects)

    def post(
        self, path: str, data: Any, headers: Mapping[str, str] | None = None, follow_redirects: bool = False
    ) -> Response:
        """Send a form, or a body as it is."""
        sent = dict(headers or {})
        if isinstance(data, bytes):
            return self._send("POST", path, sent, data, follow_redirects)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send("POST", path, sent, urlencode(data, doseq=True).encode(), follow_redirects)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes | None, follow: bool) -> Response:
        connection = self._connection()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, headers | ({"Cookie": cookies} if cookies else {}))
            answer = connection.getresponse()
            said = Response(answer.status, answer.headers, answer.read(), urlsplit(path))
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if follow and said.status_code == 303:
            return self._send("GET", said.headers["Location"], {"Sec-Fetch-Site": "same-origin"}, None, follow)
        return said

    def _connection(self) -> http.client.HTTPConnection:
        netloc = urlsplit(self.base).netloc
        if self.context is None:
            return http.client.HTTPConnection(netloc, timeout=self.patience, source_address=self.home)
        return http.client.HTTPSConnection(
            netloc, context=self.context, timeout=self.patience, source_address=self.home
        )


class Passer(Visitor):
    """Somebody who registers at a sandbox that runs in a process of its own."""

    def __init__(
        self,
        base: str,
        answers: dict[str, dict[str, Any]],
        authority: Path | None = None,
        patience: float = 30,
        home: str = "",
    ) -> None:
        self.client = Browser(base, authority, patience, home)  # type: ignore[assignment]
        self.htmx, self.browser, self.path = False, True, ""
        self.answers = answers

    def messages(self, to: str | None = None) -> list[dict[str, str]]:
        """What this person's phone received, newest first."""
        digits = re.sub(r"\D", "", self.answers["data-diri"]["phone"])
        asked = urllib.parse.quote(to or "+62" + digits[1:])
        found: list[dict[str, str]] = json.loads(self.client.get(f"/simulator/messages.json?to={asked}").data)
        return found

    def code(self) -> str:
        """The newest one-time code; waits for it."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if found := self.messages():
                return re.findall(r"\b[0-9]{6}\b", found[0]["text"])[0]
            time.sleep(0.1)
        raise AssertionError("no code came")

    def register(self) -> str:
        """Walk from the front page to the participant number, and return it."""
        return self.reach("selesai").number

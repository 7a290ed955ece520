"""Counts what a page costs in a real browser: bytes on the wire with headers, and requests that went out."""

import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

# Tells when a fragment of htmx has been painted: two frames after it was put into the page.
SWAPPED = """document.addEventListener('htmx:after:swap', () =>
  requestAnimationFrame(() => requestAnimationFrame(() => window.painted && painted(''))))"""


@dataclass
class Transfer:
    """One request that went over the line; `kind` is Document, Fetch, Script, Stylesheet or Other."""

    method: str
    path: str
    kind: str
    bytes: int = 0
    status: int = 0


@dataclass
class Meter:
    """Listens to one page from now on."""

    page: Page
    transfers: list[Transfer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tools = self.page.context.new_cdp_session(self.page)
        self.running: dict[str, Transfer] = {}
        self.tools.on("Network.requestWillBeSent", self._sent)
        self.tools.on("Network.requestServedFromCache", lambda event: self.running.pop(event["requestId"], None))
        self.tools.on("Network.responseReceived", self._answered)
        self.tools.on("Network.loadingFinished", self._finished)
        self.tools.send("Network.enable")
        self.sent = 0  # bytes of forms
        self.asked = self.shown = 0.0  # when a page was asked for last, and when one was painted last
        self.tools.on("Page.lifecycleEvent", self._lived)
        self.tools.on("Runtime.bindingCalled", lambda _: self._painted())
        self.tools.send("Page.enable")
        self.tools.send("Runtime.enable")
        self.tools.send("Page.setLifecycleEventsEnabled", {"enabled": True})
        self.tools.send("Runtime.addBinding", {"name": "painted"})
        self.tools.send("Page.addScriptToEvaluateOnNewDocument", {"source": SWAPPED})

    def _sent(self, event: dict[str, Any]) -> None:
        asked = event["request"]
        if asked["url"].startswith("data:"):
            return
        self.sent += len(asked.get("postData", ""))
        if event.get("type") in ("Document", "Fetch") and "redirectResponse" not in event:
            self.asked = time.monotonic()
        if before := event.get("redirectResponse"):
            hop = self.running[event["requestId"]]
            hop.bytes, hop.status = before["encodedDataLength"], before["status"]
            self.transfers.append(hop)
        path = "/" + asked["url"].split("/", 3)[-1]
        self.running[event["requestId"]] = Transfer(asked["method"], path, event.get("type", "Other"))

    def _answered(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer.get("fromDiskCache") or answer.get("fromPrefetchCache"):
            self.running.pop(event["requestId"], None)
        elif transfer := self.running.get(event["requestId"]):
            transfer.status = answer["status"]

    def _finished(self, event: dict[str, Any]) -> None:
        if transfer := self.running.pop(event["requestId"], None):
            transfer.bytes = int(event["encodedDataLength"])
            self.transfers.append(transfer)

    def _lived(self, event: dict[str, Any]) -> None:
        if event["name"] == "firstContentfulPaint":
            self._painted()

    def _painted(self) -> None:
        self.shown = time.monotonic()

    def waited(self) -> float:
        """Seconds from asking for the page that is on the screen to its being painted."""
        for _ in range(1200):
            if self.shown > self.asked:
                return self.shown - self.asked
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing was painted at {self.page.url}")

    @property
    def bytes(self) -> int:
        """All bytes so far."""
        return sum(one.bytes for one in self.transfers)

    def slow(self, processor: float) -> None:
        """Let the page have a processor so many times slower."""
        self.tools.send("Emulation.setCPUThrottlingRate", {"rate": processor})

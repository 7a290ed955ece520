"""Counts what a page costs in a real browser: bytes on the wire with headers, and requests that went out."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


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

    def _sent(self, event: dict[str, Any]) -> None:
        asked = event["request"]
        if asked["url"].startswith("data:"):
            return
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

    @property
    def bytes(self) -> int:
        """All bytes so far."""
        return sum(one.bytes for one in self.transfers)

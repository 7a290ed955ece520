"""A Chromium that is driven over a pipe and watched through its own events, with nothing of ours inside the page while
it is on its way: what usually drives browsers puts scripts of its own into every page before it is painted, and a slow
processor then spends longer on these than on the page.
"""

import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fcntl import F_DUPFD_CLOEXEC, fcntl
from io import RawIOBase
from typing import Any

from tests.parts.servers import program
from tests.whole.browser.driver import ARGS, PHONE, Service, home_of_a_browser

PATIENCE = 180.0  # seconds
# Puts answers into fields, whatever kind they are.
FILL = """fields => {
  for (const [name, value] of Object.entries(fields))
    for (const field of document.querySelectorAll(`main [name="${name}"]:not([type=hidden])`))
      if (['radio', 'checkbox'].includes(field.type)) field.checked = [].concat(value).includes(field.value);
      else field.value = value;
}"""
# Tells when a fragment of htmx has been painted: two frames after it was put into the page.
SWAPPED = """document.addEventListener('htmx:after:swap', () =>
  requestAnimationFrame(() => requestAnimationFrame(() => painted(''))))"""


class Chromium:
    """One page. `asked` is when a page was asked for last, `shown` when one was painted last, both in seconds of the
    machine's monotonic clock; `typed` is how many bytes of forms were sent, `pages` what each page weighed on the line.
    """

    def __init__(self, reading: RawIOBase, writing: RawIOBase) -> None:
        self._in, self._out = reading, writing
        self._numbers, self._answers = itertools.count(1), dict[int, dict[str, Any]]()
        self._changed = threading.Condition()
        self._session: str | None = None
        self._wanted: set[str] = set()
        self.asked = self.shown = 0.0
        self.typed, self.pages = 0, list[int]()
        threading.Thread(target=self._read, daemon=True).start()
        targets = self.tell("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.tell("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.tell("Page.enable")
        self.tell("Page.setLifecycleEventsEnabled", enabled=True)
        self.tell("Network.enable")
        self.tell("Emulation.setDeviceMetricsOverride", **PHONE, deviceScaleFactor=1, mobile=True)

    def without_script(self) -> None:
        """Let pages run no script."""
        self.tell("Emulation.setScriptExecutionDisabled", value=True)

    def with_script(self) -> None:
        """Notice when a script has put a fragment into the page, too."""
        self.tell("Runtime.enable")
        self.tell("Runtime.addBinding", name="painted")
        self.tell("Page.addScriptToEvaluateOnNewDocument", source=SWAPPED)

    def slow(self, times: float) -> None:
        """Let the page have a processor so many times slower."""
        self.tell("Emulation.setCPUThrottlingRate", rate=times)

    def open(self, address: str) -> float:
        """Go there as one who types it; seconds until it is painted."""
        return self._waited(lambda: self.tell("Page.navigate", url=address))

    def press(self, selector: str) -> float:
        """Press a link or button by the keyboard; seconds from asking for the next page to its being painted."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        return self._waited(lambda: self.tell("Input.dispatchKeyEvent", type="keyDown", text="\r", **key))

    def fill(self, fields: Mapping[str, Any]) -> None:
        """Put answers into the fields of the page."""
        self.run(f"({FILL})({json.dumps(fields)})")

    def run(self, expression: str) -> Any:
        """The value of an expression in the page, for whose result it stands still."""
        told = self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in told:
            raise AssertionError(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the browser's own protocol, and its answer."""
        number = next(self._numbers)
        told = {"id": number, "method": method, "params": parameters}
        if self._session:
            told["sessionId"] = self._session
        self._out.write(json.dumps(told).encode() + b"\0")
        with self._changed:
            assert self._changed.wait_for(lambda: number in self._answers, PATIENCE), f"no answer to {method}"
            answer = self._answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _waited(self, act: Callable[[], Any]) -> float:
        before = self.asked
        act()
        with self._changed:
            painted = self._changed.wait_for(lambda: self.shown > self.asked > before, PATIENCE)
        assert painted, "nothing was painted"
        return self.shown - self.asked

    def _read(self) -> None:
        rest = b""
        with self._in:  # until the browser ends
            while chunk := self._in.read(65536):
                *whole, rest = (rest + chunk).split(b"\0")
                for told in map(json.loads, whole):
                    with self._changed:
                        if "id" in told:
                            self._answers[told["id"]] = told
                        else:
                            self._heard(told["method"], told["params"])
                        self._changed.notify_all()

    def _heard(self, name: str, event: dict[str, Any]) -> None:
        if name == "Network.requestWillBeSent" and event.get("type") in ("Document", "Fetch"):
            self._wanted.add(event["requestId"])
            if "redirectResponse" in event:
                self.pages.append(event["redirectResponse"]["encodedDataLength"])
            else:
                self.asked = event["timestamp"]
            self.typed += len(event["request"].get("postData", ""))
        elif name == "Network.loadingFinished" and event["requestId"] in self._wanted:
            self.pages.append(int(event["encodedDataLength"]))
        elif name == "Page.lifecycleEvent" and event["name"] == "firstContentfulPaint":
            self.shown = event["timestamp"]
        elif name == "Runtime.bindingCalled":
            self.shown = time.monotonic()


@contextmanager
def chromium(service: Service) -> Iterator[Chromium]:
    """A browser with nothing kept from before, that trusts the service's authority."""
    with home_of_a_browser(service) as home:
        # The browser reads from 3 and writes to 4. The ends lie above these, so that none takes the other's place.
        ends = (*os.pipe(), *os.pipe())
        told, telling, hearing, heard = (fcntl(end, F_DUPFD_CLOEXEC, 10) for end in ends)
        for end in ends:
            os.close(end)
        path = program("chromium", "chromium")
        command = [path, "--headless", "--remote-debugging-pipe", *ARGS, "--lang=id-ID"]
        places = [(os.POSIX_SPAWN_DUP2, told, 3), (os.POSIX_SPAWN_DUP2, heard, 4)]
        quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        process = os.posix_spawn(
            path,
            [*command, f"--user-data-dir={home / 'profile'}", "about:blank"],
            {**os.environ, "HOME": str(home)},
            file_actions=[*places, quiet],
        )
        os.close(told)
        os.close(heard)
        try:
            with os.fdopen(telling, "wb", 0) as writing:
                yield Chromium(os.fdopen(hearing, "rb", 0), writing)
        finally:
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)

"""The service as it is started for real, in a process and a folder of its own, and its messages."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bpu.models import database, open_database
from bpu.secrecy import KeyRing
from bpu.services.access.codes import Codes
from bpu.services.desk.assistants import Assistants
from bpu.services.messages.texts import Messages
from bpu.settings import Settings, with_sandbox_secrets
from tests.parts.servers import free_port

ROOT = Path(__file__).parents[2]
READY = 40  # seconds


@dataclass
class Served:
    """A running service: where it is, and the folder with its database."""

    url: str
    folder: Path

    @property
    def settings(self) -> Settings:
        """The settings that it runs with."""
        return with_sandbox_secrets(Settings(database_url=f"sqlite:///{self.folder}/bpu.sqlite3"))

    @contextmanager
    def inside(self) -> Iterator[Settings]:
        """The same database, opened here as well."""
        settings = self.settings
        open_database(settings.database_url, KeyRing.parse(settings.data_keys))
        try:
            with database.connection_context():
                yield settings
        finally:
            if not database.is_closed():
                database.close()

    def invite(self, phone: str, shop: str, pin: str) -> None:
        """Let somebody help."""
        with self.inside() as settings:
            one = Assistants(Codes(settings, Messages(settings)))
            one.invite(phone, "Rini", shop, "3201", fee=5_000, fee_most=15_000, pin=pin)

    def messages(self, to: str) -> list[dict[str, Any]]:
        """What a phone (E.164) or a mailbox received, newest first."""
        with urllib.request.urlopen(f"{self.url}/simulator/messages.json?to={quote(to)}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def code(self, to: str, seconds: float = 15) -> str:
        """The newest code that a phone received; waits for it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self.messages(to):
                if found := re.search(r"kode(?: Anda)? ([0-9]{6})\b", message["text"]):
                    return found[1]
            time.sleep(0.05)
        raise AssertionError("no code arrived")


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Start the service on a free port and stop it again."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")}
    environ |= {
        "BPU_DATABASE_URL": f"sqlite:///{folder}/bpu.sqlite3",
        "BPU_CAPTCHA_ANSWER": "benar",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=log, stderr=log)
    one = Served(f"http://127.0.0.1:{port}", folder)
    try:
        end = time.monotonic() + READY
        while True:
            try:
                with urllib.request.urlopen(f"{one.url}/health", timeout=2):
                    break
            except OSError:
                assert process.poll() is None, (folder / "service.log").read_text()
                assert time.monotonic() < end, "the service did not start"
                time.sleep(0.1)
        yield one
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def alt(page: Any, key: str) -> None:
    """Press Alt and a key as a keyboard does; Playwright's own press leaves out what access keys are found by."""
    session = page.context.new_cdp_session(page)
    stroke = {"modifiers": 1, "key": key, "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", "unmodifiedText": key, **stroke})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **stroke})
    session.detach()

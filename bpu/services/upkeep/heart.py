"""The heartbeat of a process, as systemd's watchdog hears it (sd_notify), and processes that end with their parent."""

import http.client
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable

from bpu.settings import Settings

BEAT = 5.0  # seconds between two beats
SILENT = 20.0  # seconds without one after which whoever listens takes the process for stuck
STARTING = 60.0  # and while it starts
ANSWER = 10.0  # seconds in which the web server answers whether it is alive


class Listener:
    """What a child's beats arrive at: as systemd does it, so that the child needs to know nothing of us."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("")  # Linux gives it an abstract name, which ends with it
        self.name = "@" + self._socket.getsockname()[1:].decode()
        self.expect()

    def expect(self) -> None:
        """A new child begins: it has time to start."""
        self._until = time.monotonic() + STARTING

    def silent(self, seconds: float) -> bool:
        """Wait so long at most for a beat; whether the child has been silent for too long now."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(512)
        except TimeoutError:
            return time.monotonic() > self._until
        self._until = time.monotonic() + SILENT
        return False

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


def notify(text: str) -> None:
    """Tell whoever started this process and asked to hear of it."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if name:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.connect("\0" + name[1:] if name.startswith("@") else name)
                line.send(text.encode())
            except OSError:
                return


def beating(alive: Callable[[], bool]) -> None:
    """Tell every few seconds that this process is alive, in a thread of its own, for as long as it is."""

    def beat() -> None:
        ready = False
        while True:
            if alive():
                notify("WATCHDOG=1" if ready else "READY=1\nWATCHDOG=1")
                ready = True
            time.sleep(BEAT if ready else 0.2)

    threading.Thread(target=beat, name="heart", daemon=True).start()


def answers(settings: Settings) -> bool:
    """Whether the web server says anything at all: 503 while the database is away is an answer, too."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    if settings.tls_cert:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is our own port
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, settings.port, timeout=ANSWER, context=context
        )
    else:
        line = http.client.HTTPConnection(host, settings.port, timeout=ANSWER)
    try:
        line.request("GET", "/health", headers={"Host": "localhost", "Connection": "close"})
        return line.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def follow_parent(number: int, parent: int | None = None) -> None:
    """End with the process that started this one: an orphan would go on serving beside its successor."""
    parent = parent or os.getppid()

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        signal.pthread_kill(threading.main_thread().ident or 0, number)

    threading.Thread(target=follow, name="parent", daemon=True).start()

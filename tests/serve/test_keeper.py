"""The whole service in one command: it stops when told, and its worker is always there."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.parts.servers import eventually
from tests.whole.browser.driver import running


def children(pid: int) -> dict[int, str]:
    """The live processes below one, with their command lines."""
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,stat=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {int(row[0]): row[2] for row in rows if len(row) == 3 and not row[1].startswith("Z")}


def working(pid: int) -> int | None:
    """The worker below the service, if there is one."""
    return next((child for child, command in children(pid).items() if command.endswith("bpu work")), None)


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        first = eventually(lambda: working(service.process.pid))
        os.kill(first, signal.SIGKILL)
        second = eventually(lambda: (now := working(service.process.pid)) and now != first and now)
        assert second != first


def test_it_stops_although_a_browser_holds_its_connection(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        there = urlsplit(service.base)
        with socket.create_connection((there.hostname, there.port)) as line:
            line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 200")
            begun = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(timeout=25) == 0
            assert time.monotonic() - begun < 20
        assert not children(service.process.pid)

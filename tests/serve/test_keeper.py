"""The whole service in one command: it stops when told, and its worker is always there."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from bpu.services.upkeep.heart import BEAT, SILENT, Listener
from tests.parts.servers import eventually
from tests.whole.browser.driver import running


def children(pid: int) -> dict[int, str]:
    """The live processes below one, with their command lines."""
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,stat=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {int(row[0]): row[2] for row in rows if len(row) == 3 and not row[1].startswith("Z")}


def working(pid: int) -> int | None:
    """The worker below the service, if there is one."""
    return next((child for child, command in children(pid).items() if " bpu work --kept " in command), None)


def running_still(pid: int) -> bool:
    """Whether a process is at work: one that ended and that nobody asked after is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        first = eventually(lambda: working(service.process.pid))
        os.kill(first, signal.SIGKILL)
        second = eventually(lambda: (now := working(service.process.pid)) and now != first and now)
        assert second != first


def test_a_worker_that_is_stuck_is_replaced_within_half_a_minute(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        first = eventually(lambda: working(service.process.pid))
        eventually(lambda: service.messages("+6281200000000") == [])
        time.sleep(BEAT)  # it has begun to work
        os.kill(first, signal.SIGSTOP)
        begun = time.monotonic()
        second = eventually(lambda: (now := working(service.process.pid)) and now != first and now, seconds=35)
        assert second != first
        assert SILENT - BEAT - 1 < time.monotonic() - begun < 30


def test_whoever_is_left_behind_ends_too(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        eventually(lambda: working(service.process.pid))
        left = set(children(service.process.pid))
        assert len(left) >= 2, "web and worker"
        service.process.kill()
        service.process.wait()
        eventually(lambda: not any(map(running_still, left)))


def test_systemd_hears_when_it_is_ready_and_that_it_is_alive(tmp_path: Path) -> None:
    listener = Listener()
    try:
        with running(tmp_path, tls=False, NOTIFY_SOCKET=listener.name):
            assert listener._socket.recv(512) == b"READY=1\nWATCHDOG=1"
            listener._socket.settimeout(BEAT + 5)
            assert listener._socket.recv(512) == b"WATCHDOG=1"
    finally:
        listener.close()


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

"""Hangs up on lines on which nothing goes forward: idle ones, ones that dribble, ones that take no answer.

All that is looked at is what the kernel knows of a line (TCP_INFO), so it holds for HTTP/1.1 and HTTP/2, with TLS and
without, and for whatever comes so slowly that the server itself never sees a request.
"""

import logging
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

log = logging.getLogger("bpu.lines")

ROOM = 8192  # lines that a web process accepts: each costs memory, and no thread
IDLE = 75.0  # seconds after its last answer that a line is kept,
PRESSED = 10.0  # and while more than three quarters of the room are taken
LOOK = 5.0  # seconds between looks
SLOWEST = 100  # bytes a second that somebody gives of a request, or takes of an answer, at least
ESTABLISHED, LISTENING = 1, 10
# Linux's tcp_info: state, ms since data was sent, bytes taken and given by the other side, bytes unsent
INFO = struct.Struct("=B43xI72xQQ8xI")


@dataclass(frozen=True)
class Seen:
    """What the kernel knows of a line now: seconds since something was sent, bytes that the other side has taken and
    given, and whether more waits for it.
    """

    silent: float
    taken: int
    given: int
    waiting: bool


class Watch:
    """Remembers how far each line was when something last went forward on it."""

    def __init__(self) -> None:
        self.lines: dict[object, tuple[float, Seen]] = {}

    def over(self, lines: Mapping[object, Seen], now: float) -> list[object]:
        """The names of the lines on which nothing has gone forward for too long."""
        patience = PRESSED if len(lines) > ROOM * 3 / 4 else IDLE
        for gone in self.lines.keys() - lines.keys():
            del self.lines[gone]
        found = []
        for name, seen in lines.items():
            since, before = self.lines.setdefault(name, (now, seen))
            enough = SLOWEST * max(now - since, LOOK)
            if not seen.waiting and seen.silent < now - since:
                self.lines[name] = (now - seen.silent, seen)  # it was answered, all of it
            elif (
                seen.taken - before.taken >= enough or seen.given - before.given >= enough or seen.given < before.given
            ):
                self.lines[name] = (now, seen)
            elif now - since >= patience:
                found.append(name)
        return found


def inbound() -> Iterator[tuple[socket.socket, Seen]]:
    """Every line that somebody opened to this process, each as a duplicate: the line itself belongs to the server."""
    found = []
    for one in _sockets():
        if len(info := _info(one)) == INFO.size:
            found.append((one, INFO.unpack(info)))
        else:
            one.close()
    ports = {one.getsockname()[1] for one, known in found if known[0] == LISTENING}
    for one, (state, silent, taken, given, unsent) in found:
        with one, suppress(OSError):
            if state == ESTABLISHED and one.getsockname()[1] in ports:
                yield one, Seen(silent / 1000, taken, given, unsent > 0)


def _sockets() -> Iterator[socket.socket]:
    for entry in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            copy = os.dup(int(entry))
            if stat.S_ISSOCK(os.fstat(copy).st_mode):
                yield socket.socket(fileno=copy)
            else:
                os.close(copy)


def _info(one: socket.socket) -> bytes:
    if one.family not in (socket.AF_INET, socket.AF_INET6):
        return b""
    try:
        return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size)
    except OSError:
        return b""


def look(watch: Watch, now: float) -> int:
    """Hang up on those that are over; returns how many."""
    names = {}
    for one, seen in inbound():
        names[one.getpeername()] = seen
    over = set(watch.over(names, now))
    if not over:
        return 0
    done = 0
    for one, _ in inbound():
        if one.getpeername() in over:
            one.shutdown(socket.SHUT_RDWR)
            done += 1
    return done


def watch() -> None:
    """Look every few seconds, in a thread of its own, where the kernel is Linux."""
    if not sys.platform.startswith("linux"):
        return

    def watching() -> None:
        watch = Watch()
        while True:
            time.sleep(LOOK)
            try:
                if closed := look(watch, time.monotonic()):
                    log.info("closed %d of %d lines on which nothing went forward", closed, len(watch.lines))
            except OSError as error:
                log.error("cannot look at the lines: %s", error.strerror)

    threading.Thread(target=watching, name="lines", daemon=True).start()

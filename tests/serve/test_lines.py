"""Lines on which nothing goes forward are closed; those of people are not."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bpu.serve import lines
from bpu.serve.lines import ROOM, Seen, Watch

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody who listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def pair(listener: socket.socket, window: int = 0) -> Pair:
    """A line from outside, and the end of it that is ours."""
    outside = socket.socket()
    if window:
        outside.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    outside.connect(listener.getsockname())
    return outside, listener.accept()[0]


def hung_up(outside: socket.socket) -> bool:
    """Whether the other end is closed."""
    outside.settimeout(0.05)
    try:
        return outside.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_what_says_nothing_dribbles_or_takes_nothing_is_closed_and_what_goes_forward_stays(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "IDLE", 2.0)
    monkeypatch.setattr(lines, "LOOK", 0.2)
    kinds = (
        "silent",
        "answered once",
        "dribbling",
        "reads nothing",
        "asks and is answered",
        "sends a long list",
        "reads",
    )
    people = {kind: pair(listener, 2048 if kind == "reads nothing" else 0) for kind in kinds}
    people["answered once"][1].sendall(b"x" * 3000)
    for kind in ("reads nothing", "reads"):
        people[kind][1].setblocking(False)
        people[kind][1].send(b"x" * 4_000_000)
    with socket.create_server(("127.0.0.1", 0)) as partner, socket.create_connection(partner.getsockname()) as ours:
        watch, begun, closed = Watch(), time.monotonic(), 0
        while time.monotonic() - begun < 4:
            for kind, sent in (("dribbling", b"a"), ("asks and is answered", b"a"), ("sends a long list", b"a" * 500)):
                people[kind][0].send(sent) if not hung_up(people[kind][0]) else None
            people["asks and is answered"][1].send(b"x")
            people["reads"][0].recv(50_000)
            closed += lines.look(watch, time.monotonic())
            time.sleep(0.2)
        assert not hung_up(ours), "a line that we opened is ours"
    for outside, _ in people.values():
        outside.setblocking(True)
    people["answered once"][0].recv(3000)
    people["asks and is answered"][0].recv(3000)
    gone = {kind for kind in ("silent", "answered once", "dribbling") if hung_up(people[kind][0])}
    assert gone == {"silent", "answered once", "dribbling"}
    assert closed == 4
    assert people["reads nothing"][1].fileno() > 0
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the kernel says that it was shut
        people["reads nothing"][1].send(b"x")
    for kind in ("asks and is answered", "sends a long list"):
        assert not hung_up(people[kind][0]), kind
    for one in (one for each in people.values() for one in each):
        one.close()


def test_nobody_waits_in_vain_for_longer_than_the_patience_and_there_is_less_of_it_when_room_is_short() -> None:
    idle = {number: Seen(silent=0.0, taken=10, given=10, waiting=False) for number in range(10)}
    many = {number: Seen(silent=0.0, taken=10, given=10, waiting=False) for number in range(ROOM * 3 // 4 + 1)}
    for here, patience in ((idle, lines.IDLE), (many, lines.PRESSED)):
        watch = Watch()
        assert watch.over(here, 1000.0) == []
        later = {name: Seen(patience - 1, one.taken, one.given, False) for name, one in here.items()}
        assert watch.over(later, 1000 + patience - 1) == []
        later = {name: Seen(patience + 1, one.taken, one.given, False) for name, one in here.items()}
        assert len(watch.over(later, 1000 + patience + 1)) == len(here)


def test_a_line_that_takes_the_place_of_another_begins_anew() -> None:
    watch = Watch()
    watch.over({"a": Seen(0, 900, 900, True)}, 0)
    watch.over({"a": Seen(60, 5, 5, True)}, 60)
    assert watch.over({"a": Seen(80, 5, 5, True)}, 80) == []
    assert watch.over({}, 81) == []
    assert watch.lines == {}


def test_looking_leaves_no_descriptor_behind(listener: socket.socket) -> None:
    import os

    outside, ours = pair(listener)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        lines.look(Watch(), time.monotonic())
    assert len(os.listdir("/proc/self/fd")) == before
    assert threading.active_count() < 50
    outside.close()
    ours.close()

"""The gate: a request takes a thread of the application once all of it is there, and waits a bounded time for one."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bpu.serve.gate import LARGEST, SENDING
from tests.parts.browsing import Browser, Passer
from tests.parts.servers import eventually, free_port, listening
from tests.people.answers import person
from tests.whole.browser.driver import Service, running

ROOT = Path(__file__).parents[2]


@contextmanager
def granian(target: str, interface: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server of the start command with an application of a test."""
    command = [str(Path(sys.executable).with_name("granian")), "--interface", interface, "--port", str(port)]
    command += ["--no-log", "--factory", target] if interface == "rsgi" else ["--no-log", target]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRANIAN_")}
    with subprocess.Popen(command, cwd=ROOT, env=kept) as process:
        try:
            eventually(lambda: listening(port))
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def said(port: int, sent: bytes, seconds: float = 10) -> tuple[int, Any]:
    """Status and JSON of the answer to a request as it is on the wire."""
    with socket.create_connection(("127.0.0.1", port), seconds) as line:
        line.sendall(sent)
        answer = b""
        while part := line.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else body


CLOSE = b"Host: localhost\r\nConnection: close\r\n"
REQUESTS = (
    b"GET /a%2Fb/%C3%A9/../x?q=%20a+b&z=%FF HTTP/1.1\r\n" + CLOSE + b"X-A: 1\r\nx-a: 2\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + CLOSE + b"Cookie: a=1\r\nCookie: b=2\r\nx_under: 1\r\nX-Forwarded-For: ::1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"GET http://other/abc?x HTTP/1.1\r\n" + CLOSE + b"\r\n",
    b"POST /f HTTP/1.1\r\n" + CLOSE + b"Content-Type: text/plain; a=b\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /f HTTP/1.1\r\n" + CLOSE + b"Content-Length: 0\r\n\r\n",
    b"GET /odd HTTP/1.1\r\n" + CLOSE + b"Content-Length: 3\r\n\r\nabc",
)


def test_the_application_is_told_what_the_server_s_own_interface_tells_it() -> None:
    ports = free_port(), free_port()
    with granian("tests.serve.echo:echo", "wsgi", ports[0]), granian("tests.serve.echo:opened", "rsgi", ports[1]):
        for request in REQUESTS:
            plain, through = (said(port, request) for port in ports)
            for _, told in (plain, through):
                for name in (
                    set(told) - set(through[1]) | set(told) & set(os.environ) | {"SERVER_PORT", "SERVER_SOFTWARE"}
                ):
                    told.pop(name, None)
                told.pop("GATEWAY_INTERFACE", None)
            assert plain == through
            assert through[1]["REQUEST_METHOD"] in request.decode("latin-1")


def test_a_body_in_chunks_is_counted_and_one_that_is_too_large_is_told_by_its_length() -> None:
    port = free_port()
    with granian("tests.serve.echo:opened", "rsgi", port):
        chunked = b"POST / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        assert [said(port, chunked)[1][name] for name in ("body", "CONTENT_LENGTH")] == [5, "5"]
        announced = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: %d\r\n\r\n" % (LARGEST + 1)
        told = said(port, announced)[1]
        assert [told["body"], told["CONTENT_LENGTH"]] == [0, str(LARGEST + 1)]
        whole = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: %d\r\n\r\n" % LARGEST + bytes(LARGEST)
        assert said(port, whole)[1]["body"] == LARGEST
        piece = b"80000\r\n" + bytes(0x80000) + b"\r\n"
        endless = b"POST / HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + 3 * piece + b"0\r\n\r\n"
        assert LARGEST < said(port, endless)[1]["body"] <= LARGEST + 0x80000


def test_whoever_finds_every_thread_taken_is_told_so_in_time() -> None:
    port = free_port()
    slow, quick = (b"GET /?wait=%s HTTP/1.1\r\n" % wait + CLOSE + b"\r\n" for wait in (b"2", b"0"))
    found: list[int] = []
    with granian("tests.serve.echo:narrow", "rsgi", port):
        first = threading.Thread(target=lambda: found.append(said(port, slow)[0]))
        first.start()
        time.sleep(0.5)
        waiting = threading.Thread(target=lambda: found.append(said(port, quick)[0]))
        waiting.start()
        time.sleep(0.2)
        begun = time.monotonic()
        assert said(port, quick)[0] == 503, "one may wait, not two"
        assert time.monotonic() - begun < 1
        first.join()
        waiting.join()
        assert sorted(found) == [200, 503], "who waited too long is not answered as if nothing were"
        assert said(port, quick)[0] == 200


def test_a_body_that_does_not_end_is_given_up() -> None:
    port = free_port()
    with granian("tests.serve.echo:narrow", "rsgi", port):
        begun = time.monotonic()
        assert said(port, b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 500\r\n\r\nab")[0] == 408
        assert 0.9 < time.monotonic() - begun < 5


def test_what_is_being_answered_at_the_end_is_answered() -> None:
    port = free_port()
    found: list[int] = []
    with granian("tests.serve.echo:opened", "rsgi", port) as process:
        asked = b"POST /?wait=2 HTTP/1.1\r\n" + CLOSE + b"Content-Length: 2\r\n\r\nab"
        asking = threading.Thread(target=lambda: found.append(said(port, asked)[0]))
        asking.start()
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        asking.join()
    assert found == [200]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The shipped start command, in plain HTTP."""
    with running(tmp_path_factory.mktemp("gate"), tls=False) as one:
        yield one


def test_more_slow_bodies_than_there_are_threads_keep_nobody_waiting(service: Service) -> None:
    port = int(service.base.rpartition(":")[2])
    head = b"POST /bpu/x/data-diri HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\na"
    lines = []
    try:
        for _ in range(SENDING + 100):
            lines.append(socket.create_connection(("127.0.0.1", port)))
            lines[-1].sendall(head)
        time.sleep(0.5)
        begun = time.monotonic()
        assert Browser(service.base, patience=5).get("/bpu").status_code == 200
        Passer(service.base, person(1), patience=5).reach("pemeriksaan")
        assert time.monotonic() - begun < 5
    finally:
        for line in lines:
            line.close()


def test_too_large_a_form_is_refused_with_a_page(service: Service) -> None:
    answer = Browser(service.base).post(
        "/bpu/x/data-diri", b"a=" + bytes(2 * LARGEST), {"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 413
    assert "Isian terlalu besar" in answer.text

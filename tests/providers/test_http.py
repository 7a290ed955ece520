"""The one way to call a partner: verified, bounded in time whatever the partner does, and never half an answer."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bpu.providers import ProviderError, http
from bpu.providers.http import call
from tests.parts.servers import certificate

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"  # without a length: the answer ends when the line does
BODY = b"\r\n\r\nd"
DEADLINE = 0.5
GENEROUS = 10  # seconds on a machine with much to do; the partners here would go on for a minute


def dripping(wire: socket.socket, drop: bytes) -> None:
    for _ in range(1200):
        wire.sendall(drop)
        time.sleep(0.05)


def drips_a_body(wire: socket.socket) -> None:
    wire.recv(65_536)
    wire.sendall(HEAD)
    dripping(wire, b" ")


def drips_headers(wire: socket.socket) -> None:
    wire.recv(65_536)
    wire.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    dripping(wire, b"x")


def answers(wire: socket.socket) -> None:
    asked = b""
    while not asked.endswith(BODY):
        asked += wire.recv(65_536)
    wire.sendall(HEAD + asked)


class Partner:
    """A partner at a port of this machine; over TLS with a certificate for localhost."""

    def __init__(self, does: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        self.does, self.context = does, context
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            wire, _ = self.server.accept()
            with wire if self.context is None else self.context.wrap_socket(wire, server_side=True) as wire:
                self.does(wire)


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Partner]]:
    monkeypatch.setattr(http, "DEADLINE", DEADLINE)
    begun: list[Partner] = []

    def begin(*how: object) -> Partner:
        begun.append(Partner(*how))
        return begun[-1]

    yield begin
    for each in begun:
        each.server.close()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    cert, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def given_up(url: str) -> str:
    begun = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        call("GET", url)
    assert not caught.value.permanent
    assert DEADLINE - 0.1 < time.monotonic() - begun < GENEROUS
    return str(caught.value)


@pytest.mark.requirement("R63")
@pytest.mark.parametrize("does", [drips_a_body, drips_headers])
def test_a_partner_that_answers_drop_by_drop_is_hung_up_on(partner, does):
    given_up(f"http://127.0.0.1:{partner(does).port}/")


def test_the_same_over_tls(partner, tls):
    given_up(f"https://localhost:{partner(drips_a_body, tls).port}/")


def test_a_handshake_that_never_ends_is_left_in_time(partner):
    def does(wire: socket.socket) -> None:
        wire.sendall(b"\x16\x03\x03\x3f\xff")  # a handshake record of 16 kB is on its way
        dripping(wire, b"\x02")

    given_up(f"https://localhost:{partner(does).port}/")


def test_what_came_before_the_deadline_is_not_taken_for_a_whole_answer(partner):
    def does(wire: socket.socket) -> None:
        wire.recv(65_536)
        wire.sendall(HEAD + b'{"number":"26000000001"}')
        dripping(wire, b"")

    assert "TimeoutError" in given_up(f"http://127.0.0.1:{partner(does).port}/")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_verified_partner_is_asked_by_its_name_and_port(partner, tls, host):
    one = partner(answers, tls)
    asked = call("POST", f"https://{host}:{one.port}/a/b?c=1", body=b"d").body
    assert asked.startswith(b"POST /a/b?c=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {host}:{one.port}\r\n".encode() in asked
    assert asked.endswith(BODY)


def test_a_certificate_for_another_name_is_refused(partner, tls):
    url = f"https://127.0.0.1.nip:{partner(answers, tls).port}/"
    with pytest.raises(ProviderError, match="no answer"):
        call("GET", url)


@pytest.mark.requirement("R63")
def test_nobody_vouches_for_a_stranger(partner, tmp_path):
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with pytest.raises(ProviderError, match="SSLCertVerificationError"):
        call("GET", f"https://localhost:{partner(answers, context).port}/")

"""Thousands of connections that ask for little or nothing, from many addresses: ``python -m tests.parts.crowd URL …``.

Slow headers, slow bodies, silence, slow readers, and idle connections that are kept after one answer; over HTTP/1.1
where the address begins with http, over TLS and HTTP/2 where it begins with https. Who is hung up on comes again, as an
attacker would. It lives in a process of its own, so that it costs the honest nothing but the server's attention.
"""

import argparse
import asyncio
import contextlib
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes

SLOW = ("headers", "bodies", "silent", "readers")
ADDRESSES = 25
BEAT = 1.0  # seconds between two bytes of somebody slow
FORM = ("content-type", "application/x-www-form-urlencoded")


@dataclass
class Crowd:
    """Where they go, and how many hold a connection now."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    here: int = 0
    lost: int = 0

    async def stay(self, kind: str, number: int) -> None:
        """Be one of them until cancelled, coming again whenever the line is lost."""
        while True:
            writer = None
            try:
                reader, writer = await asyncio.wait_for(self.line(number, kind), 60)
                if kind != "idle":
                    self.here += 1
                await (self.over_tls if self.tls else self.plainly)(kind, reader, writer)
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                self.lost += 1
            finally:
                if writer:
                    writer.transport.abort()
            await asyncio.sleep(BEAT)

    async def line(self, number: int, kind: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from one of the addresses; who reads slowly has a small window, who is silent no TLS."""
        sock = socket.socket()
        if kind == "readers":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.bind((f"127.0.0.{1 + number % ADDRESSES}", 0))
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (self.host, self.port))
        secure = self.tls if kind != "silent" else None
        return await asyncio.open_connection(sock=sock, ssl=secure, server_hostname="localhost" if secure else None)

    async def plainly(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/1.1."""
        host = f"Host: localhost:{self.port}\r\n"
        if kind == "headers":
            writer.write(f"GET /bpu HTTP/1.1\r\n{host}X: ".encode())
        elif kind == "bodies":
            typed = ": ".join(FORM)
            writer.write(f"POST /bpu/x/data-diri HTTP/1.1\r\n{host}{typed}\r\nContent-Length: 5000\r\n\r\n".encode())
        elif kind == "readers":
            writer.write(f"GET /bpu HTTP/1.1\r\n{host}\r\n".encode() * 20)
        elif kind == "idle":
            writer.write(f"GET /health HTTP/1.1\r\n{host}\r\n".encode())
            await asyncio.wait_for(reader.readuntil(b"}"), 60)
            self.here += 1
        try:
            while True:
                if kind in ("headers", "bodies"):
                    writer.write(b"a")
                await self.beat(kind, reader)
        finally:
            self.here -= 1

    async def over_tls(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/2: one stream each."""
        if kind == "silent":
            return await self.plainly(kind, reader, writer)
        speaker = H2Connection(H2Configuration(client_side=True))
        if kind == "readers":
            speaker.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1})
        speaker.initiate_connection()
        method, path = ("POST", "/bpu/x/data-diri") if kind == "bodies" else ("GET", "/bpu")
        if kind == "idle":
            path = "/health"
        asked = [(":method", method), (":path", path), (":scheme", "https"), (":authority", f"localhost:{self.port}")]
        if kind == "headers":
            writer.write(speaker.data_to_send() + b"\x00\x20\x00\x01\x04\x00\x00\x00\x01")  # a frame of 8,192 to come
        else:
            speaker.send_headers(1, [*asked, FORM] if kind == "bodies" else asked, end_stream=kind != "bodies")
            writer.write(speaker.data_to_send())
        if kind == "idle":
            while not any(type(event).__name__ == "StreamEnded" for event in await self.heard(speaker, reader)):
                writer.write(speaker.data_to_send())
            self.here += 1
        try:
            while True:
                if kind == "headers":
                    writer.write(b"a")
                if kind == "bodies":
                    speaker.send_data(1, b"a")
                    writer.write(speaker.data_to_send())
                await self.beat(kind, reader)
        finally:
            self.here -= 1

    async def heard(self, speaker: H2Connection, reader: asyncio.StreamReader) -> list[object]:
        """What the server said next."""
        if not (data := await asyncio.wait_for(reader.read(65536), 60)):
            raise ConnectionResetError
        return speaker.receive_data(data)

    async def beat(self, kind: str, reader: asyncio.StreamReader) -> None:
        """Wait a little, and see whether the server hung up; a slow reader takes a byte."""
        if kind == "readers":
            await asyncio.sleep(BEAT)
            if not await reader.read(1):
                raise ConnectionResetError
            return
        with contextlib.suppress(asyncio.TimeoutError):
            if not await asyncio.wait_for(reader.read(65536), BEAT):
                raise ConnectionResetError

    async def gather(self, slow: int, idle: int) -> None:
        """Bring everybody, and say each second how many are there."""
        kinds = [SLOW[number % len(SLOW)] for number in range(slow)] + ["idle"] * idle
        everybody = []
        for number, kind in enumerate(kinds):
            everybody.append(asyncio.create_task(self.stay(kind, number)))
            if number % 50 == 49:
                await asyncio.sleep(0.1)
        while True:
            print(self.here, self.lost, flush=True)
            await asyncio.sleep(1)


@contextmanager
def crowd(url: str, *, slow: int, idle: int, seconds: float = 60, least: float = 0.95) -> Iterator[None]:
    """They are there, or as many of them as the server lets in, while the block runs."""
    command = [sys.executable, "-m", "tests.parts.crowd", url, "--slow", str(slow), "--idle", str(idle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            for second, told in enumerate(process.stdout or ()):
                if int(told.split()[0]) >= (slow + idle) * least or second >= seconds:
                    break
            yield
        finally:
            process.send_signal(signal.SIGKILL)


def main() -> None:
    """Stay until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--idle", type=int, default=2000)
    given = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    there = urlsplit(given.url)
    tls = None
    if there.scheme == "https":
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        tls.set_alpn_protocols(["h2"])
    asyncio.run(Crowd("127.0.0.1", int(there.port or 443), tls).gather(given.slow, given.idle))


if __name__ == "__main__":
    main()

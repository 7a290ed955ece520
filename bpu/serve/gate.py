"""The gate between the server and the application: a request takes a thread only once all of it has arrived.

A phone that sends a kilobyte in a minute, or a hundred that mean harm, cost a few kilobytes of memory and no thread.
Looking has threads of its own, so that pages stay quick while everything that is sent waits for the database. Answers
leave the same way: the thread is free before the first byte is on the wire.
"""

import asyncio
import io
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

LOOKING, SENDING = 16, 192  # threads of a web process that answer GETs, and everything else
MOST_WAITING = 1024  # requests of each sort that may wait for a thread
MOST_WAIT = 8.0  # seconds that one may
LARGEST = 2**20  # bytes of a body; the application has narrower limits of its own
MOST_HELD = 64 * 2**20  # bytes of all bodies that are on their way at once
PATIENCE = 20.0  # seconds for a body to arrive,
SLOWEST = 500  # bytes a second by which that grows
SAFE = ("GET", "HEAD", "OPTIONS")

Answer = tuple[int, list[tuple[str, str]], list[bytes]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Turned(Exception):
    """A request that cannot be taken in, and the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gate:
    """An application for granian's own interface (RSGI) around one for WSGI."""

    def __init__(self, application: Wsgi) -> None:
        self.application = application
        self.lanes = {
            name: Lane(ThreadPoolExecutor(threads, name)) for name, threads in (("look", LOOKING), ("send", SENDING))
        }
        self.held = 0
        self.turned = {status: answered(application, {**BARE, "bpu.turned": status}) for status in (408, 503)}

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            proto.close(403)
            return
        try:
            body = await self._body(scope, proto)
            lane = self.lanes["look" if scope.method in SAFE else "send"]
            status, headers, parts = await lane.answered(self.application, environ(scope, body))
        except Turned as turned:
            status, headers, parts = self.turned[turned.status]
        if len(parts) <= 1:
            proto.response_bytes(status, headers, parts[0] if parts else b"")
            return
        stream = proto.response_stream(status, headers)
        for part in parts:
            await stream.send_bytes(part)

    async def _body(self, scope: Any, proto: Any) -> bytes:
        """The whole body, or as much of it as shows that it is too large; raises `Turned` for one that never ends."""
        announced = scope.headers.get("content-length", "")
        if not announced and scope.method in SAFE and "transfer-encoding" not in scope.headers:
            return b""
        if announced.isdigit() and int(announced) > LARGEST:
            return b""
        if self.held > MOST_HELD:
            raise Turned(503)
        parts: list[bytes] = []
        size = 0
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(begun + PATIENCE) as limit:
                async for part in proto:
                    parts.append(part)
                    size += len(part)
                    self.held += len(part)
                    if size > LARGEST:
                        break
                    limit.reschedule(begun + PATIENCE + size / SLOWEST)
        except TimeoutError:
            raise Turned(408) from None
        finally:
            self.held -= size
        return b"".join(parts)


class Lane:
    """Threads for one sort of request, and a bounded number that wait for them a bounded time."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.threads = threads
        self.inside = 0
        self.most = MOST_WAITING + threads._max_workers

    async def answered(self, application: Wsgi, given: dict[str, Any]) -> Answer:
        """What the application answers; raises `Turned` when there is no thread for it in time."""
        if self.inside >= self.most:
            raise Turned(503)
        self.inside += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.threads, in_time, application, given)
        finally:
            self.inside -= 1


def in_time(application: Wsgi, given: dict[str, Any]) -> Answer:
    """The application's answer, unless this request has waited so long that its sender was told otherwise by now."""
    if time.monotonic() - given["bpu.arrived"] > MOST_WAIT:
        raise Turned(503)
    return answered(application, given)


def answered(application: Wsgi, given: dict[str, Any]) -> Answer:
    """What a WSGI application answers, whole: our pages are small, and their thread is wanted elsewhere."""
    begun: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        begun[:] = [int(status[:3]), [(name.lower(), value) for name, value in headers]]

    given["wsgi.input"] = io.BytesIO(given.pop("body"))
    result = application(given, start)
    try:
        parts = [part for part in result if part]
    finally:
        if close := getattr(result, "close", None):
            close()
    return begun[0], begun[1], parts


BARE: Mapping[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "",
    "body": b"",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.url_scheme": "http",
    "wsgi.version": (1, 0),
}


def environ(scope: Any, body: bytes) -> dict[str, Any]:
    """A request as WSGI tells it (PEP 3333)."""
    host, _, port = scope.server.rpartition(":")
    made: dict[str, Any] = {
        **BARE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "body": body,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        joint = ";" if key == "HTTP_COOKIE" else ","
        made[key] = f"{made[key]}{joint}{value}" if key in made else value
    if scope.authority:
        made.setdefault("HTTP_HOST", scope.authority)  # HTTP/2 says it there
    made["bpu.arrived"] = time.monotonic()
    if "HTTP_TRANSFER_ENCODING" in made or (body and "CONTENT_LENGTH" not in made):
        made["CONTENT_LENGTH"] = str(len(body))
    return made


def opened() -> Gate:
    """The gate of a web process, and whoever watches its lines."""
    from bpu import create_app
    from bpu.serve import lines
    from bpu.services.upkeep import heart

    gate = Gate(create_app().wsgi_app)
    lines.watch()
    heart.follow_parent(signal.SIGKILL)
    return gate

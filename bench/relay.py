"""A slow line between a browser and a service: every byte waits its turn and then travels for a while."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.parts.servers import running_loop

CHUNK = 512  # bytes that are sent on at once: what waits behind them waits no longer than on a real line


class Line:
    """One direction of the line, shared by all connections: bits a second, and seconds on the way."""

    def __init__(self, rate: int, delay: float) -> None:
        self.rate, self.delay, self.free, self.carried = rate, delay, 0.0, 0

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Everything that one side says, later, to the other."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                when, data = await under_way.get()
                await asyncio.sleep(max(0, when - loop.time()))
                if not data:
                    return target.close()
                target.write(data)

        arriving = asyncio.create_task(arrive())
        with suppress(OSError):
            while data := await source.read(CHUNK):
                self.carried += len(data)
                self.free = max(self.free, loop.time()) + len(data) * 8 / self.rate
                under_way.put_nowait((self.free + self.delay, data))
                await asyncio.sleep(max(0, self.free - loop.time()))
        under_way.put_nowait((loop.time() + self.delay, b""))
        with suppress(OSError):
            await arriving


@contextmanager
def slow_line(port: int, down: int, up: int, round_trip: float) -> Iterator[tuple[int, Line, Line]]:
    """A port of this machine that leads to another over a slow line: (port, line down, line up)."""
    to_browser, to_service = Line(down, round_trip / 2), Line(up, round_trip / 2)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)  # the handshake of TCP
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError):  # the line is taken away with what is still on it
            await asyncio.gather(to_service.carry(reader, back), to_browser.carry(there, writer))

    with running_loop() as loop:
        listening = asyncio.start_server(connected, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, loop).result()
        yield server.sockets[0].getsockname()[1], to_browser, to_service

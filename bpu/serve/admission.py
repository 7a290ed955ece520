"""Whether the service may start here: alone on its port and its file, on a database that is there and whole."""

import errno
import logging
import os
import socket
import sys
import time
from contextlib import ExitStack

from peewee import Database

from bpu.models import AWAY, on_postgres
from bpu.services.upkeep import alone, soundness
from bpu.settings import Settings

PATIENCE = 5.0  # seconds in which a service that was told to stop gives up its port and its database
AGAIN = 3.0  # seconds between two looks for a database server that is away

log = logging.getLogger("bpu")


def admitted(settings: Settings, database: Database, ours: ExitStack) -> None:
    """Return when the service may start, and hold in `ours` what shows others that it runs; else end the process."""
    if not settings.beside:
        if not on_postgres():  # several machines share PostgreSQL on purpose
            try:
                ours.enter_context(alone.held(settings.var / alone.SERVING, patience=PATIENCE))
            except alone.Taken:
                refused(f"another service runs on {soundness.place(database)}; stop it, or say BPU_BESIDE=yes")
        if not free(settings.host, settings.port):
            refused(f"somebody listens on {settings.host}:{settings.port} already; stop it, or say BPU_BESIDE=yes")
    while True:
        try:
            soundness.fit(database, soundness.marker(dict(os.environ)), sandbox=settings.sandbox)
            return
        except soundness.Unfit as unfit:
            refused(str(unfit), soundness.UNFIT)
        except AWAY as error:
            log.error("the database %s is away (%s); waiting", soundness.place(database), type(error).__name__)
            time.sleep(AGAIN)


def refused(why: str, status: int = 1) -> None:
    """Say in one line why there is no start, and end."""
    print(f"does not start: {why}", file=sys.stderr, flush=True)
    raise SystemExit(status)


def free(host: str, port: int) -> bool:
    """Whether nobody listens there, now or soon: the server itself would listen beside another one and say nothing."""
    until = time.monotonic() + PATIENCE
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    while True:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
                probe.listen(1)
                return True
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    return True  # the server's own words say more
        if time.monotonic() >= until:
            return False
        time.sleep(alone.STEP)

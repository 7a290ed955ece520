"""Who uses an SQLite database now: two services on one are refused, and none is replaced below a running one."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVING, WORKING = "serving.lock", "working.lock"
STEP = 0.1  # seconds between two tries


class Taken(Exception):
    """Somebody else holds it."""


@contextmanager
def held(file: Path, *, shared: bool = False, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock that the kernel takes back when its process ends; raises `Taken` when there is none in time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Taken(file.name) from None
                time.sleep(STEP)
        yield
    finally:
        os.close(handle)

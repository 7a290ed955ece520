"""How the database is opened, and what its connections wait for."""

import threading
import time
from pathlib import Path
from typing import Any

from peewee import Database, OperationalError
from playhouse import db_url
from playhouse.cysqlite_ext import PooledCySqliteDatabase
from playhouse.postgres_ext import PooledPsycopg3Database

from bpu.models.database import bind
from bpu.models.turns import impatient
from bpu.secrecy import KeyRing

# SQLite before 3.51.3 can corrupt a WAL database when a checkpoint races a write.
OLDEST_SQLITE = (3, 51, 3)
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "journal_size_limit": 67108864,
}

# Opening a connection and its settings take as long as a page's own queries, so connections are used again, but not for
# so long that one would outlive a database file that was put in another's place.
KEPT_OPEN = 60  # seconds

# Connections of one process to PostgreSQL, whose own default is 100 for everybody; who finds all of ours taken waits.
CONNECTIONS = 24
TURN = 5.0  # seconds for one of them to be free
# Nothing waits for a server that is gone, or for a row that another transaction holds, longer than a person would.
PATIENT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
LOCKS = "-c lock_timeout=6s -c idle_in_transaction_session_timeout=60s"
AWAY_FOR = 1.0  # seconds after a server could not be reached in which nobody else tries


def open_database(url: str, keyring: KeyRing) -> Database:
    """Bind the models to the database at `url` (``sqlite:///path`` or ``psycopg3+pool://…``) and to the data keys."""
    real = unbound(url)
    bind(real, keyring)
    return real


def unbound(url: str) -> Database:
    """The database at `url`, while the models stay bound to whatever they are bound to."""
    return _sqlite(url) if url.startswith("sqlite:///") else _postgres(url)


def _sqlite(url: str) -> Database:
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    real = PooledCySqliteDatabase(
        str(path),
        rank_functions=False,
        pragmas=PRAGMAS,
        timeout=5,
        lock_type="IMMEDIATE",
        max_connections=None,  # as many as there are threads at work
        stale_timeout=KEPT_OPEN,
    )
    if real.server_version < OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {real.server_version} can corrupt a WAL database; 3.51.3 or newer is needed")
    return real


def _postgres(url: str) -> Database:
    """What the URL says comes first; ``prepare_threshold=none`` is for PgBouncer, which knows no session's settings."""
    said = db_url.parse(url, unquote_password=True)
    usual: dict[str, Any] = {**PATIENT, "max_connections": CONNECTIONS, "stale_timeout": KEPT_OPEN, "timeout": TURN}
    if said.get("prepare_threshold", 0) is not None:
        usual["options"] = LOCKS
    return Pool(**usual | said)


class Pool(PooledPsycopg3Database):
    """Connections to PostgreSQL: whoever finds all of them taken waits for one as long as a request may wait.

    While the server cannot be reached one after the other would wait for it, each as long as the first: the first tells
    all of them.
    """

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn = timeout
        self._places = threading.Semaphore(self._max_connections)
        self._away_until = 0.0

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Take a connection for this thread; raises `OperationalError` when there is none in time."""
        if not self.is_closed():
            return bool(super().connect(reuse_if_open))
        if not self._places.acquire(timeout=impatient(self._turn)):
            raise OperationalError("every connection of this process is taken")
        try:
            return bool(super().connect(reuse_if_open))
        except BaseException:
            self._places.release()
            raise

    def close(self) -> bool:
        """Give this thread's connection back."""
        closed = bool(super().close())
        if closed:
            self._places.release()
        return closed

    def _connect(self) -> Any:
        if time.monotonic() < self._away_until:
            raise OperationalError("the server cannot be reached")
        try:
            return super()._connect()
        except Exception:
            self._away_until = time.monotonic() + AWAY_FOR
            raise

"""Whether the database is there and whole: a service that starts on an empty one in another's place loses everybody."""

import logging
import os
import threading
from contextlib import closing, suppress
from pathlib import Path

import cysqlite
from peewee import Database, PostgresqlDatabase

from bpu.models import AWAY, database, on_postgres

PATIENCE = 10.0  # seconds that a look may take before a start; the daily one takes what it needs
UNFIT = 78  # the status of a start that trying again does not help (EX_CONFIG); systemd is told not to
HOW = "Restore the newest backup: stop web and workers, then `flask --app app bpu restore FILE`"

log = logging.getLogger("bpu.soundness")


class Unfit(Exception):
    """This database must not be served; the words say why and what to do, in one line."""


def place(real: Database) -> str:
    """Which database this is, in words that hold no password."""
    if isinstance(real, PostgresqlDatabase):
        return f"{real.connect_params.get('host', 'localhost')}/{real.database}"
    return str(real.database)


def empty(real: Database) -> bool:
    """Whether nothing was ever made in it: no file, no bytes, or no tables; raises `Unfit` when it cannot be read."""
    if not isinstance(real, PostgresqlDatabase) and not _bytes(Path(real.database)):
        return True
    try:
        with real.connection_context():
            return "schema_migration" not in real.get_tables()
    except AWAY as error:
        if isinstance(real, PostgresqlDatabase):
            raise
        raise Unfit(f"The database {place(real)} is damaged ({_first(error)}). {HOW}") from None


def damage(file: str, patience: float | None = None) -> str:
    """What SQLite's quick_check finds in a file: nothing when it is whole; with a patience, nothing found in time."""
    try:
        with closing(cysqlite.connect(file)) as looking:
            timer = threading.Timer(patience or 0, looking.interrupt)
            timer.daemon = True
            if patience is not None:
                timer.start()
            try:
                said = str(next(iter(looking.execute("PRAGMA quick_check(1)")))[0])
            finally:
                timer.cancel()
    except cysqlite.Error as error:
        said = _first(error)
        if "interrupt" in said:
            return ""
    return "" if said == "ok" else " ".join(said.split())


def fit(real: Database, marker: Path | None, *, sandbox: bool) -> None:
    """Raise `Unfit` for a database that must not be served: damaged, or empty in live."""
    if empty(real):
        if not sandbox:
            before = f" There was one ({marker})." if marker and marker.exists() else ""
            raise Unfit(
                f"The database {place(real)} is empty or not there.{before} Is its disk mounted, its name right? "
                f"{HOW}. If this is the very first start: `flask --app app bpu init`"
            )
    elif not isinstance(real, PostgresqlDatabase) and (found := damage(real.database, PATIENCE)):
        raise Unfit(f"The database {place(real)} is damaged ({found}). {HOW}")


def look() -> str:
    """The daily look: says in one line of the log what is damaged, and how to go on; returns what was found."""
    found = "" if on_postgres() else damage(database.obj.database)
    if found:
        log.critical("The database %s is damaged (%s). %s", place(database.obj), found, HOW)
    return found


def marker(environ: "os._Environ[str] | dict[str, str]") -> Path | None:
    """The file beside that of the data keys that says that there was a database; None when they are in no file."""
    keys = environ.get("BPU_DATA_KEYS_FILE")
    return Path(keys).with_name("daftar-bpu.database") if keys else None


def remember(file: Path | None, real: Database) -> bool:
    """Write the marker, which names the database; False where none can be written."""
    if file is not None:
        with suppress(OSError):
            file.write_text(f"{place(real)}\n")
            return True
    return False


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

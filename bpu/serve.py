"""The whole service in one command: migrations, the web server, and the worker beside it."""

import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from bpu import settings_from_environ
from bpu.migrations import migrate
from bpu.models import close_all, open_database
from bpu.secrecy import KeyRing
from bpu.services.opened import open_services
from bpu.settings import Misconfigured

# Many threads that mostly wait: slow phones are this form's normal users, and a hundred of them must not starve it.
THREADS = 256
RESTART = 1.0  # seconds before a worker that ended is started again


def serve() -> None:
    """Run until SIGTERM or Ctrl-C, then stop web and worker cleanly."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        settings = settings_from_environ()
        database = open_database(settings.database_url, KeyRing.parse(settings.data_keys))
        open_services(settings)
    except (Misconfigured, ValueError, RuntimeError) as error:
        raise SystemExit(f"does not start:\n{error}") from None
    migrate(database)
    close_all()
    worker = Worker()
    scheme = "https" if settings.tls_cert else "http"
    print(f"{settings.site_name}: {scheme}://{settings.host}:{settings.port}/bpu", flush=True)
    server = Granian(
        "app:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        http=HTTPModes.auto,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        log_access=False,
        working_dir=Path.cwd(),
        backpressure=THREADS,
        workers_kill_timeout=10,  # a browser that keeps its connection open must not hold up the end
    )
    try:
        server.serve()
    finally:
        worker.end()


class Worker:
    """The worker process beside the web server, started again whenever it ends by itself."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def end(self) -> None:
        """Let it finish its message, then stop."""
        self._ending.set()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=20)

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "flask", "--app", "app", "bpu", "work"])

    def _keep(self) -> None:
        while self._process.wait() is not None and not self._ending.wait(RESTART):
            logging.getLogger("bpu").error("the worker ended with %s; it is started again", self._process.returncode)
            self._process = self._start()

"""The whole service in one command: migrations, the web server, and the worker beside it."""

import logging
import signal
import subprocess
import sys
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from bpu import settings_from_environ
from bpu.migrations import migrate
from bpu.models import open_database
from bpu.secrecy import KeyRing
from bpu.services.opened import open_services
from bpu.settings import Misconfigured

# Many threads that mostly wait: slow phones are this form's normal users, and a hundred of them must not starve it.
THREADS = 256


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
    database.close()
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "app", "bpu", "work"])
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
    )
    try:
        server.serve()
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=20)

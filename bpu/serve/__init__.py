"""The whole service in one command: migrations, the web server, and the worker beside it.

`admission` says whether it may start. In each web process `gate` stands before the application and `lines` hangs up
where nothing goes forward; `keeper` keeps the worker, and `upkeep.heart` says that each is alive. May know everything;
`app.py` knocks.
"""

import logging
import multiprocessing
import resource
from contextlib import ExitStack
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP2Settings

from bpu import settings_from_environ
from bpu.migrations import migrate
from bpu.models import close_all, open_database
from bpu.secrecy import KeyRing
from bpu.serve.admission import admitted
from bpu.serve.keeper import Worker
from bpu.serve.lines import ROOM
from bpu.services.opened import open_services
from bpu.services.upkeep import heart
from bpu.settings import Misconfigured, Settings


def serve() -> None:
    """Run until SIGTERM or Ctrl-C, then stop web and worker cleanly."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        settings = settings_from_environ()
        database = open_database(settings.database_url, KeyRing.parse(settings.data_keys))
        open_services(settings)
    except (Misconfigured, ValueError, RuntimeError) as error:
        raise SystemExit(f"does not start:\n{error}") from None
    with ExitStack() as ours:
        admitted(settings, database, ours)
        if settings.sandbox:
            (settings.var / "clock").unlink(missing_ok=True)  # a moved clock ends with the service
        _roomy()
        migrate(database)
        close_all()
        _run(settings)


def _run(settings: Settings) -> None:
    worker = Worker()
    scheme = "https" if settings.tls_cert else "http"
    print(f"{settings.site_name}: {scheme}://{settings.host}:{settings.port}/bpu", flush=True)
    multiprocessing.set_start_method("spawn")  # a fork keeps for ever the locks that other threads hold just then
    server = Granian(
        "bpu.serve.gate:opened",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.workers,
        http=HTTPModes.auto,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        log_access=False,
        working_dir=Path.cwd(),
        backpressure=ROOM,  # granian counts lines, not requests
        http2_settings=HTTP2Settings(max_headers_size=64 * 1024, max_concurrent_streams=64),
        workers_kill_timeout=10,  # a browser that keeps its connection open must not hold up the end
    )
    heart.beating(lambda: heart.answers(settings))
    try:
        server.serve()
    finally:
        worker.end()


def _roomy() -> None:
    """As many open files as this process may have: each line is one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if 0 <= most < ROOM + 1024:
        logging.getLogger("bpu").warning("at most %d files may be open; %d lines need more (LimitNOFILE)", most, ROOM)

"""The app, the person in front of it, and a database of its own for each test."""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from jinja2 import FileSystemBytecodeCache

from bpu import create_app
from bpu.migrations import migrate
from bpu.models import close_all, database, keyring
from bpu.models.database import _keyring
from bpu.rules.places.regions import Regions
from bpu.services.clockwork import worker
from bpu.settings import Settings, with_sandbox_secrets
from tests.people.visitor import Visitor

pytest_plugins = ["tests.parts.servers", "tests.parts.trust"]

# How long one example takes says more about the machine's other work than about ours.
hypothesis.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("busy")


# What every app builds for itself and each builds alike: made once, then linked or read by all others.
SHARED = Path(tempfile.mkdtemp(prefix="bpu-shared-"))
atexit.register(shutil.rmtree, SHARED, ignore_errors=True)


def running(settings: Settings) -> Flask:
    """An app over a migrated database; `app.extensions["deliver"]()` does what the worker would do now."""
    Regions.load(SHARED / "regions.sqlite3")
    settings.var.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.link(SHARED / "regions.sqlite3", settings.var / "regions.sqlite3")
    app = create_app(with_sandbox_secrets(settings))
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(SHARED))
    with database.connection_context():
        migrate(database.obj)
    work = worker(app.extensions["bpu"])

    def deliver() -> None:
        while work.run_once(50):
            pass

    app.extensions["deliver"] = deliver
    return app


def binder() -> Callable[[], None]:
    """What binds the models to the database that is open now again, after another test opened one of its own."""
    mine, keys = database.obj, keyring()

    def bind() -> None:
        database.initialize(mine)
        _keyring[:] = [keys]

    return bind


def answered() -> None:
    """Wait for every thread of a server in this process that is still answering: it uses a connection of the pool."""
    for thread in threading.enumerate():
        if "process_request" in thread.name:
            thread.join(20)
            assert not thread.is_alive(), f"{thread.name} still answers"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgres``: every test that takes its settings from here runs on PostgreSQL."""
    parser.addoption("--postgres", action="store_true", help="run the journey and the desk on PostgreSQL")


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A sandbox with a captcha answer for tools."""
    url = f"sqlite:///{tmp_path}/bpu.sqlite3"
    if request.config.getoption("--postgres"):
        monkeypatch.chdir(tmp_path)
        url = request.getfixturevalue("postgres").fresh()
    return Settings(database_url=url, captcha_answer="benar")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application over its own database."""
    app = running(settings)
    bind = binder()
    yield app
    answered()
    close_all()
    bind()
    close_all()


@pytest.fixture(params=["plain", "htmx"])
def visitor(request: pytest.FixtureRequest, app: Flask) -> Visitor:
    """A person, once without a script and once with htmx."""
    return Visitor(app, htmx=request.param == "htmx")


@pytest.fixture
def another(app: Flask) -> Callable[..., Visitor]:
    """More people at the same service."""
    return lambda **options: Visitor(app, **options)

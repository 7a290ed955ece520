"""Daftar BPU: registration for social security, for workers without an employer."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from bpu.settings import Settings

ROOMS = ("site", "registration", "desk", "partners")

ANSWERED = 10.0  # seconds after which whoever waits is told to send again


def settings_from_environ() -> "Settings":
    """The settings of this process; raises `settings.Misconfigured` with a line for each reason not to start."""
    from bpu import providers
    from bpu.settings import Settings, with_sandbox_secrets

    return with_sandbox_secrets(Settings.from_environ(os.environ, providers.names()))


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The WSGI application for these settings, or for those of the environment."""
    from time import monotonic

    from flask import Flask, request
    from werkzeug.middleware.proxy_fix import ProxyFix

    from bpu import clock
    from bpu.models import hurry, open_database
    from bpu.secrecy import KeyRing
    from bpu.services.opened import open_services
    from bpu.web.frame import errors, guard, headers, limits, look, visits, wire

    settings = settings or settings_from_environ()
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=64 * 1024, MAX_FORM_PARTS=100, TRUSTED_HOSTS=hosts(settings)
    )
    clock.follow(settings.var / "clock" if settings.sandbox else None)
    database = open_database(settings.database_url, KeyRing.parse(settings.data_keys))
    app.extensions["bpu"] = open_services(settings)

    @app.before_request
    def connect() -> None:
        hurry(request.environ.get("bpu.arrived", monotonic()) + ANSWERED)
        database.connect(reuse_if_open=True)

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        hurry(None)
        if not database.is_closed():
            database.close()

    app.before_request(guard.guard)
    app.after_request(visits.send_cookie)
    limits.install(app, settings.limits_url)
    look.install(app)
    errors.install(app)
    wire.install(app)
    headers.install(app)
    for name in ROOMS:
        app.register_blueprint(import_module(f"bpu.web.{name}").room(settings))
    app.cli.add_command(import_module("bpu.cli").group)
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app


def hosts(settings: "Settings") -> list[str] | None:
    """The host names that may be asked for: in live the public one and this machine for health checks, else any."""
    from urllib.parse import urlsplit

    if settings.sandbox or not settings.site_url:
        return None
    return [str(urlsplit(settings.site_url).hostname), "localhost", "127.0.0.1"]

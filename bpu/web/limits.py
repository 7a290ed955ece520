"""Flood limits: how much one browser or address may send. What costs money is counted elsewhere, in the services."""

from datetime import timedelta
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from limits.storage import Storage
from peewee import PeeweeException

from bpu import clock
from bpu.models import Tally, writing
from bpu.secrecy import token_hash
from bpu.services.tally import count, counted
from bpu.web import visits

SENT = "sent"
# Thousands of people share a mobile operator's address, so an address may send far more than a person ever would.
PER_BROWSER = "60 per minute; 600 per hour"
PER_ADDRESS = "1200 per minute"


class DatabaseStorage(Storage):
    """Counts in the service's own database, so that all processes and restarts share them."""

    STORAGE_SCHEME = ["bpu"]

    @property
    def base_exceptions(self) -> Any:
        return PeeweeException

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with writing():
            return count(key, clock.now() + timedelta(seconds=expiry), amount)

    def get(self, key: str) -> int:
        return counted(key)

    def get_expiry(self, key: str) -> float:
        row = Tally.get_or_none(Tally.key == key)
        return row.expires.timestamp() if row else clock.now().timestamp()

    def check(self) -> bool:
        return Tally.table_exists()

    def reset(self) -> int | None:
        return None

    def clear(self, key: str) -> None:
        with writing():
            Tally.delete().where(Tally.key == key).execute()


def browser() -> str:
    """A key for the browser: its token, hashed by the limiter's caller never to be stored in clear; else its address."""
    sent = request.cookies.get(visits.cookie_name())
    return token_hash(sent).hex()[:24] if sent else f"address:{address()}"


def address() -> str:
    """The client's address; of IPv6 the network of 64 bits that one customer has."""
    remote = request.remote_addr or "nowhere"
    return ":".join(remote.split(":")[:4]) if ":" in remote else remote


def install(app: Flask, url: str) -> Limiter:
    """Put the limits on everything that is sent; looking costs nothing."""
    limiter = Limiter(
        browser,
        app=app,
        storage_uri=url or "bpu://",
        application_limits=[PER_BROWSER],
        application_limits_per_method=False,
        in_memory_fallback_enabled=url.startswith("redis"),
        in_memory_fallback=[PER_BROWSER],
        strategy="fixed-window",
        headers_enabled=False,
    )
    limiter.request_filter(lambda: request.method in ("GET", "HEAD", "OPTIONS"))
    return limiter

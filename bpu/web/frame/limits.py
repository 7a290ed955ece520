"""Flood limits: how much one browser or address may send. What costs money is counted elsewhere, in the services.

An address is counted in the memory of each process, so that a flood costs no writing; a browser in the database.
"""

import hmac
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from flask import Flask, abort, request
from flask_limiter import Limiter
from limits.storage import Storage
from peewee import PeeweeException

from bpu import clock
from bpu.models import Tally, writing
from bpu.secrecy import token_hash
from bpu.services.access.tally import count, counted
from bpu.web import services
from bpu.web.frame import guard, room, visits

# Thousands of people share a mobile operator's address, so an address may send far more than a person ever would.
PER_BROWSER = "60 per minute; 600 per hour"
PER_ADDRESS = "1200 per minute"
MOST_FIELDS = 100
SEVERAL = frozenset({"programmes", "p"})  # fields that may come more than once


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
    """A key for the browser: the hash of its token, behind a room's door that of the sign-in; else its address."""
    sent = room.here().signed_in() or request.cookies.get(visits.cookie_name())
    return token_hash(sent).hex()[:24] if sent else address()


def allowance() -> str:
    """How much this browser may send."""
    here = room.here()
    return here.allowance if here.signed_in() else PER_BROWSER


def address() -> str:
    """A key for the client's address, of IPv6 for the 64 bits that one customer has; it cannot be read back."""
    remote = request.remote_addr or ""
    try:
        known = ip_address(remote)
        seen = known.packed[:8] if known.version == 6 else known.packed
    except ValueError:
        seen = remote.encode(errors="replace")
    return hmac.new(services().settings.secret_key.encode(), b"address|" + seen, sha256).hexdigest()[:24]


def bounded() -> None:
    """Refuse a form with more fields than any page has, or with two answers to one question."""
    if room.here().machine:
        return
    if sum(len(values) for _, values in request.form.lists()) > MOST_FIELDS:
        abort(413)
    if any(len(set(values)) > 1 for name, values in request.form.lists() if name not in SEVERAL):
        abort(400, "repeated")


def install(app: Flask, url: str) -> None:
    """Put the limits on everything that is sent; looking costs nothing."""
    by_address = Limiter(
        address,
        app=app,
        storage_uri="memory://",
        application_limits=[PER_ADDRESS],
        application_limits_per_method=False,
        strategy="fixed-window",
        headers_enabled=False,
    )
    by_browser = Limiter(
        browser,
        app=app,
        storage_uri=url or "bpu://",
        application_limits=[allowance],
        application_limits_per_method=False,
        # Any fallback given turns the fallback on, and the database needs none: while it is away nothing can be kept.
        in_memory_fallback=[PER_BROWSER] if url else [],
        strategy="fixed-window",
        headers_enabled=False,
    )
    by_address.request_filter(lambda: request.method in guard.SAFE)
    # Banks and gateways sign what they say and call for everybody: only their address is counted.
    by_browser.request_filter(lambda: request.method in guard.SAFE or room.here().machine)
    app.before_request(bounded)

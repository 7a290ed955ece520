"""Delivery receipts from SMS gateways: advisory, because in Indonesia they are late, missing or made up.

A message has one address for its receipts, which names the outbox row and the gateway and cannot be guessed. What
arrives there is written beside the message and changes nothing else.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from peewee import Case, fn

from bpu import clock
from bpu.models import Outgoing, writing
from bpu.providers.messages.profiles import load_profiles
from bpu.settings import Settings

PATH = "/sms/dlr/"


class Receipts:
    """Makes the addresses that gateways call back, and books what they say there."""

    def __init__(self, settings: Settings) -> None:
        self._key = hmac.digest(settings.secret_key.encode(), b"sms receipts", sha256)
        self._base = settings.site_url.rstrip("/") + PATH if settings.site_url else ""
        self._profiles = load_profiles()

    def address(self, uid: str, gateway: str) -> str:
        """Where `gateway` is to report on the message `uid`; nothing while the service has no public address."""
        return f"{self._base}{self.token(uid, gateway)}" if self._base else ""

    def token(self, uid: str, gateway: str) -> str:
        """The end of that address: row, gateway, and what proves that we made it."""
        proof = hmac.digest(self._key, f"{uid}|{gateway}".encode(), sha256)[:15]
        return f"{uid}.{gateway}.{base64.urlsafe_b64encode(proof).decode()}"

    def book(self, token: str, values: Mapping[str, Any]) -> bool:
        """Write down what a receipt says; False for an address that we never gave out.

        Only a final outcome is written, and the first one stays.
        """
        uid, _, rest = token.partition(".")
        gateway = rest.partition(".")[0]
        if gateway not in self._profiles or not hmac.compare_digest(self.token(uid, gateway).encode(), token.encode()):
            return False
        outcome = self._profiles[gateway].outcome(values)
        if outcome:
            with writing():
                Outgoing.update(receipt=outcome).where((Outgoing.uid == uid) & (Outgoing.receipt == "")).execute()
        return True


def success(since: timedelta = timedelta(days=1)) -> dict[str, dict[str, int]]:
    """For each gateway, how many SMS it took lately (``sent``) and how many it calls delivered, failed, rejected."""
    told = {name: fn.SUM(Case(Outgoing.receipt, [(name, 1)], 0)) for name in ("delivered", "failed", "rejected")}
    lately = (Outgoing.kind == "sms") & (Outgoing.state == "sent") & (Outgoing.finished > clock.now() - since)
    rows = Outgoing.select(Outgoing.provider, fn.COUNT(Outgoing.uid), *told.values()).where(lately)
    counted: list[Any] = list(rows.group_by(Outgoing.provider).tuples())
    return {row[0]: dict(zip(("sent", *told), map(int, row[1:]), strict=True)) for row in counted}

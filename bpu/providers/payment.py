"""Payment providers that tell of payments by webhook: each proves a notice and reads what it says, or refuses it."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha512
from typing import Any, Protocol

from bpu.providers.bankjson import CURRENCY, Malformed, money, parse
from bpu.providers.snap import Network, networks
from bpu.settings import Misconfigured, Settings

NAMES = {
    "BPU_MIDTRANS_SERVER_KEY": "payment `midtrans`: the server key that signs its notices",
    "BPU_XENDIT_CALLBACK_TOKEN": "payment `xendit`: the token that its notices carry",
    "BPU_XENDIT_ADDRESSES": "payment `xendit`: networks that its notices may come from; empty for any",
}


class Forged(Exception):
    """A notice that its provider did not send."""


@dataclass(frozen=True)
class Told:
    """Money that arrived at a provider: the provider's id of it, our bill code, whole rupiah."""

    reference: str
    code: str
    amount: int


class Gateway(Protocol):
    """A provider that tells of payments."""

    addresses: tuple[Network, ...]

    def read(self, headers: Mapping[str, str], body: bytes) -> Told | None:
        """The money that a notice tells of, None when it tells of none; raises Forged, Malformed."""


class Midtrans:
    """Midtrans' HTTP notification, signed with a hash over what matters in it."""

    addresses: tuple[Network, ...] = ()

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.server_key = secrets["BPU_MIDTRANS_SERVER_KEY"]

    def read(self, headers: Mapping[str, str], body: bytes) -> Told | None:
        """Only a payment that was accepted and settled is money; whatever else happened leaves the bill as it is."""
        told = parse(body)
        order_id, status_code, gross_amount = (
            _text(told, name) for name in ("order_id", "status_code", "gross_amount")
        )
        expected = midtrans_signature(order_id, status_code, gross_amount, self.server_key)
        if not _same(_text(told, "signature_key").lower(), expected):
            raise Forged
        settled = told.get("transaction_status") in ("settlement", "capture")
        if not settled or status_code != "200" or told.get("fraud_status", "accept") != "accept":
            return None
        return Told(_text(told, "transaction_id"), order_id, _rupiah(gross_amount, told))


def midtrans_signature(order_id: str, status_code: str, gross_amount: str, server_key: str) -> str:
    """Midtrans' `signature_key`; the amount is the text as sent, with its two decimals."""
    return sha512(f"{order_id}{status_code}{gross_amount}{server_key}".encode("utf-8", "surrogatepass")).hexdigest()


class Xendit:
    """Xendit's webhooks, proven only by a token that never changes, hence the list of addresses beside it."""

    # How its products say that money arrived; the paid notice of a fixed virtual account has no status at all.
    PAID = ("PAID", "SETTLED", "SUCCEEDED", "COMPLETED")

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.token = secrets["BPU_XENDIT_CALLBACK_TOKEN"]
        try:
            self.addresses = networks([each for each in secrets.get("BPU_XENDIT_ADDRESSES", "").split(",") if each])
        except ValueError as error:
            raise Misconfigured([f"BPU_XENDIT_ADDRESSES: {error}"]) from None

    def read(self, headers: Mapping[str, str], body: bytes) -> Told | None:
        """Invoices, virtual accounts, QR codes and payment requests, told apart by which fields they have."""
        if not _same(headers.get("x-callback-token", ""), self.token):
            raise Forged
        notice = parse(body)
        told = notice.get("data") if "event" in notice else notice
        if not isinstance(told, dict):
            raise Malformed("data")
        status = told.get("status", "PAID" if "payment_id" in told and "event" not in notice else None)
        if status not in self.PAID:
            return None
        # A payment made by API has an id of its own; an invoice is paid once, so its id serves.
        reference = _text(told, _present(told, "payment_id", "id"))
        amount = told.get(_present(told, "paid_amount", "amount", "request_amount"))
        if type(amount) in (int, float):
            amount = str(amount)
        return Told(reference, _text(told, _present(told, "reference_id", "external_id")), _rupiah(amount, told))


GATEWAYS: Mapping[str, Callable[[Mapping[str, str]], Gateway]] = {"midtrans": Midtrans, "xendit": Xendit}
_NEEDS = {"midtrans": "BPU_MIDTRANS_SERVER_KEY", "xendit": "BPU_XENDIT_CALLBACK_TOKEN"}


def open_gateways(settings: Settings) -> dict[str, Gateway]:
    """The providers that `BPU_PAYMENT` names, by name; raises Misconfigured when a secret is missing."""
    chosen = [name for name in settings.payment if name in GATEWAYS]
    missing = [name for name in chosen if not settings.provider.get(_NEEDS[name])]
    if missing:
        raise Misconfigured([f"{_NEEDS[name]} is missing; BPU_PAYMENT names {name}" for name in missing])
    return {name: GATEWAYS[name](settings.provider) for name in chosen}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value or not value.isprintable() or len(value) > 128:
        raise Malformed(name)
    return value


def _present(told: Mapping[str, Any], *names: str) -> str:
    return next((name for name in names if name in told), names[0])


def _rupiah(sum_: Any, told: Mapping[str, Any]) -> int:
    """Whole rupiah; a fraction is dropped, so that it never makes up for what is missing."""
    amount = money(sum_)
    if amount is None or amount < 1 or told.get("currency", CURRENCY) != CURRENCY:
        raise Malformed("amount")
    return int(amount)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())

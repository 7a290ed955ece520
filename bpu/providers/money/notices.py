"""Payment providers that tell of payments by webhook: each proves a notice and reads what it says, or refuses it."""

import base64
import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha512
from typing import Any, Protocol
from urllib.parse import quote

from bpu.providers import ProviderError
from bpu.providers.http import Headers, address_problem, call
from bpu.providers.money.bankjson import CURRENCY, Malformed, money, parse
from bpu.providers.money.snap import Network, networks
from bpu.settings import Misconfigured, Settings

NAMES = {
    "BPU_MIDTRANS_SERVER_KEY": "payment `midtrans`: the server key that signs its notices and opens its status page",
    "BPU_MIDTRANS_URL": "payment `midtrans`: where statuses are asked; `https://api.midtrans.com` unless set",
    "BPU_XENDIT_CALLBACK_TOKEN": "payment `xendit`: the token that its notices carry",
    "BPU_XENDIT_ADDRESSES": "payment `xendit`: networks that its notices may come from; empty for any",
    "BPU_XENDIT_SECRET_KEY": "payment `xendit`: the key to ask about unpaid invoices with; without it none is",
    "BPU_XENDIT_URL": "payment `xendit`: where invoices are asked for; `https://api.xendit.co` unless set",
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

    def read(self, headers: Headers, body: bytes) -> Told | None:
        """The money that a notice tells of, None when it tells of none; raises Forged, Malformed."""

    def paid(self, code: str) -> Told | None:
        """The money that it has for a bill code, None when it knows of none or cannot be asked.

        Raises ProviderError: permanent when its answer about this bill cannot be used.
        """


class Midtrans:
    """Midtrans' HTTP notification, signed with a hash over what matters in it."""

    addresses: tuple[Network, ...] = ()

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.server_key = secrets["BPU_MIDTRANS_SERVER_KEY"]
        self.url = _address(secrets, "BPU_MIDTRANS_URL", "https://api.midtrans.com")

    def read(self, headers: Headers, body: bytes) -> Told | None:
        """Only a payment that was accepted and settled is money; whatever else happened leaves the bill as it is."""
        told = parse(body)
        order_id, status_code, gross_amount = (
            _text(told, name) for name in ("order_id", "status_code", "gross_amount")
        )
        expected = midtrans_signature(order_id, status_code, gross_amount, self.server_key)
        if not _same(_text(told, "signature_key").lower(), expected):
            raise Forged
        return _midtrans_money(told, order_id)

    def paid(self, code: str) -> Told | None:
        """What the status page says of the order of this name."""
        said = _asked(f"{self.url}/v2/{quote(code, safe='')}/status", self.server_key)
        with _answering():
            return _midtrans_money(parse(said), code) if said else None


def _midtrans_money(told: Mapping[str, Any], order_id: str) -> Told | None:
    settled = told.get("transaction_status") in ("settlement", "capture")
    if not settled or told.get("status_code") != "200" or told.get("fraud_status", "accept") != "accept":
        return None
    if told.get("order_id") != order_id:
        raise Malformed("order_id")
    return Told(_text(told, "transaction_id"), order_id, _rupiah(_text(told, "gross_amount"), told))


def midtrans_signature(order_id: str, status_code: str, gross_amount: str, server_key: str) -> str:
    """Midtrans' `signature_key`; the amount is the text as sent, with its two decimals."""
    return sha512(f"{order_id}{status_code}{gross_amount}{server_key}".encode("utf-8", "surrogatepass")).hexdigest()


class Xendit:
    """Xendit's webhooks, proven only by a token that never changes, hence the list of addresses beside it."""

    # How its products say that money arrived; the paid notice of a fixed virtual account has no status at all.
    PAID = ("PAID", "SETTLED", "SUCCEEDED", "COMPLETED")

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.token = secrets["BPU_XENDIT_CALLBACK_TOKEN"]
        self.key = secrets.get("BPU_XENDIT_SECRET_KEY", "")
        self.url = _address(secrets, "BPU_XENDIT_URL", "https://api.xendit.co")
        try:
            self.addresses = networks([each for each in secrets.get("BPU_XENDIT_ADDRESSES", "").split(",") if each])
        except ValueError as error:
            raise Misconfigured([f"BPU_XENDIT_ADDRESSES: {error}"]) from None

    def read(self, headers: Headers, body: bytes) -> Told | None:
        """Invoices, virtual accounts, QR codes and payment requests, told apart by which fields they have."""
        if not _same(headers.get("x-callback-token", ""), self.token):
            raise Forged
        notice = parse(body)
        told = notice.get("data") if "event" in notice else notice
        if not isinstance(told, dict):
            raise Malformed("data")
        return self._money(told, bare="event" not in notice)

    def paid(self, code: str) -> Told | None:
        """What the list of invoices of this name says."""
        if not self.key:
            return None
        said = _asked(f"{self.url}/v2/invoices?external_id={quote(code, safe='')}", self.key)
        with _answering():
            # The list comes bare; within an object it is read as strictly as everything else.
            invoices = parse(b'{"invoices":%b}' % said)["invoices"] if said else []
            if not isinstance(invoices, list) or not all(isinstance(each, dict) for each in invoices):
                raise Malformed("invoices")
            told = (self._money(each, bare=False) for each in invoices if each.get("external_id") == code)
            return next(filter(None, told), None)

    def _money(self, told: Mapping[str, Any], *, bare: bool) -> Told | None:
        status = told.get("status", "PAID" if "payment_id" in told and bare else None)
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


def _asked(url: str, key: str) -> bytes:
    """What a provider answers to a question, nothing when it does not know the bill; raises ProviderError."""
    signed_in = base64.b64encode(f"{key}:".encode()).decode()
    answer = call("GET", url, headers={"Authorization": f"Basic {signed_in}", "Accept": "application/json"})
    if answer.status == 404:
        return b""
    if answer.status != 200:
        raise ProviderError(f"asked for a status, it answered {answer.status}", permanent=False)
    return answer.body


@contextmanager
def _answering() -> Iterator[None]:
    """An answer that cannot be read is about this bill alone: the next one may be asked about."""
    try:
        yield
    except Malformed as malformed:
        raise ProviderError(f"its answer cannot be used: {malformed}", permanent=True) from None


def _address(secrets: Mapping[str, str], name: str, usual: str) -> str:
    url = secrets.get(name) or usual
    if problem := address_problem(url):
        raise Misconfigured([f"{name} {problem}"])
    return url.rstrip("/")


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

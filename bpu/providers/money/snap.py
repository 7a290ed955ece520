"""SNAP BI as data: services and their addresses, what an answer's code means, and the partners that may call.

Source: the BI/ASPI SNAP standard; where it leaves a choice, the reading of the strictest peer (BCA).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

NAMES = {"BPU_SNAP_PARTNERS": "payment `snap`: the banks that may call, TOML with a `[[partner]]` each"}
TOKEN_SECONDS = 900


class Service(StrEnum):
    """The five services that a bank may call here, by their SNAP number."""

    TOKEN = "73"  # noqa: S105 - a service number
    INQUIRY = "24"
    PAYMENT = "25"
    STATUS = "26"
    QR_NOTICE = "52"


ROOT = "/snap/v1.0"
PATHS = {
    Service.TOKEN: "/access-token/b2b",
    Service.INQUIRY: "/transfer-va/inquiry",
    Service.PAYMENT: "/transfer-va/payment",
    Service.STATUS: "/transfer-va/status",
    Service.QR_NOTICE: "/qr/qr-mpm-notify",
}


class Case(Enum):
    """HTTP status, case number and message of an answer; `{}` takes what the message is about."""

    SUCCESSFUL = (200, "00", "Successful")
    BAD_REQUEST = (400, "00", "Bad Request")
    FIELD_FORMAT = (400, "01", "Invalid Field Format {}")
    FIELD_MISSING = (400, "02", "Invalid Mandatory Field {}")
    UNAUTHORIZED = (401, "00", "Unauthorized. [{}]")
    TOKEN_INVALID = (401, "01", "Invalid Token (B2B)")
    TOKEN_MISSING = (401, "03", "Token Not Found (B2B)")
    NOT_PERMITTED = (403, "15", "Transaction Not Permitted. [{}]")
    NOT_FOUND = (404, "01", "Transaction Not Found")
    NO_BILL = (404, "12", "Invalid Bill/Virtual Account [Not Found]")
    WRONG_AMOUNT = (404, "13", "Invalid Amount")
    PAID = (404, "14", "Paid Bill")
    INCONSISTENT = (404, "18", "Inconsistent Request")
    EXPIRED = (404, "19", "Invalid Bill/Virtual Account [Expired]")
    METHOD = (405, "00", "Requested Function Is Not Supported")
    CONFLICT = (409, "00", "Conflict")
    DUPLICATE = (409, "01", "Duplicate partnerReferenceNo")
    TIMEOUT = (504, "00", "Timeout")

    def answer(self, service: Service, about: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
        """HTTP status and body of this answer to `service`, with `more` of its fields."""
        status, case, message = self.value
        return status, {
            "responseCode": f"{status}{service}{case}",
            "responseMessage": message.format(about),
            **more,
        }


Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Partner:
    """A bank or payment provider that calls us.

    `mode` says how its calls are signed; `pushed` that it tells of money that has moved already and cannot be refused;
    `replay` what a repeated call gets (``404/18`` or the ``original`` answer); `tolerance` how many seconds its clock
    may differ; `addresses` from where it calls (empty: anywhere).
    """

    client_id: str
    partner_id: str
    public_key: RSAPublicKey
    mode: str = "symmetric"
    secret: str = ""
    pushed: bool = False
    replay: str = "404/18"
    tolerance: int = 300
    addresses: tuple[Network, ...] = ()


_CHOICES = {"mode": ("symmetric", "asymmetric"), "replay": ("404/18", "original")}
_KINDS: Mapping[str, type] = {
    "client_id": str,
    "partner_id": str,
    "public_key": str,
    "mode": str,
    "secret": str,
    "pushed": bool,
    "replay": str,
    "tolerance": int,
    "addresses": list,
}


def partners(text: str) -> tuple[Partner, ...]:
    """Read the partners from TOML (one ``[[partner]]`` each); raises ValueError with one clear line."""
    try:
        rows = tomllib.loads(text).get("partner")
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("has no [[partner]]")
    read = tuple(_partner(row) for row in rows)
    for what in ("client_id", "partner_id"):
        if len({getattr(partner, what) for partner in read}) != len(read):
            raise ValueError(f"has the same {what} twice")
    return read


def _partner(row: Mapping[str, Any]) -> Partner:
    client_id = row.get("client_id", "")
    for name, value in row.items():
        if name not in _KINDS:
            raise ValueError(f"{client_id}: {name} is no field of a partner")
        if type(value) is not _KINDS[name] or value not in _CHOICES.get(name, (value,)):
            raise ValueError(f"{client_id}: {name} has no value that it can have")
    if not client_id:
        raise ValueError("a partner has no client_id")
    partner_id = row.get("partner_id", client_id)
    if not 1 <= len(client_id) <= 36 or not 1 <= len(partner_id) <= 36:
        raise ValueError(f"{client_id}: ids have 1 to 36 characters")
    if row.get("mode", "symmetric") == "symmetric" and len(row.get("secret", "")) < 16:
        raise ValueError(f"{client_id}: a secret of 16 characters or more is missing")
    if not 1 <= row.get("tolerance", 300) <= 3600:
        raise ValueError(f"{client_id}: tolerance is 1 to 3600 seconds")
    given = {name: row[name] for name in ("mode", "secret", "pushed", "replay", "tolerance") if name in row}
    return Partner(
        client_id=client_id,
        partner_id=partner_id,
        public_key=_public_key(client_id, row.get("public_key", "")),
        addresses=networks(row.get("addresses", [])),
        **given,
    )


def _public_key(client_id: str, pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError(f"{client_id}: public_key is no RSA public key (PEM) of 2048 bits or more")
    return key


def networks(written: list[str]) -> tuple[Network, ...]:
    """Networks such as ``203.0.113.0/24``; raises ValueError."""
    return tuple(ip_network(str(each).strip()) for each in written)


def admitted(allowed: tuple[Network, ...], address: str) -> bool:
    """Whether a call from `address` may come in; no list allows any."""
    try:
        return not allowed or any(ip_address(address) in network for network in allowed)
    except ValueError:
        return False

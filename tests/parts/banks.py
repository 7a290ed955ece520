"""Banks for tests: partners with keys of their own that sign calls by the standard's text, not by our code."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bpu import clock
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.services.banks.call import Call
from bpu.services.banks.door import Snap
from bpu.services.money.payments import Payments
from bpu.settings import Settings
from tests.parts.till import till

SUM = 16_800
SECRET = "a-secret-of-tests-0001"
PARTNER_IDS = {"bca": "11223"}

_numbers = itertools.count(1)

# What takes a call to the door: service, headers, body; status and body back.
Knock = Callable[[Service, Mapping[str, str], bytes], tuple[int, dict[str, Any]]]


@lru_cache
def key(name: str) -> RSAPrivateKey:
    """The private key of a bank, made once a run."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str) -> str:
    """Its public key as it stands in the settings."""
    return key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def partner(name: str, **fields: Any) -> str:
    """One partner in TOML; a field given as None is left out."""
    values = {"client_id": name, "secret": SECRET, "public_key": public_pem(name)} | fields
    lines = [f"{field} = {json.dumps(value)}" for field, value in values.items() if value is not None]
    return "\n".join(["[[partner]]", *lines, ""])


def partners() -> str:
    """The partners of the tests: a bank of each kind."""
    return "".join(
        (
            partner("bca", partner_id=PARTNER_IDS["bca"]),
            partner("doku", replay="original", pushed=True),
            partner("winpay", mode="asymmetric", secret=None),
            partner("near", addresses=["10.1.0.0/16"]),
        )
    )


def configured(**changes: Any) -> Settings:
    """Settings under which these partners may call."""
    values = {"payment": ("simulator", "snap"), "provider": {"BPU_SNAP_PARTNERS": partners()}} | changes
    return Settings(**values)


def now() -> str:
    """This moment as SNAP writes it."""
    return stamp(clock.now())


def stamp(at: datetime) -> str:
    """A moment as SNAP writes it."""
    return at.astimezone(clock.WIB).isoformat(timespec="seconds")


def number() -> str:
    """An X-EXTERNAL-ID that was not used before."""
    return f"{next(_numbers):012d}"


def rsa(name: str, text: str) -> str:
    """SHA256withRSA in Base64."""
    return base64.b64encode(key(name).sign(text.encode(), PKCS1v15(), SHA256())).decode()


def account(code: str) -> dict[str, str]:
    """The three fields in which a bank writes a bill code."""
    service, customer = code[:5].rjust(8), code[5:]
    return {"partnerServiceId": service, "customerNo": customer, "virtualAccountNo": service + customer}


def rupiah(value: str | int = SUM, currency: str = "IDR") -> dict[str, str]:
    """A sum as SNAP writes it."""
    return {"value": value if isinstance(value, str) else f"{value}.00", "currency": currency}


class Peer:
    """A bank at the door."""

    def __init__(self, name: str, knock: Knock) -> None:
        self.name = name
        self.partner_id = PARTNER_IDS.get(name, name)
        self.secret = SECRET
        self.knock = knock
        self.token = ""

    def sign_in(self, **headers: str) -> tuple[int, dict[str, Any]]:
        """Ask for a token and keep it."""
        at = headers.get("X-TIMESTAMP", now())
        signed = {"X-TIMESTAMP": at, "X-CLIENT-KEY": self.name, "X-SIGNATURE": rsa(self.name, f"{self.name}|{at}")}
        status, body = self.knock(Service.TOKEN, signed | headers, b'{"grantType":"client_credentials"}')
        self.token = body.get("accessToken", self.token)
        return status, body

    def signature(self, service: Service, body: bytes, at: str, path: str = "") -> str:
        """The signature of a call, by shared secret when there is a token."""
        digest = hashlib.sha256(body).hexdigest()
        path = path or ROOT + PATHS[service]
        if not self.token:
            return rsa(self.name, f"POST:{path}:{digest}:{at}")
        text = f"POST:{path}:{self.token}:{digest}:{at}"
        return base64.b64encode(hmac.new(self.secret.encode(), text.encode(), "sha512").digest()).decode()

    def headers(self, service: Service, body: bytes, at: str = "") -> dict[str, str]:
        """The headers of a good call."""
        at = at or now()
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return bearer | {
            "X-TIMESTAMP": at,
            "X-SIGNATURE": self.signature(service, body, at),
            "X-PARTNER-ID": self.partner_id,
            "X-EXTERNAL-ID": number(),
            "CHANNEL-ID": "95231",
        }

    def ask(self, service: Service, told: Any, **headers: str | None) -> tuple[int, dict[str, Any]]:
        """A good call with `told` as its body; `headers` (X_EXTERNAL_ID=…) stand in for what it would send."""
        body = told if isinstance(told, bytes) else json.dumps(told, separators=(",", ":")).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.headers(service, body, given.get("X-TIMESTAMP") or "") | given
        return self.knock(service, {name: value for name, value in sent.items() if value is not None}, body)

    def inquire(self, code: str, request_id: str = "P-1", *, told: Any = None, **headers: str | None):
        """Ask what a bill is."""
        return self.ask(Service.INQUIRY, account(code) | {"inquiryRequestId": request_id} | (told or {}), **headers)

    def pay(self, code: str, request_id: str = "P-1", *, told: Any = None, **headers: str | None):
        """Pay a bill; `told` are fields that differ from a good payment."""
        good = account(code) | {"paymentRequestId": request_id, "paidAmount": rupiah()}
        return self.ask(Service.PAYMENT, good | (told or {}), **headers)


def answered(answer: tuple[int, dict[str, Any]]) -> str:
    """The code of an answer, once it agrees with the HTTP status and has a message."""
    status, body = answer
    assert body["responseCode"][:3] == str(status)
    assert len(body["responseCode"]) == 7
    assert body["responseMessage"]
    return body["responseCode"]


def books(request: pytest.FixtureRequest, settings: Settings | None = None) -> Payments:
    """The books behind the door, on SQLite, or on both engines for a test that asks for `store`."""
    request.getfixturevalue("store" if "store" in request.fixturenames else "sqlite_store")
    settings = settings or configured()
    return till(settings)


def straight(snap: Snap, address: str = "192.0.2.7") -> Knock:
    """The way to the door without HTTP."""

    def knock(service: Service, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        return snap.answer(service, Call("POST", ROOT + PATHS[service], headers, body, address))

    return knock


def signed_in(name: str, knock: Knock) -> Peer:
    """A bank with a token; `bca` is the strictest, `doku` tells of money that has moved."""
    peer = Peer(name, knock)
    peer.sign_in()
    return peer

"""The sandbox's bank: asks for a bill and pays it through the real SNAP door, with a real token and real signatures."""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from bpu import clock
from bpu.providers.money.bankjson import written
from bpu.providers.money.signatures import minify, sign_asymmetric, sign_symmetric, signed_text
from bpu.providers.money.snap import PATHS, ROOT, Partner, Service
from bpu.settings import Settings

CLIENT_ID = "bank-contoh"
PUSHING = "bank-contoh-transfer"  # tells of money that has moved: of any sum, at any time

# Brings a POST to the door: path, headers and body in; status and body out.
Transport = Callable[[str, Mapping[str, str], bytes], tuple[int, bytes]]


def sandbox_partners(settings: Settings) -> tuple[Partner, Partner]:
    """The partners that the door of a sandbox knows: one that asks first, and one that tells of money afterwards."""
    secret = hmac.new(settings.secret_key.encode(), b"bpu sandbox bank", "sha256").hexdigest()
    key = _key().public_key()
    return Partner(CLIENT_ID, CLIENT_ID, key, secret=secret), Partner(PUSHING, PUSHING, key, secret=secret, pushed=True)


@lru_cache(maxsize=1)
def _key() -> RSAPrivateKey:
    # Lives and dies with the process: the sandbox's bank only ever calls the door of its own process.
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Reply:
    """What the door answered: HTTP status and JSON body."""

    status: int
    body: Mapping[str, Any]

    @property
    def done(self) -> bool:
        """Whether the call did what it asked for."""
        return self.status == 200 and self.body.get("responseCode", "").endswith("00")


class Bank:
    """A bank at which whoever uses the sandbox pays bills; `post` takes its calls to the door.

    One that is `pushing` does not ask whether it may: its money has moved, whatever the bill says.
    """

    def __init__(self, settings: Settings, post: Transport, *, pushing: bool = False) -> None:
        self.prefix = settings.bill_prefix
        self.partner = sandbox_partners(settings)[pushing]
        self.post = post

    def pay(self, code: str, amount: int | None = None) -> Reply:
        """Pay the bill `code`: ask for it, then pay what it asks (or `amount` rupiah); the last answer is returned."""
        token = self.token()
        if not token.done:
            return token
        bearer = token.body["accessToken"]
        request_id = f"CONTOH-{secrets.token_hex(8)}"
        asked = self.call(Service.INQUIRY, bearer, self.account(code) | {"inquiryRequestId": request_id})
        if not asked.done and not (self.partner.pushed and amount is not None):
            return asked
        paid = written(amount) if amount is not None else asked.body["virtualAccountData"]["totalAmount"]
        return self.call(
            Service.PAYMENT,
            bearer,
            self.account(code)
            | {
                "paymentRequestId": request_id,
                "paidAmount": paid,
                "totalAmount": paid,
                "trxDateTime": stamp(),
                "referenceNo": f"{secrets.randbelow(10**12):012d}",
                "flagAdvise": "N",
            },
        )

    def account(self, code: str) -> dict[str, str]:
        """The three fields in which SNAP writes a bill code."""
        company, customer = self.prefix.rjust(8), code.removeprefix(self.prefix)
        return {"partnerServiceId": company, "customerNo": customer, "virtualAccountNo": company + customer}

    def token(self) -> Reply:
        """Ask for an access token."""
        at = stamp()
        headers = {
            "X-TIMESTAMP": at,
            "X-CLIENT-KEY": self.partner.client_id,
            "X-SIGNATURE": sign_asymmetric(_key(), f"{self.partner.client_id}|{at}"),
        }
        return self._post(ROOT + PATHS[Service.TOKEN], headers, {"grantType": "client_credentials"})

    def call(self, service: Service, bearer: str, asked: Mapping[str, Any]) -> Reply:
        """Call `service` with a signature over this very moment and a number of its own."""
        path, at, body = ROOT + PATHS[service], stamp(), _body(asked)
        text = signed_text("POST", path, minify(body), at, bearer)
        headers = {
            "Authorization": f"Bearer {bearer}",
            "X-TIMESTAMP": at,
            "X-SIGNATURE": sign_symmetric(self.partner.secret, text),
            "X-PARTNER-ID": self.partner.partner_id,
            "X-EXTERNAL-ID": f"{secrets.randbelow(10**30):030d}",
            "CHANNEL-ID": "95231",
        }
        return self._post(path, headers, asked)

    def _post(self, path: str, headers: Mapping[str, str], asked: Mapping[str, Any]) -> Reply:
        status, raw = self.post(path, {"Content-Type": "application/json", **headers}, _body(asked))
        try:
            return Reply(status, json.loads(raw))
        except ValueError:
            return Reply(status, {})


def _body(asked: Mapping[str, Any]) -> bytes:
    return json.dumps(asked, separators=(",", ":")).encode()


def stamp() -> str:
    """This moment as SNAP writes it, in WIB."""
    return clock.now().astimezone(clock.WIB).isoformat(timespec="seconds")

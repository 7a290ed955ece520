"""The acquirer, which alone issues QRIS codes that money follows: asked for one (SNAP 47), and if it was paid (51).

Here we are the caller: every call is signed as the acquirer wants it, by shared secret or by our private key. That a
code was paid it tells at our own door (52); asking is for notices that were lost.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bpu import clock
from bpu.providers import ProviderError
from bpu.providers.http import address_problem, call, found
from bpu.providers.money import qris
from bpu.providers.money.bankjson import CURRENCY, Malformed, money, parse, written
from bpu.providers.money.notices import Told
from bpu.providers.money.sandbox import stamp
from bpu.providers.money.signatures import sign_asymmetric, sign_symmetric, signed_text
from bpu.providers.money.snap import PATHS, Service, partners
from bpu.settings import Misconfigured, Settings

NAMES = {
    "BPU_QRIS_URL": "QRIS: the acquirer's SNAP address up to `/v1.0`; empty for none (the sandbox has its own)",
    "BPU_QRIS_CLIENT_ID": "QRIS: what the acquirer calls this service (`X-CLIENT-KEY`)",
    "BPU_QRIS_PARTNER_ID": "QRIS: what goes into `X-PARTNER-ID`; the client id unless set",
    "BPU_QRIS_MODE": "QRIS: how calls are signed, `symmetric` (default) or `asymmetric`",
    "BPU_QRIS_SECRET": "QRIS: the client secret, for `symmetric`",
    "BPU_QRIS_KEY": "QRIS: our private key (PEM, RSA of 2048 bits or more) that signs the calls, or those for a token",
    "BPU_QRIS_CHANNEL": "QRIS: what goes into `CHANNEL-ID`; 95221 unless set",
    "BPU_QRIS_MERCHANT_ID": "QRIS: the acquirer's `merchantId` of the office",
    "BPU_QRIS_MERCHANT": "QRIS: the NMID (`ID` and 13 digits) or merchant name that every code must carry",
    "BPU_QRIS_PARTNER": "QRIS: the acquirer's `client_id` in BPU_SNAP_PARTNERS, under which its notices (52) arrive",
}
NEEDED = ("CLIENT_ID", "KEY", "MERCHANT_ID", "MERCHANT", "PARTNER")
GENERATE, QUERY = "/qr/qr-mpm-generate", "/qr/qr-mpm-query"
PAID = "00"
PASSING = (408, 425, 429)
LONGEST_TOKEN = 86_400  # seconds
EARLY = timedelta(seconds=60)  # how long before its end a token is no longer used


@dataclass(frozen=True)
class Code:
    """A QRIS code as issued, and the acquirer's own name for it."""

    content: str
    reference: str


class Acquirer(Protocol):
    """Whoever issues the codes; `merchant` is whom they must name, `source` how its money is called in the books."""

    merchant: str
    source: str

    def issue(self, reference: str, amount: int, until: datetime) -> Code:
        """A code for `amount` rupiah, named `reference` by us and payable `until` then; raises `ProviderError`."""

    def paid(self, reference: str, code: str) -> Told | None:
        """The money that came by the code of this `reference` of theirs for our `code`; raises `ProviderError`."""


class Simulator:
    """Makes up codes of an invented merchant, for the sandbox."""

    merchant, source = qris.EXAMPLE_MERCHANT, "qris:simulator"

    def issue(self, reference: str, amount: int, until: datetime) -> Code:
        """A code that every banking application refuses."""
        return Code(qris.example(reference, amount), reference)

    def paid(self, reference: str, code: str) -> None:
        """Nothing: nobody can pay it."""


class Snap:
    """An acquirer that speaks SNAP BI."""

    def __init__(self, settings: Settings) -> None:
        given = {name.removeprefix("BPU_QRIS_"): value for name, value in settings.provider.items() if name in NAMES}
        self.mode = given.get("MODE") or "symmetric"
        problems = _problems(settings, given, self.mode)
        key = _private_key(given.get("KEY", ""))
        if key is None and given.get("KEY"):
            problems.append("BPU_QRIS_KEY is no RSA private key (PEM) of 2048 bits or more")
        if problems or key is None:
            raise Misconfigured(problems)
        self.key = key
        self.url = given["URL"].rstrip("/")
        self.client_id, self.secret = given["CLIENT_ID"], given.get("SECRET", "")
        self.partner_id = given.get("PARTNER_ID") or self.client_id
        self.channel = given.get("CHANNEL") or "95221"
        self.merchant_id, self.merchant = given["MERCHANT_ID"], given["MERCHANT"]
        self.source = f"qris:{given['PARTNER']}"
        self._token = ("", clock.now())

    def issue(self, reference: str, amount: int, until: datetime) -> Code:
        """A code from service 47."""
        said = self._ask(
            GENERATE,
            {
                "partnerReferenceNo": reference,
                "amount": written(amount),
                "merchantId": self.merchant_id,
                "validityPeriod": until.astimezone(clock.WIB).isoformat(timespec="seconds"),
            },
        )
        content, theirs = said.get("qrContent"), said.get("referenceNo", reference)
        if not isinstance(content, str) or not isinstance(theirs, str):
            raise ProviderError("the acquirer's answer has no code in it", permanent=False)
        return Code(content, theirs)

    def paid(self, reference: str, code: str) -> Told | None:
        """What service 51 says of a code; None while it is not paid."""
        asked = {"originalReferenceNo": reference, "originalPartnerReferenceNo": code, "serviceCode": "47"}
        said = self._ask(QUERY, {**asked, "merchantId": self.merchant_id})
        if said.get("latestTransactionStatus") != PAID:
            return None
        amount = money(found(said, "amount.value"))
        if amount is None or amount < 1 or found(said, "amount.currency") != CURRENCY:
            raise ProviderError("the acquirer tells of money and not how much", permanent=True)
        return Told(reference, code, int(amount))

    def _ask(self, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a signed call, once more with a new token when the acquirer no longer knows the one we have."""
        status, said = self._call(path, asked)
        if status == 401 and self._token[0]:
            self._token = ("", clock.now())
            status, said = self._call(path, asked)
        return _successful(status, said)

    def _call(self, path: str, asked: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        body, at = json.dumps(asked, separators=(",", ":")).encode(), stamp()
        signed_path = urlsplit(self.url).path + path
        if self.mode == "symmetric":
            token = self._bearer()
            signature = sign_symmetric(self.secret, signed_text("POST", signed_path, body, at, token))
            bearer = {"Authorization": f"Bearer {token}"}
        else:
            bearer, signature = {}, sign_asymmetric(self.key, signed_text("POST", signed_path, body, at))
        headers = {
            "X-PARTNER-ID": self.partner_id,
            "X-EXTERNAL-ID": f"{secrets.randbelow(10**30):030d}",
            "CHANNEL-ID": self.channel,
            **bearer,
        }
        return self._post(path, headers, signature, at, body)

    def _bearer(self) -> str:
        """The token that is in use, or a new one."""
        token, until = self._token
        if token and clock.now() < until:
            return token
        at = stamp()
        signature = sign_asymmetric(self.key, f"{self.client_id}|{at}")
        body = b'{"grantType":"client_credentials"}'
        headers = {"X-CLIENT-KEY": self.client_id}
        said = _successful(*self._post(PATHS[Service.TOKEN], headers, signature, at, body))
        given, seconds = said.get("accessToken"), str(said.get("expiresIn", ""))
        if not isinstance(given, str) or not re.fullmatch(r"[!-~]+", given) or not re.fullmatch(r"[0-9]+", seconds):
            raise ProviderError("the acquirer's answer has no token in it", permanent=False)
        self._token = (given, clock.now() + timedelta(seconds=min(int(seconds), LONGEST_TOKEN)) - EARLY)
        return given

    def _post(
        self, path: str, headers: Mapping[str, str], signature: str, at: str, body: bytes
    ) -> tuple[int, Mapping[str, Any]]:
        signed = {"Content-Type": "application/json", "X-TIMESTAMP": at, "X-SIGNATURE": signature, **headers}
        answer = call("POST", self.url + path, headers=signed, body=body)
        try:
            return answer.status, parse(answer.body)
        except Malformed:
            return answer.status, {}


def open_acquirer(settings: Settings) -> Acquirer | None:
    """Who issues codes under these settings, if anybody does; raises `Misconfigured`."""
    if any(settings.provider.get(name) for name in NAMES):
        return Snap(settings)
    return Simulator() if settings.sandbox else None


def _successful(status: int, said: Mapping[str, Any]) -> Mapping[str, Any]:
    code = said.get("responseCode")
    if status == 200 and isinstance(code, str) and code.startswith("200") and code.endswith("00"):
        return said
    case = code if isinstance(code, str) and code.isdecimal() and len(code) == 7 else "nothing readable"
    raise ProviderError(f"the acquirer answered {status}, {case}", status not in PASSING and 400 <= status < 500)


def _problems(settings: Settings, given: Mapping[str, str], mode: str) -> list[str]:
    """Why these settings describe no acquirer."""
    problem = address_problem(given.get("URL", ""))
    problems = [f"BPU_QRIS_URL {problem}"] if problem else []
    needed = (*NEEDED, "SECRET") if mode == "symmetric" else NEEDED
    problems += [f"BPU_QRIS_{name} is missing; QRIS needs it" for name in needed if not given.get(name)]
    if mode not in ("symmetric", "asymmetric"):
        problems.append(f"BPU_QRIS_MODE={mode!r} is neither symmetric nor asymmetric")
    try:
        known = partners(settings.provider.get("BPU_SNAP_PARTNERS", "")) if "snap" in settings.payment else ()
    except ValueError:
        return problems  # whoever opens the door says so
    if given.get("PARTNER") and all(partner.client_id != given["PARTNER"] for partner in known):
        problems.append("BPU_QRIS_PARTNER is no client_id of BPU_SNAP_PARTNERS, so that no notice could arrive")
    return problems


def _private_key(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) and key.key_size >= 2048 else None

"""The others' HTTP services, for tests: the agency's core and an acquirer, by the standard's text, not by our code."""

import base64
import hmac
import itertools
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bpu.providers.money import qris
from tests.parts.banks import key, rupiah

CORE_SECRET = "rahasia-bersama-dengan-kantor-pusat"
ACQUIRER, CLIENT, MERCHANT = "qris-bank", "payung-kerja", "ID2099000000001"
QR_SECRET = "rahasia-qris-0001"

# Takes method, path with query, headers and body; gives status and what JSON can say.
Serve = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Any]]


class Desk(BaseHTTPRequestHandler):
    """Where calls come in."""

    def log_message(self, *_: object) -> None:
        """Nothing: whoever tests looks at what was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, said = self.server.serve(self.command, self.path, self.headers, body)  # type: ignore[attr-defined]
        answer = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """The address of an HTTP service that answers as `serve` says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.serve = serve  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Core:
    """The agency's side: gives each registration one number, however often it is asked."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self._free = itertools.count(26_110_000_001)

    def serve(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """Answer an application that is signed; refuse every other."""
        signed = b"\n".join((path.encode(), headers["X-Timestamp"].encode(), body))
        if headers["X-Signature"] != hmac.new(CORE_SECRET.encode(), signed, sha256).hexdigest():
            return 401, {}
        application = json.loads(body)
        self.asked.append(application)
        number = self.given.setdefault(headers["Idempotency-Key"], str(next(self._free)))
        return 200, {"registration": application["registration"], "number": number}


class Acquirer:
    """Issues QRIS codes to whoever signs as the office, in either way, and says whether one was paid.

    `moods` are answers (status and body) that come first, whatever is asked; `spoil` changes a code before it is given.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str] = []
        self.moods: list[tuple[int, Any]] = []
        self.paid: dict[str, int] = {}
        self.spoil: Callable[[str], str] = str

    def settings(self, url: str, mode: str) -> dict[str, str]:
        """What an office sets to use it."""
        pem = key("office").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "BPU_QRIS_URL": url,
            "BPU_QRIS_MODE": mode,
            "BPU_QRIS_CLIENT_ID": CLIENT,
            "BPU_QRIS_SECRET": QR_SECRET,
            "BPU_QRIS_KEY": pem,
            "BPU_QRIS_MERCHANT_ID": "000000000000001",
            "BPU_QRIS_MERCHANT": MERCHANT,
            "BPU_QRIS_PARTNER": ACQUIRER,
        }

    def notice(self, code: str, amount: int) -> dict[str, Any]:
        """What it tells at our door once a code was paid."""
        names = {"originalReferenceNo": f"QR-{code}", "originalPartnerReferenceNo": code}
        return names | {"latestTransactionStatus": "00", "amount": rupiah(amount)}

    def serve(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """Answer services 73, 47 and 51."""
        told = json.loads(body)
        if path.endswith("/access-token/b2b"):
            if not _signed_by_office(f"{headers['X-CLIENT-KEY']}|{headers['X-TIMESTAMP']}", headers):
                return 401, {"responseCode": "4017300"}
            self.tokens.append(secrets.token_urlsafe(16))
            return 200, {"responseCode": "2007300", "accessToken": self.tokens[-1], "expiresIn": "900"}
        self.asked.append((path, told))
        if self.moods:
            return self.moods.pop(0)
        if not self._signed(path, headers, body):
            return 401, {"responseCode": "4014701"}
        if path.endswith("/qr/qr-mpm-query"):
            amount = self.paid.get(told["originalPartnerReferenceNo"])
            status = (
                {"latestTransactionStatus": "03"}
                if amount is None
                else {"latestTransactionStatus": "00", "amount": rupiah(amount)}
            )
            return 200, {"responseCode": "2005100", **status}
        name = told["partnerReferenceNo"]
        content = self.spoil(qris.example(name, int(told["amount"]["value"].removesuffix(".00"))))
        return 200, {"responseCode": "2004700", "referenceNo": f"QR-{name}", "qrContent": content}

    def _signed(self, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        digest, at = sha256(body).hexdigest(), headers["X-TIMESTAMP"]
        if "Authorization" not in headers:
            return _signed_by_office(f"POST:{path}:{digest}:{at}", headers)
        token = headers["Authorization"].removeprefix("Bearer ")
        text = f"POST:{path}:{token}:{digest}:{at}"
        right = base64.b64encode(hmac.new(QR_SECRET.encode(), text.encode(), "sha512").digest()).decode()
        return token in self.tokens[-1:] and headers["X-SIGNATURE"] == right


def _signed_by_office(text: str, headers: Mapping[str, str]) -> bool:
    try:
        signature = base64.b64decode(headers["X-SIGNATURE"])
        key("office").public_key().verify(signature, text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True

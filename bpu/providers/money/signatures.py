"""SNAP signatures: what is signed, both ways of signing it, and a verifier that forgives how peers shorten their JSON.

Source: the BI/ASPI SNAP standard. It has the body "minified" before hashing and does not say what that means, so
peers differ over escapes, slashes and numbers; the forms tried here are those that the known libraries make.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256, sha512

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from bpu.providers.money.bankjson import Malformed, parse

_WHITESPACE = b" \t\r\n"
_QUOTE, _BACKSLASH = b'"\\'
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def minify(raw: bytes) -> bytes:
    """`raw` JSON without the white space outside strings; every other byte stays as it was sent."""
    kept = bytearray()
    inside = escaped = False
    for byte in raw:
        if inside:
            inside = escaped or byte != _QUOTE
            escaped = byte == _BACKSLASH and not escaped
        elif byte in _WHITESPACE:
            continue
        else:
            inside = byte == _QUOTE
        kept.append(byte)
    return bytes(kept)


def forms(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """What a peer may have hashed for the body `raw`, likeliest first, each with the name it is logged by."""
    yield "lexical", minify(raw)
    yield "raw", raw
    try:
        told = parse(raw)
    except Malformed:
        return
    yield "compact", json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    yield "compact-ascii", json.dumps(told, separators=(",", ":")).encode()


def signed_text(method: str, path: str, body: bytes, timestamp: str, token: str = "") -> str:
    """What is signed for one call: `body` as it is hashed, `timestamp` as in the header, `token` in symmetric mode."""
    parts = [method.upper(), path, *([token] if token else []), sha256(body).hexdigest(), timestamp]
    return ":".join(parts)


def sign_symmetric(secret: str, text: str) -> str:
    """HMAC-SHA512 over `text` in Base64; the secret counts as it is written, not decoded."""
    return base64.b64encode(_mac(secret, text)).decode()


def sign_asymmetric(key: RSAPrivateKey, text: str) -> str:
    """SHA256withRSA (PKCS#1 v1.5) over `text` in Base64."""
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def symmetric(secret: str, signature: str) -> Callable[[str], bool]:
    """A check of `signature` against a text, by shared secret and in constant time."""
    given = decoded(signature)
    return lambda text: hmac.compare_digest(_mac(secret, text), given)


def asymmetric(key: RSAPublicKey, signature: str) -> Callable[[str], bool]:
    """A check of `signature` against a text, by the peer's public key."""
    given = decoded(signature)

    def holds(text: str) -> bool:
        try:
            key.verify(given, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    return holds


def matching(check: Callable[[str], bool], method: str, path: str, raw: bytes, timestamp: str, token: str = "") -> str:
    """The name of the body form that the signature holds for, or an empty string when it holds for none."""
    tried = set()
    for name, body in forms(raw):
        if body not in tried and check(signed_text(method, path, body, timestamp, token)):
            return name
        tried.add(body)
    return ""


def decoded(signature: str) -> bytes:
    """The bytes of a signature in Base64 or, as BI's samples have it, hex; none when it is neither."""
    if _HEX.fullmatch(signature) and len(signature) in (128, 512, 768, 1024):
        return bytes.fromhex(signature)
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _mac(secret: str, text: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), sha512).digest()

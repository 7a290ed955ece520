"""Keeps what identifies a person unreadable to whoever holds only the database.

A sealed value is ``version | key id | nonce (12) | AES-256-GCM ciphertext and tag``, bound to its row by the associated
data ``table.column|uid``: a ciphertext moved to another row does not open. A blind index is ``key id | HMAC-SHA-256``
of a field name and a normalised value, so that equality can be asked without opening anything.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

VERSION = 1
NONCE = 12


class Unreadable(Exception):
    """A sealed value that no key opens here: damaged, moved to another row, or its key is gone."""


class KeyRing:
    """The data keys, newest first: the newest seals, every one opens.

    Text form: ``7:BASE64,6:BASE64`` with ids 1 to 255 and 32-byte keys. The key that seals and the one that indexes
    are both derived from it, so that neither says anything of the other.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("no data key")
        for number, key in keys.items():
            if not 1 <= number <= 255 or len(key) != 32:
                raise ValueError(f"data key {number}: ids are 1 to 255, keys are 32 bytes")
        self.newest = next(iter(keys))
        self._seals = {number: AESGCM(_derive(key, b"seal")) for number, key in keys.items()}
        self._indexes = {number: _derive(key, b"index") for number, key in keys.items()}

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read the text form; raises ValueError with one clear line."""
        keys = {}
        for part in text.replace("\n", ",").split(","):
            if not part.strip():
                continue
            number, _, value = part.strip().partition(":")
            if not number.isascii() or not number.isdigit():
                raise ValueError("data keys are written ID:BASE64, newest first")
            if int(number) in keys:
                raise ValueError(f"data key {number} is given twice")
            try:
                keys[int(number)] = base64.b64decode(value, validate=True)
            except ValueError:
                raise ValueError(f"data key {number} is not base64") from None
        return cls(keys)

    @staticmethod
    def new_key(number: int) -> str:
        """A fresh key in text form."""
        return f"{number}:{base64.b64encode(os.urandom(32)).decode()}"

    @property
    def ids(self) -> tuple[int, ...]:
        """Key ids, newest first."""
        return tuple(self._seals)

    def seal(self, value: bytes, bound_to: str) -> bytes:
        """Encrypt `value` for the place `bound_to`."""
        nonce = os.urandom(NONCE)
        return bytes((VERSION, self.newest)) + nonce + self._seals[self.newest].encrypt(nonce, value, bound_to.encode())

    def open(self, blob: bytes, bound_to: str) -> bytes:
        """Decrypt what `seal` made for the same place; raises `Unreadable`."""
        blob = bytes(blob)
        if len(blob) < 2 + NONCE + 16 or blob[0] != VERSION or blob[1] not in self._seals:
            raise Unreadable(bound_to)
        try:
            return self._seals[blob[1]].decrypt(blob[2 : 2 + NONCE], blob[2 + NONCE :], bound_to.encode())
        except InvalidTag:
            raise Unreadable(bound_to) from None

    def index(self, field: str, value: str) -> bytes:
        """The blind index of a normalised value, by the newest key: what a new row stores."""
        return self._index(self.newest, field, value)

    def indexes(self, field: str, value: str) -> list[bytes]:
        """The blind index by every live key: what a look-up asks for while keys are being rotated."""
        return [self._index(number, field, value) for number in self._indexes]

    def _index(self, number: int, field: str, value: str) -> bytes:
        digest = hmac.new(self._indexes[number], f"{field}\0{value}".encode(), sha256).digest()
        return bytes((number,)) + digest


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=b"bpu " + purpose).derive(key)


def token_hash(token: str) -> bytes:
    """What the database keeps of a random bearer token (128 bits or more, so no key is needed)."""
    return sha256(token.encode()).digest()


LETTERS, DIGITS = "bcdfghjkmnpqrstvwxz", "23456789"


def spoken_name(length: int) -> str:
    """A random name that people, voices, spreadsheets, shells and addresses carry unchanged; 4.75 bits a sign.

    It begins with a letter, so that no program takes it for a number, a formula or an option; it has no vowels, so that
    it never is a word, a month or an exponent, and no signs that look alike.
    """
    return secrets.choice(LETTERS) + "".join(secrets.choice(LETTERS + DIGITS) for _ in range(length - 1))

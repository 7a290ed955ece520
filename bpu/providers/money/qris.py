"""QRIS codes: read and checked as the acquirer gave them, drawn small; made up only for the sandbox.

Source: EMVCo Merchant-Presented Mode with the Indonesian templates (tag 51, `ID.CO.QRIS.WWW`).
"""

import binascii
import io
from collections.abc import Mapping

import segno

from bpu.providers.money.bankjson import money

LONGEST = 512
RUPIAH = "360"
_CRC = "6304"
EXAMPLE_MERCHANT = "CONTOH IURAN BPU"
_MERCHANT = {"00": "ID.CO.EXAMPLE.WWW", "01": "936009990000000016", "02": "000000000000001", "03": "UBE"}
_NATIONAL = {"00": "ID.CO.QRIS.WWW", "02": "ID2099000000001", "03": "UBE"}


class NoQris(ValueError):
    """A text that is no whole QRIS code."""


def parse(content: str) -> dict[str, str]:
    """Tags and values of a code, checked by its CRC; raises NoQris."""
    if not content.isascii() or not content.isprintable() or not 8 < len(content) <= LONGEST:
        raise NoQris("not a QRIS text")
    if content[-8:-4] != _CRC or content[-4:] != crc(content[:-4]):
        raise NoQris("its check sum is wrong")
    tags = _tags(content)
    if next(iter(tags)) != "00" or next(reversed(tags)) != "63":
        raise NoQris("its first or last tag is wrong")
    return tags


def template(tags: Mapping[str, str], tag: str) -> dict[str, str]:
    """The tags within a tag, none when it is missing; raises NoQris."""
    return _tags(tags.get(tag, ""))


def problems(content: str, amount: int, merchant: str) -> list[str]:
    """Why `content` must not be shown for a bill of `amount` rupiah, one word each; none when it may be.

    `merchant` is the expected NMID (``ID`` and 13 digits) or, where the office knows none, the merchant's name.
    """
    try:
        tags = parse(content)
        national = template(tags, "51")
    except NoQris:
        return ["unreadable"]
    found = []
    if tags.get("01") != "12":
        found.append("static")
    if tags.get("53") != RUPIAH or tags.get("58") != "ID":
        found.append("currency")
    # A tip, fixed or free, would make the sum another one than the bill's.
    if money(tags.get("54")) != amount or {"55", "56", "57"} & tags.keys():
        found.append("amount")
    if merchant.upper() not in (national.get("02", ""), tags.get("59", "").upper()):
        found.append("merchant")
    return found


def png(content: str) -> bytes:
    """The code as a 1-bit PNG with one pixel a module (about 490 bytes); the page enlarges it with sharp edges."""
    out = io.BytesIO()
    segno.make_qr(content, error="l").save(out, kind="png", scale=1, border=4)
    return out.getvalue()


def side(picture: bytes) -> int:
    """How many pixels wide and high such a PNG is, quiet zone included."""
    return int.from_bytes(picture[16:20], "big")


def example(bill_number: str, amount: int) -> str:
    """A code of an invented merchant for the sandbox; only an acquirer can make one that money follows."""
    tags = {
        "00": "01",
        "01": "12",
        "26": _written(_MERCHANT),
        "51": _written(_NATIONAL),
        "52": "9399",
        "53": RUPIAH,
        "54": str(amount),
        "58": "ID",
        "59": EXAMPLE_MERCHANT,
        "60": "JAKARTA SELATAN",
        "61": "12930",
        "62": _written({"01": bill_number, "07": "A01"}),
    }
    content = _written(tags) + _CRC
    return content + crc(content)


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE in four hex digits."""
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def _written(tags: Mapping[str, str]) -> str:
    return "".join(f"{tag}{len(value):02d}{value}" for tag, value in tags.items())


def _tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    while text:
        tag, length, text = text[:2], text[2:4], text[4:]
        if not (tag + length).isdigit() or len(length) != 2 or len(text) < int(length) or tag in tags:
            raise NoQris("its tags are damaged")
        tags[tag], text = text[: int(length)], text[int(length) :]
    return tags

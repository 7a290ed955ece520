"""JSON and money as banks and payment providers write them, read strictly: what is in doubt is somebody's money."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

LARGEST = 64 * 1024
DEEPEST = 16
CURRENCY = "IDR"
_DECIMAL = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,2})?")


class Malformed(ValueError):
    """A message that cannot be read, or that says nothing that could be acted on."""


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; raises `Malformed` for anything that two readers could understand differently.

    Refused are: not UTF-8, not an object, the same key twice, NaN and Infinity, deeper than 16 levels, over 64 kB.
    """
    if len(raw) > LARGEST:
        raise Malformed("too long")
    try:
        told = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(told, dict):
        raise Malformed("not an object")
    if _depth(told) > DEEPEST:
        raise Malformed("too deep")
    return told


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise Malformed("the same key twice")
    return told


def _refuse(constant: str) -> NoReturn:
    raise Malformed(constant)


def _depth(told: Any) -> int:
    """Levels of objects and arrays, counted level by level so that no depth of input can exhaust the stack."""
    level, depth = [told], 0
    while level := [inner for outer in level if isinstance(outer, (dict, list)) for inner in _inside(outer)]:
        depth += 1
    return depth


def _inside(outer: dict[str, Any] | list[Any]) -> list[Any]:
    # An empty object is a level too: None stands for what it does not hold.
    return list(outer.values() if isinstance(outer, dict) else outer) or [None]


def money(written: Any) -> Decimal | None:
    """The sum in a decimal string such as ``16800.00`` (or ``16800``, as some write), None when it is none."""
    return Decimal(written) if isinstance(written, str) and _DECIMAL.fullmatch(written) else None


def written(amount: int) -> dict[str, str]:
    """Whole rupiah as SNAP writes them."""
    return {"value": f"{amount}.00", "currency": CURRENCY}

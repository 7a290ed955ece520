"""What all addresses share that machines call: bodies with an end, short answers, a word while the database is away."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from bpu.models import AWAY

LARGEST = 64 * 1024  # bytes of a body that are read
log = logging.getLogger("bpu.web")


def body() -> bytes:
    """What was sent, as it was sent, since it may be signed; raises `HTTPException` if too long or cut off."""
    request.max_content_length = LARGEST
    return request.get_data(cache=False)


def values() -> dict[str, Any]:
    """What a gateway says, however it says it: address, form and JSON in one."""
    request.max_content_length = LARGEST
    told: dict[str, Any] = {**request.args, **request.form}
    if request.is_json:
        try:
            said = json.loads(request.get_data(cache=False))
        except (ValueError, RecursionError):
            return told
        told |= said if isinstance(said, dict) else {}
    return told


def answer(status: int, said: Mapping[str, Any], **headers: str) -> Response:
    """A short answer that nobody keeps."""
    text = json.dumps(said, separators=(",", ":"))
    return Response(text, status, {"Cache-Control": "no-store", **headers}, mimetype="application/json")


def while_away(file: Blueprint, told: Callable[[], ResponseReturnValue]) -> None:
    """Have callers of these addresses told, while the database is away, that nothing was done and to come again."""

    def away(error: Exception) -> ResponseReturnValue:
        log.error("%s database=%s", file.name, type(error).__name__)
        return told()

    for kind in AWAY:
        file.register_error_handler(kind, away)

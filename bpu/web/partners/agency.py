"""The agency's call back: a number that the core gives later is posted here, signed, as often as it likes."""

import json
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bpu import clock
from bpu.models import Registration
from bpu.providers.agency import Http
from bpu.services.membership.enrolment import Flaw, Refused
from bpu.web import services
from bpu.web.frame import machines

STATUS = {Flaw.UNKNOWN: 404, Flaw.FORM: 400, Flaw.UNPAID: 409, Flaw.OTHER: 409, Flaw.TAKEN: 409}

bp = Blueprint("agency", __name__)


@bp.post("/core/number")
def number() -> Response:
    """Take a number that the core gives.

    Answers 200 ``ok`` or ``known``, else ``{"error": word}``: 401 not signed or too old, 400 unreadable, 404 no such
    registration (or no core that calls), 409 not paid for or another number, 413 too long, 503 the database is away.
    """
    enrolment = services().enrolment
    core = enrolment.core
    if not isinstance(core, Http):
        return _error("unknown", 404)
    body = machines.body()
    timestamp, signed = (request.headers.get(name, "") for name in ("X-Timestamp", "X-Signature"))
    if not core.genuine(request.path, timestamp, signed, body, clock.now()):
        return _error("signature", 401)
    said = _read(body)
    if said is None:
        return _error("form", 400)
    try:
        registration = Registration.get_or_none(Registration.uid == said["registration"].removeprefix("'"))
        if registration is None:
            raise Refused(Flaw.UNKNOWN)
        new = enrolment.number(registration, said["number"])
    except Refused as refused:
        return _error(refused.flaw, STATUS[refused.flaw])
    return machines.answer(200, {"status": "ok" if new else "known"})


@bp.errorhandler(RequestEntityTooLarge)
def endless(_: RequestEntityTooLarge) -> Response:
    return _error("form", 413)


machines.while_away(bp, lambda: _error("later", 503))


def _read(body: bytes) -> dict[str, str] | None:
    try:
        said: Any = json.loads(body)
        texts = {name: said[name] for name in ("registration", "number")}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    usable = all(isinstance(text, str) and text.isprintable() for text in texts.values())
    return texts if usable else None


def _error(word: str, status: int) -> Response:
    return machines.answer(status, {"error": word})

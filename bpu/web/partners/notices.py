"""Where payment providers tell of payments: proven, booked, and only then acknowledged."""

import logging

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from bpu import clock
from bpu.providers.money.notices import Forged
from bpu.providers.money.snap import admitted
from bpu.services.money.judging import Notice
from bpu.web import services
from bpu.web.frame import machines

bp = Blueprint("notices", __name__, url_prefix="/hooks")
log = logging.getLogger(__name__)


@bp.post("/<any(midtrans, xendit):provider>")
def notice(provider: str) -> Response:
    """Book the money that a provider tells of.

    200 once it is in the books, whatever it settled: sending it again would change nothing, and a person sees what
    settled nothing. 400 and 401 for what cannot be read or was not sent by the provider, 404 for one not in use.
    """
    gateway = services().gateways.get(provider)
    if gateway is None:
        return _answer(404, "not in use")
    try:
        body = machines.body()
        if not admitted(gateway.addresses, request.remote_addr or ""):
            raise Forged
        told = gateway.read(request.headers, body)
        if told is None:
            return _answer(200, "noted")
        news = Notice(provider, told.reference, told.code, told.amount, clock.now(), pushed=True)
    except Forged:
        log.warning("hook provider=%s refused=forged", provider)
        return _answer(401, "not proven")
    except (ValueError, HTTPException):
        log.warning("hook provider=%s refused=malformed", provider)
        return _answer(400, "not understood")
    receipt = services().payments.receive(news)
    log.info("hook provider=%s outcome=%s", provider, receipt.outcome)
    return _answer(200, "booked")


# Providers repeat a notice for hours after a 503, where a 500 is repeated once.
machines.while_away(bp, lambda: _answer(503, "try again"))


def _answer(status: int, word: str) -> Response:
    return machines.answer(status, {"status": word})

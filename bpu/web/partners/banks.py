"""SNAP BI over HTTP: `/snap/v1.0/...`, where banks ask about bills and pay them, proven by signatures."""

import json
import logging

from flask import Blueprint, Response, request
from peewee import PeeweeException
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException

from bpu.providers.money.bankjson import LARGEST
from bpu.providers.money.sandbox import stamp
from bpu.providers.money.snap import PATHS, ROOT, Case, Service
from bpu.services.banks.call import Call
from bpu.web import services

bp = Blueprint("banks", __name__, url_prefix=ROOT)
log = logging.getLogger(__name__)

# A bank that uses another method is told so in its own language, not by our page for people.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def knock(service: Service) -> Response:
    """Hand a call to the door and its answer back."""
    request.max_content_length = LARGEST
    try:
        body = request.get_data(cache=False)
    except HTTPException:
        # Too long, or hung up in the middle.
        return _response(*Case.BAD_REQUEST.answer(service))
    query = request.query_string.decode("latin-1")
    path = request.root_path + request.path + (f"?{query}" if query else "")
    call = Call(request.method, path, request.headers, body, request.remote_addr or "")
    return _response(*services().snap.answer(service, call))


for _service, _path in PATHS.items():
    bp.add_url_rule(
        _path,
        endpoint=_service.name.lower(),
        view_func=knock,
        methods=METHODS,
        defaults={"service": _service},
        provide_automatic_options=False,
    )


@bp.errorhandler(PeeweeException)
@bp.errorhandler(MaxConnectionsExceeded)
def away(error: Exception) -> Response:
    """The database is away: nothing was done, and the bank asks again or gives the money back."""
    log.error("snap database=%s", type(error).__name__)
    service = (request.view_args or {})["service"]
    return _response(*Case.TIMEOUT.answer(service))


def _response(status: int, body: dict) -> Response:
    headers = {"X-TIMESTAMP": stamp(), "Cache-Control": "no-store"}
    return Response(json.dumps(body, separators=(",", ":")), status, headers, mimetype="application/json")

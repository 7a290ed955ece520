"""SNAP BI over HTTP: `/snap/v1.0/...`, where banks ask about bills and pay them, proven by signatures."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from bpu.providers.money.sandbox import stamp
from bpu.providers.money.snap import PATHS, ROOT, Case, Service
from bpu.services.banks.call import Call
from bpu.web import services
from bpu.web.frame import machines

bp = Blueprint("banks", __name__, url_prefix=ROOT)

# A bank that uses another method is told so in its own language, not by our page for people.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def knock(service: Service) -> Response:
    """Hand a call to the door and its answer back."""
    try:
        body = machines.body()
    except HTTPException:
        return _answer(*Case.BAD_REQUEST.answer(service))
    query = request.query_string.decode("latin-1")
    path = request.root_path + request.path + (f"?{query}" if query else "")
    call = Call(request.method, path, request.headers, body, request.remote_addr or "")
    return _answer(*services().snap.answer(service, call))


for _service, _path in PATHS.items():
    bp.add_url_rule(
        _path,
        endpoint=_service.name.lower(),
        view_func=knock,
        methods=METHODS,
        defaults={"service": _service},
        provide_automatic_options=False,
    )


def later() -> Response:
    """The database is away: nothing was done, and the bank asks again or gives the money back."""
    return _answer(*Case.TIMEOUT.answer((request.view_args or {})["service"]))


machines.while_away(bp, later)


def _answer(status: int, said: dict) -> Response:
    return machines.answer(status, said, **{"X-TIMESTAMP": stamp()})

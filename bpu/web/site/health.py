"""Whether the service can do its work, for whoever watches it from outside."""

import hmac
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from bpu.models import AWAY, database
from bpu.services.upkeep import doctor
from bpu.web import services

bp = Blueprint("health", __name__)


@bp.get("/health")
def health() -> tuple[Response, int]:
    """Whether the service can do its work: 200 and `ok`, or 503 when the database is away.

    `?full=1`, with the token of the settings, tells what `flask bpu doctor` does; without it the answer is the same.
    """
    try:
        database.execute_sql("SELECT 1")
    except AWAY:
        return jsonify(status="database away"), 503
    told: dict[str, Any] = {"status": "ok"}
    if request.args.get("full") == "1" and _trusted(request.headers.get("Authorization", "")):
        told["findings"] = [
            {"name": each.name, "state": each.state, "seen": each.seen} for each in doctor.examine(services())
        ]
    response = jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    return response, 200


def _trusted(authorization: str) -> bool:
    token = services().settings.health_token
    return bool(token) and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())

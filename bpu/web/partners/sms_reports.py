"""Where SMS gateways report what became of a message: an address of its own for each, that nobody can guess."""

from flask import Blueprint, abort

from bpu.services.messages.reports import PATH, Receipts
from bpu.web import services
from bpu.web.frame import machines

bp = Blueprint("sms_reports", __name__)


@bp.route(f"{PATH}<token>", methods=["GET", "POST"])
def book(token: str) -> tuple[str, int]:
    """Book a receipt: 200 whatever it says, 404 for an address that was never given out, 503 to be told again later.

    The answer is empty, but not a 204: Kannel takes that for a failure and tells the same again for minutes.
    """
    if not Receipts(services().settings).book(token, machines.values()):
        abort(404)
    return "", 200


machines.while_away(bp, lambda: ("", 503))

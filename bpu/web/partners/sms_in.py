"""Where SMS gateways bring what phones write to the office: an address of its own for each, that nobody can guess."""

from flask import Blueprint, abort

from bpu.services.messages.inbound import PATH
from bpu.web import services
from bpu.web.frame import machines

bp = Blueprint("sms_in", __name__)


@bp.route(f"{PATH}<token>", methods=["GET", "POST"])
def bring(token: str) -> tuple[str, int]:
    """Take a message: 200 whatever it says, 404 for an address never given out, 503 to be brought again later.

    The answer is empty: Kannel would send any words in it to the phone, at the office's cost.
    """
    brought = services().inbound.read(token, machines.values())
    if brought is None:
        abort(404)
    services().words.hear(*brought)
    return "", 200


machines.while_away(bp, lambda: ("", 503))

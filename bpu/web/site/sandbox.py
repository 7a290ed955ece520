"""The sandbox's phone, mailbox and bank. None of it exists in live."""

from collections.abc import Mapping

from flask import abort, current_app, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Bill
from bpu.providers.money.sandbox import Bank
from bpu.services.messages import sandbox
from bpu.web import page, services
from bpu.web.frame.room import Room

bp = Room("sandbox", url_prefix="/simulator", tools=True)  # it has nothing to lose
SHOWN = 50


@bp.get("")
def look() -> Response:
    """Unpaid bills with a pay button, and the newest messages."""
    bills = Bill.select().where(Bill.payable(clock.now())).order_by(Bill.created.desc()).limit(SHOWN)
    return page("site/sandbox.html", bills=list(bills), messages=sandbox.messages(limit=SHOWN))


@bp.get("/messages.json")
def messages() -> Response:
    """The messages to one phone (E.164) or mailbox, or all, newest first."""
    return jsonify(sandbox.messages(request.args.get("to"), limit=SHOWN))


@bp.post("/pay")
def pay() -> Response:
    """Pay a bill as a bank does: token, inquiry, payment, each signed, through the SNAP door."""
    code = request.form.get("bill", "")
    if services().bills.find(code) is None:
        abort(404)
    reply = Bank(services().settings, knock).pay(code)
    if not reply.done:
        return page(
            "frame/error.html", 409, title="Pembayaran ditolak", text=str(reply.body.get("responseMessage", ""))
        )
    return redirect(url_for(".look"), 303)


def knock(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Bring a call to our own door without leaving the process."""
    answer = current_app.test_client(use_cookies=False).post(
        path, headers=dict(headers), data=body, base_url=request.host_url
    )
    return answer.status_code, answer.data

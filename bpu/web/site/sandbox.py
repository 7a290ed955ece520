"""The sandbox's phone, mailbox and bank. None of it exists in live."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import abort, current_app, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.forms.writing import WritingForm
from bpu.models import Bill
from bpu.providers.money.sandbox import Bank
from bpu.rules.identity import phone
from bpu.services.messages import sandbox
from bpu.services.money.reconcile import whole_rupiah
from bpu.web import page, services
from bpu.web.frame.room import Room

bp = Room("sandbox", url_prefix="/simulator", tools=True)  # it has nothing to lose
SHOWN = 50


@bp.get("")
def look() -> Response:
    """Unpaid bills with a pay button, and the newest messages."""
    bills = Bill.select().where(Bill.payable(clock.now())).order_by(Bill.created.desc()).limit(SHOWN)
    moves = [(title, to.isoformat()) for title, to in ahead(clock.now().astimezone(clock.WIB))]
    return page(
        "site/sandbox.html",
        bills=list(bills),
        messages=sandbox.messages(limit=SHOWN),
        now=clock.now().astimezone(clock.WIB),
        moves=moves,
        writing=WritingForm(),
        office=services().settings.written_to,
    )


def ahead(here: datetime) -> list[tuple[str, datetime]]:
    """Where the clock can be moved by a button, from a moment in WIB: always to nine in the morning."""
    morning = here.replace(hour=9, minute=0, second=0, microsecond=0)
    first = (morning.replace(day=1) + timedelta(days=32)).replace(day=1)
    middle = morning.replace(day=15) if here.day < 15 else first.replace(day=15)
    return [
        (_("Besok"), morning + timedelta(days=1)),
        (_("Tanggal 15"), middle),
        (_("Bulan depan"), first),
        (_("Tahun depan"), first.replace(year=first.year + 1)),
    ]


@bp.get("/clock.json")
def told() -> Response:
    """What time it is for the whole service."""
    return jsonify(now=clock.now().isoformat(timespec="seconds"))


@bp.post("/clock")
def move() -> Response:
    """Let the time of web and worker go on from `to`: an ISO moment, in WIB unless it says otherwise, forward only."""
    try:
        to = datetime.fromisoformat(request.form.get("to", "").strip())
        moved = clock.move(to if to.tzinfo else to.replace(tzinfo=clock.WIB))
    except (ValueError, OverflowError):
        return _refused(400, _("Jam tidak dipindah"), _("Tulis waktu seperti 2026-12-01T09:00."))
    if not moved:
        return _refused(409, _("Jam tidak dipindah"), _("Jam hanya bisa maju."))
    return redirect(url_for(".look"), 303)


def _refused(status: int, title: str, text: str) -> Response:
    return page("frame/error.html", status, title=title, text=text)


@bp.post("/sms")
def write() -> Response:
    """A phone (`from`) writes `text` to the office's number."""
    sender = phone.check(request.form.get("from", "")).value
    if sender is None:
        return _refused(400, _("Pesan tidak dikirim"), _("Tulis nomor HP seperti +6281234567890."))
    services().words.hear(sender, request.form.get("text", ""))
    return redirect(url_for(".look"), 303)


@bp.get("/messages.json")
def messages() -> Response:
    """The messages to one phone (E.164) or mailbox, or all, newest first."""
    return jsonify(sandbox.messages(request.args.get("to"), limit=SHOWN))


@bp.post("/pay")
def pay() -> Response:
    """Pay a bill as a bank does: token, inquiry, payment, each signed, through the SNAP door.

    With an `amount` that sum has moved already, as from a bank that tells afterwards: too little, too late or twice.
    """
    code = request.form.get("bill", "")
    if services().bills.find(code) is None:
        abort(404)
    typed = request.form.get("amount", "").strip()
    amount = whole_rupiah(typed) if typed else None
    if typed and not amount:
        return page("frame/error.html", 400, title=_("Pembayaran ditolak"), text=_("Tulis jumlah seperti 8400."))
    reply = Bank(services().settings, knock, pushing=amount is not None).pay(code, amount)
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

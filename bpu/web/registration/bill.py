"""The bill: as a QRIS code, whether it is paid, and the slip for a small printer."""

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from bpu.services.money.qrcodes import NoCode
from bpu.web import page, services
from bpu.web.registration.closed import stranger
from bpu.web.registration.step import address_of, mine, onward, show

bp = Blueprint("bill", __name__, url_prefix="/bpu")


@bp.post("/<uid>/bayar/qris")
def ask(uid: str) -> Response:
    """Have the QRIS code issued and show the payment page with it, or say that there is none and what to do instead.

    It is never sent unasked, because few pay with it.
    """
    case = mine(uid)
    if case is None:
        return stranger(uid)
    here = case.journey.current
    if here.slug != "bayar":
        return onward(case)
    form, status = here.ask(case), 200
    try:
        case.services.qrcodes.issue(case.services.bills.latest(case.sent))
    except NoCode:
        form.refuse("", _("QRIS belum bisa ditampilkan. Bayar dengan kode bayar di bawah, atau coba lagi nanti."))
        status = 422
    return show(case, here, form, status, address=address_of(case, here))


@bp.get("/<uid>/bayar/qris")
def asked(uid: str) -> Response:
    """The address above opened anew, by a reload or from the history: the payment page has the code by now."""
    case = mine(uid)
    return onward(case) if case else stranger(uid)


@bp.get("/<uid>/bayar/lunas")
def paid(uid: str) -> Response:
    """Whether the bill has been paid meanwhile: nothing yet, or where to go on. Asked by the script of the page."""
    case = mine(uid, by_itself=True)
    if case is None or case.journey.current.slug == "bayar":
        return Response(status=204)
    return Response("", 200)


@bp.get("/<uid>/slip")
def slip(uid: str) -> Response:
    """What a small printer prints: the bill, or the number."""
    case = mine(uid)
    if case is None:
        return stranger(uid)
    if case.registration is None:
        return onward(case)
    bill = services().bills.latest(case.registration)
    return page("registration/slip.html", case=case, registration=case.registration, bill=bill)

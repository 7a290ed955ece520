"""The bill as a QRIS code, for whoever asks to see it: it is never sent unasked, because few pay with it."""

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from bpu.models import is_uid
from bpu.services.money.qrcodes import NoCode
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.web import services
from bpu.web.frame import visits
from bpu.web.registration.step import address_of, onward, show, stranger

bp = Blueprint("bill", __name__, url_prefix="/bpu")


@bp.post("/<uid>/bayar/qris")
def ask(uid: str) -> Response:
    """Have the code issued and show the payment page with it, or say that there is none and what to do instead."""
    draft = visits.held(uid) if is_uid(uid) else None
    if draft is None:
        return stranger()
    case = Case(services(), draft, JOURNEY)
    here = case.journey.current
    if here.slug != "bayar":
        return onward(case)
    form, status = here.ask(case), 200
    try:
        case.services.qrcodes.issue(case.services.submissions.latest(case.sent))
    except NoCode:
        form.refuse("", _("QRIS belum bisa ditampilkan. Bayar dengan kode bayar di bawah, atau coba lagi nanti."))
        status = 422
    return show(case, here, form, status, address=address_of(case, here))


@bp.get("/<uid>/bayar/qris")
def asked(uid: str) -> Response:
    """The address above opened anew, by a reload or from the history: the payment page has the code by now."""
    draft = visits.held(uid) if is_uid(uid) else None
    return onward(Case(services(), draft, JOURNEY)) if draft else stranger()

"""A screen that was left alone: what it showed comes back for whoever has the continue code or the phone."""

import hmac
from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.forms import words
from bpu.models import writing
from bpu.services.access.codes import Verdict
from bpu.services.access.tally import count, counted
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.forms import StepForm
from bpu.steps.resume import ResumeCodeForm, ResumeForm
from bpu.web import services
from bpu.web.frame import visits
from bpu.web.registration.closed import WAKE, asleep, stranger
from bpu.web.registration.step import onward

bp = Blueprint("wake", __name__, url_prefix="/bpu")
TRIES_PER_HOUR = 5  # continue codes that do not fit, for one draft


@bp.post("/<uid>/buka")
def wake(uid: str) -> Response:
    """Send a code to the draft's phone, or take that code or the continue code, and go on where it was left."""
    with writing():
        draft = visits.asleep(uid)
        if draft is None:
            return stranger(uid)
        case = Case(services(), draft, JOURNEY)
        form = ResumeCodeForm(request.form, case=case)
        resume = ResumeForm(request.form, case=case)
        if "send" in request.form:
            _send(case, form)
        elif _right(case, form, resume):
            visits.woken(draft)
            return onward(case)
    return asleep(case, form, resume, 422 if form.errors or resume.errors or form.page_error else 200)


def _send(case: Case, form: StepForm) -> None:
    phone = case.answer("data-diri", "phone")
    if phone:
        asked = services().codes.send(WAKE, case.draft.uid, phone)
        if not asked.sent and asked.expires is None:
            form.refuse("", _("Kode belum bisa dikirim sekarang. Pakai kode lanjut, atau coba lagi nanti."))


def _right(case: Case, form: StepForm, resume: StepForm) -> bool:
    """Whether the code from the phone, or else the continue code, is this draft's."""
    if "code" in request.form:
        phone = case.answer("data-diri", "phone")
        if not form.passes() or not phone:
            return False
        checked = services().codes.check(WAKE, case.draft.uid, phone, form.answer["code"])
        if checked.verdict is not Verdict.RIGHT:
            form.refuse("code", words.OTP[checked.verdict.value] % {"left": checked.left})
        return checked.verdict is Verdict.RIGHT
    if not resume.passes():
        return False
    key = f"wake:{case.draft.uid}"
    if hmac.compare_digest(drafts.spelled(resume.answer["resume"]).encode(), case.draft.resume.encode()):
        return True  # whoever typed wrong ones before
    if counted(key) >= TRIES_PER_HOUR:
        resume.refuse("resume", words.RESUME["limit"])
        return False
    count(key, clock.now() + timedelta(hours=1))
    resume.refuse("resume", _("Kode lanjut belum cocok. Periksa lagi."))
    return False

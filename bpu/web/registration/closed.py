"""What is shown instead of a draft that this browser may not open, or not now."""

from werkzeug.wrappers import Response

from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.forms import StepForm
from bpu.steps.resume import ResumeCodeForm, ResumeForm
from bpu.web import page, services
from bpu.web.frame import visits

WAKE = "wake"  # what a code is for that opens a screen again


def stranger(uid: str) -> Response:
    """For a browser that may not open this draft: the way in is the continue code, after idle minutes the phone."""
    draft = visits.asleep(uid)
    if draft is not None:
        case = Case(services(), draft, JOURNEY)
        return asleep(case, ResumeCodeForm(case=case), ResumeForm(case=case), 403)
    return page("registration/stranger.html", 404)


def asleep(case: Case, form: StepForm, resume: StepForm, status: int) -> Response:
    """The page that shows nothing of the person, with the two ways back."""
    phone, uid = case.answer("data-diri", "phone"), case.draft.uid
    asked = bool(phone) and services().codes.state(WAKE, uid, phone).expires is not None
    return page("registration/asleep.html", status, form=form, resume=resume, asked=asked, phone=bool(phone), uid=uid)

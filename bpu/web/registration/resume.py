"""Coming back on any device: with the continue code, and a code that goes to the phone in the draft."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.forms import words
from bpu.models import Attempt, Draft, keyring, writing
from bpu.rules.identity.phone import masked
from bpu.services.access import sign_in
from bpu.services.access.budget import Asker
from bpu.services.access.codes import Verdict
from bpu.services.access.tally import count, counted
from bpu.services.desk import helping
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.facts import proven
from bpu.steps.forms import StepForm
from bpu.steps.resume import LostForm, ResumeCodeForm, ResumeForm
from bpu.web import page, services
from bpu.web.frame import limits, visits

bp = Blueprint("resume", __name__)
TRIES_PER_HOUR = 5  # continue codes that fit nothing, for one browser
SENT_PER_DAY = 3  # messages with continue codes to one phone


def form_of(kind: type[StepForm]) -> StepForm:
    """An empty form, or what was sent to it."""
    nobody = Case(services(), drafts.blank("resume"), JOURNEY)
    return kind(request.form if request.method == "POST" else None, case=nobody)


@bp.route("/lanjut", methods=["GET", "POST"])
def resume() -> Response:
    """Ask for the continue code; whatever is typed is answered with the same question for a code from the phone."""
    form = form_of(ResumeForm)
    if request.method == "GET":
        visits.welcome()
        return page("registration/resume.html", form=form, lost=form_of(LostForm))
    if not form.passes():
        return page("registration/resume.html", 422, form=form, lost=form_of(LostForm))
    with writing():
        visit = visits.begin()
        key = f"resume:{visit.id}"
        draft = drafts.resumable(form.answer["resume"])
        if (
            draft is None and counted(key) >= TRIES_PER_HOUR
        ):  # a right one is taken, whoever typed wrong ones here before
            form.refuse("resume", words.RESUME["limit"])
            return page("registration/resume.html", 429, form=form, lost=form_of(LostForm))
        phone = Case(services(), draft, JOURNEY).answer("data-diri", "phone") if draft else None
        if phone is None:
            count(key, clock.now() + timedelta(hours=1))
        attempt = sign_in.attempt(phone, draft.uid if draft and phone else None)
        if phone:
            asker = Asker(limits.address(), known=True, human=True)
            services().codes.send("resume", attempt.uid, phone, asker=asker)
    return page(
        "registration/resume_code.html",
        form=ResumeCodeForm(case=form.case),
        attempt=attempt.uid,
        address=url_for(".resume"),
    )


@bp.post("/lanjut/kode")
def code() -> Response:
    """Take the code from the phone; the draft opens where it was left."""
    form, uid = form_of(ResumeCodeForm), request.form.get("attempt", "")
    with writing():
        attempt = sign_in.attempted(uid)
        if attempt is None:
            return redirect(url_for(".resume"), 303)
        if form.passes():
            draft = Draft.get_or_none(Draft.uid == attempt.draft) if attempt.draft else None
            if draft and _same_phone(attempt, draft) and _right(attempt, form):
                visit = visits.begin()
                visits.hold(visit, draft)
                visits.hide_elsewhere(visit, draft)
                visits.rotate(visit)
                helping.withdraw(draft.uid, "desk.taken_over")
                drafts.end_attempts(draft.uid)
                return redirect(url_for("registration.step.latest", uid=draft.uid), 303)
            if not form.errors:
                form.refuse("code", words.RESUME["wrong"])
    return page("registration/resume_code.html", 422, form=form, attempt=uid)


@bp.post("/lanjut/kirim")
def lost() -> Response:
    """Send the continue codes of a phone to that phone; the answer is the same whether there are any."""
    form = form_of(LostForm)
    if not form.passes():
        return page("registration/resume.html", 422, form=form_of(ResumeForm), lost=form)
    with writing():
        phone = form.answer["phone"]
        # A phone that was only typed may be somebody else's, whom the person's data is nothing to.
        answered = [draft for draft in drafts.of_phone(phone) if proven(draft.answers)]
        for draft in answered[:SENT_PER_DAY]:
            # Anybody may begin drafts with anybody's phone: it gets a few messages a day, however many there are.
            if count(f"lost:{keyring().index('phone', phone).hex()}", clock.now() + timedelta(days=1)) > SENT_PER_DAY:
                break
            key = f"resume:{draft.uid}:{clock.today()}"
            services().messages.resume(phone, draft.resume, key=key, until=draft.expires)
    return page(
        "registration/resume.html",
        form=ResumeForm(case=form.case),
        lost=LostForm(case=form.case),
        sent=masked(form.answer["phone"]),
    )


def _same_phone(attempt: Attempt, draft: Draft) -> bool:
    """Whether the phone that the code went to is still the draft's."""
    return bool(attempt.phone == Case(services(), draft, JOURNEY).answer("data-diri", "phone"))


def _right(attempt: Attempt, form: StepForm) -> bool:
    checked = services().codes.check("resume", attempt.uid, attempt.phone, form.answer["code"])
    return checked.verdict is Verdict.RIGHT

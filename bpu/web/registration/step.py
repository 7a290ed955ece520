"""The registration: every step through one view, and what can be done with a draft as a whole."""

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu.journey import Journey
from bpu.models import Draft, is_uid, new_uid, one_at_a_time, writing
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case, Page
from bpu.steps.forms import Refused, StepForm
from bpu.web import page, services
from bpu.web.frame import limits, visits
from bpu.web.registration.closed import stranger

bp = Blueprint("step", __name__, url_prefix="/bpu")
FIRST = JOURNEY[0]


@bp.get(f"/{FIRST.slug}")
def begin() -> Response:
    """The first page for a new person. The draft's name and proof that it was made here are in the form; the draft is
    born when it is sent.
    """
    uid = new_uid()
    return show(Case(services(), drafts.blank(uid), JOURNEY), FIRST, given=visits.name_token(uid))


@bp.route("/<uid>/<slug>", methods=["GET", "POST"])
def step(uid: str, slug: str) -> Response:
    """Show a step, or take the answer to the step named in the form, whose address is that of the step after it."""
    if not is_uid(uid) or not any(page.slug == slug for page in JOURNEY):
        abort(404)
    if request.method == "POST":
        return take(uid, slug)
    case = mine(uid)
    if case is None:
        return stranger(uid)
    here = case.journey.find(slug)
    if here is None or not case.journey.may_open(here):
        return onward(case)
    if here is case.journey.current and here.came(case) is not None:
        return come(uid, here)
    return show(case, here)


def come(uid: str, here: Page) -> Response:
    """Go on from a step whose answer came by another way, as if it had been given here."""
    with writing():
        one_at_a_time(uid)
        case = mine(uid)
        if case is None:
            return stranger(uid)
        came = here.came(case) if here is case.journey.current else None
        if came is not None:
            case.keep(here.slug, came)
            if here.rotates:
                visits.rotate(visits.begin())
    return onward(case)


@bp.get("/<uid>/")
def latest(uid: str) -> Response:
    """Where this person is now."""
    case = mine(uid)
    return onward(case) if case else stranger(uid)


def mine(uid: str, *, by_itself: bool = False) -> Case | None:
    """The registration of this name, if this browser may open it; `by_itself`: a page asks, nobody in front of it."""
    draft = visits.held(uid, by_itself=by_itself)
    return Case(services(), draft, JOURNEY, address=limits.address()) if draft else None


def take(uid: str, slug: str) -> Response:
    """Judge what was sent, act on it and keep it, all in one transaction; answer with the page that comes next."""
    answered = next((page for page in JOURNEY if page.slug == request.form.get("step", "")), None)
    with writing():
        one_at_a_time(uid)
        draft = visits.held(uid)
        if draft is None:
            began = begun(uid) if answered is FIRST else None
            if began is None:
                held_on(uid, answered)
                return stranger(uid)
            draft = began
        case = Case(services(), draft, JOURNEY, address=limits.address())
        phone = case.answer("data-diri", "phone")
        if answered is None:
            abort(400, "step")
        journey = case.journey
        if answered not in journey.steps or not journey.may_open(answered):
            return arrived(case, slug)
        form = answered.ask(case, request.form)
        if request.form.get("back") or request.form.get("later"):
            if answered.keeps_typed:
                case.keep_typed(answered.slug, form.typed())
            return later(case) if request.form.get("later") else backward(case, answered)
        if not accept(case, answered, form):
            if answered.keeps_typed:
                case.keep_typed(answered.slug, form.typed())
            return show(case, answered, form, 422)
        if answered.rotates:
            visits.rotate(visits.begin())
        if case.answer("data-diri", "phone") != phone:
            visits.alone(visits.begin(), draft)
            drafts.end_attempts(draft.uid)
    return arrived(case, slug) if case.draft.uid == uid else onward(case)


def held_on(uid: str, answered: Page | None) -> None:
    """Hold on to what was typed on a page that was open when its idle minutes ended; nothing is judged or shown."""
    draft = visits.late(uid) if answered else None
    if draft is None or answered is None or not answered.keeps_typed:
        return
    case = Case(services(), draft, JOURNEY, address=limits.address())
    if answered in case.journey.steps and case.journey.may_open(answered):
        case.keep_typed(answered.slug, answered.ask(case, request.form).typed())


def begun(uid: str) -> Draft | None:
    """A draft for whoever sends the first page, under the name in its address; None unless it was made here.

    A name is used once: where it was used already, another one is made.
    From now on the browser has another token: whoever saw the one before opens nothing with it. In a transaction.
    """
    if visits.replays():
        return visits.latest()
    if not visits.named(uid, request.form.get("given", "")):
        return None
    draft = drafts.begin(uid if drafts.unused(uid) else new_uid())
    visit = visits.begin()
    visits.hold(visit, draft)
    visits.rotate(visit)
    return draft


def arrived(case: Case, slug: str) -> Response:
    """The step that comes next, shown at once if the form was sent to its address, as it nearly always is."""
    target = case.journey.current
    return show(case, target, address=address_of(case, target)) if target.slug == slug else onward(case)


def accept(case: Case, answered: Page, form: StepForm) -> bool:
    """Whether the answer was valid and is kept now."""
    if not form.passes():
        return False
    try:
        case.keep(answered.slug, answered.save(case, form.answer))
    except Refused as refused:
        form.refuse(refused.field, refused.text)
        return False
    return True


def show(
    case: Case,
    here: Page,
    form: StepForm | None = None,
    status: int = 200,
    address: str | None = None,
    given: str | None = None,
) -> Response:
    """A step's page; `given` is the proof of a name that is not a draft's yet."""
    journey = case.journey
    at, of = journey.position(here)
    return page(
        here.template,
        status,
        address=address,
        step=here,
        case=case,
        form=form or here.ask(case),
        action=address_of(case, following(case, here)),
        back=journey.before(here),
        given=given,
        at=at,
        of=of,
        **here.context(case),
    )


def following(case: Case, here: Page) -> Page:
    """The step that a valid answer to this one leads to: the address that its form is sent to."""
    answered = {**case.answers, here.slug: case.answers.get(here.slug, {})}
    steps = Journey(case.steps, answered).steps
    return next((step for step in steps if step.slug != here.slug and not step.done(answered)), steps[-1])


def address_of(case: Case, here: Page) -> str:
    """The address of a step of this draft."""
    return url_for("registration.step.step", uid=case.draft.uid, slug=here.slug)


def onward(case: Case) -> Response:
    """To the first step still to do: one redirect, never two."""
    return redirect(address_of(case, case.journey.current), 303)


def backward(case: Case, here: Page) -> Response:
    """To the step before, or the front page."""
    before = case.journey.before(here)
    return redirect(address_of(case, before) if before else url_for("site.pages.front"), 303)


def later(case: Case) -> Response:
    """The continue code, for whoever stops here."""
    return page("registration/later.html", case=case)


@bp.post("/<uid>/tutup")
def close(uid: str) -> Response:
    """Done with this person: the browser forgets the draft and everything it was shown."""
    with writing():
        visit = visits.current()
        if visit is not None:
            draft = visits.held(uid)
            visits.release(visit, uid)
            if draft and request.form.get("forget") and not drafts.was_sent(uid):
                drafts.discard(draft)
            visits.rotate(visit)
    response = redirect(url_for("site.pages.front", closed=1), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response

"""Where a worker agrees on the own phone to being helped, or objects: reached only by the link sent to that phone."""

from datetime import timedelta

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from bpu import clock
from bpu.models import Draft, Helped, writing
from bpu.rules.identity.names import short
from bpu.services.access.tally import count, counted
from bpu.services.audit import record
from bpu.services.desk import codes, helping
from bpu.services.registration import drafts
from bpu.steps.case import Case
from bpu.steps.facts import agreed_facts
from bpu.steps.phone import EnterCode
from bpu.web import page, services
from bpu.web.desk.helped import case_for
from bpu.web.frame import limits
from bpu.web.frame.room import Room

bp = Room("link", url_prefix="/setuju")  # for people who never come through the door of the desk
MISSES = 30  # links that lead nowhere, for one address in an hour


@bp.get("/<token>")
def ask(token: str) -> Response:
    """Who wants to help, and two buttons."""
    found = find(token)
    if found is None:
        return page("desk/link/over.html", 404)
    one, _draft, case = found
    name, fee = short(case.answer("data-diri", "name")), case.answer("jasa", "fee")
    return page("desk/link/ask.html", shop=one.assistant.shop, name=name, fee=fee, token=token)


@bp.post("/<token>")
def answer(token: str) -> Answer:
    """Take the word of whoever holds the phone: the phone is proven, or the help ends."""
    agrees = bool(request.form.get("agree"))
    with writing():
        found = find(token)
        if found is None:
            return page("desk/link/over.html", 404)
        one, draft, case = found
        services().approvals.use_up(one)
        if agrees:
            case.keep(EnterCode.slug, EnterCode.word(case, by="link"))
            services().codes.answered("register", one.uid, case.answer("data-diri", "phone"))
            codes.confirmed(one.assistant)
            record("worker", "desk.agreed", one.uid)
        else:
            helping.withdraw(one.uid, "desk.objected")
            if not drafts.was_sent(one.uid):
                drafts.discard(draft)
    return redirect(url_for(".thanks", agreed=int(agrees)), 303)


@bp.get("/")
def thanks() -> Response:
    """What happens next."""
    return page("desk/link/thanks.html", agreed=request.args.get("agreed") == "1")


@bp.after_request
def dress(response: Response) -> Response:
    """Nothing of this is kept, and the address is told to nobody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def find(token: str) -> tuple[Helped, Draft, Case] | None:
    """Whom a link is for, if it was sent for what is filled in now; a right one is found whoever guesses beside it."""
    found = services().approvals.find(token.upper())
    if found is None:
        guessed()
        return None
    one, draft = found
    case = case_for(one.assistant, draft)
    return (one, draft, case) if services().approvals.is_for(one, agreed_facts(case.given)) else None


def guessed() -> None:
    """Count a link that leads nowhere: whoever goes on guessing from one address is told to wait."""
    key = f"approval:{limits.address()}"
    if counted(key) >= MISSES:
        abort(429)
    with writing():
        count(key, clock.now() + timedelta(hours=1))

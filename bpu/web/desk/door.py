"""The door of the assistant's desk: who is signed in at this browser, and how its answers are dressed.

Nothing of a person is in the cookie: it holds one random token. Every answer is `no-store`; every form is answered
with a 303, so that no page of the history is the answer to a form.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from bpu import clock
from bpu.models import Assistant, SignIn, in_passing, writing
from bpu.services.access.sign_in import Entered, rotated, signed_in
from bpu.services.audit import actor, record
from bpu.services.desk.assistants import IDLE, hidden
from bpu.web.frame import wire

SEEN_EVERY = 10  # seconds: a sign-in is not written for every request
A_DAY = 86_400
LATE = timedelta(minutes=10)  # so long after it went dark, one form that was open is still taken
NOTICING = ("desk.person.check",)  # answered with what is shown beside fields
BY_ITSELF = ("desk.queue.state",)  # asked by the page, not by anybody in front of it


def cookie_name(kind: str) -> str:
    """The name of the sign-in's cookie (`desk`) or of the remembered computer's (`pc`)."""
    return f"__Host-{kind}" if request.is_secure else kind


def sign_in() -> SignIn | None:
    """The sign-in of this browser."""
    if "sign_in" not in g:
        token = request.cookies.get(cookie_name("desk"))
        g.sign_in = signed_in(token) if token else None
    found: SignIn | None = g.sign_in
    return found


def token() -> str | None:
    """The token of whoever is signed in at this browser."""
    return request.cookies.get(cookie_name("desk")) if sign_in() else None


def me() -> Assistant:
    """The assistant who is signed in; for pages behind the door."""
    assistant: Assistant = g.sign_in.assistant
    return assistant


def here() -> str:
    """The name of the sign-in at this screen."""
    uid: str = g.sign_in.uid
    return uid


def who() -> str:
    """The assistant and the sign-in, for the audit trail."""
    return actor(me(), g.sign_in)


def guard() -> Answer | None:
    """Let in whoever is signed in and whose screen is not hidden; call it before every page behind the door."""
    here = sign_in()
    if here is None:
        return redirect(url_for("desk.sign_in.home"), 303)
    now = clock.now()
    shown = request.method in ("GET", "HEAD")
    dark = hidden(here, now)
    if dark and request.endpoint in NOTICING:
        return Answer(status=204)
    if here.locked or (dark and (shown or not late(here))):
        return redirect(url_for("desk.sign_in.lock"), 303)
    if not dark and request.endpoint not in BY_ITSELF:
        seen(here)
    return None


def late(here: SignIn) -> bool:
    """Whether this is the form that was on the screen when it went dark: one is still taken, and shows nothing."""
    over = clock.now() - IDLE - LATE
    if here.seen < over:
        return False
    with writing():
        mine = (SignIn.uid == here.uid) & (SignIn.seen == here.seen)
        return bool(SignIn.update(seen=over - LATE).where(mine).execute())


def seen(here: SignIn) -> None:
    """Somebody is working at this screen; written in a transaction of its own, or left out this time."""
    now = clock.now()
    if (now - here.seen).total_seconds() > SEEN_EVERY:
        in_passing(SignIn.update(seen=now).where(SignIn.uid == here.uid).execute)


def dress(response: Response) -> Response:
    """What every answer of the desk carries."""
    response.headers.setdefault("Cache-Control", "no-store")
    options: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    if token := g.get("desk_token"):
        response.set_cookie(cookie_name("desk"), token, **options)
    if token := g.get("machine_token"):
        response.set_cookie(cookie_name("pc"), token, max_age=A_DAY, **options)
    if g.get("desk_leaves"):
        response.delete_cookie(cookie_name("desk"), **options)
    return response


def install(bp: Blueprint, *, guarded: bool = True) -> Blueprint:
    """Put a blueprint behind the door, or only dress its answers."""
    if guarded:
        bp.before_request(guard)
    bp.after_request(dress)
    return bp


def let_in(entered: Entered) -> None:
    """Give the browser the cookies of a sign-in."""
    g.desk_token = entered.token
    g.machine_token = entered.machine_token


def rotate() -> None:
    """Give the browser another token: what the old one could open is out of reach. Call it in a transaction."""
    g.desk_token = rotated(g.sign_in, request.cookies[cookie_name("desk")])


def wiped(address: str) -> Answer:
    """Go on to an empty page; the browser drops what it kept of the pages before."""
    response = redirect(address, 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def desk_page(template: str, status: int = 200, **context: Any) -> Response:
    """A page of the desk, always whole."""
    assistant = g.sign_in.assistant if g.get("sign_in") else None
    known = {"layout": "desk/base.html", "me": assistant, "asset": lambda name: wire.asset(name).url}
    return make_response(render_template(template, **known, **context), status)


def refused(uid: str) -> None:
    """Put on record that somebody else's person, bill or list was asked for."""
    with writing():
        record(who(), "desk.refused", uid[:8])

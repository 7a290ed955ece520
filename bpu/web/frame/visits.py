"""The browser: one cookie with one random token, and the drafts that it may open."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Response, g, request

from bpu import clock
from bpu.models import Draft, Holding, Visit, is_uid, writing
from bpu.secrecy import token_hash

SEEN_ANEW = timedelta(days=1)  # how often it is written down that a browser is still in use


def cookie_name() -> str:
    """The name under which the token travels; over HTTPS one that only this host can set."""
    return "__Host-b" if request.is_secure else "b"


def token() -> str | None:
    """The token that the browser sent, or the one that this answer gives it."""
    return g.get("new_token") or request.cookies.get(cookie_name())


def welcome() -> None:
    """Give the browser a token if it has none yet; a row is written only once it sends something."""
    if token() is None:
        g.new_token = secrets.token_urlsafe(16)


def current() -> Visit | None:
    """The visit that the token belongs to. The token before a rotation counts until the new one has been seen."""
    if "visit" not in g:
        sent = request.cookies.get(cookie_name())
        g.visit = None
        if sent:
            mark = token_hash(sent)
            g.visit = Visit.get_or_none((Visit.token_hash == mark) | (Visit.previous_hash == mark))
            if g.visit and g.visit.previous_hash and g.visit.token_hash == mark:
                with writing():
                    g.visit.previous_hash = None
                    g.visit.save()
    visit: Visit | None = g.visit
    return visit


def begin() -> Visit:
    """The visit of this browser, written down now if it is new; call it in a transaction."""
    visit = current()
    if visit is None:
        welcome()
        now = clock.now()
        visit = g.visit = Visit.create(token_hash=token_hash(str(token())), created=now, seen=now)
    elif clock.now() - visit.seen > SEEN_ANEW:
        visit.seen = clock.now()
        visit.save()
    return visit


def rotate(visit: Visit) -> None:
    """Give the browser another token: at hand-over, and once a phone is proven. Call it in a transaction."""
    g.new_token = secrets.token_urlsafe(16)
    visit.previous_hash, visit.token_hash = visit.token_hash, token_hash(g.new_token)
    visit.save()


def held(uid: str) -> Draft | None:
    """The draft of this name, if this browser may open it."""
    visit = current()
    if visit is None or not is_uid(uid):
        return None
    mine = (Holding.visit == visit) & (Holding.draft == uid)
    draft: Draft | None = Draft.select().join(Holding).where(mine & (Draft.expires > clock.now())).first()
    return draft


def hold(visit: Visit, draft: Draft) -> None:
    """Let this browser open the draft."""
    Holding.insert(visit=visit, draft=draft, since=clock.now()).on_conflict_ignore().execute()


def release(visit: Visit, uid: str) -> None:
    """Let this browser no longer open the draft."""
    Holding.delete().where((Holding.visit == visit) & (Holding.draft == uid)).execute()


def send_cookie(response: Response) -> Response:
    """Put a new token into the answer; it lives as long as the browser runs."""
    if new := g.get("new_token"):
        options: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
        response.set_cookie(cookie_name(), new, **options)
    return response

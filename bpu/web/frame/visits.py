"""The browser: one cookie with one random token, and the drafts that it may open.

A token is made here and changes whenever it begins to open more: when something of a person is first kept, when a phone
is proven, when a person's pages are closed. The token before opens only the same answer to the same request, so that an
answer lost on the way locks nobody out, and whoever noted a token down beforehand has nothing.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Response, g, request

from bpu import clock
from bpu.models import Draft, Holding, Visit, in_passing, is_uid
from bpu.secrecy import token_hash
from bpu.web import services

SEEN_ANEW = timedelta(days=1)  # how often it is written down that a browser is still in use
IDLE = timedelta(minutes=10)  # what is shown of a person ends so long after the last press
LATE = timedelta(minutes=30)  # so long after that a form that was open is still taken, once
PRESSED_ANEW = timedelta(seconds=30)  # a look is not written down more often than this
REPEATED = timedelta(minutes=30)  # so long the same request may come again with the token before
NAMED = timedelta(hours=24)  # so long a first page can be sent
NONCE = 8  # bytes by which one rotation differs from every other
_SPACE = re.compile(r"[\s.-]+")


def cookie_name() -> str:
    """The name under which the token travels; over HTTPS one that only this host can set."""
    return "__Host-b" if request.is_secure else "b"


def token() -> str | None:
    """The token that the browser sent, or the one that this answer gives it."""
    return g.get("new_token") or request.cookies.get(cookie_name())


def brought() -> str | None:
    """What the browser brought to be known by: its token, or on its very first sending the proof of a name."""
    given = request.form.get("given") if request.method == "POST" else None
    return request.cookies.get(cookie_name()) or (f"{request.path} {given}" if given else None)


def welcome() -> None:
    """Give the browser a token if it has none yet; a row is written only once it sends something."""
    if token() is None:
        g.new_token = secrets.token_urlsafe(16)


def name_token(uid: str, *, now: datetime | None = None) -> str:
    """Proof that this name was made here in this hour: 48 bits, since it opens nothing and can only be tried here.

    Not bound to the browser's token, which changes while a second first page is open in another tab.
    """
    hour = int((now or clock.now()).timestamp()) // 3600
    return urlsafe_b64encode(_mac(f"name|{uid}|{hour}")[:6]).decode()


def named(uid: str, proof: str) -> bool:
    """Whether this name was made here, within the time that a first page can be sent."""
    now = clock.now()
    hours = range(int(NAMED.total_seconds()) // 3600 + 1)
    given = (name_token(uid, now=now - timedelta(hours=hour)) for hour in hours)
    return is_uid(uid) and any(hmac.compare_digest(one.encode(), proof.encode()) for one in given)


def current() -> Visit | None:
    """The visit that the token belongs to; by the token before only for the request that changed it, sent again."""
    if "visit" not in g:
        sent = brought()
        g.visit = _found(sent) if sent else None
    visit: Visit | None = g.visit
    return visit


def _found(sent: str) -> Visit | None:
    mark = token_hash(sent)
    visit: Visit | None = Visit.get_or_none(Visit.token_hash == mark)
    if visit is None:
        visit = _before(mark)
        kept = bytes(visit.repeats or b"") if visit else b""
        if visit is None or not hmac.compare_digest(kept[NONCE:], _asked()):
            return None
        g.new_token = _next(sent, kept[:NONCE])
    elif visit.previous_hash:
        visit.previous_hash = visit.repeats = None
        in_passing(visit.save)
    return visit


def _before(mark: bytes) -> Visit | None:
    same = (Visit.previous_hash == mark) & (Visit.rotated > clock.now() - REPEATED)
    found: Visit | None = Visit.get_or_none(same)
    return found


def begin() -> Visit:
    """The visit of this browser, written down now if it is new; call it in a transaction."""
    visit = current()
    if visit is None:
        now = clock.now()
        visit = g.visit = Visit(created=now, seen=now)
        rotate(visit)
    elif clock.now() - visit.seen > SEEN_ANEW:
        visit.seen = clock.now()
        visit.save()
    return visit


def rotate(visit: Visit) -> None:
    """Give the browser another token; call it in a transaction. The same request sent again is given the same one."""
    if "new_token" in g and visit.token_hash == token_hash(g.new_token):
        return  # done before: by this request, or when it first came
    sent = brought()
    nonce = secrets.token_bytes(NONCE)
    g.new_token = _next(sent, nonce) if sent else secrets.token_urlsafe(16)
    visit.token_hash, visit.rotated = token_hash(g.new_token), clock.now()
    if sent:
        mark = token_hash(sent)
        Visit.update(previous_hash=None, repeats=None).where(Visit.previous_hash == mark).execute()
        visit.previous_hash, visit.repeats = mark, nonce + _asked()
    visit.save()


def _next(sent: str, nonce: bytes) -> str:
    """The token after `sent` for this request: the same however often it comes, and known to nobody beforehand."""
    return urlsafe_b64encode(_mac(f"next|{sent}|{(nonce + _asked()).hex()}")[:16]).decode().rstrip("=")


def _asked() -> bytes:
    """What is asked, as a digest: address and fields, however the values are spaced; form tokens left out."""
    fields = sorted((name, _SPACE.sub("", value)) for name, value in request.form.items(multi=True) if name != "csrf")
    return _mac(f"asked|{request.method}|{request.path}|{fields!r}")


def _mac(text: str) -> bytes:
    return hmac.new(services().settings.secret_key.encode(), text.encode(errors="replace"), sha256).digest()


def held(uid: str, *, by_itself: bool = False) -> Draft | None:
    """The draft of this name, if this browser may open it and was used for it lately.

    `by_itself` says that a page asks, not anybody in front of it.
    """
    draft, seen = _holding(current(), uid)
    if draft is None or seen is None or seen <= clock.now() - IDLE:
        return None
    if not by_itself and seen <= clock.now() - PRESSED_ANEW:
        in_passing(lambda: press(g.visit, uid))
    return draft


def asleep(uid: str) -> Draft | None:
    """The draft of this name, if this browser may go on with it once its person shows that they are there.

    That is so after idle minutes, and for a browser that never heard of its newest token.
    """
    sent = request.cookies.get(cookie_name())
    draft, _seen = _holding(current() or (_before(token_hash(sent)) if sent else None), uid)
    return draft


def late(uid: str) -> Draft | None:
    """The draft of a form that was open when the idle minutes ended: one sending is still taken. In a transaction."""
    visit, now = current(), clock.now()
    draft, seen = _holding(visit, uid)
    if draft is None or seen is None or seen <= now - IDLE - LATE:
        return None
    Holding.update(seen=now - IDLE - 2 * LATE).where((Holding.visit == visit) & (Holding.draft == uid)).execute()
    return draft


def woken(draft: Draft) -> None:
    """Its person is there: this browser shows the draft again, under another token; call it in a transaction."""
    sent = request.cookies.get(cookie_name())
    visit = g.visit = current() or (_before(token_hash(sent)) if sent else None) or begin()
    hold(visit, draft)
    rotate(visit)


def _holding(visit: Visit | None, uid: str) -> tuple[Draft | None, datetime | None]:
    if visit is None or not is_uid(uid):
        return None, None
    mine = (Holding.visit == visit) & (Holding.draft == uid)
    row = Holding.select(Holding, Draft).join(Draft).where(mine & (Draft.expires > clock.now())).first()
    return (row.draft, row.seen) if row else (None, None)


def hold(visit: Visit, draft: Draft) -> None:
    """Let this browser open the draft."""
    now = clock.now()
    row = Holding.insert(visit=visit, draft=draft, since=now, seen=now)
    row.on_conflict(conflict_target=[Holding.visit, Holding.draft], update={Holding.seen: now}).execute()


def alone(visit: Visit, draft: Draft) -> None:
    """Let no other browser open the draft: what it was opened by has ended. Call it in a transaction."""
    Holding.delete().where((Holding.draft == draft) & (Holding.visit != visit)).execute()


def hide_elsewhere(visit: Visit, draft: Draft) -> None:
    """Its person went on at this browser: others show it once they are there, too. Call it in a transaction."""
    over = clock.now() - IDLE - 2 * LATE
    Holding.update(seen=over).where((Holding.draft == draft) & (Holding.visit != visit)).execute()


def replays() -> bool:
    """Whether this request was answered before, and the answer was lost."""
    visit = current()
    return visit is not None and "new_token" in g and visit.token_hash == token_hash(g.new_token)


def latest() -> Draft | None:
    """The draft that this browser began to hold last."""
    mine = (Holding.visit == current()) & (Draft.expires > clock.now())
    rows = Holding.select(Holding, Draft).join(Draft).where(mine)
    row = rows.order_by(Holding.since.desc()).first()
    return row.draft if row else None


def press(visit: Visit, uid: str) -> None:
    """Somebody is there: the idle minutes begin anew; call it in a transaction."""
    Holding.update(seen=clock.now()).where((Holding.visit == visit) & (Holding.draft == uid)).execute()


def release(visit: Visit, uid: str) -> None:
    """Let this browser no longer open the draft."""
    Holding.delete().where((Holding.visit == visit) & (Holding.draft == uid)).execute()


def send_cookie(response: Response) -> Response:
    """Put a new token into the answer; it lives as long as the browser runs."""
    if new := g.get("new_token"):
        options: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
        response.set_cookie(cookie_name(), new, **options)
    return response

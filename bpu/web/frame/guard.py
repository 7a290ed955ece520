"""Whether a form was sent from our own pages.

Browsers say so themselves in ``Sec-Fetch-Site`` or ``Origin``, which no page of another site can forge. Only a client
that sends neither needs a token in its forms: a random nonce and its HMAC with the cookie's token, fresh on every page,
so that nothing secret repeats in compressed answers.
"""

import base64
import hmac
import secrets
from hashlib import sha256

from flask import abort, request

from bpu.web import services
from bpu.web.frame import room, visits

SAFE = ("GET", "HEAD", "OPTIONS")


def guard() -> None:
    """Refuse an unsafe request that another site caused, or that proves nothing about where it comes from."""
    here = room.here()
    if request.method in SAFE or here.machine or here.tools or request.endpoint is None:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        if site != "same-origin":
            abort(403)
    elif origin is not None:
        if origin != request.host_url.rstrip("/"):
            abort(403)
    elif not _right(request.form.get("csrf", "")):
        abort(400, "form")


def form_token() -> str | None:
    """The token for the forms of this page, or None for browsers that do without."""
    if "Sec-Fetch-Site" in request.headers:
        return None
    visits.welcome()
    nonce = secrets.token_bytes(9)
    return base64.urlsafe_b64encode(nonce + _mac(nonce)).decode()


def _right(text: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        return False
    return request.cookies.get(visits.cookie_name()) is not None and hmac.compare_digest(raw[9:], _mac(raw[:9]))


def _mac(nonce: bytes) -> bytes:
    key = services().settings.secret_key.encode()
    return hmac.new(key, b"form|" + nonce + str(visits.token()).encode(), sha256).digest()[:15]

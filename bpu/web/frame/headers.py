"""The headers that protect an answer, and how long who may keep it."""

from base64 import b64encode

from flask import Flask, Response, request

from bpu.web.frame import room, wire

# What the person typed is on these pages: only this browser may keep them, and asks each time but on Back.
PERSONAL = "private, no-cache"
SHARED = "public, max-age=600"
PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(),geolocation=(),microphone=()",
}


def protect(response: Response) -> Response:
    """The headers that every answer carries; the same each time, so that HTTP/2 sends them once."""
    bare = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
    names = PROTECTION if response.mimetype == "text/html" else bare
    for name in names:
        response.headers.setdefault(name, PROTECTION[name])
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        personal = not room.here().alike or response.status_code >= 400
        kept = PERSONAL if personal else SHARED
        response.headers["Cache-Control"] = kept if response.mimetype == "text/html" else "no-store"
    return response


def _policy() -> str:
    inline = b64encode(wire.asset("app.css").digest).decode()
    return (
        f"default-src 'none';script-src 'self';style-src 'self' 'sha256-{inline}';img-src 'self' data:;"
        "connect-src 'self';"
        "form-action 'self';base-uri 'none';frame-ancestors 'none'"
    )


def install(app: Flask) -> None:
    """Protect every answer; call it after `wire.install`, which looks at who may keep an answer."""
    PROTECTION["Content-Security-Policy"] = _policy()
    app.after_request(protect)

"""The pages: the only rooms that know Flask, cookies, headers and htmx.

May know steps, forms, services and tables; no room of pages knows another. `create_app` knocks.
"""

from typing import Any, cast
from urllib.parse import quote

from flask import Response, current_app, make_response, render_template, request

from bpu.services.opened import Services


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions["bpu"])


def wants_fragment() -> bool:
    """Whether htmx asks for the bare `main` of a page. Nobody else reads its headers."""
    return request.headers.get("HX-Request-Type") == "partial" and "HX-History-Restore-Request" not in request.headers


def page(template: str, status: int = 200, *, address: str | None = None, **context: Any) -> Response:
    """A page, whole or as a fragment for htmx. `address` is where it lives, if a form was answered with it."""
    fragment = wants_fragment()
    layout = "frame/fragment.html" if fragment else "frame/base.html"
    response = make_response(render_template(template, layout=layout, **context), status)
    if fragment:
        # Quoted: what somebody typed into the address bar must not break a header.
        here = quote(request.path) + ("?" + quote(request.query_string, "=&%") if request.query_string else "")
        response.headers["HX-Push-Url"] = address or ("false" if request.method == "POST" else here)
        response.vary.add("HX-Request-Type")
    return response

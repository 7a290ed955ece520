"""What the head of a page names: the style sheet, the script and the dictionary, each only where it pays."""

import re

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup

from bpu.web.frame import room, wire

SLOW = ("slow-2g", "2g")
CHROMIUM = re.compile(r'"Chromium";v="([0-9]{1,4})"')
FIRST_WITH_DICTIONARIES = 130


def style() -> Markup:
    """The style sheet: inside the page where the dictionary makes that free, or on a first visit; else as a file."""
    sheet = wire.asset("app.css")
    first = request.endpoint == room.here().entrance and wire.accepted(("zstd",))
    if first or wire.held():
        return Markup("<style>") + Markup(sheet.content.decode()) + Markup("</style>")  # noqa: S704
    return Markup('<link rel="stylesheet" href="{}">').format(sheet.url)


def scripts() -> Markup:
    """What is fetched once the page can be used: the dictionary, and where forms are sent the script, unless it would
    cost more than it gives.
    """
    later = offer()
    if not scripted():
        return later
    words = {
        "slow": _("Masih mengirim…"),
        "lost": _("Sinyal hilang. Isian Anda masih ada di sini, dan terkirim sendiri bila sinyal kembali."),
        "busy": _("Sedang ramai atau ada gangguan. Isian Anda masih ada di sini, dan terkirim sendiri sebentar lagi."),
        "large": _("Isian terlalu besar. Perpendek, lalu kirim lagi."),
    }
    told = Markup("").join(Markup(' data-{}="{}"').format(name, text) for name, text in words.items())
    tag = Markup('<script defer src="{}" data-htmx="{}"{}></script>')
    return later + tag.format(wire.asset("app.js").url, wire.asset("htmx-4.0.1.min.js").url, told)


def note() -> Markup:
    """Where the script says what happens to the line: there from the beginning, so that it is read aloud."""
    if not scripted():
        return Markup("")
    tag = '<div class="wrap line-note" role="status" hidden><span></span><button type="button" hidden>{}</button></div>'
    return Markup(tag).format(_("Coba lagi"))  # noqa: S704


def scripted() -> bool:
    """Whether a page of this room gets the script, in this browser."""
    return not room.here().alike and not spares()


def offer() -> Markup:
    """The dictionary, for browsers that do not hold it yet.

    Where it is known to be understood it is fetched ahead like any file, on the connection that is there: Chromium
    opens another one for what is named as a dictionary, which costs more bytes than half of the dictionary.
    """
    if request.headers.get("Available-Dictionary") == wire.named(wire.asset(wire.PAGES).digest):
        return Markup("")
    engine = CHROMIUM.search(request.headers.get("Sec-CH-UA", ""))
    known = engine and int(engine[1]) >= FIRST_WITH_DICTIONARIES
    tag = '<link rel="prefetch" href="{}">' if known else '<link rel="compression-dictionary" href="{}" crossorigin>'
    return Markup(tag).format(wire.asset(wire.PAGES).url)  # noqa: S704


def spares() -> bool:
    """Whether this person or line is better off without a script."""
    saves = request.headers.get("Save-Data", "").lower() == "on"
    return saves or crawls() or "Opera Mini" in request.headers.get("User-Agent", "")


def crawls() -> bool:
    """Whether the browser says that its line is no better than 2G: as a kind of line (`ECT`), or by the bounds of that
    kind in the Network Information API, round trips in milliseconds (`RTT`) and Mbit/s (`Downlink`).
    """
    if kind := request.headers.get("ECT"):
        return kind in SLOW
    return (
        request.headers.get("RTT", 0.0, type=float) >= 1400 or request.headers.get("Downlink", 1.0, type=float) <= 0.07
    )

"""What a person is told when a request cannot be answered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, Response, abort, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from bpu.models import AWAY
from bpu.secrecy import Unreadable, spoken_name
from bpu.web import page
from bpu.web.frame import room

log = logging.getLogger("bpu.web")
WAIT = {429: 60, 503: 30}  # seconds after which to try again
SECRET = frozenset({"pin", "password"})  # fields that no page may show again


@dataclass(frozen=True)
class Kept:
    """A form that could not be taken, to be sent again: where to, and every field of it as it was filled in."""

    action: str
    fields: Sequence[tuple[str, str]]


def kept() -> Kept | None:
    """The form of this request, unless it carries a file or a secret, which no page may show again."""
    if request.method != "POST" or room.here().machine:
        return None
    try:
        form, files = request.form, request.files
    except HTTPException:
        return None
    if files or not SECRET.isdisjoint(form):
        return None
    action = request.full_path if request.query_string else request.path
    return Kept(action, [(name, value) for name, value in form.items(multi=True) if name != "csrf"])


def told(status: int, form: Kept | None = None) -> tuple[str, str]:
    """Heading and text for a status: what to do, never whose fault."""
    if status in WAIT and form:
        text = _("Isian Anda ada di halaman ini. Tunggu %(n)s detik, lalu tekan Kirim lagi.", n=WAIT[status])
        return _("Belum tersimpan"), text
    texts = {
        400: (
            _("Permintaan ini tidak lengkap"),
            _("Kembali ke halaman sebelumnya, lalu kirim sekali lagi. Isian yang tersimpan tidak hilang."),
        ),
        403: (
            _("Permintaan ini datang dari situs lain"),
            _("Buka halaman pendaftaran, lalu kirim dari sana. Isian yang tersimpan tidak hilang."),
        ),
        404: (_("Halaman tidak ditemukan"), _("Mungkin alamatnya salah ketik. Isian Anda aman.")),
        405: (_("Halaman ini tidak bisa dibuka begitu"), _("Kembali ke halaman depan. Isian Anda aman.")),
        408: (
            _("Sambungannya terlalu lambat"),
            _("Isian tidak sampai seluruhnya. Cari tempat yang sinyalnya lebih baik, lalu kirim sekali lagi."),
        ),
        413: (_("Isian terlalu besar"), _("Kembali ke halaman sebelumnya, lalu perpendek isiannya.")),
        429: (
            _("Terlalu banyak permintaan"),
            _("Tunggu satu menit, lalu coba lagi. Isian yang tersimpan tidak hilang."),
        ),
        503: (
            _("Sedang ramai atau ada gangguan"),
            _("Tunggu %(n)s detik, lalu muat ulang halaman ini. Isian yang tersimpan tidak hilang.", n=WAIT[503]),
        ),
    }
    return texts.get(status) or texts[400 if status < 500 else 503]


def instead(status: int) -> Response:
    """The page for a request that is not answered; what was typed stays on it where trying again can help."""
    form = kept() if status in WAIT else None
    title, text = told(status, form)
    response = page("frame/error.html", status, title=title, text=text, kept=form)
    if status in WAIT:
        response.headers["Retry-After"] = str(WAIT[status])
    return response


def place(error: BaseException) -> str:
    """Where an error came from: of its words nothing is logged, since they may quote what somebody typed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"


def install(app: Flask) -> None:
    """Answer every failure with a page."""
    # `broken` logs what happened, without its words.
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]

    @app.before_request
    def turned() -> None:
        # Asked once by the gate before the application (bpu.serve.gate), which sends the page to whom it cannot let in.
        if status := request.environ.get("bpu.turned"):
            abort(status)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        status = error.code or 500
        response = instead(status)
        if status == 405 and isinstance(allowed := getattr(error, "valid_methods", None), list):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    def away(error: Exception) -> Response:
        log.error("database: %s at %s", type(error).__name__, request.endpoint)
        return instead(503)

    for kind in AWAY:
        app.register_error_handler(kind, away)

    @app.errorhandler(Unreadable)
    @app.errorhandler(500)
    def broken(error: Exception) -> Response:
        reference = spoken_name(6)
        cause = getattr(error, "original_exception", None) or error
        log.error("%s %s at %s in %s", reference, type(cause).__name__, request.endpoint, place(cause))
        text = _("Isian Anda aman. Coba lagi 5 menit lagi, atau sebutkan kode %(ref)s ke bantuan.", ref=reference)
        return page("frame/error.html", 500, title=_("Ada gangguan di tempat kami"), text=text)

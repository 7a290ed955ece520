"""How values are written on pages, and what every template knows."""

from base64 import b64encode
from datetime import datetime

from flask import Flask, g
from flask_babel import Babel, format_date
from flask_babel import gettext as _
from markupsafe import Markup

from bpu import clock
from bpu.forms.dates import day, month
from bpu.rules.identity import nik, phone
from bpu.rules.money.rupiah import rupiah
from bpu.web.frame import guard, head


def time_of_day(value: datetime, seconds: bool = False) -> str:
    """``14.05`` in WIB, with its zone."""
    return value.astimezone(clock.WIB).strftime("%H.%M.%S WIB" if seconds else "%H.%M WIB")


def deadline(value: datetime, zone: str) -> str:
    """``Senin, 23 November 2026, pukul 14.05 WITA`` by the clock of the person's province."""
    local = value.astimezone(clock.ZONES[zone])
    return _(
        "%(day)s, pukul %(time)s %(zone)s",
        day=format_date(local.date(), "EEEE, d MMMM y"),
        time=local.strftime("%H.%M"),
        zone=zone,
    )


def moment(value: str) -> str:
    """An ISO moment as a clock time."""
    return time_of_day(datetime.fromisoformat(value), seconds=True)


def data_png(value: bytes) -> str:
    """A small picture as part of the page: one round trip less."""
    return "data:image/png;base64," + b64encode(value).decode()


def resume_code(value: str) -> str:
    """A continue code in two groups of four."""
    return f"{value[:4]}-{value[4:]}"


def csrf() -> Markup:
    """The token of a form, for clients that need one."""
    token = guard.form_token()
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token) if token else Markup("")


def install(app: Flask) -> None:
    """Teach the templates these words."""
    settings = app.extensions["bpu"].settings
    Babel(app, default_locale="id", locale_selector=lambda: g.get("language", "id"), default_timezone="Asia/Jakarta")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {
        "rupiah": rupiah,
        "day": day,
        "month": month,
        "clock": time_of_day,
        "deadline": deadline,
        "moment": moment,
        "data_png": data_png,
        "resume": resume_code,
        "nik": nik.grouped,
        "masked": nik.masked,
        "phone": phone.shown,
    }
    app.jinja_env.globals |= {
        "csrf": csrf,
        "style": head.style,
        "scripts": head.scripts,
        "note": head.note,
        "sandbox": settings.sandbox,
        "site_name": settings.site_name,
        "help_phone": settings.help_phone,
    }
    app.context_processor(lambda: {"language": g.get("language", "id")})

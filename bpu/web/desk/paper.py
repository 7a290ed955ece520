"""What leaves the desk on paper or as a file, under names without personal data."""

from flask import Response

from bpu.services.desk import slips
from bpu.web import services
from bpu.web.desk.door import me

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def shop() -> slips.Shop:
    """Where slips come from."""
    settings = services().settings
    return slips.Shop(me().shop, me().name, settings.site_name, settings.help_phone)


def printed(body: str, name: str) -> Response:
    """Plain text for raw printers."""
    response = Response(body, content_type="text/plain; charset=us-ascii")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.txt"'
    return response


def kept(body: bytes, name: str, kind: str) -> Response:
    """A file to keep."""
    response = Response(body, content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""Pages around the registration: front page, texts, benefits, health, the sandbox.

May know the frame and services; no other room. Browsers knock.
"""

from bpu.settings import Settings
from bpu.web.frame.room import Room


def room(settings: Settings) -> Room:
    """The room of these settings."""
    from bpu.web.site import health, pages, sandbox

    also = (sandbox.bp,) if settings.sandbox else ()
    return Room("site", pages.bp, health.bp, *also, alike=True, entrance="pages.front")

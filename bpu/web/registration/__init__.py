"""`/bpu` and `/lanjut`: every step through one view, the bill, and coming back.

May know the frame, steps and services; no other room. Browsers knock.
"""

from bpu.settings import Settings
from bpu.web.frame.room import Room


def room(_: Settings) -> Room:
    """The room, whatever the settings."""
    from bpu.web.registration import bill, resume, step, wake

    return Room("registration", step.bp, bill.bp, resume.bp, wake.bp)

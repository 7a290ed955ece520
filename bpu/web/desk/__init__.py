"""`/asisten`: the pages of those who register others.

May know the frame, steps and services; no other room. Browsers knock, through `door`.
"""

from bpu.settings import Settings
from bpu.web.frame.room import Room

PER_SIGN_IN = "600 per minute"  # one assistant types for many people, and every field that is left is sent


def room(_: Settings) -> Room:
    """The room, whatever the settings."""
    from bpu.web.desk import bill, door, link, lists, person, queue, sign_in, together

    files = (sign_in.bp, queue.bp, person.bp, bill.bp, together.bp, lists.bp, link.bp)
    return Room("desk", *files, signed_in=door.token, allowance=PER_SIGN_IN)

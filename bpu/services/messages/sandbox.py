"""The sandbox's own phone and mailbox: what would have left for real is kept here to be read."""

from collections.abc import Mapping
from typing import Any

from bpu import clock
from bpu.models import Simulated, keyring, new_uid, writing

FIELD = "simulated"


def deposit(channel: str, to: str, message: Mapping[str, str]) -> None:
    """Keep a message (``text``, for ``email`` a ``subject`` too) that a phone (E.164) or mailbox would have got."""
    row = Simulated(uid=new_uid(), channel=channel, to_index=keyring().index(FIELD, normal(to)), sent=clock.now())
    row.message = {"to": to, **message}
    with writing():
        row.save(force_insert=True)


def messages(to: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest messages first, all of them or those to one phone or mailbox.

    Each is ``channel`` (``sms`` or ``email``), ``to``, ``text`` (an e-mail's begins with its subject) and ``sent_at``
    (ISO 8601, UTC).
    """
    rows = Simulated.select().order_by(Simulated.sent.desc(), Simulated.uid).limit(limit)
    if to is not None:
        rows = rows.where(Simulated.to_index.in_(keyring().indexes(FIELD, normal(to))))
    return [_readable(row) for row in rows]


def _readable(row: Simulated) -> dict[str, Any]:
    message = row.message
    text = "\n\n".join(filter(None, (message.get("subject"), message["text"])))
    return {"channel": row.channel, "to": message["to"], "text": text, "sent_at": row.sent.isoformat()}


def normal(to: str) -> str:
    """A phone or mailbox as it is indexed."""
    return to.strip().lower()

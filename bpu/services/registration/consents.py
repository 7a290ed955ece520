"""What somebody agreed to: which text, in which words, when and by whose hand."""

from bpu import clock
from bpu.models import Consent, writing
from bpu.rules.consents import Text


def agree(draft: str, text: Text, channel: str) -> None:
    """Keep that the person of a draft agreed to a text in force; agreeing again changes nothing."""
    with writing():
        Consent.insert(
            draft=draft,
            kind=text.kind,
            version=text.version,
            text_hash=text.hash,
            channel=channel,
            given=clock.now(),
        ).on_conflict_ignore().execute()

"""What was agreed to stays provable: which words, when, through whom; and agreeing twice is agreeing once."""

from datetime import UTC, date, datetime

import time_machine

from bpu.models import Consent
from bpu.rules.consents import Consents
from bpu.services.registration.consents import agree

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)


def test_the_words_the_time_and_the_channel_are_kept(app):
    text = Consents.load().current("privacy", date(2026, 11, 22))
    with time_machine.travel(NOON, tick=False):
        agree("draft001", text, "assistant:ani")
    kept = Consent.get()
    assert (kept.draft, kept.kind, kept.version, kept.channel) == ("draft001", "privacy", text.version, "assistant:ani")
    assert (bytes(kept.text_hash), kept.given) == (text.hash, NOON)


def test_agreeing_again_keeps_the_first_time(app):
    text = Consents.load().current("terms", date(2026, 11, 22))
    with time_machine.travel(NOON, tick=False) as now:
        agree("draft001", text, "web")
        now.shift(60)
        agree("draft001", text, "assistant:ani")
    assert [(row.given, row.channel) for row in Consent.select()] == [(NOON, "web")]

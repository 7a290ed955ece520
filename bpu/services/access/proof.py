"""What a proof rests on: a code, a link or a word given holds for exactly what was shown, and to exactly whom.

Whoever keeps a proof keeps the digest of its facts beside it; whoever relies on one hands in the facts as they are now.
Any difference makes it void, and a change that is taken back makes it good again.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from bpu.models import keyring

Facts = Mapping[str, Any]


def bound(facts: Facts) -> bytes:
    """What is kept of the facts: a keyed digest, which tells nobody what they are."""
    return keyring().index("proof", _written(facts))


def holds(kept: bytes | None, facts: Facts) -> bool:
    """Whether these are the facts that the kept digest is of, by whichever data key it was made."""
    given = bytes(kept or b"")
    return any(hmac.compare_digest(given, one) for one in keyring().indexes("proof", _written(facts)))


def _written(facts: Facts) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

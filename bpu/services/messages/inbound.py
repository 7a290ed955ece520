"""Who brings what phones write to the office: an address of its own for each gateway, which nobody can guess."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from bpu.providers.messages.profiles import load_profiles, value_at
from bpu.settings import Misconfigured, Settings

PATH = "/sms/in/"


class Inbound:
    """Makes the addresses that gateways call, and reads what they bring there; raises `Misconfigured`."""

    def __init__(self, settings: Settings) -> None:
        profiles = load_profiles()
        known = sorted(name for name, profile in profiles.items() if profile.inbound)
        wrong = [name for name in settings.sms_in if name not in known]
        if wrong:
            raise Misconfigured([f"BPU_SMS_IN={name!r} is not one of {', '.join(known)}" for name in wrong])
        self._key = hmac.digest(settings.secret_key.encode(), b"sms inbound", sha256)
        self._base = settings.site_url.rstrip("/")
        self._paths = {name: profiles[name].inbound for name in settings.sms_in}

    def addresses(self) -> dict[str, str]:
        """Where each gateway is to bring what phones write, with the names of what it says there."""
        asked = {name: "&".join(f"{at}=…" for at in paths.values()) for name, paths in self._paths.items()}
        return {name: f"{self._base}{PATH}{self.token(name)}?{asked[name]}" for name in self._paths}

    def token(self, gateway: str) -> str:
        """The end of that address."""
        proof = hmac.digest(self._key, gateway.encode(), sha256)[:18]
        return f"{gateway}.{base64.urlsafe_b64encode(proof).decode()}"

    def read(self, token: str, values: Mapping[str, Any]) -> tuple[str, str] | None:
        """Whose message was brought, and its text; None at an address that was never given out."""
        gateway = token.partition(".")[0]
        if gateway not in self._paths or not hmac.compare_digest(self.token(gateway).encode(), token.encode()):
            return None
        return value_at(values, self._paths[gateway]["from"]), value_at(values, self._paths[gateway]["text"])

"""What an office can set: read once from the environment, refused in one clear line when anything is missing or odd."""

import json
import os
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bpu.environ import Misconfigured, Refusals, called, convert, read, setting
from bpu.secrecy import KeyRing

__all__ = ["Misconfigured", "Refusals", "Settings", "documented", "with_sandbox_secrets"]

MODES = ("sandbox", "live")
SANDBOX_NUMBER = "0000"  # nobody's
PAYMENTS = ("simulator", "snap", "midtrans", "xendit")


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two places where this runs."""

    mode: str = setting(
        "sandbox", "`sandbox` registers nobody; `live` serves an office with the right to", choices=MODES
    )
    host: str = setting("127.0.0.1", "address to listen on", name="HOST")
    port: int = setting("8000", "port to listen on", name="PORT", kind=int)
    database_url: str = setting(
        "sqlite:///var/bpu.sqlite3", "`sqlite:///path` or `psycopg3+pool://user:password@host/name`"
    )
    limits_url: str = setting("", "where flood limits are counted: empty for the database, or `redis://…`")
    secret_key: str = setting("", "signs form tokens and links; made up and kept under `var/` in the sandbox")
    data_keys: str = setting("", "seals personal data: `ID:BASE64,…`, newest first; `flask bpu keys new` makes one")
    tls_cert: str = setting("", "certificate (PEM) to serve HTTPS and HTTP/2 directly")
    tls_key: str = setting("", "its private key (PEM)")
    workers: int = setting("1", "web processes", kind=int)
    beside: bool = setting("no", "`yes`: a second service on the same port or SQLite file is meant", kind=bool)
    trusted_proxies: int = setting("0", "how many reverse proxies in front may be believed", kind=int)
    site_name: str = setting("Payung Kerja", "the name on pages and messages")
    site_url: str = setting("", "public address such as `https://daftar.contoh.id`, for links in messages")
    help_phone: str = setting("175", "whom to call")
    captcha: str = setting("picture", "when a captcha is asked", choices=("picture", "question", "risk"))
    captcha_answer: str = setting("", "sandbox only: an answer that is always right, for tools")
    codes_per_hour: int = setting("300", "codes an hour that nobody types in, before phones write instead", kind=int)
    codes_per_day: int = setting("5000", "the same in a day", kind=int)
    email_required: bool = setting("yes", "`no` lets people leave the e-mail address out", kind=bool)
    minimum_age: int = setting("0", "youngest age that may register; `0`: as in the contribution table", kind=int)
    draft_days: int = setting("7", "days that an unfinished registration is kept once its phone is proven", kind=int)
    kept_days: int = setting("90", "days that a registration is kept after its membership is over, or unpaid", kind=int)
    contributions: str = setting("", "another contribution table (TOML); empty for the one shipped")
    sms: tuple[str, ...] = setting("simulator", "SMS gateways in the order they are tried", kind=tuple)
    sms_in: tuple[str, ...] = setting("", "SMS gateways that bring what phones write to the office", kind=tuple)
    sms_number: str = setting("", "the office's number that phones write to; the sandbox has one of its own")
    mail: str = setting("simulator", "how e-mail leaves: `simulator` or `smtp`")
    payment: tuple[str, ...] = setting(
        "simulator", "who may tell of payments: `simulator`, `snap`, `midtrans`, `xendit`", kind=tuple
    )
    health_token: str = setting("", "what opens `/health?full=1` as `Authorization: Bearer …`; empty for nobody")
    core: str = setting("sandbox", "who gives participant numbers: `sandbox`, `http` or `file`")
    bill_prefix: str = setting("88080", "first digits of a bill code; with SNAP the bank's company code")
    bill_hours: int = setting(
        "24", "hours that a bill code can be paid, then to the end of that day (WIB); never beyond its month", kind=int
    )
    provider: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], provider_names: Collection[str] = ()) -> "Settings":
        """Read the environment; `provider_names` are the further BPU_ names that the known providers need."""
        problems: list[str] = []
        known = {called(item): item for item in fields(cls) if item.name != "provider"}
        values: dict[str, Any] = {}
        for name, item in known.items():
            text = read(environ, name, problems)
            if text is None:
                continue
            try:
                values[item.name] = convert(text, item.metadata["kind"])
            except ValueError as error:
                problems.append(f"{name}={text!r} {error}")
            choices = item.metadata["choices"]
            if choices and text not in choices:
                problems.append(f"{name}={text!r} is not one of {', '.join(choices)}")
        provider = {name: text for name in provider_names if (text := read(environ, name, problems)) is not None}
        allowed = {*known, *provider_names}
        for name in environ:
            if name.startswith("BPU_") and name.removesuffix("_FILE") not in allowed:
                problems.append(f"{name} is not a setting of this service")
        if problems:
            raise Misconfigured(problems)
        settings = cls(**values, provider=provider)
        if problems := settings.problems():
            raise Misconfigured(problems)
        return settings

    @property
    def sandbox(self) -> bool:
        """Whether this is a trial that registers nobody."""
        return self.mode == "sandbox"

    @property
    def written_to(self) -> str:
        """The number that phones write to; empty where there is none."""
        return self.sms_number or (SANDBOX_NUMBER if self.sandbox else "")

    @property
    def var(self) -> Path:
        """The folder for files that belong to this place: beside an SQLite database, else ``var``."""
        if self.database_url.startswith("sqlite:///"):
            return Path(self.database_url.removeprefix("sqlite:///")).parent
        return Path("var")

    def problems(self) -> list[str]:
        """Why these values must not be served, one line each."""
        problems = []
        if bool(self.tls_cert) != bool(self.tls_key):
            problems.append("BPU_TLS_CERT and BPU_TLS_KEY go together")
        if not 0 < self.port < 65536:
            problems.append(f"PORT={self.port} is no port")
        if not re.fullmatch(r"[0-9]{1,8}", self.bill_prefix):
            problems.append("BPU_BILL_PREFIX is 1 to 8 digits")
        problems += [
            f"BPU_{name.upper()} must be at least 1"
            for name in ("workers", "codes_per_hour", "codes_per_day", "bill_hours", "draft_days", "kept_days")
            if getattr(self, name) < 1
        ]
        problems += [
            f"BPU_PAYMENT={each!r} is not one of {', '.join(PAYMENTS)}" for each in self.payment if each not in PAYMENTS
        ]
        if self.health_token and len(self.health_token) < 16:
            problems.append("BPU_HEALTH_TOKEN is shorter than 16 characters")
        if self.sms_number and not re.fullmatch(r"\+?[0-9]{3,15}", self.sms_number):
            problems.append("BPU_SMS_NUMBER is a number that phones can write to, such as +62811… or 99123")
        if bool(self.sms_in) != bool(self.sms_number) and not self.sandbox:
            problems.append("BPU_SMS_IN and BPU_SMS_NUMBER go together: who brings messages, and the number written to")
        problems += self._place_problems()
        if not self.sandbox:
            problems += self._live_problems()
        return problems

    def _place_problems(self) -> list[str]:
        """Addresses, files and keys that cannot be what they should."""
        problems = []
        if not re.match(r"sqlite:///.|psycopg3\+pool://.", self.database_url):
            problems.append("BPU_DATABASE_URL begins with sqlite:/// or psycopg3+pool://")
        if self.limits_url and not re.match(r"rediss?://.", self.limits_url):
            problems.append("BPU_LIMITS_URL is empty or begins with redis:// or rediss://")
        if self.site_url and not re.match(r"https?://[^/\s]", self.site_url):
            problems.append("BPU_SITE_URL is an address such as https://daftar.contoh.id")
        if self.contributions and not Path(self.contributions).is_file():
            problems.append(f"BPU_CONTRIBUTIONS={self.contributions!r} is not a file")
        if self.data_keys:
            try:
                KeyRing.parse(self.data_keys)
            except ValueError as error:
                problems.append(f"BPU_DATA_KEYS: {error}")
        return problems

    def _live_problems(self) -> list[str]:
        problems = [
            f"{name} is missing; live has no default for it"
            for name, value in (
                ("BPU_SECRET_KEY", self.secret_key),
                ("BPU_DATA_KEYS", self.data_keys),
                ("BPU_SITE_URL", self.site_url),
            )
            if not value
        ]
        if self.secret_key and len(self.secret_key) < 32:
            problems.append("BPU_SECRET_KEY is shorter than 32 characters")
        if self.site_url and not self.site_url.startswith("https://"):
            problems.append("BPU_SITE_URL must begin with https:// in live")
        if self.captcha_answer:
            problems.append("BPU_CAPTCHA_ANSWER is for the sandbox only")
        chosen = {"BPU_SMS": self.sms, "BPU_MAIL": (self.mail,), "BPU_PAYMENT": self.payment, "BPU_CORE": (self.core,)}
        for name, providers in chosen.items():
            if not any(providers):
                problems.append(f"{name} is empty")
            problems += [
                f"{name}={each} is a simulator; live refuses it"
                for each in providers
                if each in ("simulator", "sandbox")
            ]
        return problems


def documented() -> list[tuple[str, str, str]]:
    """Name, default and meaning of each setting, for README and its test."""
    return [
        (called(item), item.metadata["text"], item.metadata["doc"])
        for item in fields(Settings)
        if item.name != "provider"
    ]


def with_sandbox_secrets(settings: Settings) -> Settings:
    """In the sandbox, fill in the secrets that are missing with made-up ones that are kept beside the database."""
    if not settings.sandbox or (settings.secret_key and settings.data_keys):
        return settings
    path = settings.var / "sandbox-secrets.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = {"secret_key": secrets.token_urlsafe(32), "data_keys": KeyRing.new_key(1)}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made))
        try:
            os.link(draft, path)  # whoever comes first wins, without ever showing a half-written file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = json.loads(path.read_text())
    return replace(settings, **{name: getattr(settings, name) or kept[name] for name in ("secret_key", "data_keys")})

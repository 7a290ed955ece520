"""How e-mail leaves: through the operator's own SMTP relay, or into the sandbox's mailbox."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Protocol

from bpu.providers import ProviderError
from bpu.providers.http import loopback
from bpu.settings import Misconfigured, Settings

NAMES = {
    "BPU_SMTP_HOST": "mail `smtp`: the relay",
    "BPU_SMTP_PORT": "mail `smtp`: its port; 587, 465 or 25 by the kind of security unless set",
    "BPU_SMTP_SECURITY": "mail `smtp`: `starttls` (default), `tls` from the first byte, or `none` on this machine",
    "BPU_SMTP_USER": "mail `smtp`: user to sign in as; empty for a relay that asks for none",
    "BPU_SMTP_PASSWORD": "mail `smtp`: that user's password",
    "BPU_SMTP_CA": "mail `smtp`: file of authorities (PEM) behind its certificate; the system's unless set",
    "BPU_MAIL_FROM": "mail `smtp`: the sender, such as `Payung Kerja <daftar@contoh.id>`",
}
PORTS = {"starttls": 587, "tls": 465, "none": 25}
TIMEOUT = 10.0  # seconds for each step of the dialogue
UNCONFIGURED = frozenset({530, 534, 535, 538})  # the relay wants another sign-in: no fault of the message


@dataclass(frozen=True)
class Mail:
    """One message as text and as the same words in HTML; `ref` is our own name for it, the same on every try."""

    to: str
    subject: str
    text: str
    html: str
    ref: str


class Mailer(Protocol):
    """Whoever takes an e-mail."""

    @property
    def name(self) -> str: ...

    def send(self, mail: Mail) -> str:
        """Hand the message over and return its Message-ID; raises `ProviderError`."""


@dataclass(frozen=True)
class Relay:
    """An SMTP relay: `security` is ``starttls``, ``tls`` from the first byte, or ``none`` (on this machine only)."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""
    ca: str = ""
    timeout: float = TIMEOUT
    name: str = "smtp"

    def message(self, mail: Mail) -> EmailMessage:
        """The message as it travels; its Message-ID comes from `ref`, so that a second copy can be known as one."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{mail.ref}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message

    def send(self, mail: Mail) -> str:
        """Deliver to the relay; where its settings or ours are wrong, another try may help once they are mended."""
        try:
            message = self.message(mail)
        except ValueError:
            raise ProviderError("smtp: an address or subject that cannot be a header", permanent=True) from None
        try:
            with self._connect() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(*next(iter(error.recipients.values()))) from None
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            raise ProviderError(f"smtp: configuration, {type(error).__name__}", permanent=False) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderError(f"smtp: no answer, {type(error).__name__}", permanent=False) from None
        return str(message["Message-ID"])

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == "starttls":
                smtp.starttls(context=context)
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _refused(code: int, _words: bytes | str) -> ProviderError:
    """The relay's words are left out: they usually quote the address."""
    if code in UNCONFIGURED:
        return ProviderError(f"smtp: configuration, {code}", permanent=False)
    return ProviderError(f"smtp: {code}", permanent=500 <= code < 600)


@dataclass(frozen=True)
class Simulator:
    """The sandbox's own mailbox, through the callable that keeps messages there."""

    deposit: Callable[[str, str, Mapping[str, str]], None]
    name: str = "simulator"

    def send(self, mail: Mail) -> str:
        """Keep the message where the sandbox shows it."""
        self.deposit("email", mail.to, {"subject": mail.subject, "text": mail.text, "html": mail.html})
        return mail.ref


def open_mail(settings: Settings, simulator: Callable[[str, str, Mapping[str, str]], None]) -> Mailer:
    """The way of `BPU_MAIL`; raises `Misconfigured` with one line for each thing that is missing or odd."""
    if settings.mail == "simulator":
        return Simulator(simulator)
    if settings.mail != "smtp":
        raise Misconfigured([f"BPU_MAIL={settings.mail!r} is neither simulator nor smtp"])
    given = settings.provider
    security = given.get("BPU_SMTP_SECURITY") or "starttls"
    host, port = given.get("BPU_SMTP_HOST", ""), given.get("BPU_SMTP_PORT") or str(PORTS.get(security, 0))
    problems = [f"BPU_MAIL=smtp needs {name}" for name in ("BPU_SMTP_HOST", "BPU_MAIL_FROM") if not given.get(name)]
    if security not in PORTS:
        problems.append(f"BPU_SMTP_SECURITY={security!r} is not one of {', '.join(PORTS)}")
    if security == "none" and not loopback(host):
        problems.append("BPU_SMTP_SECURITY=none is for a relay on this machine only")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        problems.append(f"BPU_SMTP_PORT={port!r} is no port")
    if "@" not in parseaddr(given.get("BPU_MAIL_FROM", "@"))[1] and given.get("BPU_MAIL_FROM"):
        problems.append("BPU_MAIL_FROM is no address")
    if bool(given.get("BPU_SMTP_USER")) != bool(given.get("BPU_SMTP_PASSWORD")):
        problems.append("BPU_SMTP_USER and BPU_SMTP_PASSWORD go together")
    if problems:
        raise Misconfigured(problems)
    return Relay(
        host=host,
        port=int(port),
        sender=given["BPU_MAIL_FROM"],
        security=security,
        user=given.get("BPU_SMTP_USER", ""),
        password=given.get("BPU_SMTP_PASSWORD", ""),
        ca=given.get("BPU_SMTP_CA", ""),
    )

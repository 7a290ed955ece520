"""What people are told by SMS and e-mail: every message is written to the outbox by the transaction that causes it.

The words stand in ``templates/messages``: ``sms/<name>.txt`` is one SMS, ``mail/<name>.txt`` an e-mail whose first line
is the subject; its HTML twin says the same words.
"""

import re
import string
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bpu import clock
from bpu.models import Bill, BillStatus, Contribution, Draft, Registration, Share
from bpu.rules.calendar import covered_until, months_from
from bpu.rules.money.rupiah import rupiah
from bpu.rules.months.allocation import Allocation, Held
from bpu.services.messages import outbox
from bpu.settings import Settings

TEMPLATES = Path(__file__).parents[3] / "templates" / "messages"
SEGMENT = 160  # characters of the GSM-7 alphabet; joining two SMS is not promised by Indonesian operators
LONGEST_BRAND, LONGEST_NAME = 20, 12
PROTECTION = {"JKK": "kecelakaan kerja (JKK)", "JKM": "kematian (JKM)", "JHT": "hari tua (JHT)"}

# What ASCII and GSM-7 share at one unit each. The rest of GSM-7 does not survive every gateway.
_PLAIN = frozenset(string.ascii_letters + string.digits + " \n!\"#$%&'()*+,-./:;<=>?@_")

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Messages:
    """One method for each message; each is to be called inside the transaction that makes it true."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        address = urlsplit(settings.site_url)
        self._host = address.hostname or ""
        self._place = f"{address.netloc}/lanjut" if address.netloc else ""
        self._url = f"{settings.site_url.rstrip('/')}/lanjut" if settings.site_url else ""

    def otp(self, phone: str, code: str, *, key: str, valid_until: datetime, assistant: str | None = None) -> None:
        """A one-time code for `phone` (E.164); `assistant` names the place whose helper will ask for it.

        The origin line lets the phone fill the code in on our page; a helper's screen is never where it belongs.
        """
        minutes = max(1, round((valid_until - clock.now()).total_seconds() / 60))
        name, host = ("otp", self._host) if assistant is None else ("otp_helper", "")
        text = self._sms(name, place=host, code=code, minutes=minutes, assistant=gsm7(assistant or "")[:LONGEST_BRAND])
        outbox.write("sms", key, {"to": phone, "text": text, "otp": code}, valid_until=valid_until)

    def resume(self, phone: str, code: str, *, key: str, until: datetime, zone: str = "WIB") -> None:
        """The continue code of a draft that is kept until `until`."""
        last_day = format_date(until.astimezone(clock.ZONES[zone]), "long", locale="id")
        text = self._sms("resume", place=self._place, resume=grouped(code), until=last_day)
        outbox.write("sms", key, {"to": phone, "text": text}, valid_until=until)

    def bill(self, registration: Registration, bill: Bill) -> None:
        """How much to pay, with which code, until when."""
        self._tell("bill", registration, bill, valid_until=bill.expires)

    def expired(self, registration: Registration, bill: Bill) -> None:
        """That a bill's time is over and where to ask for another."""
        self._tell("expired", registration, bill)

    def paid(self, registration: Registration) -> None:
        """That the contribution is here, and the participant number."""
        self._tell("paid", registration)

    def paid_waiting(self, registration: Registration) -> None:
        """That the contribution is here and the number follows."""
        self._tell("paid_waiting", registration)

    def renewed(self, registration: Registration, bill: Bill, amount: int) -> None:
        """That the contribution of a member is here, and for which months."""
        self._tell("renewed", registration, bill, amount=rupiah(amount))

    def credited(
        self, registration: Registration, payment: str, amount: int, done: Allocation, missing: Bill | None
    ) -> None:
        """How much money came otherwise than asked for, what it bought, what is left or missing and what to do."""
        bought = [format_date(row.month, "MMM y", locale="id") for row in done.bought]
        facts: dict[str, Any] = {
            "amount": rupiah(amount),
            "bought": " sampai ".join(dict.fromkeys((*bought[:1], *bought[-1:]))),
            "credit": rupiah(done.credit) if done.credit else "",
            "missing": rupiah(missing.amount) if missing else "",
            "stuck": done.held in (Held.AGE, Held.ENDED),
        }
        self._tell("credited", registration, missing, key=f"credited:{payment}:{registration.uid}", **facts)

    def helped(self, registration: Registration, bill: Bill, assistant: str) -> None:
        """Who registered this person and for how much, and how to take over, or to object."""
        facts = self._facts(registration, bill)
        known = {name: facts[name] for name in ("amount", "resume")}
        day, shop = _day(clock.now(), registration.zone), gsm7(assistant)[:LONGEST_BRAND]
        text = self._sms("helped", place=self._place, assistant=shop, day=day, **known)
        outbox.write("sms", f"sms:helped:{registration.uid}", {"to": registration.phone, "text": text})

    def approve(self, phone: str, token: str, *, key: str, valid_until: datetime, assistant: str) -> None:
        """The link by which a worker agrees on the own phone to be helped at a place."""
        link = self._place.replace("/lanjut", "") + f"/setuju/{token}"
        text = self._sms("approve", place=link, link=link, assistant=gsm7(assistant)[:LONGEST_BRAND])
        outbox.write("sms", key, {"to": phone, "text": text}, valid_until=valid_until)

    def what_to_write(self, phone: str, *, key: str) -> None:
        """What can be written to the office, for whoever wrote something else."""
        text = self._sms("what_to_write", place=self._place.removesuffix("/lanjut"))
        outbox.write("sms", key, {"to": phone, "text": text})

    def already_registered(self, phone: str, *, key: str) -> None:
        """That a NIK just typed belongs to a registration already: said to its phone, never on a page."""
        place = self._place.replace("/lanjut", "/peserta")
        outbox.write("sms", key, {"to": phone, "text": self._sms("already_registered", place=place)})

    def _tell(
        self,
        name: str,
        registration: Registration,
        bill: Bill | None = None,
        *,
        key: str = "",
        valid_until: datetime | None = None,
        **more: Any,
    ) -> None:
        values = self._facts(registration, bill) | more
        key = key or (f"{name}:{bill.uid}:{registration.uid}" if bill else f"{name}:{registration.uid}")
        text = self._sms(name, place=self._place, **values)
        outbox.write("sms", f"sms:{key}", {"to": registration.phone, "text": text}, valid_until=valid_until)
        if registration.email:
            payload = {"to": registration.email, **self._mail(name, **values)}
            outbox.write("email", f"email:{key}", payload, valid_until=valid_until)

    def _facts(self, registration: Registration, bill: Bill | None) -> dict[str, Any]:
        first, count = _bought(registration, bill)
        months = [format_date(month, "MMMM y", locale="id") for month in months_from(first, count)]
        full = " ".join(registration.name.split())
        full = string.capwords(full.lower()) if full.isupper() else full
        draft = Draft.get_or_none(Draft.uid == registration.draft)
        facts = {
            "full_name": full,
            "name": short_name(full),
            "amount": rupiah(bill.amount if bill else _paid_sum(registration)),
            "number": registration.number,
            "months": count,
            "period": " sampai ".join(dict.fromkeys((months[0], months[-1]))),
            "covered_until": covered_until(first, count),
            "programmes": re.findall(r"[A-Z]+", registration.programmes),
            "paid": registration.paid and registration.paid.astimezone(clock.ZONES[registration.zone]),
            "resume": grouped(draft.resume) if draft else "",
        }
        if bill:
            facts |= {"code": bill.code, "expires": bill.expires.astimezone(clock.ZONES[registration.zone])}
            facts |= {"zone": registration.zone}
        return facts

    def _sms(self, message: str, *, place: str = "", **values: Any) -> str:
        """The words of one SMS; the place it points to is left out where it does not fit."""
        brand, phone = gsm7(self.settings.site_name)[:LONGEST_BRAND], self.settings.help_phone
        template = _environment.get_template(f"sms/{message}.txt")
        texts = [gsm7(template.render(brand=brand, help_phone=phone, place=each, **values)) for each in (place, "")]
        return texts[0] if len(texts[0]) <= SEGMENT else texts[1]

    def _mail(self, message: str, **values: Any) -> dict[str, str]:
        brand, phone = self.settings.site_name, self.settings.help_phone
        template = _environment.get_template(f"mail/{message}.txt")
        written = template.render(brand=brand, help_phone=phone, url=self._url, sandbox=self.settings.sandbox, **values)
        subject, _, text = written.partition("\n")
        written_paragraphs = re.split(r"\n{2,}", text.strip())
        paragraphs = [paragraph.split("\n") for paragraph in written_paragraphs]
        html = _environment.get_template("mail/letter.html").render(
            subject=subject, paragraphs=paragraphs, url=self._url
        )
        return {"subject": subject, "text": "\n\n".join(written_paragraphs) + "\n", "html": html}


def gsm7(text: str) -> str:
    """`text` in signs that take one unit of an SMS and survive every gateway: accents fall off, others become ``?``."""
    bare = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "".join(sign if sign in _PLAIN else "?" for sign in bare)


def short_name(name: str) -> str:
    """First name and initial, at most 12 signs, such as ``Siti A.``: enough to know oneself by, little for others."""
    first, *others = name.split()
    if not others:
        return first[:LONGEST_NAME]
    return f"{first[: LONGEST_NAME - 3]} {others[-1][0]}."


def grouped(code: str) -> str:
    """A code in groups of four, as it can be read aloud: ``7KQ4-2MXA``."""
    bare = code.replace("-", "")
    return "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))


def _bought(registration: Registration, bill: Bill | None) -> tuple[date, int]:
    """The months that a bill is for or has bought, or, without a bill, all of the membership."""
    mine = Contribution.registration == registration.uid
    rows = Contribution.select().where(mine & (Contribution.bill == bill.uid) if bill else mine)
    if months := sorted(date.fromisoformat(row.month) for row in rows):
        return months[0], (months[-1].year - months[0].year) * 12 + months[-1].month - months[0].month + 1
    share = Share.get_or_none(bill=bill, registration=registration) if bill else None
    if share and share.months and share.first_month:
        return date.fromisoformat(share.first_month), share.months
    return date.fromisoformat(f"{registration.first_month[:7]}-01"), registration.months


def _paid_sum(registration: Registration) -> int:
    shares = Share.select().join(Bill)
    return sum(
        share.amount for share in shares.where((Share.registration == registration) & (Bill.status == BillStatus.PAID))
    )


def _day(at: date, zone: str = "") -> str:
    return format_date(
        at.astimezone(clock.ZONES[zone]) if isinstance(at, datetime) and zone else at, "d MMM y", locale="id"
    )


_environment.filters["day"] = _day
_environment.filters["long_day"] = lambda at: format_date(at, "d MMMM y", locale="id")
_environment.filters["full_day"] = lambda at: format_date(at, "EEEE, d MMMM y", locale="id")
_environment.filters["hour"] = lambda at: f"{at:%H.%M}"
_environment.filters["protection"] = lambda codes: " dan ".join(PROTECTION.get(code, code) for code in codes)
_environment.filters["fours"] = lambda code: grouped(code).replace("-", " ")

"""Everything once more: what a person says is right is what is sent, at the price that was shown."""

import hmac
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import BooleanField, StringField

from bpu import clock
from bpu.services.registration.consents import agree
from bpu.services.registration.submission import AlreadyRegistered, Application
from bpu.steps.case import Case, Page
from bpu.steps.facts import shown
from bpu.steps.forms import Refused, StepForm
from bpu.steps.who import agreed


class CheckForm(StepForm):
    declare = BooleanField(_("Pernyataan di atas benar"), false_values=("", "no", "0", "false"))
    amount = StringField()

    def judge(self, case: Case) -> None:
        if not self.declare.data:
            self.refuse("declare", _("Centang kotak ini kalau semuanya benar."))
        total = total_of(case)
        amount, _dot, read = self.value("amount").partition(".")
        if amount != str(total):
            self.refuse("", _("Besar iuran berubah sejak halaman ini dibuka. Periksa jumlah yang baru."))
        elif not hmac.compare_digest(read.encode(), what_is_read(case, total).encode()):
            self.refuse("", _("Isian berubah sejak halaman ini dibuka. Periksa sekali lagi."))
        self.answer = {"amount": total}


def what_is_read(case: Case, total: int) -> str:
    """A mark of what stands on the page that is said to be right."""
    return shown(case.given, total, case.services.consents.current("declaration", case.today).hash.hex())


def answered(case: Case) -> list[Page]:
    """The steps that apply to this person and have their answers, in order."""
    return [page for page in case.journey.steps if page.slug in case.given]


def total_of(case: Case) -> int:
    """The sum to pay for what is chosen, at today's prices."""
    choice = case.given["program"]
    quote = case.services.prices.quote(
        case.given["pekerjaan"], tuple(choice["programmes"]), choice["months"], case.today
    )
    return quote.total


class Check(Page):
    """Everything once more, with a way to change it; the declaration; and sending."""

    slug, title, form = "periksa", _("Periksa jawaban Anda"), CheckForm
    template = "registration/steps/check.html"
    button = _("Kirim pendaftaran")
    sheet = "periksa"
    seals = True
    keeps_typed = False

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        stale = self.outdated(case)
        if stale is not None:
            raise Refused("", _("Bagian “%(title)s” perlu diisi lagi. Tekan “Ubah” di bagian itu.", title=stale.title))
        if not agreed(case):
            case.drop("persetujuan")
            raise Refused("", _("Syaratnya berubah sejak Anda setuju. Tekan tombol di bawah, baca, lalu setujui lagi."))
        if not case.proven:
            raise Refused("", _("Isian berubah sejak HP ini terbukti. Minta kode baru."))
        agree(case.draft.uid, case.services.consents.current("declaration", case.today), case.channel)
        try:
            registration = case.services.submissions.submit(self.application(case))
        except AlreadyRegistered:
            return {"review": True, "at": clock.now().isoformat()}
        return {"registration": registration.uid, "at": clock.now().isoformat()}

    def outdated(self, case: Case) -> Page | None:
        """The first earlier page whose answer would not pass today: an age reached, a rule changed since."""
        for page in case.steps:
            if page.slug == self.slug:
                return None
            if page.ages and page.slug in case.given and not self._still_passes(case, page):
                return page
        return None

    def _still_passes(self, case: Case, page: Page) -> bool:
        answer = case.given[page.slug]
        form = page.form(case=case, data=page.fill(answer))
        form.passes()
        settled = answer.get("warned", {})
        return not form.errors and all(name in settled for name in form.warnings)

    def application(self, case: Case) -> Application:
        """The answers as one application."""
        kept: dict[str, Any] = {}
        for page in answered(case):
            for name, value in page.kept(case).items():
                kept[name] = {**kept.get(name, {}), **value} if isinstance(value, dict) else value
        # Somebody who helps is not led on to what was registered elsewhere: the person is, on the own phone.
        proven = kept["phone"] if case.proven and case.channel == "web" else None
        return Application(draft=case.draft.uid, proven=proven, **kept)

    def context(self, case: Case) -> dict[str, Any]:
        choice, job = case.given["program"], case.given["pekerjaan"]
        quote = case.services.prices.quote(job, tuple(choice["programmes"]), choice["months"], case.today)
        return {
            "quote": quote,
            "read": what_is_read(case, quote.total),
            "read_back": [(page, rows) for page in answered(case) if (rows := page.summary(case))],
            "declaration": case.services.consents.current("declaration", case.today),
        }

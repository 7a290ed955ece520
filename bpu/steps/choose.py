"""What is chosen, checked, sent and paid for; and the number that comes of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from bpu import clock
from bpu.models import Status
from bpu.rules.calendar import covered_until
from bpu.services.registration.consents import agree
from bpu.services.registration.submission import AlreadyRegistered, Application
from bpu.steps.case import Case
from bpu.steps.forms import Page, Refused, StepForm

QRIS_SCALE = 4  # pixels of the page for one of the picture


class ProgrammesForm(StepForm):
    programmes = SelectMultipleField(_("Perlindungan"), choices=[], validate_choice=False)
    months = RadioField(_("Bayar untuk berapa lama?"), choices=[], validate_choice=False)

    def arrange(self, case: Case) -> None:
        periods = case.services.catalogue.periods(case.today)
        self.months.choices = [SelectChoice(str(count), _("%(n)s bulan", n=count)) for count in periods]
        self.programmes.choices = [
            SelectChoice(one.code, one.name) for one in case.services.catalogue.offered(case.today)
        ]

    def judge(self, case: Case) -> None:
        employs = case.answer("pekerjaan", "employs_others") == "yes"
        # What is unknown is named in the answer, but not repeated in full.
        wanted = ["".join(filter(str.isprintable, code[:10])) for code in (self.programmes.data or [])[:10]]
        chosen = case.services.catalogue.choose(wanted, case.today, employs_others=employs)
        for finding in chosen.errors:
            self.refuse("programmes", CHOICE[finding.code] % finding.params)
        months = self.choice("months", _("Pilih lama pembayaran."))
        self.answer = {"programmes": list(chosen.value or ()), "months": int(months) if months else None}


CHOICE = {
    "unknown_programme": _("Program %(programme)s tidak dikenal."),
    "closed_programme": _("Program %(programme)s belum dibuka untuk pekerja mandiri."),
    "required_missing": _("Program %(programme)s wajib diikuti."),
}


class Programmes(Page):
    """Which programmes, for how many months, with every sum shown before choosing."""

    slug, title, form = "program", _("Pilih perlindungan"), ProgrammesForm
    template = "registration/steps/programmes.html"
    button = _("Simpan dan lanjut")
    depends_on = {"pekerjaan": ["income", "employs_others", "occupation", "drives"]}

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {**answer, "months": str(answer["months"])} if answer else {}

    def context(self, case: Case) -> dict[str, Any]:
        catalogue, job, today = case.services.catalogue, case.given["pekerjaan"], case.today
        employs = job["employs_others"] == "yes"
        offered = catalogue.offered(today)
        required = tuple(one.code for one in offered if one.required(employs))
        everything = tuple(one.code for one in offered)
        quote = case.services.prices.quote
        periods = [
            (count, quote(job, required, count, today), quote(job, everything, count, today))
            for count in catalogue.periods(today)
        ]
        return {
            "catalogue": catalogue.programmes(today),
            "required": required,
            "everything": everything,
            "month": quote(job, everything, 1, today).months[0],
            "base": catalogue.base(job["income"], today),
            "periods": periods,
            "excluded": catalogue.excluded(today, employs_others=employs),
        }


class CheckForm(StepForm):
    declare = BooleanField(_("Pernyataan di atas benar"), false_values=("", "no", "0", "false"))
    amount = StringField()

    def judge(self, case: Case) -> None:
        if not self.declare.data:
            self.refuse("declare", _("Centang kotak ini kalau semuanya benar."))
        total = total_of(case)
        if self.value("amount") not in ("", str(total)):
            self.refuse("", _("Besar iuran berubah sejak halaman ini dibuka. Periksa jumlah yang baru."))
        self.answer = {"amount": total}


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
    seals = True
    keeps_typed = False

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        stale = self.outdated(case)
        if stale is not None:
            raise Refused("", _("Bagian “%(title)s” perlu diisi lagi. Tekan “Ubah” di bagian itu.", title=stale.title))
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
            if page.slug in ("data-diri", "pekerjaan", "program") and not self._still_passes(case, page):
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
        who, contact, job, choice = (case.given[slug] for slug in ("data-diri", "alamat", "pekerjaan", "program"))
        return Application(
            draft=case.draft.uid,
            nik=who["nik"],
            name=who["name"],
            birth_date=who["birth_date"],
            phone=who["phone"],
            gender=contact["gender"],
            email=contact["email"],
            address={name: contact[name] for name in ("address", "rt", "rw", "village", "postal_code")},
            zone=case.services.regions.timezone(contact["village"]),
            job={name: value for name, value in job.items() if name != "warned"},
            programmes=tuple(choice["programmes"]),
            months=choice["months"],
        )

    def context(self, case: Case) -> dict[str, Any]:
        choice, job = case.given["program"], case.given["pekerjaan"]
        quote = case.services.prices.quote(job, tuple(choice["programmes"]), choice["months"], case.today)
        village = case.given["alamat"]["village"]
        return {
            "quote": quote,
            "region": case.services.regions.path(village),
            "occupation": case.services.occupations.find(job["occupation"]),
            "declaration": case.services.consents.current("declaration", case.today),
        }


class Review(Page):
    """The end of the way for an application that an officer has to look at; says nothing of why."""

    slug, title = "diperiksa", _("Data Anda perlu diperiksa petugas")
    template = "registration/steps/review.html"

    def applies(self, answers: Any) -> bool:
        return bool(answers.get("periksa", {}).get("review"))

    def done(self, answers: Any) -> bool:
        return False


class PayForm(StepForm):
    def judge(self, case: Case) -> None:
        if self.sent.get("new"):
            case.services.bills.payable(case.sent)
            self.refuse("", _("Ini kode bayar yang baru."))
        else:
            self.refuse("", _("Pembayaran belum kami terima. Kalau sudah bayar, tunggu sebentar lalu tekan lagi."))


class Pay(Page):
    """The bill; answered not by the person but by the money."""

    slug, title, form = "bayar", _("Tinggal bayar iuran"), PayForm
    template = "registration/steps/pay.html"
    button = _("Saya sudah bayar")
    seals = True
    keeps_typed = False

    def applies(self, answers: Any) -> bool:
        return not answers.get("periksa", {}).get("review")

    def context(self, case: Case) -> dict[str, Any]:
        bill = case.services.bills.latest(case.sent)
        open_now = bill.payable(clock.now())
        codes = case.services.qrcodes
        drawn = codes.drawn(bill) if open_now else None
        return {
            "bill": bill,
            "open": open_now,
            "registration": case.sent,
            "offers_qris": open_now and codes.acquirer is not None,
            "qris": drawn.png if drawn else b"",
            "qris_side": drawn.side * QRIS_SCALE if drawn else 0,
            "merchant": drawn.merchant if drawn else "",
        }


class Done(Page):
    """The participant number, or that it is on its way."""

    slug, title = "selesai", _("Selamat, Anda sudah terlindungi")
    template = "registration/steps/done.html"

    def applies(self, answers: Any) -> bool:
        return not answers.get("periksa", {}).get("review")

    def done(self, answers: Any) -> bool:
        return False

    def context(self, case: Case) -> dict[str, Any]:
        registration = case.sent
        first = date.fromisoformat(registration.first_month)
        until = covered_until(first, registration.months)
        return {"registration": registration, "active": registration.status == Status.ACTIVE, "until": until}

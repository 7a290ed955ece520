"""What is chosen, checked, sent and paid for; and the number that comes of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from bpu import clock
from bpu.models import Status
from bpu.rules.calendar import covered_until
from bpu.services.money.bills import NotPayable
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm

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
    heading = _("Perlindungan dan iuran")
    depends_on = {"pekerjaan": ["income", "employs_others", "occupation", "drives"]}
    sheet, ages = "kerja", True
    columns = ("programmes", "months", "income")

    def summary(self, case: Case) -> list[tuple[Any, Any]]:
        choice = case.given[self.slug]
        return [
            (_("Program"), " + ".join(choice["programmes"])),
            (_("Lama"), _("%(n)s bulan", n=choice["months"])),
        ]

    def kept(self, case: Case) -> dict[str, Any]:
        choice = case.given[self.slug]
        return {"programmes": tuple(choice["programmes"]), "months": choice["months"]}

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


class Review(Page):
    """The end of the way for an application that an officer has to look at; says nothing of why."""

    slug, title = "diperiksa", _("Pendaftaran ini belum bisa dilanjutkan")
    template = "registration/steps/review.html"

    def applies(self, answers: Any) -> bool:
        return bool(answers.get("periksa", {}).get("review"))

    def done(self, answers: Any) -> bool:
        return False


OVER = _("Pendaftaran ini sudah berakhir dan tidak bisa dibayar lagi. Daftar lagi dari awal, atau telepon kantor.")


class PayForm(StepForm):
    def judge(self, case: Case) -> None:
        if self.sent.get("new"):
            try:
                case.services.bills.payable(case.sent)
            except NotPayable:
                self.refuse("", OVER)
            else:
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

"""Who registers: the first data from the identity card, the captcha, and both consents."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms.fields import BooleanField, StringField

from bpu import clock
from bpu.forms import words
from bpu.forms.dates import day
from bpu.rules import Checked, Finding
from bpu.rules.identity import dates, names, nik, phone
from bpu.services.access.budget import Asker
from bpu.services.registration.consents import agree
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm

PARTS = {"day": _("Tanggal"), "month": _("Bulan"), "year": _("Tahun")}


class IdentityForm(StepForm):
    nik = StringField(
        _("NIK"),
        description=_("16 angka di bagian atas KTP."),
        render_kw={
            "class": "w16 big",
            "inputmode": "numeric",
            "maxlength": 30,
            "autocomplete": "off",
            "required": True,
        },
    )
    name = StringField(
        _("Nama lengkap"),
        description=_("Tulis persis seperti di KTP."),
        render_kw={
            "maxlength": 100,
            "autocomplete": "name",
            "autocapitalize": "words",
            "spellcheck": "false",
            "required": True,
        },
    )
    birth_day = StringField(PARTS["day"], render_kw={"class": "w2", "maxlength": 24, "autocomplete": "bday-day"})
    birth_month = StringField(PARTS["month"], render_kw={"class": "w2", "maxlength": 12, "autocomplete": "bday-month"})
    birth_year = StringField(
        PARTS["year"], render_kw={"class": "w4", "inputmode": "numeric", "maxlength": 10, "autocomplete": "bday-year"}
    )
    phone = StringField(
        _("Nomor HP"),
        description=_("Kode akan dikirim ke nomor ini lewat SMS. Boleh memakai HP keluarga."),
        render_kw={
            "class": "w16 big",
            "type": "tel",
            "inputmode": "tel",
            "maxlength": 24,
            "autocomplete": "tel-national",
            "required": True,
        },
    )

    def judge(self, case: Case) -> None:
        settings = case.services.settings
        birth = self._birth(case)
        checked = nik.check(
            self.value("nik"), case.services.regions, synthetic=settings.sandbox, birth_date=birth, today=case.today
        )
        self.answer = {
            "nik": self.take("nik", _told(checked), words.NIK, beside=birth),
            "name": self.take("name", names.check(self.value("name")), words.NAME),
            "birth_date": birth.isoformat() if birth else None,
            "phone": self.take("phone", phone.check(self.value("phone")), words.PHONE),
        }

    def _birth(self, case: Case) -> date | None:
        boxes = [self.value(f"birth_{part}") for part in PARTS]
        checked = dates.read(*boxes, today=case.today)
        for finding in checked.errors:
            part = finding.params.get("part", finding.code if finding.code in PARTS else "day")
            told = {**finding.params, "part": PARTS[part]}
            self.refuse(f"birth_{part}", words.BIRTH[finding.code] % told)
        if checked.value is None:
            return None
        catalogue, settings = case.services.catalogue, case.services.settings
        youngest = settings.minimum_age or catalogue.limit("age_from", case.today)
        oldest = catalogue.limit("age_before", case.today)
        unfit = dates.eligible(checked.value, case.today, minimum=youngest, maximum=oldest)
        if unfit:
            self.refuse("birth_year", words.BIRTH[unfit.code] % {"minimum": youngest, "maximum": oldest})
        birth: date = checked.value
        return birth


def _told(checked: Checked) -> Checked:
    """The findings about a NIK with what their words need: how many digits are missing, how a date is written."""
    return Checked(checked.value, tuple(map(_finding, checked.errors)), tuple(map(_finding, checked.warnings)))


def _finding(found: Finding) -> Finding:
    if found.code == "length":
        missing = 16 - found.params["n"]
        return Finding("short", {"missing": missing}) if missing > 0 else Finding("long", {"extra": -missing})
    if found.code == "birth_date_differs":
        return Finding(found.code, {"nik_date": "{day:02d}-{month:02d}-{year}".format(**found.params)})
    return found


class Identity(Page):
    """Name, number, birth date and phone of the person, as on the card."""

    slug, title, form = "data-diri", _("Data diri sesuai KTP"), IdentityForm
    heading = _("Data diri")
    template = "registration/steps/identity.html"
    button = _("Simpan dan lanjut")
    sheet, needed, ages = "ktp", True, True
    columns = ("nik", "name", "birth_day", "phone")

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        if not answer:
            return {}
        born = date.fromisoformat(answer["birth_date"])
        shown = {"nik": nik.grouped(answer["nik"]), "name": answer["name"], "phone": phone.shown(answer["phone"])}
        return {**shown, "birth_day": born.day, "birth_month": born.month, "birth_year": born.year}

    def summary(self, case: Case) -> list[tuple[Any, Any]]:
        answer = case.given[self.slug]
        return [
            (_("NIK"), nik.grouped(answer["nik"])),
            (_("Nama"), answer["name"]),
            (_("Tanggal lahir"), day(answer["birth_date"])),
            (_("Nomor HP"), phone.shown(answer["phone"])),
        ]

    def kept(self, case: Case) -> dict[str, Any]:
        answer = case.given[self.slug]
        return {name: answer[name] for name in ("nik", "name", "birth_date", "phone")}

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        strained = case.services.codes.strained(answer["phone"], Asker(case.address))
        return {**answer, "trusted": case.services.settings.captcha == "risk" and not strained}

    def context(self, case: Case) -> dict[str, Any]:
        settings = case.services.settings
        example = nik.synthetic_nik("320101", date(1990, 8, 5), "P") if settings.sandbox else None
        return {"example": nik.grouped(example) if example else None}


class CaptchaForm(StepForm):
    secret = ("captcha",)
    captcha = StringField(
        _("Jawaban Anda"),
        render_kw={
            "class": "w16",
            "maxlength": 40,
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
            "required": True,
        },
    )

    def judge(self, case: Case) -> None:
        if not self.value("captcha").strip():
            self.refuse("captcha", _("Jawaban belum diisi. Ketik huruf di gambar, atau jawab pertanyaannya."))
        elif not case.services.captchas.check(case.draft.uid, self.value("captcha")):
            self.refuse("captcha", _("Jawaban belum tepat. Coba yang ini."))
        self.answer = {"at": clock.now().isoformat()}


class Captcha(Page):
    """A person is filling this in."""

    slug, title, form = "pemeriksaan", _("Satu pertanyaan singkat"), CaptchaForm
    template = "registration/steps/captcha.html"
    button = _("Lanjut")
    keeps_typed = False

    def applies(self, answers: Any) -> bool:
        return not answers.get("data-diri", {}).get("trusted", False)

    def context(self, case: Case) -> dict[str, Any]:
        return {"challenge": case.services.captchas.ask(case.draft.uid)}


class TermsForm(StepForm):
    terms = BooleanField(_("Saya sudah membaca syaratnya dan setuju"), false_values=("", "no", "0", "false"))
    privacy = BooleanField(
        _("Saya setuju data pribadi saya diproses untuk pendaftaran ini"), false_values=("", "no", "0", "false")
    )
    kinds: ClassVar[tuple[str, ...]] = ("terms", "privacy")

    def judge(self, case: Case) -> None:
        for kind in self.kinds:
            if not self._fields[kind].data:
                self.refuse(kind, _("Centang kotak ini kalau Anda setuju. Tanpa itu kami tidak boleh melanjutkan."))
        texts = case.services.consents
        self.answer = {kind: texts.current(kind, case.today).version for kind in self.kinds}


class Terms(Page):
    """Two consents, separate from each other: to the terms, and to the processing of personal data (UU 27/2022)."""

    slug, title, form = "persetujuan", _("Persetujuan Anda"), TermsForm
    template = "registration/steps/terms.html"
    sheet = "ktp"
    button = _("Setuju dan lanjut")

    def ask(self, case: Case, sent: Any = None) -> StepForm:
        return self.form(sent, case=case)  # both boxes are empty each time: consent is given, never presumed

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        for kind in TermsForm.kinds:
            agree(case.draft.uid, case.services.consents.current(kind, case.today), case.channel)
        return answer

    def context(self, case: Case) -> dict[str, Any]:
        texts = case.services.consents
        return {"texts": [texts.current(kind, case.today) for kind in TermsForm.kinds]}


def agreed(case: Case) -> bool:
    """Whether the texts that this person agreed to are those in force today."""
    current = case.services.consents.current
    return all(case.answer(Terms.slug, kind) == current(kind, case.today).version for kind in TermsForm.kinds)

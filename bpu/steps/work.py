"""What the person does for a living, and what it earns."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from bpu.forms import words
from bpu.rules import Checked, Finding
from bpu.rules.identity import names, phone
from bpu.rules.money.income import read as read_income
from bpu.rules.money.occupations import OTHER
from bpu.rules.money.rupiah import rupiah
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm

YES_NO = [SelectChoice("no", _("Tidak")), SelectChoice("yes", _("Ya"))]


class WorkForm(StepForm):
    occupation = SelectField(
        _("Pekerjaan utama"),
        description=_("Pilih yang paling sering Anda kerjakan."),
        choices=[],
        validate_choice=False,
    )
    occupation_other = StringField(_("Tulis pekerjaan Anda"), render_kw={"maxlength": 60, "autocomplete": "off"})
    drives = RadioField(_("Apakah pekerjaan itu mengemudi atau mengantar?"), choices=YES_NO, validate_choice=False)
    workplace = StringField(
        _("Tempat bekerja"),
        description=_("Contoh: Pasar Baru, Bekasi. Berpindah-pindah? Tulis kotanya."),
        render_kw={"maxlength": 100, "autocomplete": "off", "required": True},
    )
    income = StringField(
        _("Penghasilan sebulan (rupiah)"),
        description=_("Perkiraan saja, untuk menghitung iuran. Contoh: 1.500.000"),
        render_kw={
            "class": "w16 big",
            "inputmode": "decimal",
            "maxlength": 40,
            "autocomplete": "off",
            "required": True,
        },
    )
    employs_others = RadioField(_("Apakah Anda mempekerjakan orang lain?"), choices=YES_NO, validate_choice=False)
    employer_name = StringField(
        _("Pemberi kerja atau kelompok"),
        description=_("Misalnya aplikasi, koperasi, atau ketua kelompok."),
        render_kw={"maxlength": 100, "autocomplete": "organization"},
    )
    pic_name = StringField(_("Orang yang bisa dihubungi"), render_kw={"maxlength": 100, "autocomplete": "off"})
    pic_phone = StringField(
        _("Nomor HP orang itu"),
        render_kw={"class": "w16", "type": "tel", "inputmode": "tel", "maxlength": 24, "autocomplete": "off"},
    )

    def arrange(self, case: Case) -> None:
        groups = case.services.occupations.groups()
        listed = [
            SelectChoice(one.code, one.label, optgroup=group.name) for group in groups for one in group.occupations
        ]
        self.occupation.choices = [SelectChoice("", _("Pilih")), *listed]

    def judge(self, case: Case) -> None:
        occupation = case.services.occupations.find(self.value("occupation"))
        other, drives = None, None
        if occupation is None:
            self.refuse("occupation", _("Pilih satu pekerjaan. Tidak ada yang cocok? Pilih “Lainnya”."))
        else:
            other = self._other() if occupation.code == OTHER else None
            if occupation.transport == "ask":
                drives = self.choice("drives", _("Pilih ya atau tidak."))
        self.answer = {
            "occupation": occupation.code if occupation else None,
            "occupation_other": other,
            "drives": drives,
            "workplace": self.take("workplace", names.free(self.value("workplace"), 100), words.FREE),
            "income": self.take("income", told_in_rupiah(read_income(self.value("income"))), words.INCOME),
            "employs_others": self.choice("employs_others", _("Pilih ya atau tidak.")),
            "employer_name": self._optional("employer_name", names.free, 100),
            "pic_name": self._optional("pic_name", names.free, 100),
            "pic_phone": self._contact(case),
        }

    def _other(self) -> str | None:
        if not self.value("occupation_other").strip():
            self.refuse("occupation_other", _("Tulis pekerjaan Anda. Contoh: tukang jahit"))
            return None
        text: str | None = self.take("occupation_other", names.free(self.value("occupation_other"), 60), words.FREE)
        return text

    def _optional(self, name: str, rule: Any, *limits: int) -> Any:
        typed = self.value(name).strip()
        return self.take(name, rule(typed, *limits), words.FREE) if typed else None

    def _contact(self, case: Case) -> str | None:
        if not self.value("pic_phone").strip():
            return None
        value: str | None = self.take("pic_phone", phone.check(self.value("pic_phone")), words.PHONE)
        if value and value == case.answer("data-diri", "phone"):
            self.refuse("pic_phone", _("Nomor ini sama dengan nomor Anda. Tulis nomor orang lain, atau kosongkan."))
        return value


PERIODS = {"day": _("sehari"), "week": _("seminggu"), "month": _("sebulan"), "year": _("setahun")}


def told_in_rupiah(checked: Checked) -> Checked:
    """Findings about an income with their sums written as money, as their words need them."""

    def told(found: Finding) -> Finding:
        sums = {
            name: rupiah(value)
            for name, value in found.params.items()
            if name in ("amount", "perhaps", "daily", "monthly") and value is not None
        }
        return Finding(found.code, {**found.params, **sums, "per": PERIODS.get(found.params.get("per", ""), "")})

    return Checked(checked.value, tuple(map(told, checked.errors)), tuple(map(told, checked.warnings)))


class Work(Page):
    """Occupation, place, income, and who gives the work."""

    slug, title, form = "pekerjaan", _("Pekerjaan Anda"), WorkForm
    heading = _("Pekerjaan")
    template = "registration/steps/work.html"
    button = _("Simpan dan lanjut")
    sheet, ages = "kerja", True
    columns = ("occupation", "workplace", "income")

    def summary(self, case: Case) -> list[tuple[Any, Any]]:
        job = case.given[self.slug]
        occupation = case.services.occupations.find(job["occupation"])
        return [
            (_("Pekerjaan"), job["occupation_other"] or (occupation.label if occupation else "")),
            (_("Tempat bekerja"), job["workplace"]),
            (_("Penghasilan sebulan"), rupiah(job["income"])),
            (_("Mempekerjakan orang lain"), _("Ya") if job["employs_others"] == "yes" else _("Tidak")),
            (_("Pemberi kerja atau kelompok"), job["employer_name"]),
            (_("Orang yang bisa dihubungi"), job["pic_name"]),
            (_("Nomor HP orang itu"), job["pic_phone"] and phone.shown(job["pic_phone"])),
        ]

    def kept(self, case: Case) -> dict[str, Any]:
        return {"job": {name: value for name, value in case.given[self.slug].items() if name != "warned"}}

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in answer.items() if value is not None}
        if "income" in shown:
            shown["income"] = rupiah(shown["income"])
        if "pic_phone" in shown:
            shown["pic_phone"] = phone.shown(shown["pic_phone"])
        return shown

"""The two questions for whoever comes back: the continue code, then the code that goes to the phone."""

from flask_babel import lazy_gettext as _
from wtforms.fields import StringField

from bpu.forms import words
from bpu.rules.identity import phone
from bpu.steps.case import Case
from bpu.steps.forms import StepForm
from bpu.steps.phone import CodeForm, code_typed


class ResumeForm(StepForm):
    resume = StringField(
        _("Kode lanjut"),
        description=_("8 huruf dan angka. Contoh: 7KQ4-2MXA"),
        render_kw={
            "class": "w16 big",
            "maxlength": 16,
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "required": True,
        },
    )

    def judge(self, case: Case) -> None:
        if not self.value("resume").strip():
            self.refuse("resume", _("Kode lanjut belum diisi."))
        self.answer = {"resume": self.value("resume")}


class LostForm(StepForm):
    phone = StringField(
        _("Nomor HP"),
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
        self.answer = {"phone": self.take("phone", phone.check(self.value("phone")), words.PHONE)}


class ResumeCodeForm(CodeForm):
    def judge(self, case: Case) -> None:
        self.answer = {"code": code_typed(self)}

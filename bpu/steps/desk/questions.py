"""The forms of the assistant's desk: the few questions that only a desk has, its door, and several forms as one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.fields import BooleanField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice

from bpu import clock
from bpu.forms import words
from bpu.rules.identity import phone
from bpu.rules.identity.characters import ascii_digits, without_invisible
from bpu.rules.money.rupiah import rupiah
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm
from bpu.steps.phone import CodeForm, code_typed

WHOLE = re.compile(r"[0-9]{0,9}|[0-9]{1,3}(\.[0-9]{3}){1,2}")
OFF = ("", "no", "0", "false")


class PresentForm(StepForm):
    present = BooleanField(_("Orangnya hadir dan menjawab boleh"), false_values=OFF)

    def judge(self, case: Case) -> None:
        if not self.present.data:
            self.refuse("present", _("Centang ini setelah orangnya menjawab boleh."))
        self.answer = {"at": clock.now().isoformat(), "channel": case.channel}


class Present(Page):
    """The person is here, was asked aloud, and said yes."""

    slug, title, form = "hadir", _("Minta izin dulu"), PresentForm

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {}


class FeeForm(StepForm):
    fee = StringField(
        _("Biaya jasa Anda"),
        description=_("Tulis 0 kalau gratis. Biaya ini tercetak di slip, tidak masuk iuran."),
        render_kw={"class": "w16", "inputmode": "numeric", "maxlength": 20},
    )
    most = 0

    def judge(self, case: Case) -> None:
        typed = self.value("fee").strip()
        plain = "".join(ascii_digits(without_invisible(typed)).lower().removeprefix("rp").split())
        if not WHOLE.fullmatch(plain):
            self.refuse("fee", _("Tulis biaya jasa dengan angka. Contoh: 5.000"))
            return
        amount = int(plain.replace(".", "") or "0")
        if amount > self.most:
            self.refuse("fee", _("Biaya jasa paling tinggi %(max)s.", max=rupiah(self.most)))
        self.answer = {"fee": amount}


class Fee(Page):
    """What the assistant asks for the help; recorded and printed, never part of a bill."""

    slug, title, form = "jasa", _("Biaya jasa"), FeeForm

    def __init__(self, usual: int, most: int) -> None:
        self.usual, self.most = usual, most

    def ask(self, case: Case, sent: MultiDict[str, str] | None = None) -> StepForm:
        known = {"fee": self.usual, **case.given.get(self.slug, {}), **case.typed.get(self.slug, {})}
        form = FeeForm(sent, case=case, data={"fee": str(known["fee"])})
        form.most = self.most
        return form


class Filled:
    """The forms of one page as one form: what the macros draw and the summary lists."""

    def __init__(self, forms: list[tuple[Page, StepForm]]) -> None:
        self.forms = forms
        self.fields = {name: form for _page, form in forms for name in form._fields}
        for form in (one for _page, one in forms):
            for field in form:
                # A shared computer must not offer to one person what it learned from another.
                field.render_kw = {**(field.render_kw or {}), "autocomplete": "off"}

    def __getitem__(self, name: str) -> Field:
        return self.fields[name][name]

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def form(self, slug: str) -> StepForm:
        """The form of one step."""
        return next(form for page, form in self.forms if page.slug == slug)

    def _merged(self, name: str) -> dict[str, Any]:
        return {key: value for _page, form in self.forms for key, value in getattr(form, name).items()}

    @property
    def errors(self) -> dict[str, list[Any]]:
        return self._merged("errors")

    @property
    def warnings(self) -> dict[str, list[Any]]:
        return self._merged("warnings")

    @property
    def confirms(self) -> dict[str, str]:
        return self._merged("confirms")

    @property
    def page_error(self) -> Any:
        return next((form.page_error for _page, form in self.forms if form.page_error), None)

    def told(self) -> Iterator[str]:
        """The names of all fields that something can be said at, in the order of the page."""
        return iter(self.fields)


class SignInForm(StepForm):
    phone = StringField(
        _("Nomor HP pendamping"),
        render_kw={"class": "w16 big", "type": "tel", "inputmode": "tel", "maxlength": 24, "autocomplete": "off"},
    )

    def judge(self, case: Case) -> None:
        checked = phone.check(self.value("phone"))
        for finding in checked.errors:
            self.refuse("phone", words.PHONE[finding.code] % finding.params)
        self.answer = {"phone": checked.value}


PIN_FIELD = {"class": "w6 big", "type": "password", "inputmode": "numeric", "maxlength": 12, "autocomplete": "off"}


class PinForm(StepForm):
    secret: tuple[str, ...] = ("pin",)
    pin = StringField(_("PIN pendamping"), render_kw=PIN_FIELD)

    def judge(self, case: Case) -> None:
        typed = "".join(ascii_digits(without_invisible(self.value("pin"))).split())
        if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
            self.refuse("pin", _("PIN terdiri dari 6 angka."))
        self.answer = {"pin": typed}


class EnterForm(CodeForm):
    secret = ("code", "pin")  # type: ignore[assignment]
    pin = StringField(_("PIN pendamping"), render_kw=PIN_FIELD)
    remember = BooleanField(_("Ingat komputer ini sampai besok (cukup PIN)"), false_values=OFF)

    def judge(self, case: Case) -> None:
        self.answer = {"code": code_typed(self), "pin": self.value("pin").strip(), "remember": self.remember.data}


class PaperForm(StepForm):
    paper = RadioField(
        _("Kertas slip"),
        choices=[SelectChoice("thermal", _("Struk 58 mm")), SelectChoice("a4", _("Kertas A4"))],
        validate_choice=False,
    )

    def judge(self, case: Case) -> None:
        self.answer = {"paper": self.choice("paper", _("Pilih satu."))}


class NewPinForm(PinForm):
    secret: tuple[str, ...] = ("pin", "new_pin")
    new_pin = StringField(_("PIN baru"), render_kw=PIN_FIELD)

    def judge(self, case: Case) -> None:
        super().judge(case)
        typed = self.value("new_pin").strip()
        if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
            self.refuse("new_pin", _("PIN terdiri dari 6 angka."))
        self.answer |= {"new_pin": typed}

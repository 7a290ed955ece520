"""The assistant's pages: the same steps as everybody's, several to a page, and the few questions that only a desk has.

A `Sheet` shows the forms of its steps together and judges each against the same case, so that no rule and no word
of the registration is written twice. What is refused stays in the draft with its reasons; the next page view shows it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.fields import BooleanField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice

from bpu import clock
from bpu.rules import phone
from bpu.rules.characters import ascii_digits, without_invisible
from bpu.rules.money import rupiah
from bpu.steps import JOURNEY, words
from bpu.steps.case import Case
from bpu.steps.contact import CodeForm, code_typed
from bpu.steps.forms import Page, Refused, StepForm

STEP = {page.slug: page for page in JOURNEY}
SAID = "!"  # where a refusal that cannot be found by judging again rests among what was typed
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


@dataclass(frozen=True)
class Sheet:
    """Several steps on one page. `together` means that a step is only acted on when all before it passed."""

    slug: str
    title: Any
    steps: tuple[Page, ...]
    button: Any
    together: bool = False

    def asked(self, case: Case) -> list[Page]:
        """The steps of this page that are still questions."""
        return [page for page in self.steps if not (page.slug == "kode" and _proven(case))]

    def done(self, case: Case) -> bool:
        """Whether all of them have their answers."""
        return all(page.slug in case.given for page in self.steps)

    def take(self, case: Case, sent: MultiDict[str, str]) -> bool:
        """Judge what was sent, keep each step that passes, hold on to the others; call it in a transaction."""
        passed = True
        for page in self.asked(case):
            if passed or not self.together:
                passed &= _accepted(case, page, _unmasked(case, page, sent))
        return passed

    def shown(self, case: Case, *, whole: bool = False) -> Filled:
        """The page's form. What was typed is judged again; `whole` also says what is still empty."""
        return Filled([(page, _redrawn(case, page, whole)) for page in self.asked(case)])

    def noticed(self, case: Case, sent: MultiDict[str, str], *, keep: bool) -> Filled:
        """What is noticed about what has been typed so far; `keep` holds on to it, in the caller's transaction."""
        forms = []
        for page in self.asked(case):
            form = _ask(case, page, _unmasked(case, page, sent))
            if keep and page.keeps_typed and page.slug not in UNKEPT:
                case.keep_typed(page.slug, form.typed())
            _judge_partly(form)
            forms.append((page, form))
        return Filled(forms)


UNKEPT = ("hadir", "persetujuan", "kode", "periksa")  # what is said each time anew, and secrets


def sheets(usual_fee: int, most_fee: int) -> tuple[Sheet, ...]:
    """The assistant's pages, in order; the fee is whole rupiah."""
    identity, contact = STEP["data-diri"], STEP["alamat"]
    return (
        Sheet(
            "ktp",
            _("Izin, KTP, dan kontak"),
            (Present(), STEP["persetujuan"], identity, contact),
            _("Simpan, kirim kode ke HP"),
        ),
        Sheet(
            "kerja",
            _("Pekerjaan dan perlindungan"),
            (STEP["pekerjaan"], STEP["program"], Fee(usual_fee, most_fee)),
            _("Simpan dan lanjut"),
        ),
        Sheet("periksa", _("Putar layar"), (STEP["kode"], STEP["periksa"]), _("Benar, ini data saya"), together=True),
    )


def current(case: Case, pages: tuple[Sheet, ...]) -> Sheet | None:
    """The first page that is not done; None once the application was sent."""
    if "periksa" in case.given:
        return None
    return next((sheet for sheet in pages if not sheet.done(case)), pages[-1])


def forget_typed_nik(case: Case) -> None:
    """Once the page is left, a number that was never accepted has to be typed from the card again."""
    typed = case.typed.get("data-diri", {})
    if "nik" in typed:
        case.keep_typed("data-diri", {name: value for name, value in typed.items() if name != "nik"})


def masked(number: str) -> str:
    """A NIK outside the form: first and last four digits."""
    return f"{number[:4]} •••• •••• {number[-4:]}"


def _proven(case: Case) -> bool:
    return case.answer("kode", "phone") == case.answer("data-diri", "phone") is not None


def _ask(case: Case, page: Page, sent: MultiDict[str, str] | None = None) -> StepForm:
    """A step's form as the desk has it: places by name, a NIK that was accepted hidden."""
    if page.slug == "alamat":
        return _contact(case, page, sent)
    form = page.ask(case, sent)
    accepted = case.answer("data-diri", "nik")
    if page.slug == "data-diri" and sent is None and accepted and "data-diri" not in case.typed:
        form["nik"].data = masked(accepted)
    return form


def _contact(case: Case, page: Page, sent: MultiDict[str, str] | None) -> StepForm:
    """Address and e-mail, answered in the card's order before anything is known of the NIK."""
    if "data-diri" not in case.given:
        case = replace(case)
        case.given = {**case.draft.answers, "data-diri": {"nik": ""}}
    known = {**page.fill(case.given.get(page.slug, {})), **case.typed.get(page.slug, {})}
    village = case.services.regions.village(known.get("village") or "")
    if village and not known.get("village_name"):
        district = case.services.regions.district(village.code[:6])
        known |= {"village_name": village.name, "district_name": district.name if district else ""}
    form: StepForm = page.form(sent, case=case, data={**known, "region": "other"})
    if sent is None and not known.get("gender"):
        form["gender"].data = None
    return form


def _unmasked(case: Case, page: Page, sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was sent, with the NIK that the page showed hidden put back in its place."""
    accepted = case.answer("data-diri", "nik")
    if page.slug == "data-diri" and accepted and sent.get("nik", "").strip() == masked(accepted):
        sent = MultiDict(sent)
        sent["nik"] = accepted
    return sent


def _accepted(case: Case, page: Page, sent: MultiDict[str, str]) -> bool:
    form = _ask(case, page, sent)
    if form.passes() and not (page.slug == "alamat" and "data-diri" not in case.given):
        try:
            answer = page.save(case, form.answer)
        except Refused as refused:
            form.refuse(refused.field, refused.text)
        else:
            case.keep(page.slug, {**answer, "trusted": True} if page.slug == "data-diri" else answer)
            return True
    said = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    if form.page_error:
        said[""] = [str(form.page_error)]
    typed = form.typed() if page.slug not in UNKEPT else {}
    case.keep_typed(page.slug, {**typed, SAID: said})
    return False


def _redrawn(case: Case, page: Page, whole: bool) -> StepForm:
    typed = {name: value for name, value in case.typed.get(page.slug, {}).items() if name != SAID}
    said = case.typed.get(page.slug, {}).get(SAID, {})
    if typed and page.slug not in UNKEPT:
        form = _ask(case, page, MultiDict(typed))
        _judge_partly(form, whole)
    else:
        form = _ask(case, page)
    if whole:
        for name, texts in said.items():
            if not (form.page_error if name == "" else form.errors.get(name)):
                form.refuse(name, texts[0])
    return form


def _judge_partly(form: StepForm, whole: bool = False) -> None:
    """Judge a form, and unless it is looked at as a `whole` say nothing of fields that are still empty."""
    form.judge(form.case)
    if not whole:
        form.page_error = None
        for name, field in form._fields.items():
            if not field.data:
                field.errors = ()
                form.warnings.pop(name, None)


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

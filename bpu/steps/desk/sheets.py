"""The assistant's pages: the same steps as everybody's, several to a page.

A `Sheet` shows the forms of its steps together and judges each against the same case, so that no rule and no word
of the registration is written twice. What is refused stays in the draft with its reasons; the next page view shows it.
"""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from bpu.steps import JOURNEY
from bpu.steps.case import Case, Page
from bpu.steps.desk.questions import Fee, Filled, Present
from bpu.steps.forms import Refused, StepForm

STEP = {page.slug: page for page in JOURNEY}
SAID = "!"  # where a refusal that cannot be found by judging again rests among what was typed


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
        return [page for page in self.steps if not (page.slug == "kode" and case.proven)]

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
    ktp = (Present(), *asked_on("ktp", first="persetujuan"))
    work = (*asked_on("kerja"), Fee(usual_fee, most_fee))
    return (
        Sheet("ktp", _("Izin, KTP, dan kontak"), ktp, _("Simpan, kirim kode ke HP")),
        Sheet("kerja", _("Pekerjaan dan perlindungan"), work, _("Simpan dan lanjut")),
        Sheet("periksa", _("Putar layar"), asked_on("periksa"), _("Benar, ini data saya"), together=True),
    )


def asked_on(sheet: str, first: str = "") -> tuple[Page, ...]:
    """The steps that say they stand on this page, in the order of the registration but for what has to come first."""
    return tuple(sorted((page for page in JOURNEY if page.sheet == sheet), key=lambda page: page.slug != first))


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

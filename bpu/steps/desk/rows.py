"""Rows of a list judged by the same steps as everybody's answers."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from bpu.models import Draft
from bpu.services.desk.lists import COLUMNS
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm

FLAWS = {
    "digits_lost": _(
        "NIK tertulis %(value)s: angkanya terpotong oleh aplikasi tabel. Ubah kolom NIK menjadi teks, lalu tulis lagi."
    ),
    "formula": _("Isian “%(value)s” dimulai dengan tanda rumus. Hapus tanda di depannya."),
    "too_long": _("Isian ini terlalu panjang."),
    "damaged": _("Ada huruf yang rusak. Simpan lagi file sebagai CSV UTF-8."),
}
YES = {
    "ya": "yes",
    "y": "yes",
    "yes": "yes",
    "1": "yes",
    "tidak": "no",
    "tdk": "no",
    "t": "no",
    "no": "no",
    "0": "no",
    "-": "no",
}
GENDER = {
    **dict.fromkeys(("l", "lk", "pria", "laki-laki", "laki laki", "laki", "male", "m"), "L"),
    **dict.fromkeys(("p", "pr", "wanita", "perempuan", "female", "f"), "P"),
}
TAKEN = tuple(page for page in JOURNEY if page.columns)
# The columns of a list with their headings: those that lists have known for long, and those that steps bring along.
HEADED = {**COLUMNS, **{name: headings for page in TAKEN for name, headings in page.headings.items()}}


class Judged:
    """What became of a row: answers that pass, answers that the person has to confirm, and reasons to refuse it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.typed: dict[str, Any] = {}
        self.reasons: list[str] = []


def judge(case: Case, cells: Mapping[str, str], flaws: Mapping[str, str]) -> Judged:
    """Judge one row on an empty `case`. Warnings do not refuse it: the person is asked about them at the desk."""
    judged = Judged()
    for name, flaw in flaws.items():
        judged.reasons.append(_reason(name, FLAWS[flaw] % {"value": cells.get(name, "")[:40]}))
    sent = fields(case, cells)
    for page in (one for one in TAKEN if one.needed or any(cells.get(name) for name in one.columns)):
        slug = page.slug
        if slug == "alamat" and "data-diri" not in case.given:
            case.given = {**case.given, "data-diri": {"nik": ""}}
        if slug == "program" and "pekerjaan" not in case.given:
            continue
        form = page.form(sent, case=case)
        if form.passes():
            case.given = {**case.given, slug: page.save(case, form.answer) if slug == "alamat" else form.answer}
            judged.answers[slug] = case.given[slug]
        else:
            judged.reasons += [_reason(name, texts[0]) for name, texts in form.errors.items() if name not in flaws]
            judged.typed[slug] = _typed(page, form)
    if "data-diri" in judged.answers:
        judged.answers["data-diri"] |= {"trusted": True}
    return judged


def blank(services: Any) -> Case:
    """A case with nothing in it, to judge a row on."""
    draft: Draft = drafts.blank("row")
    return Case(services, draft, JOURNEY)


def fields(case: Case, cells: Mapping[str, str]) -> MultiDict[str, str]:
    """The cells of a row as the forms' fields."""
    sent: MultiDict[str, str] = MultiDict({name: value for name, value in cells.items() if name in HEADED})
    sent["region"] = "other"
    sent["gender"] = GENDER.get(cells.get("gender", "").lower().strip("."), cells.get("gender", ""))
    sent["employs_others"] = YES.get(cells.get("employs_others", "").lower(), cells.get("employs_others", ""))
    sent["rt"], sent["rw"] = _number(cells.get("rt", "")), _number(cells.get("rw", ""))
    if occupation := cells.get("occupation", ""):
        found = case.services.occupations.find(occupation) or case.services.occupations.match(occupation)
        sent["occupation"] = found.code if found else occupation
    chosen = cells.get("programmes", "").upper().replace(",", " ").replace("+", " ").replace("/", " ").split()
    sent.setlist("programmes", chosen or ["JKK", "JKM"])
    sent["months"] = cells.get("months", "").lower().removesuffix("bulan").removesuffix("bln").strip() or "1"
    return sent


def _number(text: str) -> str:
    return text.removesuffix(".0")


def _typed(page: Page, form: StepForm) -> dict[str, Any]:
    return {name: value for name, value in form.typed().items() if name != "district"} if page.keeps_typed else {}


def _reason(name: str, text: Any) -> str:
    column = (
        HEADED["birth_day" if name.startswith("birth_") else "village_name" if name == "village" else name][0]
        if (name in HEADED or name.startswith("birth_") or name == "village")
        else ""
    )
    return f"{column}: {text}" if column else str(text)

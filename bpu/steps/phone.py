"""The phone, proven: a code is sent to it and typed in, or it sends a number that the page shows to the office."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import StringField

from bpu import clock
from bpu.forms import words
from bpu.journey import Answers
from bpu.rules.identity.characters import ascii_digits, without_invisible
from bpu.services.access.budget import Asker
from bpu.services.access.codes import KNOWN_HERE, Standing, Verdict
from bpu.services.registration.captcha import LIFE as PICTURE_LIFE
from bpu.steps.case import Case, Page
from bpu.steps.facts import Fields, agreed_by, agreed_facts, asked_of, code_facts, proof_of, proven
from bpu.steps.forms import Refused, StepForm
from bpu.steps.who import CaptchaForm


class AskForm(CaptchaForm):
    """A button, and a picture when codes have become scarce."""

    def judge(self, case: Case) -> None:
        human = scarce(case)
        if human:
            super().judge(case)
        self.answer = {"human": human or just_read(case)}


def just_read(case: Case) -> bool:
    """Whether a picture was read a moment ago, and nothing was sent for it yet."""
    read = case.answer("pemeriksaan", "at")
    fresh = read is not None and datetime.fromisoformat(read) > clock.now() - PICTURE_LIFE
    return fresh and case.answer(AskCode.slug, "asked") is None


def scarce(case: Case) -> bool:
    """Whether a code costs whoever fills in this form a picture now."""
    if case.channel != "web":
        return False
    phone, asker = case.answer("data-diri", "phone"), asker_of(case, just_read(case))
    return case.services.codes.state("register", case.draft.uid, phone, code_facts(case.given), asker).picture


def asker_of(case: Case, human: bool = False) -> Asker:
    """Who asks for a code here; `human` says that a picture was just read."""
    return Asker(case.address, human=human) if case.channel == "web" else KNOWN_HERE


class AskCode(Page):
    """A button that sends a code to the phone."""

    slug, title, form = "minta-kode", _("Kirim kode ke HP Anda"), AskForm
    template = "registration/steps/ask_code.html"
    button = _("Kirim kode lewat SMS")
    proves = True

    def rests_on(self, answers: Answers) -> Fields:
        return asked_of(answers)

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        phone, codes, sent_for = case.answer("data-diri", "phone"), case.services.codes, code_facts(case.given)
        asker = asker_of(case, answer["human"])
        sent = codes.send("register", case.draft.uid, phone, facts=sent_for, assistant=case.place, asker=asker)
        return self.asked(case, sent)

    def context(self, case: Case) -> dict[str, Any]:
        return {"challenge": case.services.captchas.ask(case.draft.uid) if scarce(case) else None}

    @classmethod
    def asked(cls, case: Case, asked: Standing) -> dict[str, Any]:
        """What is kept of a code that went out, or still holds; raises `Refused` where neither is so.

        Where phones can write to the office, nobody is held up here: the next page says how.
        """
        open_to_all = case.channel == "web" and bool(case.services.settings.written_to)
        if open_to_all:
            return {"asked": case.answer(cls.slug, "asked") or clock.now().isoformat()}
        if asked.limited and asked.expires is None:
            raise Refused("", _("Sudah terlalu banyak kode dikirim ke nomor ini. Coba lagi besok, atau ganti nomor."))
        if not asked.sent and asked.expires is None:
            again = asked.next_at.astimezone(clock.WIB)
            raise Refused("", _("Kode baru bisa dikirim pukul %(time)s WIB.") % {"time": f"{again:%H.%M.%S}"})
        return {"asked": case.answer(cls.slug, "asked") or clock.now().isoformat()}


class CodeForm(StepForm):
    secret = ("code",)
    code = StringField(
        _("Kode 6 angka"),
        render_kw={
            "class": "w6 big",
            "inputmode": "numeric",
            "maxlength": 12,
            "autocomplete": "one-time-code",
            "required": True,
        },
    )

    def judge(self, case: Case) -> None:
        self.answer = {"code": None if self.sent.get("written") else code_typed(self)}


def code_typed(form: StepForm) -> str | None:
    """The six digits in the field `code`, however they were grouped; refused at the field otherwise."""
    typed = "".join(ascii_digits(without_invisible(form.value("code"))).replace("-", " ").split())
    if not typed:
        form.refuse("code", _("Kode belum diisi. Lihat SMS di HP Anda."))
    elif not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        form.refuse("code", _("Kode terdiri dari 6 angka."))
    else:
        return typed
    return None


class EnterCode(Page):
    """The phone answers: whoever fills this in can read messages sent to it."""

    slug, title, form = "kode", _("Ketik kode dari SMS"), CodeForm
    template = "registration/steps/code.html"
    button = _("Periksa kode")
    sheet = "periksa"
    rotates = True
    keeps_typed = False
    proves = True

    def rests_on(self, answers: Answers) -> Fields:
        return agreed_by(answers)

    def done(self, answers: Answers) -> bool:
        return proven(answers)

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        phone = case.answer("data-diri", "phone")
        if case.proven:
            return case.given[self.slug]  # a double tap, or the same page sent again: the phone is proven already
        if (came := self.came(case)) is not None:
            return came
        if answer["code"] is None:
            raise Refused("", _("Pesan dari HP Anda belum sampai. Tunggu sebentar, lalu tekan lagi."))
        checked = case.services.codes.check(
            "register", case.draft.uid, phone, answer["code"], facts=code_facts(case.given)
        )
        if checked.verdict is not Verdict.RIGHT:
            raise Refused("code", words.OTP[checked.verdict.value] % {"left": checked.left})
        return self.word(case)

    @staticmethod
    def word(case: Case, **by: str) -> dict[str, Any]:
        """What is kept when the owner of the phone has answered, `by` whatever way, for what is filled in now."""
        phone = case.answer("data-diri", "phone")
        return {"phone": phone, "at": clock.now().isoformat(), "facts": proof_of(case.given), **by}

    def came(self, case: Case) -> dict[str, Any] | None:
        """The answer, if the phone has sent the number that this page shows."""
        phone = case.answer("data-diri", "phone")
        if not case.services.written.proven("register", case.draft.uid, phone, agreed_facts(case.given)):
            return None
        return self.word(case, by="sms")

    def context(self, case: Case) -> dict[str, Any]:
        phone, given = case.answer("data-diri", "phone"), case.given
        asked = case.services.codes.state("register", case.draft.uid, phone, code_facts(given), asker_of(case))
        return {
            "asked": asked,
            "write": case.services.written.invite("register", case.draft.uid, phone, agreed_facts(given)),
        }

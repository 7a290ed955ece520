"""How to reach the person: address and e-mail."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.fields import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from bpu.forms import words
from bpu.rules import Checked, Finding, refused
from bpu.rules.identity import email, names, nik
from bpu.rules.identity.characters import ascii_digits, without_invisible
from bpu.rules.places import spelling
from bpu.rules.places.regions import Place, Regions
from bpu.steps.case import Case, Page
from bpu.steps.forms import StepForm


class ContactForm(StepForm):
    gender = RadioField(
        _("Jenis kelamin"),
        choices=[SelectChoice("P", _("Perempuan")), SelectChoice("L", _("Laki-laki"))],
        validate_choice=False,
    )
    email = StringField(
        _("Alamat email"),
        description=_("Petunjuk bayar dikirim ke sini. Boleh memakai email keluarga."),
        render_kw={
            "type": "email",
            "maxlength": 254,
            "autocomplete": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )
    email_use = RadioField(_("Email yang dipakai"), choices=[], validate_choice=False)
    address = StringField(
        _("Jalan, gang, atau dusun"),
        description=_("Seperti di KTP. Sertakan nomor rumah kalau ada."),
        render_kw={"maxlength": 200, "autocomplete": "street-address", "required": True},
    )
    rt = StringField(_("RT"), render_kw={"class": "w2", "inputmode": "numeric", "maxlength": 4})
    rw = StringField(_("RW"), render_kw={"class": "w2", "inputmode": "numeric", "maxlength": 4})
    region = RadioField(
        _("Kecamatan di KTP"),
        choices=[SelectChoice("nik", ""), SelectChoice("other", _("Bukan, kecamatan lain"))],
        validate_choice=False,
    )
    village = SelectField(_("Kelurahan atau desa"), choices=[], validate_choice=False)
    district = StringField(_("Kode kecamatan"))
    district_name = StringField(_("Kecamatan"), render_kw={"maxlength": 60})
    village_name = StringField(_("Kelurahan atau desa"), render_kw={"maxlength": 60})
    postal_code = StringField(
        _("Kode pos (boleh dikosongkan)"),
        render_kw={"class": "w4", "inputmode": "numeric", "maxlength": 8, "autocomplete": "postal-code"},
    )

    def arrange(self, case: Case) -> None:
        self.proposed: Place | None = case.services.regions.district_of_nik(case.answer("data-diri", "nik", ""))
        self.candidates: list[Place] = []
        if self.proposed:
            villages = case.services.regions.villages(self.proposed.code)
            self.village.choices = [
                SelectChoice("", _("Pilih")),
                *(SelectChoice(place.code, place.name) for place in villages),
            ]
        if not self.sent and not self.gender.data:
            self.gender.data = nik.gender(case.answer("data-diri", "nik", ""))
        if not self.sent and self.proposed and not self.region.data:
            self.region.data = "nik"

    def judge(self, case: Case) -> None:
        gender = self.choice("gender", _("Pilih perempuan atau laki-laki, sesuai KTP."))
        if gender:
            differs = nik.gender(case.answer("data-diri", "nik")) not in (gender, None)
            odd = (Finding("gender_differs"),) if differs else ()
            self.take("gender", Checked(gender, warnings=odd), words.NIK, beside=case.answer("data-diri", "nik"))
        village = self._village(case)
        self.answer = {
            "gender": gender,
            "email": self._email(case),
            "address": self.take("address", names.address(self.value("address")), words.ADDRESS),
            "rt": self._digits("rt", 3, _("RT dan RW diisi angka. Tidak ada? Kosongkan.")),
            "rw": self._digits("rw", 3, _("RT dan RW diisi angka. Tidak ada? Kosongkan.")),
            "village": village.code if village else None,
            "postal_code": self._digits("postal_code", 5, _("Kode pos terdiri dari 5 angka."), exactly=True)
            or (village.postal if village else None),
        }

    def _email(self, case: Case) -> str | None:
        if not self.value("email").strip() and not case.services.settings.email_required:
            return None
        checked = email.check(self.value("email"))
        meant = next((found.params.get("suggestion") for found in checked.warnings if found.code == "suggest"), None)
        if meant and self.value("email_use") == meant:
            self.email.data = meant
            checked = email.check(meant)
        value = self.take("email", _told(checked), words.EMAIL)
        if meant and "email" in self.warnings:
            use = _("Ya, pakai %(email)s", email=meant)
            self.email_use.choices = [
                SelectChoice(meant, use),
                SelectChoice("mine", _("Tidak, email saya sudah benar")),
            ]
        text: str | None = value
        return text

    def _digits(self, name: str, longest: int, text: Any, *, exactly: bool = False) -> str | None:
        typed = "".join(ascii_digits(without_invisible(self.value(name))).split())
        if not typed:
            return None
        fits = typed.isascii() and typed.isdigit() and (len(typed) == longest if exactly else len(typed) <= longest)
        if not fits or (exactly and typed.startswith("0")):
            self.refuse(name, text)
            return None
        return typed

    def _village(self, case: Case) -> Place | None:
        """The village meant: picked from the proposed district, picked from candidates, or found by typed names."""
        regions, code = case.services.regions, self.value("village")
        typed = self.value("district_name").strip(), self.value("village_name").strip()
        known = regions.village(code)
        if self.value("region") == "nik" and self.proposed:
            if known is None or not code.startswith(self.proposed.code):
                self.refuse("village", _("Kelurahan atau desa belum dipilih."))
                return None
            return known
        if self.value("region") not in ("nik", "other"):
            self.refuse("region", _("Pilih satu: kecamatan ini, atau kecamatan lain."))
            return None
        if not any(typed):
            if known and not (self.proposed and code.startswith(self.proposed.code)):
                return known
            self.refuse("district_name", _("Tulis nama kecamatan dan kelurahan seperti di KTP."))
            return None
        if not all(typed):
            empty = "village_name" if typed[0] else "district_name"
            self.refuse(empty, _("Kecamatan dan kelurahan diisi keduanya."))
            return None
        found = regions.match(*typed, near=case.answer("data-diri", "nik", "")[:4])
        picked = next((place for place in found if place.code == code), None)
        if picked or (len(found) == 1 and _named(regions, found[0], *typed)):
            return picked or found[0]
        if found:
            self.candidates = found
            self.refuse("village", _("Pilih alamat Anda dari daftar ini."))
        else:
            self.refuse("village_name", _("Alamat ini tidak ditemukan. Periksa ejaan kecamatan dan kelurahan."))
        return None


def _named(regions: Regions, village: Place, district_name: str, village_name: str) -> bool:
    """Whether typed names are exactly those of a village and its district, so that nothing has to be asked."""
    district = regions.district(village.code[:6])
    pairs = ((district, district_name), (village, village_name))
    return all(place and spelling.key(place.name) in spelling.spellings(typed) for place, typed in pairs)


def _told(checked: Checked) -> Checked:
    """Findings about an address as its words name them: a ready suggestion, or none."""
    if any(found.code in ("syntax", "no_at_sign") for found in checked.errors):
        meant = checked.errors[0].params.get("suggestion")
        code = "syntax" if not meant else "no_at_sign" if checked.errors[0].code == "no_at_sign" else "incomplete"
        return refused(code, suggestion=meant)
    return checked


class Contact(Page):
    """Sex, e-mail and the address on the card; what the NIK says is proposed, never imposed."""

    slug, title, form = "alamat", _("Alamat dan kontak"), ContactForm
    template = "registration/steps/contact.html"
    button = _("Simpan dan lanjut")
    depends_on = {"data-diri": ["nik"]}
    sheet, needed = "ktp", True
    columns = ("gender", "email", "address", "rt", "rw", "village_name", "district_name", "postal_code")

    def summary(self, case: Case) -> list[tuple[Any, Any]]:
        answer = case.given[self.slug]
        rt, rw = answer["rt"], answer["rw"]
        return [
            (_("Jenis kelamin"), _("Perempuan") if answer["gender"] == "P" else _("Laki-laki")),
            (_("Email"), answer["email"]),
            (_("Alamat"), answer["address"]),
            (_("RT/RW"), f"{rt or '-'}/{rw or '-'}" if rt or rw else ""),
            (_("Wilayah"), case.services.regions.path(answer["village"])),
            (_("Kode pos"), answer["postal_code"]),
        ]

    def kept(self, case: Case) -> dict[str, Any]:
        answer = case.given[self.slug]
        where = {name: answer[name] for name in ("address", "rt", "rw", "village", "postal_code")}
        zone = case.services.regions.timezone(answer["village"])
        return {"gender": answer["gender"], "email": answer["email"], "address": where, "zone": zone}

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {**answer, "region": answer["region"]} if answer else {}

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        district = case.services.regions.district_of_nik(case.answer("data-diri", "nik"))
        own = bool(district and answer["village"].startswith(district.code))
        if own:
            return {**answer, "region": "nik"}
        regions = case.services.regions
        village, parent = regions.village(answer["village"]), regions.district(answer["village"][:6])
        names_of = {"district_name": parent and parent.name, "village_name": village and village.name}
        return {**answer, "region": "other", **names_of}

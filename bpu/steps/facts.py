"""The facts that somebody's word rests on: whom a code or a link was sent to, for whom, and what they were told."""

from collections.abc import Mapping, Sequence
from typing import Any

from bpu.journey import Answers
from bpu.services.access.proof import bound, holds

Fields = Mapping[str, Sequence[str]]  # names of fields, by the slug of their step

OWN: Fields = {"data-diri": ("phone", "nik")}  # whoever fills in the form oneself may still mend a letter of the name
HELPED: Fields = {
    "hadir": ("channel",),
    "data-diri": ("phone", "nik", "name", "birth_date"),
    "persetujuan": ("terms", "privacy"),
}
AGREED: Fields = {**HELPED, "jasa": ("fee",)}  # the fee is asked after the code has left, and read before it is typed
SENT = ("data-diri", "persetujuan", "alamat", "pekerjaan", "program", "jasa")


def asked_of(answers: Answers) -> Fields:
    """What a code that is sent now rests on."""
    return HELPED if "hadir" in answers else OWN


def agreed_by(answers: Answers) -> Fields:
    """What the word of a phone's owner rests on."""
    return AGREED if "hadir" in answers else OWN


def facts(answers: Answers, fields: Fields) -> dict[str, Any]:
    """The facts as they are now."""
    return {f"{slug}.{name}": answers.get(slug, {}).get(name) for slug, names in fields.items() for name in names}


def code_facts(answers: Answers) -> dict[str, Any]:
    """The facts that a code which is sent now is good for."""
    return facts(answers, asked_of(answers))


def agreed_facts(answers: Answers) -> dict[str, Any]:
    """The facts that the owner of the phone says yes to."""
    return facts(answers, agreed_by(answers))


def proof_of(answers: Answers) -> str:
    """What is kept with the answer of a phone's owner, given now."""
    return bound(agreed_facts(answers)).hex()


def proven(answers: Answers) -> bool:
    """Whether the phone in these answers has answered, for this person and under these conditions."""
    phone, kept = answers.get("data-diri", {}).get("phone"), answers.get("kode", {})
    if phone is None or kept.get("phone") != phone or not isinstance(kept.get("facts"), str):
        return False
    return holds(bytes.fromhex(kept["facts"]), agreed_facts(answers))


def shown(answers: Answers, total: int, declaration: str) -> str:
    """A mark of everything that a person reads before saying that it is right, with the sum (whole rupiah)."""
    read = {slug: {**answers.get(slug, {}), "warned": None} for slug in SENT}
    return bound({"read": read, "total": total, "declaration": declaration}).hex()[-16:]

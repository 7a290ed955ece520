"""What becomes of a code that is asked for at the desk: kept with the case, or the reason told at the field."""

from flask_babel import lazy_gettext as _

from bpu.models import Assistant, Helped
from bpu.services.desk.codes import PEOPLE_PER_PHONE, Stop, crowded
from bpu.steps.case import Case
from bpu.steps.desk.sheets import SAID, STEP
from bpu.steps.facts import agreed_facts, code_facts
from bpu.steps.forms import Refused
from bpu.steps.phone import AskCode

TOLD = {
    Stop.CROWDED: _("Nomor ini sudah dipakai %(n)s orang. Pakai nomor lain, atau minta orangnya datang ke kantor."),
    Stop.USED_UP: _(
        "Terlalu banyak kode yang belum dipakai dalam satu jam. Tunggu dulu, atau minta orangnya datang ke kantor."
    ),
}


def told(stop: Stop) -> str:
    """The words for it."""
    return str(TOLD[stop] % {"n": PEOPLE_PER_PHONE})


def send_code(case: Case, one: Helped, assistant: Assistant, who: str) -> bool:
    """Send the code as soon as the phone is known, so that it travels while the assistant types on.

    Too many people with one phone stop here, at the page where the phone stands. Call it in a transaction.
    """
    phone = case.answer("data-diri", "phone")
    if "minta-kode" in case.given or case.proven:
        return True
    if crowded(one, phone, who):
        typed = STEP["data-diri"].fill(case.given["data-diri"])
        case.given = {slug: answer for slug, answer in case.given.items() if slug != "data-diri"}
        case.keep_typed("data-diri", {**typed, SAID: {"phone": [told(Stop.CROWDED)]}})
        return False
    ask(case, one, assistant, who)
    return True


def ask(case: Case, one: Helped, assistant: Assistant, who: str, *, by_link: bool = False) -> None:
    """Have a code or a link sent; what stands in the way is told on the next page. Call it in a transaction."""
    phone = case.answer("data-diri", "phone")
    sent_for = agreed_facts(case.given) if by_link else code_facts(case.given)
    standing = case.services.desk_codes.send(one, phone, assistant, who, facts=sent_for, by_link=by_link)
    if isinstance(standing, Stop):
        case.keep_typed("kode", {SAID: {"code": [told(standing)]}})
    elif not by_link:
        try:
            case.keep(AskCode.slug, AskCode.asked(case, standing))
        except Refused as refused:
            case.keep_typed("kode", {SAID: {"code": [str(refused.text)]}})

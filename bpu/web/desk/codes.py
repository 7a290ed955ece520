"""Codes and links for a person at the desk: when they leave, and what stops them."""

from flask_babel import lazy_gettext as _

from bpu.models import Helped
from bpu.services.audit import record
from bpu.services.desk import helping
from bpu.services.desk.helping import PEOPLE_PER_PHONE
from bpu.steps.case import Case
from bpu.steps.desk.sheets import SAID, STEP
from bpu.steps.forms import Refused
from bpu.web import services
from bpu.web.desk.door import me, who

CROWDED = _("Nomor ini sudah dipakai %(n)s orang. Pakai nomor lain, atau minta orangnya datang ke kantor.")
USED_UP = _("Terlalu banyak kode yang belum dipakai dalam satu jam. Tunggu dulu, atau minta orangnya datang ke kantor.")


def send_code(one: Helped, case: Case) -> bool:
    """Send the code as soon as the phone is known, so that it travels while the assistant types on.

    Too many people with one phone, or too many codes of one assistant, stop here; both are on record.
    """
    phone = case.answer("data-diri", "phone")
    if "minta-kode" in case.given or case.answer("kode", "phone") == phone:
        return True
    if crowded(one, phone):
        typed = STEP["data-diri"].fill(case.given["data-diri"])
        case.given = {slug: answer for slug, answer in case.given.items() if slug != "data-diri"}
        case.keep_typed("data-diri", {**typed, SAID: {"phone": [str(CROWDED % {"n": PEOPLE_PER_PHONE})]}})
        return False
    ask(one, case)
    return True


def crowded(one: Helped, phone: str) -> bool:
    """Whether so many people have this phone already that the office should look."""
    crowd = helping.people_with(phone, one.uid) >= PEOPLE_PER_PHONE
    if crowd:
        record(who(), "desk.phone_used_up", one.uid, "phone")
    return crowd


def ask(one: Helped, case: Case, *, by_link: bool = False) -> None:
    """Have a code or a link sent, within the assistant's own limit; what stands in the way is told on the next page."""
    phone, stop = case.answer("data-diri", "phone"), None
    if not helping.may_send_code(me()):
        record(who(), "desk.codes_used_up", one.uid)
        stop = str(USED_UP)
    elif crowded(one, phone):
        stop = str(CROWDED % {"n": PEOPLE_PER_PHONE})
    if stop:
        case.keep_typed("kode", {SAID: {"code": [stop]}})
        return
    before = services().codes.state("register", one.uid, phone)
    if by_link:
        services().approvals.send(one, phone, me())
    else:
        try:
            case.keep("minta-kode", STEP["minta-kode"].save(case, {}))
        except Refused as refused:
            record(who(), "desk.phone_codes_used_up", one.uid, "phone")
            case.keep_typed("kode", {SAID: {"code": [str(refused.text)]}})
            return
    if before.sent:
        helping.code_sent(me())
        record(who(), "desk.link" if by_link else "desk.code", one.uid)

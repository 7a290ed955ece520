"""Typing for a person at the desk: every page of theirs has their name in its address and nothing in any session."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Helped, Registration, Status, writing
from bpu.rules.names import short
from bpu.services import queue, slips
from bpu.services.assistants import record
from bpu.services.queue import PEOPLE_PER_PHONE
from bpu.steps.case import Case
from bpu.steps.desk import SAID, STEP, Filled, Sheet, current, masked, sheets
from bpu.steps.forms import Refused
from bpu.web import door, services
from bpu.web.desk import shop, text
from bpu.web.door import desk_page, me, who

bp = door.install(Blueprint("deskforms", __name__, url_prefix="/asisten/orang"))
TO = ("slip", "bayar")


def pages() -> tuple[Sheet, ...]:
    """The desk's pages with this assistant's fee."""
    return sheets(me().fee, me().fee_most)


def opened(uid: str) -> tuple[Helped, Case] | None:
    """A person who may be shown, with the case; None for everybody else."""
    one = door.helped(uid)
    case = door.case_of(one) if one and queue.is_open(one) else None
    return (one, case) if one and case else None


def reached(case: Case, slug: str) -> Sheet | None:
    """The page of this name, if this person is there or was there before, and nothing was sent yet."""
    every = pages()
    now = current(case, every)
    return next((page for page in every[: every.index(now) + 1] if page.slug == slug), None) if now else None


def onward(case: Case, *, whole: bool = False) -> Response:
    """Where this person goes on."""
    here = current(case, pages())
    if here is None:
        return redirect(url_for(".pay", uid=case.draft.uid), 303)
    return redirect(url_for(".sheet", uid=case.draft.uid, slug=here.slug, cek=1 if whole else None), 303)


@bp.post("/<uid>/buka")
def reopen(uid: str) -> Response:
    """Open a person from the queue; until then none of their pages shows anything."""
    one = door.helped(uid)
    if one is None or gone(one):
        return door.nobody()
    with writing():
        queue.open_again(one)
        record(who(), "desk.open", uid)
    case = door.case_of(one)
    if case is None:
        return door.nobody()
    if request.form.get("to") in TO and case.registration:
        return redirect(url_for(f".{'slip' if request.form['to'] == 'slip' else 'pay'}", uid=uid), 303)
    here = current(case, pages())
    return onward(case, whole=here is not None and any(SAID in case.typed.get(step.slug, {}) for step in here.steps))


def gone(one: Helped) -> bool:
    """Whether this person was finished more than a day ago."""
    person = Registration.get_or_none(Registration.draft == one.uid)
    if person is None or person.status not in (Status.PAID, Status.ACTIVE):
        return False
    return bool(max(one.touched, person.paid) < clock.now() - queue.FINISHED)


@bp.get("/<uid>/<any(ktp,kerja,periksa):slug>")
def sheet(uid: str, slug: str) -> Response:
    """One of the pages to type in."""
    found = opened(uid)
    if found is None:
        return door.nobody()
    one, case = found
    here = reached(case, slug)
    if here is None:
        return onward(case)
    return show(one, case, here, here.shown(case, whole=request.args.get("cek") == "1"))


@bp.post("/<uid>/<any(ktp,kerja,periksa):slug>")
def take(uid: str, slug: str) -> Response:
    """Keep what passes, hold on to the rest; the answer is always an address."""
    with writing():
        found = opened(uid)
        if found is None:
            return door.nobody()
        one, case = found
        here = reached(case, slug)
        passed = True if here is None else taken(one, case, here)
    return onward(case) if passed else redirect(url_for(".sheet", uid=uid, slug=slug, cek=1), 303)


def taken(one: Helped, case: Case, here: Sheet) -> bool:
    """Whether everything on a page was accepted; what follows from it is done; call it in a transaction."""
    proven = "kode" in case.given
    passed = here.take(case, request.form)
    queue.touch(one)
    record(who(), f"desk.{here.slug}", one.uid, "passed" if passed else ",".join(_names(here, case)))
    if "kode" in case.given and not proven:
        queue.code_confirmed(me())
    if passed and here.slug == "ktp":
        passed = send_code(one, case)
    if case.registration and one.sent is None:
        sent(one, case)
    return passed


def _names(here: Sheet, case: Case) -> list[str]:
    """The fields that were refused, by name."""
    return sorted({name for page in here.steps for name in case.typed.get(page.slug, {}).get(SAID, {}) if name})


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


CROWDED = _("Nomor ini sudah dipakai %(n)s orang. Pakai nomor lain, atau minta orangnya datang ke kantor.")
USED_UP = _("Terlalu banyak kode yang belum dipakai dalam satu jam. Tunggu dulu, atau minta orangnya datang ke kantor.")


def crowded(one: Helped, phone: str) -> bool:
    """Whether so many people have this phone already that the office should look."""
    crowd = queue.people_with(phone, one.uid) >= PEOPLE_PER_PHONE
    if crowd:
        record(who(), "desk.phone_used_up", one.uid, "phone")
    return crowd


def ask(one: Helped, case: Case, *, by_link: bool = False) -> None:
    """Have a code or a link sent, within the assistant's own limit; what stands in the way is told on the next page."""
    phone, stop = case.answer("data-diri", "phone"), None
    if not queue.may_send_code(me()):
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
        queue.code_sent(me())
        record(who(), "desk.link" if by_link else "desk.code", one.uid)


def sent(one: Helped, case: Case) -> None:
    """The application is in: the worker is told who helped, for how much, and how to take over."""
    one.sent, one.fee = clock.now(), case.answer("jasa", "fee", 0)
    one.save()
    bill = services().submissions.latest(case.sent)
    services().messages.helped(case.sent, bill, me().shop)
    record(who(), "desk.sent", one.uid)


@bp.post("/<uid>/<any(ktp,kerja,periksa):slug>/cek")
def check(uid: str, slug: str) -> Response:
    """Hold on to what was typed so far, and say beside the fields what is noticed; the focus stays where it is."""
    with writing():
        found = opened(uid)
        here = reached(found[1], slug) if found else None
        if found is None or here is None:
            return Response(status=204)
        one, case = found
        # A page that was accepted meanwhile keeps its answers: this was sent before they were.
        filled = here.noticed(case, request.form, keep=not here.done(case))
        queue.touch(one)
    return desk_page("desk/noticed.html", form=filled, quotes=quotes(case, filled) if slug == "kerja" else None)


def quotes(case: Case, filled: Filled) -> tuple[int, int] | None:
    """The least and the most a month costs for the work being typed, in whole rupiah."""
    form = filled.form("pekerjaan")
    job = form.answer if not form.errors and form.answer.get("income") else case.given.get("pekerjaan")
    if not job or not job.get("employs_others") or not job.get("occupation"):
        return None
    offered = services().catalogue.offered(case.today)
    least = tuple(one.code for one in offered if one.required(job["employs_others"] == "yes"))
    quote = services().submissions.quote
    return tuple(quote(job, codes, 1, case.today).total for codes in (least, tuple(one.code for one in offered)))  # type: ignore[return-value]


@bp.post("/<uid>/kirim-kode")
def send_again(uid: str) -> Response:
    """Another code, or the link by which the worker agrees on the own phone."""
    with writing():
        found = opened(uid)
        if found is None:
            return door.nobody()
        one, case = found
        if "data-diri" not in case.given or "persetujuan" not in case.given or case.registration:
            return onward(case)
        ask(one, case, by_link=bool(request.form.get("link")))
        queue.touch(one)
    return redirect(url_for(".sheet", uid=uid, slug="periksa", cek=1), 303)


@bp.get("/<uid>/keadaan")
def state(uid: str) -> Response:
    """How far a person is, for a row of the queue that is looking again by itself."""
    if door.helped(uid) is None:
        return door.nobody()
    entry = next((each for each in queue.entries(me()) if each.uid == uid), None)
    return desk_page("desk/state.html", entry=entry) if entry else Response(status=204)


@bp.get("/<uid>/bayar")
def pay(uid: str) -> Response:
    """What this person owes or has paid; after sending, nothing but the listed name and a hidden NIK is shown."""
    found = opened(uid)
    if found is None:
        return door.nobody()
    one, case = found
    if case.given.get("periksa", {}).get("review"):
        return desk_page("desk/review.html", case=case, one=one, name=short(case.answer("data-diri", "name")))
    if case.registration is None:
        return onward(case)
    person = case.sent
    bill = services().submissions.latest(person)
    return desk_page(
        "desk/pay.html", case=case, one=one, person=person, bill=bill, open=still_open(bill), **listed(person)
    )


@bp.post("/<uid>/bayar")
def bill_again(uid: str) -> Response:
    """Another bill for one person, when the one before has run out."""
    found = opened(uid)
    if found is None or found[1].registration is None:
        return door.nobody()
    if found[1].sent.status == Status.AWAITING:
        with writing():
            services().submissions.bill(found[1].sent)
            record(who(), "desk.bill", uid)
    return redirect(url_for(".pay", uid=uid), 303)


@bp.get("/<uid>/slip")
@bp.get("/<uid>/slip.txt", endpoint="slip_text", defaults={"plain": True})
def slip(uid: str, plain: bool = False) -> Response:
    """The slip that the worker takes home."""
    found = opened(uid)
    if found is None or found[1].registration is None:
        return door.nobody()
    one, case = found
    person, bill = case.sent, services().submissions.latest(case.sent)
    own = services().payments.share(bill, person)
    if plain:
        name = short(person.name)
        return text(slips.person(shop(), person, bill, own, case.draft.resume, one.fee, name), f"slip-{uid}")
    picture = slips.qr(case.draft.resume)
    return desk_page(
        "desk/slip.html", case=case, one=one, person=person, bill=bill, own=own, qr=picture, **listed(person)
    )


def still_open(bill: object) -> bool:
    """Whether a bill can be paid now."""
    return bill.status == "open" and bill.expires > clock.now()  # type: ignore[attr-defined]


def listed(person: Registration) -> dict[str, Any]:
    """How a registered person is shown: short name, hidden NIK."""
    return {"name": short(person.name), "nik": masked(person.nik)}


def show(one: Helped, case: Case, here: Sheet, form: Filled) -> Response:
    """A page to type in."""
    context: dict[str, Any] = {}
    if here.slug == "periksa":
        context = STEP["periksa"].context(case)
        context["asked"] = services().codes.state("register", one.uid, case.answer("data-diri", "phone"))
        context["number"] = masked(case.answer("data-diri", "nik")) if one.closed else None
        context["sms"] = queue.sms_state(one.uid)
    elif here.slug == "kerja":
        context = {"offered": services().catalogue.offered(case.today), "quotes": quotes(case, form)}
    else:
        texts = services().consents
        context = {"texts": [texts.current(kind, case.today) for kind in ("terms", "privacy")]}
    name = short(str(case.answer("data-diri", "name") or case.typed.get("data-diri", {}).get("name", "")))
    of = [page.slug for page in pages()]
    return desk_page(
        f"desk/{here.slug}.html",
        one=one,
        case=case,
        page=here,
        form=form,
        name=name,
        at=of.index(here.slug) + 1,
        of=len(of),
        **context,
    )

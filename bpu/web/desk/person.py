"""Typing for a person at the desk: every page of theirs has their name in its address and nothing in any session."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Helped, Registration, Status, writing
from bpu.rules.identity.names import short
from bpu.rules.identity.nik import grouped
from bpu.services.audit import record
from bpu.services.desk import codes, helping, queue
from bpu.steps.case import Case
from bpu.steps.desk.asking import ask, send_code
from bpu.steps.desk.questions import Filled
from bpu.steps.desk.sheets import SAID, STEP, Sheet, current, masked
from bpu.steps.facts import code_facts
from bpu.web import services
from bpu.web.desk import door, helped
from bpu.web.desk.door import desk_page, me, who

bp = door.install(Blueprint("person", __name__, url_prefix="/asisten/orang"))
TO = ("slip", "bayar")


@bp.post("/<uid>/buka")
def reopen(uid: str) -> Response:
    """Open a person from the queue; until then none of their pages shows anything."""
    one = helped.mine(uid)
    if one is None or gone(one):
        return helped.nobody()
    with writing():
        helping.open_again(one)
        record(who(), "desk.open", uid)
    case = helped.case_of(one)
    if case is None:
        return helped.nobody()
    if request.form.get("to") in TO and case.registration:
        return redirect(url_for(f"desk.bill.{'slip' if request.form['to'] == 'slip' else 'pay'}", uid=uid), 303)
    here = current(case, helped.pages())
    refused = here is not None and any(SAID in case.typed.get(step.slug, {}) for step in here.steps)
    return helped.onward(case, whole=refused)


@bp.get("/<uid>/<any(ktp,kerja,periksa):slug>")
def sheet(uid: str, slug: str) -> Response:
    """One of the pages to type in."""
    found = helped.opened(uid)
    if found is None:
        return helped.nobody()
    one, case = found
    here = reached(case, slug)
    if here is None:
        return helped.onward(case)
    return show(one, case, here, here.shown(case, whole=request.args.get("cek") == "1"))


@bp.post("/<uid>/<any(ktp,kerja,periksa):slug>")
def take(uid: str, slug: str) -> Response:
    """Keep what passes, hold on to the rest; the answer is always an address."""
    with writing():
        found = helped.opened(uid)
        if found is None:
            return helped.nobody()
        one, case = found
        here = reached(case, slug)
        passed = True if here is None else taken(one, case, here)
    return helped.onward(case) if passed else redirect(url_for(".sheet", uid=uid, slug=slug, cek=1), 303)


def taken(one: Helped, case: Case, here: Sheet) -> bool:
    """Whether everything on a page was accepted; what follows from it is done; call it in a transaction."""
    proven = case.proven
    passed = here.take(case, request.form)
    helping.touch(one)
    record(who(), f"desk.{here.slug}", one.uid, "passed" if passed else ",".join(_names(here, case)))
    if case.proven and not proven:
        codes.confirmed(me())
    if passed and here.slug == "ktp":
        passed = send_code(case, one, me(), who())
    if case.registration and one.sent is None:
        sent(one, case)
    return passed


def _names(here: Sheet, case: Case) -> list[str]:
    """The fields that were refused, by name."""
    return sorted({name for page in here.steps for name in case.typed.get(page.slug, {}).get(SAID, {}) if name})


def sent(one: Helped, case: Case) -> None:
    """The application is in: the worker is told who helped, for how much, and how to take over."""
    one.sent, one.fee = clock.now(), case.answer("jasa", "fee", 0)
    one.save()
    bill = services().bills.latest(case.sent)
    services().messages.helped(case.sent, bill, me().shop)
    record(who(), "desk.sent", one.uid)


@bp.post("/<uid>/<any(ktp,kerja,periksa):slug>/cek")
def check(uid: str, slug: str) -> Response:
    """Hold on to what was typed so far, and say beside the fields what is noticed; the focus stays where it is."""
    with writing():
        found = helped.opened(uid)
        here = reached(found[1], slug) if found else None
        if found is None or here is None:
            return Response(status=204)
        one, case = found
        # A page that was accepted meanwhile keeps its answers: this was sent before they were.
        filled = here.noticed(case, request.form, keep=not here.done(case))
        helping.touch(one)
    return desk_page("desk/person/noticed.html", form=filled, quotes=quotes(case, filled) if slug == "kerja" else None)


def quotes(case: Case, filled: Filled) -> tuple[int, int] | None:
    """The least and the most a month costs for the work being typed, in whole rupiah."""
    form = filled.form("pekerjaan")
    job = form.answer if not form.errors and form.answer.get("income") else case.given.get("pekerjaan")
    if not job or not job.get("employs_others") or not job.get("occupation"):
        return None
    offered = services().catalogue.offered(case.today)
    least = tuple(one.code for one in offered if one.required(job["employs_others"] == "yes"))
    quote = services().prices.quote
    return tuple(quote(job, codes, 1, case.today).total for codes in (least, tuple(one.code for one in offered)))  # type: ignore[return-value]


@bp.post("/<uid>/kirim-kode")
def send_again(uid: str) -> Response:
    """Another code, or the link by which the worker agrees on the own phone."""
    with writing():
        found = helped.opened(uid)
        if found is None:
            return helped.nobody()
        one, case = found
        if "data-diri" not in case.given or "persetujuan" not in case.given or case.registration:
            return helped.onward(case)
        ask(case, one, me(), who(), by_link=bool(request.form.get("link")))
        helping.touch(one)
    return redirect(url_for(".sheet", uid=uid, slug="periksa", cek=1), 303)


def gone(one: Helped) -> bool:
    """Whether this person was finished more than a day ago."""
    person = Registration.get_or_none(Registration.draft == one.uid)
    if person is None or person.status not in (Status.PAID, Status.ACTIVE):
        return False
    return bool(max(one.touched, person.paid) < clock.now() - helping.FINISHED)


def _without_number(case: Case, read_back: list[tuple[Any, list[tuple[Any, Any]]]]) -> list[Any]:
    """What is read back, with the NIK hidden: the person was here before, and the screen is somebody else's now."""
    number = case.answer("data-diri", "nik")
    hidden = {number: masked(number), grouped(number): masked(number)}
    return [(page, [(name, hidden.get(value, value)) for name, value in rows]) for page, rows in read_back]


def reached(case: Case, slug: str) -> Sheet | None:
    """The page of this name, if this person is there or was there before, and nothing was sent yet."""
    every = helped.pages()
    now = current(case, every)
    return next((page for page in every[: every.index(now) + 1] if page.slug == slug), None) if now else None


def show(one: Helped, case: Case, here: Sheet, form: Filled) -> Response:
    """A page to type in."""
    context: dict[str, Any] = {}
    if here.slug == "periksa":
        context = STEP["periksa"].context(case)
        context["asked"] = services().codes.state(
            "register", one.uid, case.answer("data-diri", "phone"), code_facts(case.given)
        )
        if one.closed:
            context["read_back"] = _without_number(case, context["read_back"])
        context["sms"] = queue.sms_state(one.uid)
    elif here.slug == "kerja":
        context = {"offered": services().catalogue.offered(case.today), "quotes": quotes(case, form)}
    else:
        texts = services().consents
        context = {"texts": [texts.current(kind, case.today) for kind in ("terms", "privacy")]}
    name = short(str(case.answer("data-diri", "name") or case.typed.get("data-diri", {}).get("name", "")))
    of = [page.slug for page in helped.pages()]
    return desk_page(
        f"desk/person/{here.slug}.html",
        one=one,
        case=case,
        page=here,
        form=form,
        name=name,
        at=of.index(here.slug) + 1,
        of=len(of),
        **context,
    )

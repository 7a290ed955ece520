"""A person at the desk after sending: the bill, and the slip that the worker takes home."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Registration, Status, writing
from bpu.rules.identity.names import short
from bpu.services.audit import record
from bpu.services.desk import slips
from bpu.services.money.bills import NotPayable
from bpu.steps.desk.sheets import masked
from bpu.web import services
from bpu.web.desk import door, helped, paper
from bpu.web.desk.door import desk_page, who

bp = door.install(Blueprint("bill", __name__, url_prefix="/asisten/orang"))


@bp.get("/<uid>/bayar")
def pay(uid: str) -> Response:
    """What this person owes or has paid; after sending, nothing but the listed name and a hidden NIK is shown."""
    found = helped.opened(uid)
    if found is None:
        return helped.nobody()
    one, case = found
    if case.given.get("periksa", {}).get("review"):
        return desk_page("desk/bill/review.html", case=case, one=one, name=short(case.answer("data-diri", "name")))
    if case.registration is None:
        return helped.onward(case)
    person = case.sent
    bill = services().bills.latest(person)
    return desk_page(
        "desk/bill/bill.html",
        case=case,
        one=one,
        person=person,
        bill=bill,
        open=bill.payable(clock.now()),
        **listed(person),
    )


@bp.post("/<uid>/bayar")
def bill_again(uid: str) -> Response:
    """Another bill for one person, when the one before has run out."""
    found = helped.opened(uid)
    if found is None or found[1].registration is None:
        return helped.nobody()
    if found[1].sent.status == Status.AWAITING:
        with suppress(NotPayable), writing():
            services().bills.payable(found[1].sent)
            record(who(), "desk.bill", uid)
    return redirect(url_for(".pay", uid=uid), 303)


@bp.get("/<uid>/slip")
@bp.get("/<uid>/slip.txt", endpoint="slip_text", defaults={"plain": True})
def slip(uid: str, plain: bool = False) -> Response:
    """The slip that the worker takes home."""
    found = helped.opened(uid)
    if found is None or found[1].registration is None:
        return helped.nobody()
    one, case = found
    person, bill = case.sent, services().bills.latest(case.sent)
    own = services().bills.share(bill, person)
    if plain:
        name = short(person.name)
        body = slips.person(paper.shop(), person, bill, own, case.draft.resume, one.fee, name)
        return paper.printed(body, f"slip-{uid}")
    picture = slips.qr(case.draft.resume)
    return desk_page(
        "desk/bill/slip.html", case=case, one=one, person=person, bill=bill, own=own, qr=picture, **listed(person)
    )


def listed(person: Registration) -> dict[str, Any]:
    """How a registered person is shown: short name, hidden NIK."""
    return {"name": short(person.name), "nik": masked(person.nik)}

"""Paying together: one bill for several people of a queue, with the list of names and one slip."""

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Bill, Helped, Registration, Status, is_uid, writing
from bpu.rules.identity.names import short
from bpu.services.audit import record
from bpu.services.desk import helping, queue, slips
from bpu.services.money.bills import NotPayable
from bpu.steps.desk.sheets import masked
from bpu.web import services
from bpu.web.desk import door, helped, paper
from bpu.web.desk.door import desk_page, me, who

bp = door.install(Blueprint("together", __name__, url_prefix="/asisten/bayar"))
MOST = 50


def picked(uids: list[str]) -> tuple[list[queue.Entry], str]:
    """The rows that were ticked, and what stands in the way of paying for them together."""
    rows = {entry.uid: entry for entry in queue.entries(me())}
    found = [rows[uid] for uid in dict.fromkeys(uids) if uid in rows][:MOST]
    unready = next((entry for entry in found if entry.state is not queue.State.PAY), None)
    if unready:
        return found, str(_("%(name)s belum bisa dibayar: belum selesai diisi, atau sudah dibayar.", name=unready.name))
    return found, "" if found else str(_("Pilih paling sedikit satu orang."))


@bp.post("/pilih")
def pick() -> Response:
    """What was ticked, as an address."""
    return redirect(url_for(".confirm", orang=",".join(request.form.getlist("p")[:MOST])), 303)


@bp.get("")
def confirm() -> Response:
    """Names and the sum, before anything is made."""
    found, problem = picked(request.args.get("orang", "").split(","))
    due = services().prices.due
    amounts = [due(entry.registration).total for entry in found if entry.registration and not problem]
    return desk_page("desk/together/choose.html", entries=found, problem=problem, amounts=amounts, total=sum(amounts))


@bp.post("")
def together() -> Response:
    """Make the bill; the same people get the same bill again."""
    uids = request.form.getlist("p")[:MOST]
    found, problem = picked(uids)
    if problem:
        return redirect(url_for(".confirm", orang=",".join(uids)), 303)
    bill = _bill([entry.registration for entry in found if entry.registration])
    return redirect(url_for(".bill", uid=bill.uid) if bill else url_for("desk.sign_in.home"), 303)


def _bill(people: list[Registration]) -> Bill | None:
    try:
        with writing():
            made = services().bills.shared(people)
            record(who(), "desk.group_bill", made.uid, ",".join(person.uid for person in people))
    except NotPayable:
        return None
    return made


@bp.get("/<uid>")
def bill(uid: str) -> Response:
    """A bill for several people: code, sum, names."""
    found = mine(uid)
    if found is None:
        return helped.nobody()
    one, people = found
    rows = [(row, short(person.name), masked(person.nik), amount) for row, person, amount in people]
    return desk_page(
        "desk/together/bill.html",
        bill=one,
        people=rows,
        open_now=one.payable(clock.now()),
        fees=sum(row[0].fee for row in rows),
    )


@bp.post("/<uid>/keluar")
def drop(uid: str) -> Response:
    """Take one person off the bill: the others get a new one, and so does the one who left."""
    found = mine(uid)
    if found is None:
        return helped.nobody()
    leaving = [person for row, person, _amount in found[1] if row.uid == request.form.get("p")]
    staying = [person for row, person, _amount in found[1] if row.uid != request.form.get("p")]
    if not leaving or not staying or found[0].status == "paid":
        return redirect(url_for(".bill", uid=uid), 303)
    with writing():
        record(who(), "desk.drop", uid, leaving[0].uid)
        made = _bill([person for person in staying if person.status == Status.AWAITING])
        if leaving[0].status == Status.AWAITING:
            services().bills.payable(leaving[0])
    return redirect(url_for(".bill", uid=made.uid if made else uid), 303)


@bp.post("/<uid>/lagi")
def again(uid: str) -> Response:
    """Another bill for the same people, once the one before has run out."""
    found = mine(uid)
    if found is None:
        return helped.nobody()
    made = _bill([person for _row, person, _amount in found[1] if person.status == Status.AWAITING])
    return redirect(url_for(".bill", uid=made.uid if made else uid), 303)


@bp.get("/<uid>/slip.txt")
def slip(uid: str) -> Response:
    """The slip of a bill for several people."""
    found = mine(uid)
    if found is None:
        return helped.nobody()
    one, people = found
    shares = [(short(person.name), person.nik, amount) for _row, person, amount in people]
    fees = sum(row.fee for row, _person, _amount in people)
    return paper.printed(slips.group(paper.shop(), one, shares, fees), f"slip-{uid}")


def mine(uid: str) -> tuple[Bill, list[tuple[Helped, Registration, int]]] | None:
    """A bill that is for people of this assistant only; any other is refused and on record."""
    one = Bill.get_or_none(Bill.uid == uid) if is_uid(uid) else None
    people = helping.helped_with(me(), one) if one else None
    if one is None or people is None:
        door.refused(uid)
        return None
    if one.paid and one.paid < clock.now() - helping.FINISHED:
        return None
    return one, people

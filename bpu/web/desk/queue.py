"""The queue of an assistant: finding, beginning and finishing a person, and the end of the day."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import writing
from bpu.services.audit import record
from bpu.services.desk import helping, queue, slips
from bpu.steps.desk.sheets import forget_typed_nik
from bpu.web.desk import door, helped, paper
from bpu.web.desk.door import desk_page, me, who

bp = door.install(Blueprint("queue", __name__, url_prefix="/asisten"))


def show() -> Response:
    """Today's people, with what can be done next."""
    found = queue.entries(me())
    sums = queue.totals(me(), found, clock.today())
    picked = [uid for uid in request.args.get("pilih", "").split(",") if uid]
    shown = [entry for entry in found if not picked or entry.uid in picked]
    payable = [entry for entry in shown if entry.state is queue.State.PAY and not entry.group]
    return desk_page(
        "desk/queue/queue.html", entries=shown, sums=sums, picked=picked, payable=payable, today=clock.today()
    )


@bp.post("/cari")
def search() -> Response:
    """Find somebody in the own queue; what was typed never stands in an address."""
    found = queue.search(queue.entries(me()), request.form.get("cari", ""))
    picked = ",".join(entry.uid for entry in found[:20]) or "-"
    return redirect(url_for("desk.sign_in.home", pilih=picked), 303)


@bp.post("/baru")
def new() -> Response:
    """Open a clean slate for the next person."""
    return redirect(url_for("desk.person.sheet", uid=begun(), slug="ktp"), 303)


def begun() -> str:
    """A new person's name."""
    with writing():
        draft = helping.begin(me())
        record(who(), "desk.begin", draft.uid)
    return str(draft.uid)


@bp.post("/selesai/<uid>")
def finish(uid: str) -> Response:
    """Done with this person: nothing of them can be opened here any more, and the browser forgets what it saw."""
    one = helped.mine(uid)
    if one is None:
        return helped.nobody()
    with writing():
        helping.close(one)
        case = helped.case_of(one)
        if case and case.registration is None:
            forget_typed_nik(case)
        record(who(), "desk.finish", uid)
        door.rotate()
    if request.form.get("next"):
        return door.wiped(url_for("desk.person.sheet", uid=begun(), slug="ktp"))
    return door.wiped(url_for(".empty"))


@bp.get("/selesai")
def empty() -> Response:
    """An empty page between two people."""
    return desk_page("desk/queue/empty.html")


@bp.get("/orang/<uid>/keadaan")
def state(uid: str) -> Response:
    """How far a person is, for a row of the queue that is looking again by itself."""
    if helped.mine(uid) is None:
        return helped.nobody()
    entry = next((each for each in queue.entries(me()) if each.uid == uid), None)
    return desk_page("desk/queue/state.html", entry=entry) if entry else Response(status=204)


@bp.get("/panduan")
def guide() -> Response:
    """The seven steps on one page, to print."""
    return desk_page("desk/queue/guide.html")


@bp.get("/tutup")
@bp.get("/tutup.txt", endpoint="closing_text", defaults={"plain": True})
def closing(plain: bool = False) -> Response:
    """The day's sheet: people, contributions, fees."""
    found, today = queue.entries(me()), clock.today()
    sums = queue.totals(me(), found, today)
    if plain:
        return paper.printed(slips.closing(paper.shop(), today, found, sums), f"tutup-{today}")
    return desk_page("desk/queue/closing.html", entries=found, sums=sums, today=today)

"""A person at the desk: found if this assistant helps them, shown while they are open, and where they go on."""

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Answer

from bpu import clock
from bpu.models import Assistant, Draft, Helped, database, is_uid, on_postgres
from bpu.services.desk import helping
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.desk.sheets import Sheet, current, sheets
from bpu.web import services
from bpu.web.desk.door import desk_page, me, refused


def mine(uid: str) -> Helped | None:
    """The person of this name if the assistant helps them; anybody else's is refused and on record."""
    found = helping.mine(me(), uid) if is_uid(uid) else None
    if found is None:
        refused(uid)
    return found


def case_of(one: Helped) -> Case | None:
    """The registration of a person who is helped, unless its time is over.

    Whoever means to change it calls this in the transaction that does, so that two forms sent at almost the same moment
    do not undo each other.
    """
    query = Draft.select().where((Draft.uid == one.uid) & (Draft.expires > clock.now()))
    draft = (query.for_update() if on_postgres() and database.in_transaction() else query).first()
    return case_for(me(), draft) if draft else None


def case_for(assistant: Assistant, draft: Draft) -> Case:
    """A registration with which this assistant helps."""
    return Case(services(), draft, JOURNEY, channel=f"assistant:{assistant.uid}", place=assistant.shop)


def opened(uid: str) -> tuple[Helped, Case] | None:
    """A person who may be shown, with the case; None for everybody else."""
    one = mine(uid)
    case = case_of(one) if one and helping.is_open(one) else None
    return (one, case) if one and case else None


def pages() -> tuple[Sheet, ...]:
    """The desk's pages with this assistant's fee."""
    return sheets(me().fee, me().fee_most)


def onward(case: Case, *, whole: bool = False) -> Answer:
    """Where this person goes on."""
    here = current(case, pages())
    if here is None:
        return redirect(url_for("desk.bill.pay", uid=case.draft.uid), 303)
    return redirect(url_for("desk.person.sheet", uid=case.draft.uid, slug=here.slug, cek=1 if whole else None), 303)


def nobody() -> Response:
    """The answer for every person who cannot be shown here: the same for all reasons."""
    return desk_page("desk/nobody.html", 404)

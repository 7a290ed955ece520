"""Several registrations of one NIK: whoever is paid for first is the one, and what is not paid holds nothing.

Anybody can type anybody's NIK, by mistake or not, and prove a phone of their own. So an unpaid registration keeps
nobody from registering; once one of them is paid for, the others end, and money for them is not taken as theirs.
"""

from collections.abc import Iterable

from bpu.models import Bill, BillStatus, Received, Registration, Status, keyring, one_at_a_time
from bpu.services.money.endings import open_bills

PAID = (Status.PAID, Status.ACTIVE)


def in_turn(niks: Iterable[str]) -> None:
    """Let nobody else register or pay for these NIKs until the caller's transaction ends; before any row is locked."""
    for name in sorted({keyring().index("nik", nik).hex() for nik in niks}):
        one_at_a_time(name)


def of_nik(nik: str) -> list[Registration]:
    """The registrations of a NIK that were not given up, paid ones first, the newest first among each."""
    same = Registration.nik_index.in_(keyring().indexes("nik", nik)) & (Registration.status != Status.LAPSED)
    paid_first = Registration.status.in_(PAID).desc()
    return list(Registration.select().where(same).order_by(paid_first, Registration.submitted.desc()))


def rival(registration: Registration) -> Registration | None:
    """The other registration of the same NIK that is paid for, if there is one."""
    found = of_nik(registration.nik)
    return next((one for one in found if one.status in PAID and one.uid != registration.uid), None)


def give_way(winner: Registration) -> None:
    """End the unpaid registrations of the NIK of somebody who was just paid for; call it in that transaction."""
    others = [one.uid for one in of_nik(winner.nik) if one.status == Status.AWAITING and one.uid != winner.uid]
    for bill in open_bills(others):
        Bill.update(status=BillStatus.CANCELLED).where(Bill.uid == bill.uid).execute()
    paid_in_part = Registration.uid.in_(Received.select(Received.registration))  # the office gives that money back
    Registration.update(status=Status.LAPSED).where(Registration.uid.in_(others) & ~paid_in_part).execute()

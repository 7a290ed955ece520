"""A bill as a bank is shown it: whether it can be paid, why not in two languages, and for whom it is."""

from bpu import clock
from bpu.models import Bill, BillStatus, Share
from bpu.providers.money.snap import Case
from bpu.services.money.judging import Outcome

REASONS = {
    Case.SUCCESSFUL: ("Success", "Sukses"),
    Case.NO_BILL: ("Bill not found", "Tagihan tidak ditemukan"),
    Case.WRONG_AMOUNT: ("Amount differs from the bill", "Jumlah tidak sama dengan tagihan"),
    Case.PAID: ("Bill has been paid", "Tagihan sudah dibayar"),
    Case.EXPIRED: ("Bill has expired", "Tagihan sudah kedaluwarsa"),
    Case.DUPLICATE: ("Payment id was used for another payment", "Nomor pembayaran sudah dipakai"),
    Case.INCONSISTENT: ("Payment was rejected", "Pembayaran ditolak"),
}
CASES = {
    Outcome.UNKNOWN: Case.NO_BILL,
    Outcome.CANCELLED: Case.NO_BILL,
    Outcome.ALREADY_PAID: Case.PAID,
    Outcome.EXPIRED: Case.EXPIRED,
    Outcome.WRONG_AMOUNT: Case.WRONG_AMOUNT,
    Outcome.CONFLICT: Case.DUPLICATE,
}


def state(bill: Bill | None) -> Case:
    """Whether `bill` can be paid now."""
    if bill is None:
        return Case.NO_BILL
    if bill.payable(clock.now()):
        return Case.SUCCESSFUL
    return {BillStatus.CANCELLED: Case.NO_BILL, BillStatus.PAID: Case.PAID}.get(BillStatus(bill.status), Case.EXPIRED)


def flag(case: Case) -> str:
    """The status word that goes with it."""
    return "00" if case is Case.SUCCESSFUL else "01"


def why(case: Case) -> dict[str, str]:
    """The reason in both languages that SNAP asks for."""
    english, indonesian = REASONS[case]
    return {"english": english, "indonesia": indonesian}


def name(bill: Bill) -> str:
    """Whom a bill is for, enough to recognise and no more: anyone can type a number into a cash machine."""
    people = [share.registration for share in Share.select().where(Share.bill == bill.uid).limit(2)]
    first, *rest = people[0].name.split()
    initials = "".join(f" {word[0]}" for word in rest[:2])
    return f"{first}{initials}{' DKK' if len(people) > 1 else ''}"

"""Our payment rows held against what a provider says it settled, and bills asked about whose notice never came."""

import csv
import io
import logging
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, writing
from bpu.providers import ProviderError
from bpu.providers.money.notices import Gateway
from bpu.services.audit import record
from bpu.services.money.judging import Notice, Receipt
from bpu.services.money.payments import Payments
from bpu.services.money.qrcodes import QrCodes

COLUMNS = {"reference": "reference", "code": "code", "amount": "amount"}
# Providers tell again for three days; what they have not told by then they tell only when asked.
ASKED_FOR = timedelta(days=3)
# A payment just made may be known to the provider some moments before its notice is here.
SETTLING = timedelta(minutes=10)
CHUNK = 500
LONGEST = 60.0  # seconds that one provider is asked for in one cycle: other things are due by the clock, too

log = logging.getLogger("bpu.reconcile")

Ask = Callable[[Bill], Notice | None]


@dataclass(frozen=True)
class Line:
    """One settled payment as the other side wrote it down; `amount` in whole rupiah."""

    reference: str
    code: str
    amount: int


@dataclass(frozen=True)
class Difference:
    """One reference on which two books differ; a side that does not have it is None. Whole rupiah."""

    reference: str
    code: str
    ours: int | None
    theirs: int | None


@dataclass(frozen=True)
class Findings:
    """What a comparison found."""

    agreed: int
    only_ours: tuple[Difference, ...]
    only_theirs: tuple[Difference, ...]
    different: tuple[Difference, ...]
    overdue: tuple[Bill, ...]


def settlement(path: Path, columns: Mapping[str, str] = COLUMNS) -> list[Line]:
    """Read a settlement CSV; `columns` says how the file calls reference, code and amount.

    Raises ValueError with the line for what cannot be read.
    """
    text = path.read_text(encoding="utf-8-sig")
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t|", key=text.partition("\n")[0].count))
    if missing := set(columns.values()) - set(reader.fieldnames or ()):
        raise ValueError(f"line 1: no column {', '.join(sorted(missing))}")
    lines = []
    for row in reader:
        reference, code, amount = ((row[columns[name]] or "").strip().removeprefix("'") for name in COLUMNS)
        rupiah = whole_rupiah(amount)
        if not reference or rupiah is None:
            raise ValueError(f"line {reader.line_num}: a reference and an amount in whole rupiah are needed")
        lines.append(Line(reference, code, rupiah))
    return lines


def whole_rupiah(text: str) -> int | None:
    """The sum in a text such as ``16800``, ``16800.00``, ``Rp16.800`` or ``16,800.00``; None unless it is whole."""
    text = re.sub(r"(?i)^(rp|idr)|\s", "", text.strip())
    if re.fullmatch(r"[0-9]+([.,]00)?|[0-9]{1,3}((\.[0-9]{3})+(,00)?|(,[0-9]{3})+(\.00)?)", text, re.ASCII):
        return int(re.sub(r"[.,]00$|[.,]", "", text))
    return None


def compare(lines: Iterable[Line], provider: str, first: date, last: date) -> Findings:
    """Hold `lines` against the rows of `provider`.

    A line may match a row of any day, as days end differently elsewhere; rows without a line count only for the WIB
    days from `first` to `last`.
    """
    theirs = defaultdict(list)
    for line in lines:
        theirs[line.reference].append(line)
    mine = Payment.select().where(Payment.provider == provider)
    since, until = (datetime.combine(day, time(), clock.WIB) for day in (first, last + timedelta(days=1)))
    in_days = mine.where(Payment.at >= since, Payment.at < until)
    ours = {row.reference: row for row in in_days}
    only_ours = [
        Difference(row.reference, row.code, row.amount, None) for row in in_days if row.reference not in theirs
    ]
    elsewhere = [reference for reference in theirs if reference not in ours]
    for start in range(0, len(elsewhere), CHUNK):
        found = mine.where(Payment.reference.in_(elsewhere[start : start + CHUNK]))
        ours |= {row.reference: row for row in found}
    agreed, only_theirs, different = 0, [], []
    for reference, copies in theirs.items():
        row = ours.get(reference)
        # The same reference twice in their book is money twice, and we have it once at most.
        extra = copies[1:] if row else copies
        only_theirs += [Difference(reference, line.code, None, line.amount) for line in extra]
        if row and row.amount == copies[0].amount:
            agreed += 1
        elif row:
            different.append(Difference(reference, row.code, row.amount, copies[0].amount))
    return Findings(agreed, tuple(only_ours), tuple(only_theirs), tuple(different), tuple(overdue(clock.now())))


def book(findings: Findings, provider: str, payments: Payments) -> list[Receipt]:
    """Take in the money that only the other side had written down: it has moved, so it settles or waits for review."""
    at = clock.now()
    receipts = []
    for each in findings.only_theirs:
        if each.theirs:
            with writing():
                receipt = payments.receive(
                    Notice(provider, each.reference, each.code or "?", each.theirs, at, pushed=True)
                )
                record("office", "money.book", receipt.payment.uid if receipt.payment else "", receipt.outcome)
            receipts.append(receipt)
    return receipts


def overdue(now: datetime) -> list[Bill]:
    """Bills of the last days that ended unpaid, oldest first: the ones to ask the provider about."""
    return [bill for bill in unsettled(now) if bill.expires <= now]


def unsettled(now: datetime) -> Sequence[Bill]:
    """Bills whose notice may have been lost: unpaid, neither brand-new nor ended more than three days ago."""
    states = (BillStatus.OPEN, BillStatus.EXPIRED)
    recent = (Bill.expires > now - ASKED_FOR) & (Bill.created < now - SETTLING)
    return list(Bill.select().where(Bill.status.in_(states), recent).order_by(Bill.expires))


def ask(asks: Iterable[Ask], payments: Payments, now: datetime, seconds: float = LONGEST) -> list[Receipt]:
    """Ask each provider about each unsettled bill and take in what it says; one that is away is asked the next time.

    An `Ask` looks up one bill, outside any transaction, and gives a `Notice` with ``pushed`` set when it was paid. Each
    provider gets so many `seconds`, and the bills in an order by chance, so that when they are too many for one cycle
    none is left out for good.
    """
    receipts = []
    for look_up in asks:
        bills = list(unsettled(now))
        random.shuffle(bills)
        ends = monotonic() + seconds
        while bills and monotonic() < ends:
            try:
                notice = look_up(bills.pop())
            except ProviderError as error:
                log.warning("asking: %s", error)
                if not error.permanent:
                    break
            else:
                receipts += [payments.receive(notice)] if notice else []
    return receipts


def askable(gateways: Mapping[str, Gateway], codes: QrCodes) -> list[Ask]:
    """Everybody who can be asked whether a bill was paid."""
    return [codes.ask, *(partial(_asked, name, gateway) for name, gateway in gateways.items())]


def _asked(provider: str, gateway: Gateway, bill: Bill) -> Notice | None:
    told = gateway.paid(bill.code)
    return Notice(provider, told.reference, told.code, told.amount, clock.now(), pushed=True) if told else None

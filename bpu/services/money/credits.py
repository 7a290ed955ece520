"""Money that no month has used: whose it is, since when, and that the office paid it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from bpu import clock
from bpu.models import Contribution, Payment, Received, Registration, locked, writing
from bpu.models.database import Table
from bpu.services.audit import record
from bpu.services.membership.members import credit_of


@dataclass(frozen=True)
class Credit:
    """Rupiah of one registration, or of a payment that belongs to nobody yet (`registration` is empty then)."""

    registration: str
    amount: int
    since: datetime
    reference: str


class TooMuch(ValueError):
    """More than the credit is asked back."""


def credits() -> Iterator[Credit]:
    """Everybody's credit, the longest held first; then what of the payments is nobody's."""
    spent = _sums(Contribution, Contribution.registration, Contribution.price)
    came = _sums(Received, Received.registration, Received.amount)
    left_of = {uid: amount - spent.get(uid, 0) for uid, amount in came.items() if uid}
    last = [_last(uid) for uid, left in left_of.items() if left]
    for row in sorted(last, key=lambda row: row.at):
        uid = row.registration_id or ""
        yield Credit(uid, left_of[uid], row.at, _named(row.payment))
    shared = _sums(Received, Received.payment, Received.amount)
    for payment in Payment.select().where(~Payment.settled).order_by(Payment.at):
        if left := payment.amount - int(shared.get(payment.uid, 0)):
            yield Credit("", left, payment.at, _named(payment))


def pay_back(registration: Registration, amount: int) -> int:
    """Write down that the office paid so many rupiah of a credit back; returns what is left. Raises `TooMuch`."""
    with writing():
        locked([registration.uid])
        left = credit_of(registration) - amount
        if amount < 1 or left < 0:
            raise TooMuch(f"{registration.uid} has {left + amount}")
        Received.create(registration=registration.uid, amount=-amount, at=clock.now())
        record("office", "money.pay_back", registration.uid)
        return left


def _sums(table: type[Table], by: Any, of: Any) -> dict[str, int]:
    """Rupiah by the name of another row."""
    rows: Any = table.select(by, fn.SUM(of)).group_by(by).tuples()
    return {name: int(amount) for name, amount in rows}


def _last(uid: str) -> Received:
    """The row of the money that came last."""
    return Received.select().where(Received.registration == uid).order_by(Received.at.desc()).get()


def _named(payment: Payment | None) -> str:
    return f"{payment.provider} {payment.reference}" if payment else ""

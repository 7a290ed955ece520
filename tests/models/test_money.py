"""A bill says itself whether money may be asked for by it, as a row and as a question to the table."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from bpu.models import Bill, BillStatus, database, writing

ENDS = datetime(2026, 11, 23, 7, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize("status", BillStatus)
@pytest.mark.parametrize(("now", "in_time"), [(ENDS - A_MOMENT, True), (ENDS, False), (ENDS + A_MOMENT, False)])
def test_only_an_open_bill_before_its_end_can_be_paid(
    app: Flask, status: BillStatus, now: datetime, in_time: bool
) -> None:
    with database.connection_context():
        with writing():
            bill = Bill(code="8808000000000001", amount=16_800, status=status, created=ENDS, expires=ENDS)
            bill.save(force_insert=True)
        wanted = in_time and status == BillStatus.OPEN
        assert bool(bill.payable(now)) is wanted
        assert [one.uid for one in Bill.select().where(Bill.payable(now))] == ([bill.uid] if wanted else [])

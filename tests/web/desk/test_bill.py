"""The bill of one person at the desk: asked for again once it ran out, and never once it is paid."""

from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Bill, BillStatus, Registration, Status, writing
from tests.web.desk.conftest import Helper, audit

SAME = {"Sec-Fetch-Site": "same-origin"}


def again(helper: Helper, uid: str) -> int:
    """Ask for another bill, as the button does, also where no button is shown."""
    return helper.client.post(f"/asisten/orang/{uid}/bayar", headers=SAME).status_code


def test_a_bill_that_ran_out_is_replaced_and_one_that_holds_is_not(helper: Helper) -> None:
    uid = helper.register(1)
    before = Bill.get()
    assert again(helper, uid) == 303
    assert [bill.uid for bill in Bill.select()] == [before.uid]
    with time_machine.travel(clock.now() + timedelta(hours=49)):
        helper.sign_in().press(f"/orang/{uid}/buka")
        helper.at(uid, "bayar")
        assert helper.sees("Kode bayar ini sudah lewat waktu")
        helper.press(f"/orang/{uid}/bayar")
        assert helper.one("#bill-code").text != before.code
    assert Bill.select().count() == 2
    assert len(audit("desk.bill")) == 2


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.LAPSED])
def test_whoever_owes_nothing_gets_no_other_bill(helper: Helper, status: Status) -> None:
    uid = helper.register(1)
    if status is Status.ACTIVE:
        helper.client.post("/simulator/pay", data={"bill": Bill.get().code})
        helper.messages()
    else:
        with writing():
            Bill.update(status=BillStatus.EXPIRED).execute()
            Registration.update(status=status).execute()
    assert again(helper, uid) == 303
    assert Bill.select().count() == 1
    assert audit("desk.bill") == [], "nothing was done, so nothing is on record"
    assert Registration.get().status == status

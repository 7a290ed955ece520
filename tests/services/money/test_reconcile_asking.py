"""Every webhook is dropped: who is asked by the clock tells of the money all the same, with a row for each rupiah."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, Registration, database
from bpu.providers import ProviderError
from bpu.providers.money.notices import Midtrans, Xendit, midtrans_signature
from bpu.services.money import reconcile
from bpu.services.money.judging import Outcome
from bpu.settings import Misconfigured, Settings
from tests.conftest import running
from tests.parts.banks import partner
from tests.parts.partners import ACQUIRER, Acquirer, serving
from tests.people.registered import registered

SUM = 16_800
SECRETS = {
    "BPU_MIDTRANS_SERVER_KEY": "server-key-test-0001",
    "BPU_XENDIT_CALLBACK_TOKEN": "callback-token-test-0001",
    "BPU_XENDIT_SECRET_KEY": "xnd-key-test-0001",
}


class Gateways:
    """Midtrans and Xendit as their public documents describe them: what was paid, and who asked."""

    def __init__(self) -> None:
        self.midtrans: dict[str, dict[str, Any]] = {}
        self.xendit: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.away: set[str] = set()

    def serve(self, _method: str, path: str, headers: Any, _body: bytes) -> tuple[int, Any]:
        """Status of an order, or the invoices of a name, for whoever has the key."""
        parts = urlsplit(path)
        self.asked.append(path)
        if parts.path in self.away:
            return 502, {}
        user = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        if parts.path == "/v2/invoices":
            right = user == SECRETS["BPU_XENDIT_SECRET_KEY"] + ":"
            return (200, self.xendit.get(parse_qs(parts.query)["external_id"][0], [])) if right else (401, {})
        if user != SECRETS["BPU_MIDTRANS_SERVER_KEY"] + ":":
            return 401, {}
        code = parts.path.split("/")[2]
        return (200, self.midtrans[code]) if code in self.midtrans else (404, {"status_code": "404"})


def order(code: str, **changes: Any) -> dict[str, Any]:
    """A settled order of Midtrans."""
    told = {"order_id": code, "status_code": "200", "gross_amount": f"{SUM}.00", "transaction_id": f"mt-{code}"}
    told["signature_key"] = midtrans_signature(code, "200", f"{SUM}.00", SECRETS["BPU_MIDTRANS_SERVER_KEY"])
    return told | {"transaction_status": "settlement", "fraud_status": "accept", "currency": "IDR"} | changes


def invoice(code: str, **changes: Any) -> dict[str, Any]:
    """A paid invoice of Xendit."""
    told = {"id": f"xi-{code}", "external_id": code, "status": "PAID", "amount": SUM, "paid_amount": SUM}
    return told | {"currency": "IDR"} | changes


@pytest.fixture
def gateways() -> Gateways:
    return Gateways()


@pytest.fixture
def acquirer() -> Acquirer:
    return Acquirer()


@pytest.fixture
def app(settings: Settings, gateways: Gateways, acquirer: Acquirer) -> Iterator[Flask]:
    with serving(gateways.serve) as url, serving(acquirer.serve) as issuer:
        provider = SECRETS | {"BPU_MIDTRANS_URL": url, "BPU_XENDIT_URL": url}
        provider |= {"BPU_SNAP_PARTNERS": partner(ACQUIRER, mode="asymmetric", secret=None)}
        provider |= acquirer.settings(issuer, "asymmetric")
        yield running(replace(settings, payment=("simulator", "snap", "midtrans", "xendit"), provider=provider))
    if not database.is_closed():
        database.close()


@pytest.fixture
def payments(app):
    return app.extensions["bpu"].payments


@pytest.mark.requirement("R61")
def test_with_every_webhook_dropped_the_paid_are_settled_within_one_cycle(app, payments, gateways, acquirer):
    bills = [payments.bills.payable(registered()) for _ in range(4)]
    by_midtrans, by_xendit, by_qris, unpaid = bills
    gateways.midtrans[by_midtrans.code] = order(by_midtrans.code)
    gateways.xendit[by_xendit.code] = [invoice(by_xendit.code, id="old", status="EXPIRED"), invoice(by_xendit.code)]
    app.extensions["bpu"].qrcodes.issue(by_qris)
    acquirer.paid[by_qris.code] = SUM
    app.extensions["deliver"]()
    with time_machine.travel(unpaid.expires + timedelta(minutes=61), tick=False):
        app.extensions["deliver"]()
        states = {bill.code: Bill.get(Bill.uid == bill.uid).status for bill in bills}
    assert [states[bill.code] for bill in bills] == [BillStatus.PAID] * 3 + [BillStatus.EXPIRED]
    rows = {(row.provider, row.reference, row.amount, row.settled) for row in Payment.select()}
    assert rows == {
        ("midtrans", f"mt-{by_midtrans.code}", SUM, True),
        ("xendit", f"xi-{by_xendit.code}", SUM, True),
        (f"qris:{ACQUIRER}", f"QR-{by_qris.code}", SUM, True),
    }
    assert Registration.select().where(Registration.number.is_null(False)).count() == 3


def test_the_webhook_that_comes_after_all_is_the_same_money(app, payments, gateways):
    bill = payments.bills.payable(registered())
    gateways.midtrans[bill.code], gateways.xendit[bill.code] = order(bill.code), [invoice(bill.code)]
    with time_machine.travel(bill.expires + timedelta(minutes=61), tick=False):
        app.extensions["deliver"]()
        assert Payment.select().count() == 1  # what is paid is asked about no more
        client = app.test_client()
        assert client.post("/hooks/midtrans", json=order(bill.code)).status_code == 200
        headers = {"x-callback-token": SECRETS["BPU_XENDIT_CALLBACK_TOKEN"]}
        assert client.post("/hooks/xendit", json=invoice(bill.code), headers=headers).status_code == 200
    # Paid at both: the second row says so and waits for a person.
    reasons = sorted(row.reason for row in Payment.select())
    assert reasons == sorted([Outcome.LATE_SETTLED, Outcome.ALREADY_PAID])


def test_money_that_settles_nothing_has_a_row_all_the_same(app, payments, gateways):
    bill = payments.bills.payable(registered())
    gateways.midtrans[bill.code] = order(bill.code, gross_amount="16799.00")
    with time_machine.travel(bill.expires + timedelta(minutes=61), tick=False):
        app.extensions["deliver"]()
    (row,) = Payment.select()
    assert (row.settled, row.reason, row.amount) == (False, Outcome.WRONG_AMOUNT, 16_799)
    assert Bill.get().status == BillStatus.EXPIRED


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_status": "pending"},
        {"transaction_status": "expire"},
        {"status_code": "201"},
        {"fraud_status": "challenge"},
    ],
)
def test_what_is_not_settled_is_no_money(gateways, changes):
    gateways.midtrans["1"] = order("1", **changes)
    with serving(gateways.serve) as url:
        assert Midtrans(SECRETS | {"BPU_MIDTRANS_URL": url}).paid("1") is None
        assert Midtrans(SECRETS | {"BPU_MIDTRANS_URL": url}).paid("2") is None


def test_xendit_is_asked_only_with_a_key_of_its_own(gateways):
    gateways.xendit["1"] = [invoice("1")]
    with serving(gateways.serve) as url:
        told = SECRETS | {"BPU_XENDIT_URL": url}
        assert Xendit(told).paid("1").reference == "xi-1"
        assert Xendit({**told, "BPU_XENDIT_SECRET_KEY": ""}).paid("1") is None
    assert len(gateways.asked) == 1


def test_one_answer_that_cannot_be_used_holds_up_no_other_bill(app, payments, gateways):
    odd, fine = (payments.bills.payable(registered()) for _ in range(2))
    gateways.midtrans |= {odd.code: order("another"), fine.code: order(fine.code)}
    with time_machine.travel(fine.expires + timedelta(minutes=61), tick=False):
        app.extensions["deliver"]()
    assert Bill.get(Bill.uid == fine.uid).status == BillStatus.PAID
    assert [row.code for row in Payment.select()] == [fine.code]


def test_a_provider_that_is_away_keeps_nobody_from_the_others(app, payments, gateways):
    bills = [payments.bills.payable(registered()) for _ in range(5)]
    gateways.xendit = {bill.code: [invoice(bill.code)] for bill in bills}
    gateways.away = {f"/v2/{bill.code}/status" for bill in bills}
    with time_machine.travel(bills[-1].expires + timedelta(minutes=61), tick=False):
        app.extensions["deliver"]()
    assert Payment.select().where(Payment.provider == "xendit").count() == 5
    assert len([path for path in gateways.asked if path.endswith("/status")]) == 1


def test_no_cycle_is_longer_than_its_time_and_each_begins_elsewhere(app, payments):
    bills = [payments.bills.payable(registered()) for _ in range(20)]
    asked: list[str] = []

    def slow(bill: Bill) -> None:
        asked.append(bill.uid)

    with time_machine.travel(bills[-1].expires + timedelta(hours=1), tick=False):
        for _ in range(12):
            reconcile.ask([slow], payments, clock.now(), seconds=0)
        assert asked == []
        for _ in range(2):
            reconcile.ask([slow], payments, clock.now())
    assert len(set(asked)) == 20
    assert asked[:20] != asked[20:]


@pytest.mark.parametrize("opener", [Midtrans, Xendit])
def test_an_address_without_tls_is_refused(opener):
    wrong = {"BPU_MIDTRANS_URL": "http://pay.contoh.id", "BPU_XENDIT_URL": "http://pay.contoh.id"}
    with pytest.raises(Misconfigured, match="https"):
        opener(SECRETS | wrong)


def test_a_key_that_is_refused_is_worth_another_cycle(gateways):
    with serving(gateways.serve) as url, pytest.raises(ProviderError) as caught:
        Midtrans(SECRETS | {"BPU_MIDTRANS_URL": url, "BPU_MIDTRANS_SERVER_KEY": "another"}).paid("1")
    assert not caught.value.permanent

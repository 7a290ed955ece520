"""Midtrans and Xendit: proven, booked once, acknowledged; nothing forged or odd moves a bill."""

import json
from datetime import timedelta
from hashlib import sha512

import pytest
import time_machine
from flask import Flask

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, database
from bpu.providers.money.notices import open_gateways
from bpu.services.money.payments import Payments
from bpu.settings import Misconfigured
from tests.parts.banks import SUM, books, configured
from tests.parts.doors import doors
from tests.people.registered import registered

KEY = "server-key-test-0001"
TOKEN = "callback-token-test-0001"
SECRETS = {"BPU_MIDTRANS_SERVER_KEY": KEY, "BPU_XENDIT_CALLBACK_TOKEN": TOKEN}


@pytest.fixture
def payments(request) -> Payments:
    return books(request, configured(payment=("midtrans", "xendit"), provider=SECRETS))


@pytest.fixture
def door(payments) -> Flask:
    return doors(payments)


@pytest.fixture
def bill(payments) -> Bill:
    return payments.bills.payable(registered())


@pytest.fixture
def midtrans(door):
    def send(code, key=KEY, **changes):
        told = {
            "order_id": code,
            "status_code": "200",
            "gross_amount": "16800.00",
            "transaction_status": "settlement",
            "fraud_status": "accept",
            "transaction_id": "5f1f7e9a-0001",
            "currency": "IDR",
            "payment_type": "bank_transfer",
        } | changes
        signed = f"{told['order_id']}{told['status_code']}{told['gross_amount']}{key}"
        told = {"signature_key": sha512(signed.encode()).hexdigest()} | told
        return door.test_client().post("/hooks/midtrans", json=told).status_code

    return send


@pytest.fixture
def xendit(door):
    def send(told, token=TOKEN, **more):
        headers = {"x-callback-token": token} if token else {}
        body = told if isinstance(told, bytes) else json.dumps(told)
        return door.test_client().post("/hooks/xendit", data=body, headers=headers, **more).status_code

    return send


def state() -> tuple[str, list[tuple]]:
    rows = [(row.provider, row.amount, row.settled, row.reason) for row in Payment.select().order_by(Payment.at)]
    return Bill.get().status, rows


@pytest.mark.usefixtures("store")
def test_a_midtrans_settlement_settles_and_its_repetitions_are_thanked_for(midtrans, bill):
    assert [midtrans(bill.code) for _ in range(3)] == [200, 200, 200]
    assert state() == (BillStatus.PAID, [("midtrans", SUM, True, "settled")])


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_status": "pending", "status_code": "201"},
        {"transaction_status": "expire", "status_code": "202"},
        {"transaction_status": "cancel", "status_code": "202"},
        {"transaction_status": "deny", "status_code": "202"},
        {"transaction_status": "refund"},
        {"transaction_status": "settlement", "status_code": "201"},
        {"transaction_status": "capture", "fraud_status": "challenge"},
        {"transaction_status": "capture", "fraud_status": "deny"},
        {"transaction_status": ["settlement"]},
    ],
)
def test_a_midtrans_notice_that_brings_no_money_is_noted_and_changes_nothing(midtrans, bill, changes):
    assert midtrans(bill.code, **changes) == 200
    assert state() == (BillStatus.OPEN, [])
    assert midtrans(bill.code) == 200
    assert midtrans(bill.code, **changes) == 200
    assert state()[0] == BillStatus.PAID


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"signature_key": "0" * 128}, 401),
        ({"key": "another-server-key"}, 401),
        ({"signature_key": ""}, 400),
        ({"signature_key": None}, 400),
        ({"order_id": 7}, 400),
        ({"transaction_id": ""}, 400),
        ({"transaction_id": "x" * 129}, 400),
        ({"gross_amount": "16800.000"}, 400),
        ({"gross_amount": "-16800.00"}, 400),
        ({"gross_amount": "0.00"}, 400),
        ({"gross_amount": "9999999999999999.99"}, 400),
        ({"currency": "USD"}, 400),
    ],
)
def test_a_midtrans_notice_that_is_forged_or_odd_leaves_no_row(midtrans, bill, changes, status):
    assert midtrans(bill.code, **changes) == status
    assert state() == (BillStatus.OPEN, [])


def test_a_signature_over_other_figures_does_not_hold(door, midtrans, bill):
    signed = sha512(f"{bill.code}20016800.00{KEY}".encode()).hexdigest()
    assert midtrans(bill.code, gross_amount="1.00", signature_key=signed) == 401
    assert midtrans("8808000000000009", signature_key=signed) == 401
    assert midtrans(bill.code, signature_key=signed.upper()) == 200


def test_money_that_settles_nothing_is_kept_for_a_person_and_acknowledged(midtrans, payments, bill):
    assert midtrans(bill.code, gross_amount="16799.99", transaction_id="T-1") == 200
    assert midtrans("8808000000000009", transaction_id="T-2") == 200
    with time_machine.travel(clock.now() + timedelta(days=3)):
        payments.bills.expire(clock.now())
        assert midtrans(bill.code, transaction_id="T-3") == 200
        assert midtrans(bill.code, transaction_id="T-4") == 200
    reasons = [row.reason for row in Payment.select().order_by(Payment.reference)]
    assert reasons == ["wrong_amount", "unknown", "late_settled", "already_paid"]


def paid_notices(code: str) -> list[dict]:
    data = {"reference_id": code, "currency": "IDR", "status": "SUCCEEDED"}
    return [
        {
            "id": "inv-1",
            "external_id": code,
            "status": "PAID",
            "amount": 16800,
            "paid_amount": 16800,
            "currency": "IDR",
        },
        {"id": "va-1", "payment_id": "pay-1", "external_id": code, "amount": 16800, "bank_code": "MANDIRI"},
        {"event": "qr.payment", "data": data | {"id": "qrpy-1", "amount": 16800}},
        {"event": "payment.succeeded", "data": data | {"id": "py-1", "amount": 16800.0}},
        {"event": "payment.capture", "data": data | {"payment_id": "py-2", "request_amount": 16800}},
    ]


@pytest.mark.parametrize("shape", range(5))
def test_each_xendit_product_settles_once_however_often_it_tells(xendit, bill, shape):
    told = paid_notices(bill.code)[shape]
    assert [xendit(told), xendit(told)] == [200, 200]
    assert state() == (BillStatus.PAID, [("xendit", SUM, True, "settled")])


@pytest.mark.parametrize(
    ("token", "told", "status"),
    [
        ("", {}, 401),
        ("wrong", {}, 401),
        (TOKEN + "x", {}, 401),
        ("é", {}, 401),
        (TOKEN, b"", 400),
        (TOKEN, b'{"id":"a","id":"b"}', 400),
        (TOKEN, b'{"event":"payment.succeeded","data":5}', 400),
        (TOKEN, {"event": "payment.authorization", "data": {"status": "AUTHORIZED"}}, 200),
        (TOKEN, {"event": "payment.failure", "data": {"status": "FAILED"}}, 200),
        (TOKEN, {"id": "inv-1", "status": "EXPIRED"}, 200),
        (TOKEN, {"id": "inv-1", "status": {"a": 1}}, 200),
        (TOKEN, {"id": "inv-1", "status": "PAID", "paid_amount": 0, "amount": 16800}, 400),
        (TOKEN, {"id": "inv-1", "status": "PAID", "amount": True}, 400),
        (TOKEN, {"id": "inv-1", "status": "PAID", "amount": 1e300}, 400),
        (TOKEN, {"id": "inv-1", "status": "PAID", "amount": "16.800"}, 400),
        (TOKEN, {"id": "inv-1", "status": "PAID", "amount": 16800, "currency": "PHP"}, 400),
        (TOKEN, {"id": "\ud800", "status": "PAID", "amount": 16800}, 400),
    ],
)
def test_a_xendit_notice_without_proof_money_or_sense_leaves_no_row(xendit, bill, token, told, status):
    if isinstance(told, dict) and "id" in told:
        told = {"external_id": bill.code} | told
    assert xendit(told, token) == status
    assert state() == (BillStatus.OPEN, [])


def test_a_xendit_notice_from_elsewhere_is_not_believed(door, xendit, bill):
    secrets = SECRETS | {"BPU_XENDIT_ADDRESSES": "203.0.113.0/24, 2001:db8::/32"}
    door.extensions["bpu"].gateways = open_gateways(configured(payment=("xendit",), provider=secrets))
    told = paid_notices(bill.code)[0]
    assert xendit(told, environ_overrides={"REMOTE_ADDR": "198.51.100.1"}) == 401
    assert state() == (BillStatus.OPEN, [])
    assert xendit(told, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}) == 200
    assert state()[0] == BillStatus.PAID


def test_while_the_database_is_away_a_notice_is_to_be_sent_again(midtrans, xendit, bill):
    database.execute_sql("ALTER TABLE payment RENAME TO away")
    assert midtrans(bill.code) == 503
    assert xendit(paid_notices(bill.code)[0]) == 503
    database.execute_sql("ALTER TABLE away RENAME TO payment")
    assert midtrans(bill.code) == 200
    assert state()[0] == BillStatus.PAID


def test_only_providers_in_use_have_a_door(door, bill):
    client = door.test_client()
    door.extensions["bpu"].gateways = open_gateways(configured(payment=("simulator",)))
    assert [client.post(f"/hooks/{name}").status_code for name in ("midtrans", "xendit", "other")] == [404] * 3
    assert client.get("/hooks/midtrans").status_code == 405


def test_a_body_over_64_kb_is_not_read(xendit, bill):
    assert xendit(b'{"a":"' + b"x" * 66_000 + b'"}') == 400


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ({}, ["BPU_MIDTRANS_SERVER_KEY is missing", "BPU_XENDIT_CALLBACK_TOKEN is missing"]),
        ({"BPU_MIDTRANS_SERVER_KEY": KEY}, ["BPU_XENDIT_CALLBACK_TOKEN is missing"]),
        (SECRETS | {"BPU_XENDIT_ADDRESSES": "everywhere"}, ["BPU_XENDIT_ADDRESSES"]),
    ],
)
def test_a_chosen_provider_without_its_secret_stops_the_start(provider, words):
    with pytest.raises(Misconfigured) as caught:
        open_gateways(configured(payment=("midtrans", "xendit"), provider=provider))
    assert len(caught.value.problems) == len(words)
    for line, word in zip(caught.value.problems, words, strict=True):
        assert word in line

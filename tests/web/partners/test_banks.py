"""The bank door over HTTP: raw bodies, headers, and a database that is away."""

import json
from datetime import datetime

import pytest
from flask import Flask

from bpu.models import Bill, BillStatus, Payment, Registration, SnapRequest, Status, database
from bpu.providers.money.sandbox import Bank
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.services.money.payments import Payments
from tests.parts.banks import SUM, Peer, answered, books, configured, signed_in
from tests.parts.doors import doors, over_http
from tests.people.registered import registered


@pytest.fixture
def payments(request) -> Payments:
    return books(request)


@pytest.fixture
def door(payments) -> Flask:
    return doors(payments)


@pytest.fixture
def bank(door) -> Peer:
    return signed_in("bca", over_http(door))


@pytest.fixture
def bill(payments) -> Bill:
    return payments.bills.payable(registered())


@pytest.mark.usefixtures("store")
def test_a_bank_asks_pays_and_asks_again_over_http(bank, bill):
    assert answered(bank.inquire(bill.code)) == "2002400"
    assert answered(bank.pay(bill.code)) == "2002500"
    assert answered(bank.inquire(bill.code)) == "4042414"
    assert Bill.get().status == BillStatus.PAID
    assert Registration.get().status == Status.ACTIVE


def test_every_answer_is_json_with_a_timestamp_in_jakarta_and_is_never_stored(door):
    client = door.test_client()
    for service, path in PATHS.items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            response = client.open(ROOT + path, method=method)
            code = f"400{service}02" if method == "POST" else f"405{service}00"
            assert answered((response.status_code, response.get_json())) == code
            assert response.mimetype == "application/json"
            assert response.headers["Cache-Control"] == "no-store"
            at = response.headers["X-TIMESTAMP"]
            assert len(at) == 25
            assert at.endswith("+07:00")
            assert datetime.fromisoformat(at).tzinfo


def test_a_body_over_64_kb_is_a_bad_request(door, bank):
    body = b'{"a":"' + b"x" * 65_600 + b'"}'
    assert answered(bank.ask(Service.PAYMENT, body)) == "4002500"


@pytest.mark.parametrize("length", ["9999999999", "100", "-1", "many"])
def test_a_body_of_another_length_than_it_says_is_refused(door, bank, length):
    body = b"{}"
    response = door.test_client().post(
        ROOT + PATHS[Service.PAYMENT],
        data=body,
        headers=bank.headers(Service.PAYMENT, body),
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert answered((response.status_code, response.get_json()))[:3] in ("400", "401")


def test_white_space_that_a_proxy_or_library_adds_does_not_break_the_signature(door, bank, bill):
    compact = json.dumps(
        {
            "partnerServiceId": f"{bill.code[:5]:>8}",
            "customerNo": bill.code[5:],
            "virtualAccountNo": f"   {bill.code}",
            "inquiryRequestId": "P-1",
            "note": 'a "quoted" \\ word : { , }',
        },
        separators=(",", ":"),
    ).encode()
    headers = bank.headers(Service.INQUIRY, compact)
    spaced = json.dumps(json.loads(compact), indent=3).replace("\n", "\r\n").encode()
    assert answered(bank.knock(Service.INQUIRY, headers, spaced)) == "2002400"


def test_the_query_is_part_of_what_is_signed(door, bank, bill):
    path = ROOT + PATHS[Service.STATUS]
    body = b"{}"
    for signed, code in ((f"{path}?a=1&b=%20", "4002602"), (path, "4012600")):
        headers = bank.headers(Service.STATUS, body)
        headers["X-SIGNATURE"] = bank.signature(Service.STATUS, body, headers["X-TIMESTAMP"], signed)
        response = door.test_client().post(f"{path}?a=1&b=%20", headers=headers, data=body)
        assert answered((response.status_code, response.get_json())) == code


def test_while_the_database_is_away_nothing_is_settled_and_the_answer_is_a_timeout(bank, bill):
    database.execute_sql("ALTER TABLE snap_request RENAME TO away")
    assert answered(bank.pay(bill.code)) == "5042500"
    database.execute_sql("ALTER TABLE snap_token RENAME TO away_too")
    for service in (Service.INQUIRY, Service.PAYMENT, Service.STATUS, Service.QR_NOTICE):
        assert answered(bank.ask(service, {})) == f"504{service}00"
    assert answered(bank.sign_in()) == "5047300"
    database.execute_sql("ALTER TABLE away_too RENAME TO snap_token")
    database.execute_sql("ALTER TABLE away RENAME TO snap_request")
    assert (Bill.get().status, Payment.select().count()) == (BillStatus.OPEN, 0)
    assert answered(bank.pay(bill.code)) == "2002500"


def test_the_sandbox_bank_pays_through_the_same_door_and_gets_its_refusals(door, payments, bill):
    client = door.test_client()

    def post(path, headers, body):
        response = client.post(path, headers=dict(headers), data=body)
        return response.status_code, response.data

    bank = Bank(configured(), post)
    assert bank.pay(bill.code, amount=SUM - 1).body["responseCode"] == "4042513"
    reply = bank.pay(bill.code)
    assert (reply.done, reply.body["responseCode"]) == (True, "2002500")
    assert reply.body["virtualAccountData"]["paymentFlagStatus"] == "00"
    again = bank.pay(bill.code)
    assert (again.done, again.body["responseCode"]) == (False, "4042414")
    assert Payment.get().provider == "snap:bank-contoh"
    assert SnapRequest.select().count() == 5
    assert Bank(configured(secret_key="another"), post).pay(bill.code).body["responseCode"] == "4012400"
    assert not Bank(configured(), lambda *_: (502, b"<html>")).pay(bill.code).done


def test_no_log_line_names_a_bill_a_person_or_a_secret(bank, bill, caplog):
    caplog.set_level("DEBUG", logger="bpu")
    bank.inquire(bill.code)
    bank.pay(bill.code)
    bank.pay(bill.code, X_SIGNATURE="AAAA")
    bank.pay("8808000000000009")
    assert "signed=lexical" in caplog.text
    for word in (bill.code, bill.code[5:], "SITI", bank.token, bank.secret, "8808000000000009"):
        assert word not in caplog.text

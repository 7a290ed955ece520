"""The bank door: every code of the tables, each call done once, and money that only settles what it may."""

import base64
import json
import threading
from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, Registration, SnapRequest, SnapToken, Status, database
from bpu.providers.money.sandbox import Bank
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.secrecy import token_hash
from bpu.services.banks.call import Call
from bpu.services.banks.door import Snap
from bpu.services.money.payments import Payments
from bpu.settings import Misconfigured
from tests.parts.banks import (
    SECRET,
    SUM,
    Knock,
    Peer,
    account,
    answered,
    books,
    configured,
    now,
    number,
    partner,
    rsa,
    rupiah,
    signed_in,
    stamp,
    straight,
)
from tests.people.registered import registered

UNKNOWN = "8808000000000009"
SIGNED = (Service.INQUIRY, Service.PAYMENT, Service.STATUS, Service.QR_NOTICE)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def payments(request) -> Payments:
    return books(request)


@pytest.fixture
def snap(payments) -> Snap:
    return Snap(payments.bills.settings, payments)


@pytest.fixture
def knock(snap) -> Knock:
    return straight(snap)


@pytest.fixture
def bca(knock) -> Peer:
    return signed_in("bca", knock)


@pytest.fixture
def doku(knock) -> Peer:
    return signed_in("doku", knock)


@pytest.fixture
def bill(payments) -> Bill:
    return payments.bills.payable(registered(name="SITI AMINAH BINTI RAHMAT"))


def status_of(bill: Bill) -> str:
    return Bill.get(Bill.uid == bill.uid).status


def flag(answer) -> str:
    return answer[1]["virtualAccountData"]["paymentFlagStatus"]


# Token


def test_a_token_is_opaque_bound_to_the_bank_and_kept_only_as_a_hash(bca, doku, bill):
    status, body = bca.sign_in()
    assert (status, body["responseCode"], body["tokenType"], body["expiresIn"]) == (200, "2007300", "Bearer", "900")
    token = body["accessToken"]
    assert len(token) >= 43
    row = SnapToken.get(SnapToken.token_hash == token_hash(token))
    assert row.partner == "bca"
    assert abs(row.expires - clock.now() - timedelta(seconds=900)) < timedelta(seconds=30)
    doku.token = token
    assert answered(doku.inquire(bill.code)) == "4012401"


@pytest.mark.usefixtures("store")
def test_a_token_ends_after_900_seconds_and_its_row_goes_with_the_next(bca, bill):
    old = token_hash(bca.token)
    with time_machine.travel(clock.now() + timedelta(seconds=890)):
        assert answered(bca.inquire(bill.code)) == "2002400"
    with time_machine.travel(clock.now() + timedelta(seconds=901)):
        assert answered(bca.inquire(bill.code)) == "4012401"
        bca.sign_in()
        assert not SnapToken.select().where(SnapToken.token_hash == old).exists()


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"X-SIGNATURE": "AAAA"}, None, "4017300"),
        ({"X-SIGNATURE": rsa("doku", "bca|2026-11-22T09:30:00+07:00")}, None, "4017300"),
        ({"X-CLIENT-KEY": "nobody"}, None, "4017300"),
        ({"X-CLIENT-KEY": "doku"}, None, "4017300"),
        ({"X-CLIENT-KEY": ""}, None, "4007302"),
        ({"X-SIGNATURE": ""}, None, "4007302"),
        ({"X-TIMESTAMP": ""}, None, "4007302"),
        ({"X-TIMESTAMP": "22/11/2026 09:30"}, None, "4007301"),
        ({"X-TIMESTAMP": "2026-13-22T09:30:00+07:00"}, None, "4007301"),
        ({"X-TIMESTAMP": "2020-11-22T09:30:00+07:00"}, None, "4017300"),
        ({}, b"{}", "4007302"),
        ({}, b'{"grantType":"password"}', "4007301"),
        ({}, b'{"grantType":5}', "4007301"),
        ({}, b"", "4007300"),
        ({}, b"[]", "4007300"),
    ],
)
def test_a_token_is_refused_with_the_code_of_its_reason(knock, headers, body, code):
    at = headers.get("X-TIMESTAMP", now())
    good = {"X-TIMESTAMP": at, "X-CLIENT-KEY": "bca", "X-SIGNATURE": rsa("bca", f"bca|{at}")}
    answer = knock(Service.TOKEN, good | headers, b'{"grantType":"client_credentials"}' if body is None else body)
    assert answered(answer) == code
    assert SnapToken.select().count() == 0


# What every signed call goes through


@pytest.mark.parametrize(
    ("headers", "case"),
    [
        ({"Authorization": "Bearer wrong"}, "40101"),
        ({"Authorization": "Basic abc"}, "40101"),
        ({"Authorization": None}, "40103"),
        ({"X_SIGNATURE": "AAAA"}, "40100"),
        ({"X_SIGNATURE": "00" * 64}, "40100"),
        ({"X_SIGNATURE": "é"}, "40001"),
        ({"X_SIGNATURE": None}, "40002"),
        ({"X_PARTNER_ID": "nobody"}, "40100"),
        ({"X_PARTNER_ID": None}, "40002"),
        ({"X_TIMESTAMP": None}, "40002"),
        ({"X_TIMESTAMP": "2026-11-22"}, "40001"),
        ({"X_TIMESTAMP": "0001-01-01T00:00:00+23:59"}, "40100"),
        ({"X_TIMESTAMP": "9999-12-31T23:59:59-23:59"}, "40100"),
        ({"X_EXTERNAL_ID": None}, "40002"),
        ({"X_EXTERNAL_ID": "not-a-number"}, "40001"),
        ({"X_EXTERNAL_ID": "1" * 37}, "40001"),
        ({"CHANNEL_ID": None}, "40002"),
        ({"CHANNEL_ID": "123456"}, "40001"),
    ],
)
def test_a_call_with_a_bad_header_is_refused_and_leaves_no_row(bca, bill, headers, case):
    for service in SIGNED:
        answer = bca.ask(service, account(bill.code) | {"inquiryRequestId": "P-1"}, **headers)
        assert answered(answer) == f"{case[:3]}{service}{case[3:]}"
    assert (SnapRequest.select().count(), Payment.select().count()) == (0, 0)


@pytest.mark.requirement("R58")
@pytest.mark.parametrize(
    ("shift", "code"),
    [(0, "2002500"), (-299, "2002500"), (299, "2002500"), (-302, "4012500"), (302, "4012500"), (-600, "4012500")],
)
def test_a_call_from_another_time_is_refused(bca, bill, shift, code):
    at = stamp(clock.now() + timedelta(seconds=shift))
    assert answered(bca.pay(bill.code, X_TIMESTAMP=at)) == code


@pytest.mark.parametrize("at", ["{:%Y-%m-%dT%H:%M:%S}.123Z", "{:%Y-%m-%dT%H:%M:%S}Z", "{:%Y-%m-%dT%H:%M:%S}+00:00"])
def test_the_timestamps_of_known_libraries_are_taken_as_they_are_written(bca, bill, at):
    assert answered(bca.pay(bill.code, X_TIMESTAMP=at.format(clock.now()))) == "2002500"


def test_a_signature_in_hex_holds_too(bca, bill):
    body = b'{"partnerServiceId":"   88080"}'
    headers = bca.headers(Service.INQUIRY, body)
    headers["X-SIGNATURE"] = base64.b64decode(headers["X-SIGNATURE"]).hex()
    assert answered(bca.knock(Service.INQUIRY, headers, body)) == "4002402"


def test_a_bank_may_sign_without_token_when_its_mode_says_so(knock, bill):
    winpay = Peer("winpay", knock)
    assert answered(winpay.inquire(bill.code)) == "2002400"
    assert answered(winpay.pay(bill.code)) == "2002500"
    other = Peer("bca", knock)
    assert answered(other.pay(bill.code, "P-2")) == "4012503"


def test_a_bank_that_calls_from_another_place_is_not_permitted(snap, bill):
    answers = {}
    for address in ("10.1.2.3", "10.2.0.1", "", "2001:db8::1"):
        answers[address] = answered(Peer("near", straight(snap, address)).sign_in())
    assert answers == {"10.1.2.3": "2007300", "10.2.0.1": "4037315", "": "4037315", "2001:db8::1": "4037315"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "get"])
def test_another_method_is_not_supported(snap, method):
    for service in Service:
        assert answered(snap.answer(service, Call(method, "/", {}, b""))) == f"405{service}00"


BAD_BODIES = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b'{"a":1}x',
    b'{"a":1,"a":1}',
    b'{"a":{"b":1,"b":2}}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":"\xff"}',
    b"\xef\xbb\xbf{}",
    '{"a":1}'.encode("utf-16"),
    b"[" * 30_000,
    b'{"a":' * 17 + b"1" + b"}" * 17,
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":"' + b"x" * 66_000 + b'"}',
]


def test_a_well_signed_body_that_cannot_be_read_is_a_bad_request(bca):
    for body in BAD_BODIES:
        for service in SIGNED:
            assert answered(bca.ask(service, body)) == f"400{service}00", body[:40]
    assert SnapRequest.select().count() == 0


GOOD = account(UNKNOWN)


@pytest.mark.parametrize(
    ("service", "told", "case", "about"),
    [
        (Service.PAYMENT, {"partnerServiceId": None}, "02", "partnerServiceId"),
        (Service.PAYMENT, {"customerNo": ""}, "02", "customerNo"),
        (Service.PAYMENT, {"virtualAccountNo": None}, "02", "virtualAccountNo"),
        (Service.PAYMENT, {"paymentRequestId": None}, "02", "paymentRequestId"),
        (Service.PAYMENT, {"paidAmount": None}, "02", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": {"currency": "IDR"}}, "02", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": {"value": "16800.00"}}, "02", "paidAmount.currency"),
        (Service.PAYMENT, {"partnerServiceId": "88080"}, "01", "partnerServiceId"),
        (Service.PAYMENT, {"partnerServiceId": 88080}, "01", "partnerServiceId"),
        (Service.PAYMENT, {"customerNo": 1}, "01", "customerNo"),
        (Service.PAYMENT, {"customerNo": "1" * 21}, "01", "customerNo"),
        (Service.PAYMENT, {"customerNo": "１２３"}, "01", "customerNo"),
        (Service.PAYMENT, {"virtualAccountNo": "   8808000000000008"}, "01", "virtualAccountNo"),
        (Service.PAYMENT, {"virtualAccountNo": UNKNOWN}, "01", "virtualAccountNo"),
        (Service.PAYMENT, {"paymentRequestId": "x" * 129}, "01", "paymentRequestId"),
        (Service.PAYMENT, {"paymentRequestId": "a\u0000b"}, "01", "paymentRequestId"),
        (Service.PAYMENT, {"paymentRequestId": "a\n"}, "01", "paymentRequestId"),
        (Service.PAYMENT, {"paymentRequestId": {"a": 1}}, "01", "paymentRequestId"),
        (Service.PAYMENT, {"paidAmount": rupiah("-16800.00")}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": rupiah("16800.000")}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": rupiah("1.68e4")}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": rupiah("16.800,00")}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": rupiah("9" * 40)}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": {"value": 16800.00, "currency": "IDR"}}, "01", "paidAmount.value"),
        (Service.PAYMENT, {"paidAmount": rupiah(currency="rp")}, "01", "paidAmount.currency"),
        (Service.INQUIRY, {"inquiryRequestId": None}, "02", "inquiryRequestId"),
        (Service.INQUIRY, {"inquiryRequestId": 7}, "01", "inquiryRequestId"),
        (Service.STATUS, {"inquiryRequestId": None}, "02", "inquiryRequestId"),
        (Service.QR_NOTICE, {"originalReferenceNo": None}, "02", "originalReferenceNo"),
        (Service.QR_NOTICE, {"originalPartnerReferenceNo": None}, "02", "originalPartnerReferenceNo"),
        (Service.QR_NOTICE, {"latestTransactionStatus": "paid"}, "01", "latestTransactionStatus"),
        (Service.QR_NOTICE, {"amount": rupiah(currency="USD")}, "01", "amount.currency"),
        (Service.QR_NOTICE, {"amount": rupiah("0.00")}, "01", "amount.value"),
    ],
)
def test_a_field_that_is_missing_or_odd_is_named(bca, service, told, case, about):
    good = {
        **GOOD,
        "inquiryRequestId": "P-1",
        "paymentRequestId": "P-1",
        "paidAmount": rupiah(),
        "originalReferenceNo": "Q-1",
        "originalPartnerReferenceNo": UNKNOWN,
        "latestTransactionStatus": "00",
        "amount": rupiah(),
    }
    answer = bca.ask(service, {name: value for name, value in (good | told).items() if value is not None})
    assert answered(answer) == f"400{service}{case}"
    assert about in answer[1]["responseMessage"]
    assert SnapRequest.select().count() == 0


# Inquiry


def test_an_inquiry_says_what_is_due_and_no_more_of_the_name_than_is_needed(bca, bill):
    status, body = bca.inquire(bill.code, "P-9", told={"channelCode": 6011, "trxDateInit": "20261122T0929"})
    assert (status, body["responseCode"], body["responseMessage"]) == (200, "2002400", "Successful")
    data = body["virtualAccountData"]
    assert data["totalAmount"] == {"value": "16800.00", "currency": "IDR"}
    assert (data["inquiryStatus"], data["virtualAccountTrxType"]) == ("00", "C")
    assert (data["inquiryRequestId"], data["virtualAccountNo"]) == ("P-9", f"   {bill.code}")
    assert data["virtualAccountName"] == "SITI A B"
    assert data["inquiryReason"] == {"english": "Success", "indonesia": "Sukses"}
    assert status_of(bill) == BillStatus.OPEN


def test_a_bill_for_several_people_says_so(bca, payments):
    bill = payments.bills.shared([registered(name="ANI"), registered(name="ANI")])
    data = bca.inquire(bill.code)[1]["virtualAccountData"]
    assert (data["virtualAccountName"], data["totalAmount"]["value"]) == ("ANI DKK", "33600.00")


def test_an_inquiry_for_what_cannot_be_paid_gets_the_code_of_the_reason(bca, payments, bill):
    assert answered(bca.inquire(UNKNOWN)) == "4042412"
    with time_machine.travel(bill.expires + MINUTE):
        bca.sign_in()
        assert answered(bca.inquire(bill.code)) == "4042419"
    payments.bills.expire(bill.expires)
    answer = bca.inquire(bill.code)
    assert answered(answer) == "4042419"
    assert answer[1]["virtualAccountData"]["inquiryStatus"] == "01"
    other = payments.bills.payable(registered())
    bca.pay(other.code)
    assert answered(bca.inquire(other.code)) == "4042414"
    Bill.update(status=BillStatus.CANCELLED).where(Bill.uid == bill.uid).execute()
    assert answered(bca.inquire(bill.code)) == "4042412"


def test_a_number_that_was_used_today_conflicts_whatever_it_was_used_for(bca, bill):
    used = number()
    assert answered(bca.inquire(bill.code, X_EXTERNAL_ID=used)) == "2002400"
    assert answered(bca.inquire(bill.code, X_EXTERNAL_ID=used)) == "4092400"
    assert answered(bca.pay(bill.code, X_EXTERNAL_ID=used)) == "4092500"
    assert status_of(bill) == BillStatus.OPEN


def test_a_number_is_free_again_on_the_next_day_in_jakarta(bca, bill):
    used = number()
    # 16:59 and 17:01 UTC are two days in WIB, one in UTC.
    noon = clock.now().replace(hour=16, minute=59, second=0)
    with time_machine.travel(noon):
        bca.sign_in()
        assert answered(bca.inquire(UNKNOWN, X_EXTERNAL_ID=used)) == "4042412"
        assert answered(bca.inquire(UNKNOWN, X_EXTERNAL_ID=used)) == "4092400"
    with time_machine.travel(noon + 2 * MINUTE):
        assert answered(bca.inquire(UNKNOWN, X_EXTERNAL_ID=used)) == "4042412"


# Payment


def test_a_payment_settles_its_bill_once_and_is_echoed(bca, bill):
    told = {
        "virtualAccountName": "SITI AMINAH",
        "referenceNo": "000111222333",
        "flagAdvise": "N",
        "trxDateTime": "2026-11-22T09:29:58+07:00",
        "trxId": {"odd": 1},
    }
    status, body = bca.pay(bill.code, "P-1", told=told)
    assert (status, body["responseCode"]) == (200, "2002500")
    data = body["virtualAccountData"]
    assert data["paymentFlagStatus"] == "00"
    assert data["paymentFlagReason"] == {"english": "Success", "indonesia": "Sukses"}
    assert data["paidAmount"] == {"value": "16800.00", "currency": "IDR"}
    assert {name: data.get(name) for name in told} == told | {"trxId": None}
    assert data["paymentRequestId"] == "P-1"
    payment = Payment.get()
    assert (payment.provider, payment.reference, payment.amount, payment.settled) == ("snap:bca", "P-1", SUM, True)
    assert status_of(bill) == BillStatus.PAID
    assert Registration.get().status == Status.ACTIVE


@pytest.mark.usefixtures("store")
def test_the_scenarios_that_bca_checks(bca, payments, bill):
    first = number()
    assert answered(bca.pay(bill.code, "P-1", X_EXTERNAL_ID=first)) == "2002500"
    again = bca.pay(bill.code, "P-1", X_EXTERNAL_ID=first)
    assert (answered(again), flag(again)) == ("4042518", "00")
    assert answered(bca.pay(bill.code, "P-2", X_EXTERNAL_ID=first)) == "4092500"
    assert answered(bca.pay(bill.code, "P-2")) == "4042514"
    assert answered(bca.pay(UNKNOWN, "P-3")) == "4042512"
    other = payments.bills.payable(registered())
    wrong = number()
    answer = bca.pay(other.code, "P-4", told={"paidAmount": rupiah(16_799)}, X_EXTERNAL_ID=wrong)
    assert (answered(answer), flag(answer)) == ("4042513", "01")
    repeated = bca.pay(other.code, "P-4", told={"paidAmount": rupiah(16_799)}, X_EXTERNAL_ID=wrong)
    assert (answered(repeated), flag(repeated)) == ("4042518", "01")
    with time_machine.travel(other.expires + MINUTE):
        bca.sign_in()
        assert answered(bca.pay(other.code, "P-5")) == "4042519"
    assert [payment.reference for payment in Payment.select()] == ["P-1"]


@pytest.mark.usefixtures("store")
def test_advice_under_a_new_number_is_the_same_money(bca, bill):
    assert answered(bca.pay(bill.code)) == "2002500"
    for day in (0, 1):
        with time_machine.travel(clock.now() + timedelta(days=day)):
            bca.sign_in()
            answer = bca.pay(bill.code, told={"flagAdvise": "Y"})
            assert (answered(answer), flag(answer)) == ("2002500", "00")
    assert Payment.select().count() == 1


def test_a_payment_id_is_not_taken_for_another_bill_or_sum(bca, payments, bill):
    other = payments.bills.payable(registered())
    bca.pay(bill.code)
    assert answered(bca.pay(other.code)) == "4092501"
    assert answered(bca.pay(bill.code, told={"paidAmount": rupiah(1)})) == "4092501"
    assert (status_of(other), Payment.select().count()) == (BillStatus.OPEN, 1)


@pytest.mark.requirement("R60")
@pytest.mark.parametrize(
    ("paid", "code"),
    [
        (rupiah("16800"), "2002500"),
        (rupiah("16800.0"), "2002500"),
        (rupiah("016800.00"), "2002500"),
        (rupiah("16799.99"), "4042513"),
        (rupiah("16800.50"), "4042513"),
        (rupiah("16801.00"), "4042513"),
        (rupiah("0.00"), "4042513"),
        (rupiah("1680000"), "4042513"),
        (rupiah("9999999999999999.99"), "4042513"),
        (rupiah(currency="USD"), "4042513"),
    ],
)
def test_only_the_exact_sum_in_rupiah_settles(bca, bill, paid, code):
    answer = bca.pay(bill.code, told={"paidAmount": paid})
    assert answered(answer) == code
    assert (status_of(bill) == BillStatus.PAID) == (code == "2002500")
    assert (flag(answer) == "00") == (code == "2002500")


@pytest.mark.parametrize(
    ("asked_first", "late", "code"),
    [(True, 10, "2002500"), (True, 16, "4042519"), (False, 1, "4042519")],
)
def test_money_that_was_asked_about_in_time_may_come_a_little_late(bca, bill, asked_first, late, code):
    with time_machine.travel(bill.expires - MINUTE):
        bca.sign_in()
        if asked_first:
            assert answered(bca.inquire(bill.code)) == "2002400"
        bca.inquire(bill.code, "ANOTHER")
    with time_machine.travel(bill.expires + late * MINUTE):
        bca.sign_in()
        assert answered(bca.pay(bill.code)) == code


@pytest.mark.usefixtures("store")
def test_a_provider_whose_money_has_moved_is_thanked_and_its_money_kept_for_a_person(doku, bill):
    used = number()
    wrong = {"paidAmount": rupiah("16800.75")}
    with time_machine.travel(bill.expires + timedelta(days=1)):
        doku.sign_in()
        assert answered(doku.pay(UNKNOWN, "D-1")) == "2002500"
        assert answered(doku.pay(bill.code, "D-2", told={"paidAmount": rupiah(100)})) == "2002500"
        first = doku.pay(bill.code, "D-3", told=wrong, X_EXTERNAL_ID=used)
        assert doku.pay(bill.code, "D-3", told=wrong, X_EXTERNAL_ID=used) == first
        assert answered(first) == "2002500"
        assert answered(doku.pay(bill.code, "D-3", X_EXTERNAL_ID=used)) == "4042518"
        assert answered(doku.pay(bill.code, "D-4")) == "2002500"
    rows = [
        (row.reference, row.amount, row.settled, row.reason) for row in Payment.select().order_by(Payment.reference)
    ]
    assert rows == [
        ("D-1", SUM, False, "unknown"),
        ("D-2", 100, False, "wrong_amount"),
        ("D-3", SUM, True, "late_settled"),
        ("D-4", SUM, False, "already_paid"),
    ]


@pytest.mark.requirement("R59")
def test_forty_copies_at_once_are_one_payment(bca, bill, store):
    answers: list[str] = []
    used, start = number(), threading.Barrier(8)

    def send() -> None:
        start.wait()
        with database.connection_context():
            for _ in range(5):
                answers.append(answered(bca.pay(bill.code, X_EXTERNAL_ID=used)))

    crowd = [threading.Thread(target=send) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sorted(answers) == ["2002500"] + ["4042518"] * 39
    assert (SnapRequest.select().count(), Payment.select().count()) == (1, 1)


def test_what_was_answered_rests_sealed(bca, bill):
    bca.inquire(bill.code)
    row = SnapRequest.get()
    assert row.answer["virtualAccountData"]["virtualAccountName"] == "SITI A B"
    assert b"SITI" not in bytes(row.answer_sealed)


# Status


def ask_status(peer: Peer, code: str, request_id: str = "P-1", **told):
    return peer.ask(Service.STATUS, account(code) | {"inquiryRequestId": request_id} | told)


@pytest.mark.usefixtures("store")
def test_a_status_says_what_became_of_a_payment_and_only_to_who_made_it(bca, doku, bill):
    assert answered(ask_status(bca, bill.code)) == "4042601"
    assert answered(ask_status(bca, UNKNOWN)) == "4042612"
    bca.pay(bill.code, told={"paidAmount": rupiah(1)})
    rejected = ask_status(bca, bill.code)
    assert (answered(rejected), flag(rejected)) == ("2002600", "01")
    bca.pay(bill.code, "P-2")
    paid = ask_status(bca, bill.code, "ASKED", paymentRequestId="P-2")
    assert (answered(paid), flag(paid)) == ("2002600", "00")
    assert paid[1]["virtualAccountData"]["paidAmount"] == {"value": "16800.00", "currency": "IDR"}
    assert answered(ask_status(doku, bill.code, "P-2")) == "4042601"
    assert answered(ask_status(bca, bill.code, "P-3", paymentRequestId={"a": 1})) == "4042601"


# QRIS


def notice(code: str, reference: str = "Q-1", status: str = "00", sum_: str | int = SUM) -> dict:
    return {
        "originalReferenceNo": reference,
        "originalPartnerReferenceNo": code,
        "latestTransactionStatus": status,
        "amount": rupiah(sum_),
    }


@pytest.mark.usefixtures("store")
def test_a_qris_notice_settles_a_bill_and_is_thanked_for_as_often_as_it_comes(doku, bill):
    used = number()
    for external_id in (used, used, number()):
        answer = doku.ask(Service.QR_NOTICE, notice(bill.code), X_EXTERNAL_ID=external_id)
        assert answered(answer) == "2005200"
    assert answered(doku.ask(Service.QR_NOTICE, notice(bill.code, "Q-2"), X_EXTERNAL_ID=used)) == "4095200"
    payment = Payment.get()
    assert (payment.provider, payment.reference, payment.settled) == ("qris:doku", "Q-1", True)
    assert status_of(bill) == BillStatus.PAID


@pytest.mark.parametrize("status", ["01", "02", "03", "04", "05", "06", "07"])
def test_a_qris_notice_of_anything_but_success_moves_nothing(doku, bill, status):
    assert answered(doku.ask(Service.QR_NOTICE, notice(bill.code, status=status))) == "2005200"
    assert (status_of(bill), Payment.select().count()) == (BillStatus.OPEN, 0)


def test_a_qris_notice_of_another_sum_is_kept_for_a_person(doku, bill):
    assert answered(doku.ask(Service.QR_NOTICE, notice(bill.code, sum_="16799.99"))) == "2005200"
    assert (status_of(bill), Payment.get().reason) == (
        BillStatus.EXPIRED,
        "wrong_amount",
    )  # a bill for the rest is open


# Who may call, and the sandbox's own bank


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no [[partner]]"),
        ("partner = 3", "no [[partner]]"),
        ("[[partner]", "not TOML"),
        (partner("bca") * 2, "client_id twice"),
        (partner("bca", partner_id="x") + partner("doku", partner_id="x"), "partner_id twice"),
        (partner("bca", secret="short"), "secret of 16"),
        (partner("bca", secret=None), "secret of 16"),
        (partner("bca", public_key="no key"), "public_key"),
        (partner("bca", mode="both"), "mode has no value"),
        (partner("bca", tolerance=0), "tolerance"),
        (partner("bca", tolerance=True), "tolerance has no value"),
        (partner("bca", colour="blue"), "colour"),
        (partner("bca", client_id=None), "no client_id"),
        (partner("bca", partner_id="x" * 37), "36 characters"),
        (partner("bca", addresses=["10.0.0.1/8"]), "host bits"),
        (partner("bca", addresses=[{}]), "{}"),
    ],
)
def test_partners_that_cannot_be_read_stop_the_start_with_one_line(payments, text, words):
    with pytest.raises(Misconfigured) as caught:
        Snap(configured(provider={"BPU_SNAP_PARTNERS": text}), payments)
    (line,) = caught.value.problems
    assert line.startswith("BPU_SNAP_PARTNERS ")
    assert words in line
    assert "\n" not in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (configured(payment=("simulator",)), "2002500"),
        (configured(payment=("snap",)), "4017300"),
        (configured(payment=("simulator", "snap"), mode="live"), "4017300"),
    ],
)
def test_only_a_sandbox_with_a_simulator_knows_the_sandbox_bank(payments, bill, settings, code):
    snap = Snap(settings, payments)

    def post(path, headers, body):
        service = next(service for service in Service if ROOT + PATHS[service] == path)
        status, told = snap.answer(service, Call("POST", path, headers, body))
        return status, json.dumps(told).encode()

    reply = Bank(settings, post).pay(bill.code)
    assert reply.body["responseCode"] == code
    assert reply.done == (status_of(bill) == BillStatus.PAID) == (code == "2002500")

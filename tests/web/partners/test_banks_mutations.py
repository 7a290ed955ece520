"""Thousands of spoilt SNAP calls: none is answered with a 5xx, and none moves money that the rules do not let it move.

The mutator knows what it spoilt, so it knows which bills may have been paid: only those for which some call was signed
by the bank's own key, named the bill and brought its exact sum.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bpu import clock
from bpu.models import Bill, BillStatus, Payment, Registration, SnapRequest, Status, database
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.services.money.judging import GRACE
from bpu.services.money.payments import Payments
from tests.parts.banks import Peer, account, books, now, rsa, rupiah, signed_in, stamp
from tests.parts.doors import doors, over_http
from tests.people.registered import registered

SEED = 20261122
BILLS = 120
UNKNOWN = "8808000000000009"


@dataclass
class Sent:
    """A call on its way: what it says, how it is signed, and what has been done to it."""

    service: Service
    told: dict[str, Any]
    method: str = "POST"
    path: str = ""
    body: bytes | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    genuine: bool = True
    spoilt: list[str] = field(default_factory=list)


CONTENT: list[Callable[[random.Random, Sent], None]] = []
TRANSIT: list[Callable[[random.Random, Sent], None]] = []


def content(change: Callable[[random.Random, Sent], None]) -> Callable:
    """A change that the bank itself makes and signs."""
    CONTENT.append(change)
    return change


def transit(change: Callable[[random.Random, Sent], None]) -> Callable:
    """A change on the way, after the signature."""
    TRANSIT.append(change)
    return change


ODD = (
    None,
    "",
    0,
    1,
    -1,
    True,
    10**40,
    1e300,
    [],
    {},
    [[]],
    {"a": {"b": 1}},
    "x" * 300,
    "\ud800",
    "\0",
    "١٢٣",
    "é ñ",
    " ",
)


@content
def wrong_amount(chance, sent):
    sums = ("16799.99", "16800.01", "1.00", "0.00", "168000.00", "9999999999999999.99", "-16800.00", "1e9", "NaN")
    sent.told["paidAmount"] = rupiah(chance.choice(sums))


@content
def other_spelling_of_the_amount(chance, sent):
    sent.told["paidAmount"] = rupiah(chance.choice(("16800", "16800.0", "0000016800.00")))


@content
def other_currency(chance, sent):
    sent.told["paidAmount"] = rupiah(currency=chance.choice(("USD", "idr", "", "IDRX")))


@content
def unknown_bill(chance, sent):
    sent.told |= account(chance.choice((UNKNOWN, "8808", "0" * 28)))


@content
def inconsistent_account(chance, sent):
    name = chance.choice(("partnerServiceId", "customerNo", "virtualAccountNo"))
    sent.told[name] = chance.choice(("   88080", "88080", "1", "1" * 29, "   8808000000000009", " " * 8))


@content
def field_left_out(chance, sent):
    sent.told.pop(chance.choice([*sent.told, "none"]), None)


@content
def odd_value(chance, sent):
    sent.told[chance.choice([*sent.told, "more"])] = chance.choice(ODD)


@content
def more_fields(chance, sent):
    sent.told |= {
        "additionalInfo": {"a": [chance.choice(ODD)] * 3},
        "flagAdvise": "Y",
        "referenceNo": chance.choice(ODD),
    }


@content
def key_twice(chance, sent):
    first = _json(sent.told)
    name = chance.choice(list(sent.told) or ["a"])
    sent.body = first[:-1] + b"," * (len(first) > 2) + _json({name: "x"})[1:]
    sent.body = sent.body if name in sent.told else b'{"a":1,"a":2}'


@content
def not_json(chance, sent):
    whole = _json(sent.told)
    sent.body = chance.choice(
        (
            b"",
            whole[: chance.randrange(len(whole))],
            whole + b"}",
            b"[" * 20_000,
            b'{"a":' * 40 + b"1" + b"}" * 40,
            b'{"a":NaN}',
            b'{"a":' + b"9" * 5_000 + b"}",
            b"\xef\xbb\xbf" + whole,
            whole.decode().encode("utf-16"),
            b'{"a":"' + b"x" * 66_000 + b'"}',
            bytes(chance.randrange(256) for _ in range(60)),
        )
    )


@content
def number_used_before(chance, sent):
    sent.headers["X-EXTERNAL-ID"] = f"{chance.randrange(1, 400):012d}"


@content
def odd_number(chance, sent):
    sent.headers["X-EXTERNAL-ID"] = chance.choice((None, "", "abc", "1" * 37, "-1", "1 2", "0x1"))


@content
def request_id_of_another(chance, sent):
    for name in ("paymentRequestId", "inquiryRequestId", "originalReferenceNo"):
        if name in sent.told:
            sent.told[name] = f"R-{chance.randrange(40)}"


@content
def another_time(chance, sent):
    away = chance.choice((-86_400, -600, 600, 86_400))
    sent.headers["X-TIMESTAMP"] = stamp(clock.now() + timedelta(seconds=away))
    sent.genuine = False


@content
def odd_time(chance, sent):
    sent.headers["X-TIMESTAMP"] = chance.choice(("", "now", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-23:59", "1"))
    sent.genuine = False


@transit
def byte_flipped(chance, sent):
    assert sent.body is not None
    place = chance.randrange(len(sent.body)) if sent.body else 0
    changed = bytes([(sent.body[place] if sent.body else 0) ^ chance.choice((1, 2, 8))])
    sent.body = sent.body[:place] + changed + sent.body[place + 1 :]
    sent.genuine = False


@transit
def cut_short(chance, sent):
    assert sent.body is not None
    # White space at the end means nothing: what is cut has to be more than that.
    if whole := sent.body.rstrip():
        sent.body = whole[: chance.randrange(len(whole))]
        sent.genuine = False


@transit
def white_space(chance, sent):
    assert sent.body is not None
    sent.body = b" \r\n\t" + sent.body + b"\n"


@transit
def other_signature(chance, sent):
    good = str(sent.headers.get("X-SIGNATURE"))
    sent.headers["X-SIGNATURE"] = chance.choice((None, "", "AAAA", "00" * 64, good[::-1], good[:-2], good + "=", "é"))
    sent.genuine = False


@transit
def other_header(chance, sent):
    name = chance.choice(("Authorization", "X-PARTNER-ID", "X-TIMESTAMP", "CHANNEL-ID"))
    # CHANNEL-ID is not signed, and who signs with a key of their own needs no token.
    sent.genuine &= name == "CHANNEL-ID" or (name == "Authorization" and name not in sent.headers)
    sent.headers[name] = chance.choice((None, "", "x", "Bearer ", "Bearer x", "é" * 10, "9" * 5_000, "a, b"))


@transit
def other_method(chance, sent):
    sent.method = chance.choice(("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"))
    sent.genuine = False


@transit
def other_service(chance, sent):
    sent.path = ROOT + PATHS[chance.choice([service for service in Service if service != sent.service])]
    sent.genuine = False


@transit
def query_added(chance, sent):
    sent.path = f"{ROOT}{PATHS[sent.service]}?{chance.choice(('a=1', '%00', '=', '%ff'))}"
    sent.genuine = False


def _json(told: Any) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


class Mutator:
    """A bank's line on which everything goes wrong, in an order that a seed fixes."""

    def __init__(self, client: Any, peers: list[Peer], codes: list[str], seed: int) -> None:
        self.client = client
        self.peers = peers
        self.codes = codes
        self.chance = random.Random(seed)
        self.wire: list[Sent] = []
        self.held: list[Sent] = []
        self.may_pay: set[str] = set()
        self.answers: Counter[str] = Counter()

    def made(self) -> Sent:
        """A call as a bank would make it, spoilt in none to three ways."""
        chance, peer = self.chance, self.chance.choice(self.peers)
        kinds = (Service.PAYMENT, Service.PAYMENT, Service.INQUIRY, Service.STATUS, Service.TOKEN)
        service, code, own_id = chance.choice(kinds), chance.choice(self.codes), f"R-{chance.randrange(4_000)}"
        if service is Service.TOKEN:
            told: dict[str, Any] = {"grantType": "client_credentials"}
        elif service is Service.PAYMENT:
            told = account(code) | {"paymentRequestId": own_id, "paidAmount": rupiah(), "referenceNo": "1"}
        else:
            told = account(code) | {"inquiryRequestId": own_id}
        sent = Sent(service, told)
        # Each kind of harm is as likely as any other; some calls stay good, or nothing would ever be paid.
        for change in chance.sample(CONTENT, chance.choice((0, 0, 1, 1, 2, 3))):
            change(chance, sent)
            sent.spoilt.append(change.__name__)
        sent.body = _json(sent.told) if sent.body is None else sent.body
        at = sent.headers.get("X-TIMESTAMP", now())
        if service is Service.TOKEN:
            signed = {"X-TIMESTAMP": at, "X-CLIENT-KEY": peer.name, "X-SIGNATURE": rsa(peer.name, f"{peer.name}|{at}")}
        else:
            signed = peer.headers(service, sent.body, at or now()) | {"X-TIMESTAMP": at}
        sent.headers = signed | sent.headers
        for change in chance.sample(TRANSIT, chance.choice((0, 0, 0, 1, 1, 2))):
            change(chance, sent)
            sent.spoilt.append(change.__name__)
        return sent

    def step(self) -> None:
        """Send one call: a new one, one from before once more, or one that was held back."""
        what = self.chance.random()
        if what < 0.08 and self.wire:
            sent = self.chance.choice(self.wire)
        elif what < 0.16 and self.held:
            sent = self.held.pop(self.chance.randrange(len(self.held)))
        else:
            sent = self.made()
            if what > 0.92:
                self.held.append(sent)
                sent = self.made()
        self.wire.append(sent)
        self.send(sent)

    def send(self, sent: Sent) -> None:
        """Send it, and hold the answer against what is known of the call."""
        paid = sent.told.get("paidAmount")
        if sent.service is Service.PAYMENT and sent.genuine and isinstance(paid, dict):
            exact = paid.get("value") in ("16800.00", "16800", "16800.0", "0000016800.00")
            if exact and paid.get("currency") == "IDR":
                self.may_pay.add(str(sent.told.get("virtualAccountNo")).strip())
        headers = {name: value for name, value in sent.headers.items() if value is not None}
        path = sent.path or ROOT + PATHS[sent.service]
        response = self.client.open(path, method=sent.method, headers=headers, data=sent.body)
        assert response.status_code < 500, sent
        if sent.method == "HEAD":
            return
        code = response.get_json()["responseCode"]
        assert code[:3] == str(response.status_code), sent
        assert "X-TIMESTAMP" in response.headers
        # A request for a token has neither address nor body under its signature, and moves nothing.
        if not sent.genuine and sent.service is not Service.TOKEN:
            assert code[:3] in ("400", "401", "405"), (sent, code)
        self.answers[code] += 1


def held_to_the_rules(mutator: Mutator, expired: set[str]) -> None:
    """What must be so in the database, whatever came in."""
    bills = {bill.code: bill for bill in Bill.select()}
    settled = Counter(row.code for row in Payment.select().where(Payment.settled))
    paid = {code for code, bill in bills.items() if bill.status == BillStatus.PAID}
    assert paid == set(settled)
    assert set(settled.values()) <= {1}
    assert paid <= mutator.may_pay
    assert not paid & expired
    assert all(row.amount == bills[row.code].amount for row in Payment.select().where(Payment.settled))
    # Banks ask before they debit: what settles nothing was refused and is no money of ours.
    assert Payment.select().where(~Payment.settled).count() == 0
    people = list(Registration.select())
    numbers = [person.number for person in people if person.number]
    assert len(numbers) == len(set(numbers)) == len(paid)
    assert sum(person.status == Status.ACTIVE for person in people) == len(paid)
    keys = [(row.partner, row.external_id, row.day) for row in SnapRequest.select()]
    assert len(keys) == len(set(keys))


@pytest.fixture
def payments(request, sqlite_store) -> Payments:
    return books(request)


@pytest.mark.requirement("R58")
@pytest.mark.parametrize("calls", [2_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_spoilt_calls_move_no_money_that_may_not_move(payments, calls):
    bills = [payments.bills.payable(registered()) for _ in range(BILLS)]
    expired = {bill.code for bill in bills[::4]}
    over = clock.now() - GRACE - timedelta(minutes=1)
    Bill.update(expires=over).where(Bill.code.in_(expired)).execute()
    flask = doors(payments)
    knock = over_http(flask)
    peers = [signed_in("bca", knock), Peer("winpay", knock)]
    mutator = Mutator(flask.test_client(), peers, [bill.code for bill in bills], SEED)
    for count in range(calls):
        mutator.step()
        if count % 1_000 == 0:
            held_to_the_rules(mutator, expired)
    held_to_the_rules(mutator, expired)
    # The mutator is worth something only if calls of every kind came through and every kind of refusal was met.
    cases = {code[:3] + code[5:] for code in mutator.answers}
    assert cases >= {"20000", "40000", "40001", "40002", "40100", "40101", "40103", "40412", "40413", "40414", "40418"}
    assert cases >= {"40419", "40401", "40500", "40900", "40901"}
    assert 30 < Bill.select().where(Bill.status == BillStatus.PAID).count() <= BILLS - len(expired)
    assert {name for sent in mutator.wire for name in sent.spoilt} == {
        change.__name__ for change in (*CONTENT, *TRANSIT)
    }
    assert not database.in_transaction()

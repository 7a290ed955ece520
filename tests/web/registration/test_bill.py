"""QRIS on the payment page: only for who asks, checked before it is shown, the same each time, and paid by a notice."""

import binascii
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
import zxingcpp
from flask import Flask
from PIL import Image

from bpu import clock
from bpu.models import Bill, Payment, Qr, close_all, database
from bpu.providers.money import qris
from bpu.providers.money.snap import Service
from bpu.settings import Settings
from tests.conftest import running
from tests.parts.banks import Peer, answered, partner
from tests.parts.doors import over_http
from tests.parts.partners import ACQUIRER, MERCHANT, Acquirer, serving
from tests.people.visitor import Visitor


@pytest.fixture
def acquirer() -> Acquirer:
    return Acquirer()


@pytest.fixture
def app(settings: Settings, acquirer: Acquirer) -> Iterator[Flask]:
    with serving(acquirer.serve) as url:
        known = {"BPU_SNAP_PARTNERS": partner(ACQUIRER, mode="asymmetric", secret=None)}
        provider = acquirer.settings(f"{url}/v1.0", "asymmetric") | known
        yield running(replace(settings, payment=("simulator", "snap"), provider=provider))
    close_all()


def scanned(visitor: Visitor) -> str:
    """What a phone's camera reads off the page."""
    picture = visitor.one("#qris img")
    png = binascii.a2b_base64(str(picture["src"]).removeprefix("data:image/png;base64,"))
    image = Image.open(io.BytesIO(png))
    assert (image.mode, len(png) < 600) == ("1", True)
    assert int(str(picture["width"])) == int(str(picture["height"])) == image.width * 4
    assert "Rp" in str(picture["alt"])
    assert "CONTOH IURAN BPU" in str(picture["alt"])
    return zxingcpp.read_barcodes(image.convert("L").resize((400, 400), Image.Resampling.NEAREST))[0].text


def ask(visitor: Visitor) -> Visitor:
    """Press the button below the form."""
    return visitor.fill(form=1)


def test_the_code_comes_when_asked_for_and_is_the_same_each_time(visitor, acquirer):
    visitor.reach("bayar")
    assert (visitor.page.select("#qris"), acquirer.asked) == ([], [])
    bill = Bill.get()
    first = scanned(ask(visitor))
    assert qris.problems(first, bill.amount, MERCHANT) == []
    assert qris.template(qris.parse(first), "62")["01"] == bill.code
    assert (visitor.step, visitor.path.rpartition("/")[2]) == ("bayar", "bayar" if visitor.htmx else "qris")
    assert visitor.page.select("#bill-code")
    uid = visitor.path.split("/")[2]
    assert scanned(visitor.open(f"/bpu/{uid}/bayar")) == first
    assert scanned(visitor.open(f"/bpu/{uid}/bayar/qris")) == first
    assert not visitor.sees("Tampilkan QRIS")
    visitor.client.post(f"/bpu/{uid}/bayar/qris", headers={"Sec-Fetch-Site": "same-origin"})
    assert (len(acquirer.asked), Qr.select().count()) == (1, 1)


def test_the_acquirers_notice_pays_the_bill(visitor, app, acquirer):
    ask(visitor.reach("bayar"))
    bill = Bill.get()
    peer = Peer(ACQUIRER, over_http(app))
    for _ in range(2):
        assert answered(peer.ask(Service.QR_NOTICE, acquirer.notice(bill.code, bill.amount))) == "2005200"
    (payment,) = Payment.select()
    assert (payment.provider, payment.reference, payment.settled) == (f"qris:{ACQUIRER}", f"QR-{bill.code}", True)
    assert visitor.open(visitor.path).step == "selesai"


def sealed(tags: dict[str, str]) -> str:
    content = "".join(f"{tag}{len(value):02d}{value}" for tag, value in tags.items() if tag != "63") + "6304"
    return content + qris.crc(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1] + "Z",
        lambda content: sealed(qris.parse(content) | {"54": "1"}),
        lambda content: sealed(qris.parse(content) | {"53": "840"}),
        lambda content: sealed(qris.parse(content) | {"51": "0014ID.CO.QRIS.WWW0215ID20990000000020303UBE"}),
        lambda content: sealed(qris.parse(content) | {"01": "11"}),
        lambda content: "<script>",
    ],
    ids=["damaged", "another sum", "dollars", "another merchant", "a sticker", "no code"],
)
def test_a_code_that_would_lead_money_elsewhere_is_never_shown(app, acquirer, spoil):
    acquirer.spoil = spoil
    visitor = ask(Visitor(app).reach("bayar"))
    assert (visitor.page.select("#qris"), Qr.select().count()) == ([], 0)
    assert visitor.response.status_code == 422
    (told,) = visitor.errors
    assert told.startswith("QRIS belum bisa ditampilkan.")
    assert visitor.one("#bill-code").text == Bill.get().code


def test_an_acquirer_that_is_away_takes_nothing_from_the_bill_and_may_be_asked_again(visitor, acquirer):
    acquirer.moods = [(503, {})]
    ask(visitor.reach("bayar"))
    assert visitor.errors
    assert visitor.one("#bill-code").text == Bill.get().code
    assert scanned(ask(visitor))


def test_a_bill_that_ended_has_no_code(visitor, acquirer):
    ask(visitor.reach("bayar"))
    uid = visitor.path.split("/")[2]
    with time_machine.travel(clock.now() + timedelta(hours=49), tick=False):
        visitor.open(f"/bpu/{uid}/bayar")
        assert not visitor.page.select("#qris")
        assert not visitor.sees("Tampilkan QRIS")
        visitor.client.post(f"/bpu/{uid}/bayar/qris", headers={"Sec-Fetch-Site": "same-origin"})
    assert len(acquirer.asked) == 1


def test_nobody_asks_for_anybody_else(app, acquirer):
    visitor, stranger = Visitor(app).reach("bayar"), Visitor(app).start()
    address = f"/bpu/{visitor.path.split('/')[2]}/bayar/qris"
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert stranger.client.post(address, headers=headers).status_code == 404
    assert stranger.client.get(address).status_code == 404
    assert visitor.client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert acquirer.asked == []


def test_the_sandbox_has_a_code_of_its_own_and_live_without_an_acquirer_none(settings):
    visitor = Visitor(running(settings)).reach("bayar")
    assert "CONTOH IURAN BPU" in scanned(ask(visitor))
    services = visitor.app.extensions["bpu"]
    services.qrcodes.acquirer = None
    Qr.delete().execute()
    visitor.open(visitor.path.removesuffix("/qris"))
    assert not visitor.sees("QRIS")
    database.close()

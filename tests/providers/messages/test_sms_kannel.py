"""From the outbox to the phone and back: our worker, a real Kannel, SMPP 3.4, and receipts at the real address."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from flask import request
from werkzeug.serving import make_server

from bpu.models import Outgoing
from bpu.providers.messages import sms
from bpu.services.messages.delivery import open_deliverers
from bpu.services.messages.outbox import wake, write
from bpu.services.messages.reports import success
from bpu.services.messages.texts import Messages
from bpu.services.messages.worker import Policy, Worker
from bpu.settings import Settings
from tests.parts.servers import Kannel, Smsc, eventually, free_port, running_kannel, running_smsc

QUICK = {"sms": Policy(base=0.2, cap=1, life=300, lease=60)}


@dataclass(frozen=True)
class Line:
    """Everything between us and a phone."""

    settings: Settings
    kannel: Kannel
    smsc: Smsc
    told: list[str]  # every request to the address for receipts
    deliver: Callable[[], None]


@pytest.fixture(scope="module")
def gateway():
    with running_smsc() as smsc, running_kannel(smsc.port) as kannel:
        yield kannel, smsc


@pytest.fixture
def settings(tmp_path, gateway):
    return Settings(
        database_url=f"sqlite:///{tmp_path}/bpu.sqlite3",
        site_url=f"http://127.0.0.1:{free_port()}",
        sms=("kannel",),
        provider=gateway[0].provider,
    )


@pytest.fixture
def line(app, settings, gateway):
    told = []
    app.before_request(lambda: told.append(request.full_path))
    server = make_server("127.0.0.1", urlsplit(settings.site_url).port, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield Line(app.extensions["bpu"].settings, *gateway, told, app.extensions["deliver"])
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("ending", "outcome"), [("01", "delivered"), ("99", "failed"), ("98", "rejected")])
def test_a_code_reaches_the_phone_and_its_receipt_is_booked(line, ending, outcome):
    phone, code = f"+6281234567{ending}", f"482{random.randrange(1000):03d}"
    until = datetime(2100, 1, 1, tzinfo=UTC)
    Messages(line.settings).otp(phone, code, key="otp:1", valid_until=until)
    text = Outgoing.get().payload["text"]
    line.deliver()
    assert (Outgoing.get().state, Outgoing.get().provider) == ("sent", "kannel")
    assert eventually(lambda: Outgoing.get().receipt) == outcome
    assert text.endswith(f"@127.0.0.1 #{code}")
    assert ((phone.removeprefix("+"), text) in line.smsc.received) is (outcome != "rejected")
    assert success()["kannel"] == {"sent": 1, "delivered": 0, "failed": 0, "rejected": 0} | {outcome: 1}
    logs = line.kannel.logs()
    assert "[SMSC:smpp1]" in logs
    assert code not in logs


def test_a_receipt_is_told_once(line):
    write("sms", "otp:1", {"to": "+628123456701", "text": "Uji"})
    line.deliver()
    eventually(lambda: Outgoing.get().receipt)
    time.sleep(1.5)  # longer than Kannel waits before it repeats what was not taken
    assert len([path for path in line.told if Outgoing.get().uid in path]) == 1


def test_a_wrong_password_is_no_reason_to_knock_again(line):
    write("sms", "otp:1", {"to": "+628123456701", "text": "Uji"})
    wrong = replace(line.settings, provider=line.kannel.provider | {"BPU_SMS_KANNEL_PASSWORD": "salah"})
    Worker({"sms": open_deliverers(wrong)["sms"]}).run_once()
    row = Outgoing.get()
    assert (row.state, row.last_error) == ("dead", "kannel: HTTP 403, 403")


def test_a_gateway_killed_in_mid_flight_loses_nothing_and_writes_no_code_down(line, monkeypatch):
    monkeypatch.setattr(sms, "REST", 0.5)
    total = 60
    codes = {f"+62813000{number:05d}": f"739{number:03d}" for number in range(total)}
    for phone, code in codes.items():
        write("sms", f"otp:{code}", {"to": phone, "text": f"Uji: kode Anda {code}.", "otp": code})
    stop = threading.Event()
    worker = Worker({"sms": open_deliverers(line.settings)["sms"]}, policies=QUICK)
    thread = threading.Thread(target=worker.run, args=(stop,))
    before = len(line.smsc.received)
    thread.start()
    try:
        eventually(lambda: len(line.smsc.received) - before >= 5)
        line.kannel.kill()
        arrived = len(line.smsc.received) - before
        line.kannel.start()
        eventually(lambda: {"+" + number for number, _ in line.smsc.received[before:]} >= codes.keys(), 40)
        eventually(lambda: not Outgoing.select().where(Outgoing.state == "new").exists(), 40)
        time.sleep(0.3)
    finally:
        stop.set()
        wake()
        thread.join(20)
    received = Counter(line.smsc.received[before:])
    assert arrived < total, "it was killed after everything had arrived"
    assert {("+" + number, text) for number, text in received} == {
        (phone, f"Uji: kode Anda {code}.") for phone, code in codes.items()
    }
    assert sum(received.values()) - total <= 6
    logs = line.kannel.logs()
    assert not [code for code in codes.values() if code in logs]

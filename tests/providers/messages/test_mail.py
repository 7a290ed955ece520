"""Mail through a real relay: TLS, sign-in, and what to make of each way in which it can say no."""

import email
import email.policy
import re
import socket
import time
from dataclasses import replace

import pytest

from bpu.models import Outgoing
from bpu.providers import ProviderError
from bpu.providers.messages.mail import NAMES, Mail, Relay, open_mail
from bpu.services.messages.delivery import open_deliverers
from bpu.services.messages.outbox import write
from bpu.services.messages.worker import Worker
from bpu.settings import Misconfigured, Settings
from tests.parts.servers import PASSWORD, running_postbox

MAIL = Mail(
    "siti@contoh.id", "Tinggal bayar Rp16.800 – é", "Yth. Siti Aminah,\n\nKode 8808\n", "<p>Yth. Siti Aminah", "uid1"
)


@pytest.fixture(scope="module")
def postbox():
    with running_postbox() as box:
        yield box


def relay(box, **changes):
    made = Relay("127.0.0.1", box.port, "Payung Kerja <kabar@daftar.contoh.id>", "starttls", "bpu", PASSWORD, box.ca, 2)
    return replace(made, **changes)


def test_a_mail_arrives_whole_with_what_makes_it_an_automatic_one(postbox):
    assert relay(postbox).send(MAIL) == "<uid1@daftar.contoh.id>"
    message = email.message_from_bytes(postbox.received[-1], policy=email.policy.default)
    assert message["From"] == "Payung Kerja <kabar@daftar.contoh.id>"
    assert message["To"] == "siti@contoh.id"
    assert message["Subject"] == MAIL.subject
    assert message["Message-ID"] == "<uid1@daftar.contoh.id>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"\w{3}, \d\d? \w{3} \d{4} [\d:]{8} [+-]\d{4}", message["Date"])
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert message.get_body(("plain",)).get_content().splitlines() == MAIL.text.splitlines()
    assert message.get_body(("html",)).get_content().strip() == MAIL.html


def test_a_second_copy_can_be_known_as_one(postbox):
    for _ in range(2):
        relay(postbox).send(MAIL)
    first, second = (email.message_from_bytes(raw)["Message-ID"] for raw in postbox.received[-2:])
    assert first == second


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd does not count TLS from the first byte as TLS
def test_tls_from_the_first_byte():
    with running_postbox(implicit=True) as box:
        relay(box, security="tls").send(MAIL)
        assert len(box.received) == 1


@pytest.mark.parametrize(
    ("to", "changes", "words", "permanent"),
    [
        ("450@contoh.id", {}, "smtp: 450", False),
        ("452@contoh.id", {}, "smtp: 452", False),
        ("550@contoh.id", {}, "smtp: 550", True),
        ("552@contoh.id", {}, "smtp: 552", True),
        ("putus@contoh.id", {}, "smtp: no answer, SMTPServerDisconnected", False),
        ("lama@contoh.id", {"timeout": 0.3}, "smtp: no answer, SMTPServerDisconnected", False),
        ("siti@contoh.id", {"password": "salah"}, "smtp: configuration, 535", False),
        ("siti@contoh.id", {"user": ""}, "smtp: configuration, 530", False),
        ("siti@contoh.id", {"ca": ""}, "smtp: configuration, SSLCertVerificationError", False),
        ("siti@contoh.id", {"security": "none", "user": ""}, "smtp: configuration, 530", False),
        ("siti@contoh.id", {"port": 1}, "smtp: no answer, ConnectionRefusedError", False),
        ("a@b.id\r\nBcc: semua@contoh.id", {}, "smtp: an address or subject that cannot be a header", True),
    ],
)
def test_each_no_is_told_apart_and_no_address_is_repeated(postbox, to, changes, words, permanent):
    before = len(postbox.received)
    with pytest.raises(ProviderError) as caught:
        relay(postbox, **changes).send(replace(MAIL, to=to))
    assert (str(caught.value), caught.value.permanent) == (words, permanent)
    assert len(postbox.received) == before


def test_a_relay_that_answers_nothing_is_left_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(ProviderError, match="no answer"):
            Relay("127.0.0.1", silent.getsockname()[1], "a@b.id", timeout=0.3).send(MAIL)
        assert 0.25 < time.monotonic() - begun < 2


def provider(box):
    values = ("127.0.0.1", str(box.port), "starttls", "bpu", PASSWORD, box.ca, "Payung Kerja <kabar@contoh.id>")
    return dict(zip(NAMES, values, strict=True))


def test_a_worker_sends_what_the_outbox_holds_and_keeps_what_may_still_go(store, postbox):
    settings = Settings(mail="smtp", provider=provider(postbox), secret_key="k")
    for to in ("siti@contoh.id", "550@contoh.id", "450@contoh.id"):
        write("email", to, {"to": to, "subject": "Uji", "text": "Uji", "html": "<p>Uji"})
    assert Worker({"email": open_deliverers(settings)["email"]}).run_once() == 3
    rows = {row.key: row for row in Outgoing.select()}
    sent = rows["siti@contoh.id"]
    assert {key: row.state for key, row in rows.items()} == {
        "siti@contoh.id": "sent",
        "550@contoh.id": "dead",
        "450@contoh.id": "new",
    }
    assert sent.provider_id == f"<{sent.uid}@contoh.id>"
    assert email.message_from_bytes(postbox.received[-1])["Message-ID"] == sent.provider_id


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"BPU_SMTP_HOST": ""}, "BPU_MAIL=smtp needs BPU_SMTP_HOST"),
        ({"BPU_MAIL_FROM": ""}, "BPU_MAIL=smtp needs BPU_MAIL_FROM"),
        ({"BPU_MAIL_FROM": "Payung Kerja"}, "BPU_MAIL_FROM is no address"),
        ({"BPU_SMTP_SECURITY": "ssl"}, "BPU_SMTP_SECURITY='ssl' is not one of starttls, tls, none"),
        ({"BPU_SMTP_SECURITY": "none", "BPU_SMTP_HOST": "smtp.contoh.id"}, "none is for a relay on this machine only"),
        ({"BPU_SMTP_PORT": "0"}, "BPU_SMTP_PORT='0' is no port"),
        ({"BPU_SMTP_PORT": "²"}, "BPU_SMTP_PORT='²' is no port"),
        ({"BPU_SMTP_PASSWORD": ""}, "BPU_SMTP_USER and BPU_SMTP_PASSWORD go together"),
    ],
)
def test_odd_settings_are_refused_with_one_clear_line(postbox, changes, problem):
    settings = Settings(mail="smtp", provider=provider(postbox) | changes)
    with pytest.raises(Misconfigured) as caught:
        open_mail(settings, lambda *_: None)
    (line,) = caught.value.problems
    assert problem in line


def test_an_unknown_way_is_refused():
    with pytest.raises(Misconfigured, match="BPU_MAIL='sendmail' is neither simulator nor smtp"):
        open_mail(Settings(mail="sendmail"), lambda *_: None)


def test_the_usual_port_belongs_to_the_way_of_securing_it():
    usual = {"BPU_SMTP_HOST": "smtp.contoh.id", "BPU_MAIL_FROM": "a@contoh.id"}
    found = {
        security: open_mail(Settings(mail="smtp", provider={**usual, "BPU_SMTP_SECURITY": security}), print).port
        for security in ("starttls", "tls")
    }
    assert found == {"starttls": 587, "tls": 465}

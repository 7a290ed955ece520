"""The address where a gateway brings what phones write: it cannot be guessed, and nothing sent there breaks it."""

from dataclasses import replace

import pytest

from bpu.models import Code, Outgoing
from bpu.services.messages.inbound import PATH, Inbound
from bpu.settings import Misconfigured, Settings
from tests.parts.servers import KEY

MINE = "+6281234567890"
BROUGHT = [
    ("kannel", {"query_string": {"from": MINE, "text": "DAFTAR %s"}}),
    ("twilio", {"method": "POST", "data": {"From": MINE, "Body": "DAFTAR %s"}}),
    ("vonage", {"method": "POST", "json": {"msisdn": MINE[1:], "text": "DAFTAR %s"}}),
    ("infobip", {"method": "POST", "json": {"results": [{"from": MINE[1:], "text": "DAFTAR %s"}]}}),
]


@pytest.fixture
def settings(tmp_path):
    return Settings(
        database_url=f"sqlite:///{tmp_path}/bpu.sqlite3",
        site_url="https://daftar.contoh.id/",
        secret_key="rahasia",
        data_keys=KEY,
        sms_in=("kannel", "twilio", "vonage", "infobip"),
        sms_number="+628110004821",
    )


@pytest.fixture
def shown(app):
    with app.app_context():
        return app.extensions["bpu"].written.invite("register", "a", MINE, {}).text.split()[1]


def filled(sent, number):
    if isinstance(sent, dict):
        return {name: filled(value, number) for name, value in sent.items()}
    return [filled(each, number) for each in sent] if isinstance(sent, list) else sent.replace("%s", number)


@pytest.mark.parametrize(("gateway", "sent"), BROUGHT, ids=[name for name, _ in BROUGHT])
def test_a_message_is_heard_however_a_gateway_brings_it(app, shown, gateway, sent):
    inbound = app.extensions["bpu"].inbound
    assert inbound.addresses()[gateway].startswith(f"https://daftar.contoh.id{PATH}{gateway}.")
    answer = app.test_client().open(PATH + inbound.token(gateway), **filled(sent, shown))
    assert (answer.status_code, answer.data) == (200, b"")
    assert Code.get().used is not None
    assert Outgoing.select().count() == 0


def test_an_address_that_was_never_given_out_is_not_there(app, shown):
    client, token = app.test_client(), app.extensions["bpu"].inbound.token("kannel")
    for wrong in ("kannel", "kannel.", token[:-1], f"x{token}", token.swapcase(), "zenziva.x", "é.x"):
        assert client.get(PATH + wrong, query_string={"from": MINE, "text": f"DAFTAR {shown}"}).status_code == 404
    assert Code.get().used is None


def test_no_body_breaks_it(app, shown):
    client, token = app.test_client(), app.extensions["bpu"].inbound.token("infobip")
    for body in (b"[" * 60_000, b"{", b"null", b'{"results": 5}', b'{"results": [{"from": {}, "text": [1]}]}', b"\xff"):
        for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = client.post(PATH + token, data=body, content_type=kind)
            assert answer.status_code in (200, 400, 413), (kind, body[:20])


def test_a_database_that_is_away_asks_the_gateway_to_come_back(app, shown):
    Code.drop_table()
    address = PATH + app.extensions["bpu"].inbound.token("kannel")
    sent = {"from": MINE, "text": f"DAFTAR {shown}"}
    assert app.test_client().get(address, query_string=sent).status_code == 503


def test_live_wants_the_number_and_who_brings_messages_together(settings):
    told = "BPU_SMS_IN and BPU_SMS_NUMBER go together"
    live = replace(settings, mode="live")
    assert not [line for line in live.problems() if told in line]
    for one in (replace(live, sms_number=""), replace(live, sms_in=())):
        assert [line for line in one.problems() if told in line]
    assert [line for line in replace(live, sms_number="0811 000").problems() if line.startswith("BPU_SMS_NUMBER")]


def test_a_gateway_that_brings_nothing_is_refused():
    with pytest.raises(Misconfigured, match="BPU_SMS_IN='zenziva' is not one of infobip, kannel, twilio, vonage"):
        Inbound(Settings(sms_in=("zenziva",)))

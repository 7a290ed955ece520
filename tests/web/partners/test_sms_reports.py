"""The address for receipts: it cannot be guessed, it believes little, and nothing that is sent there breaks it."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bpu import clock
from bpu.models import Outgoing
from bpu.services.messages.outbox import write
from bpu.services.messages.reports import PATH, Receipts, success
from bpu.settings import Settings
from tests.parts.servers import KEY


@pytest.fixture
def settings(tmp_path):
    url = f"sqlite:///{tmp_path}/bpu.sqlite3"
    return Settings(database_url=url, site_url="https://daftar.contoh.id/", secret_key="rahasia", data_keys=KEY)


@pytest.fixture
def client(app):
    write("sms", "otp:1", {"to": "+62812", "text": "Uji"})
    return app.test_client()


RECEIPTS = Receipts(Settings(secret_key="rahasia", site_url="https://daftar.contoh.id/"))


def token(gateway="kannel"):
    return RECEIPTS.token(Outgoing.get().uid, gateway)


@pytest.mark.parametrize(
    ("gateway", "sent"),
    [
        ("kannel", {"query_string": {"type": "1"}}),
        ("twilio", {"method": "POST", "data": {"MessageStatus": "delivered", "To": "+62812"}}),
        ("vonage", {"method": "POST", "json": {"status": "delivered"}}),
        ("infobip", {"method": "POST", "json": {"results": [{"status": {"groupName": "DELIVERED"}}]}}),
    ],
)
def test_a_receipt_is_booked_however_it_comes_and_changes_nothing_else(client, gateway, sent):
    before = Outgoing.select().dicts().get()
    answer = client.open(PATH + token(gateway), **sent)
    assert answer.status_code == 200
    assert Outgoing.select().dicts().get() == before | {"receipt": "delivered"}


def test_the_first_final_outcome_stays(client):
    for kind in ("8", "2", "1"):
        assert client.get(PATH + token(), query_string={"type": kind}).status_code == 200
    assert Outgoing.get().receipt == "failed"


def test_an_address_that_was_never_given_out_is_not_there(client):
    good = token()
    uid, gateway, proof = good.split(".")
    other = Receipts(Settings(secret_key="lain")).token(uid, gateway)
    wrong = [
        other,
        f"{uid}.kannel",
        f"{uid}.kannel.",
        uid,
        f"{uid}.twilio.{proof}",
        f"x{good}",
        f"{good}x",
        "é.kannel.x",
    ]
    for each in (*wrong, f"{uid}.pos.{proof}", good[:-1], good.swapcase()):
        assert client.get(PATH + each, query_string={"type": "1"}).status_code == 404
        assert client.post(PATH + each, json={"type": "1"}).status_code == 404
    assert Outgoing.get().receipt == ""


def test_an_address_belongs_to_a_public_name_and_is_short_enough_for_a_gateway():
    assert RECEIPTS.address("aB3_-xyz", "kannel").startswith("https://daftar.contoh.id/sms/dlr/aB3_-xyz.kannel.")
    assert len(RECEIPTS.address("aB3_-xyz", "whatsapp")) < 128
    assert Receipts(Settings(secret_key="k")).address("aB3_-xyz", "kannel") == ""


def test_no_body_breaks_it(client):
    bodies = (b"[" * 60_000, b"{", b"null", b"5", b"\xff\xfe", b'{"type": {"a": 1}}', b"x" * 70_000)
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        for body in bodies:
            answer = client.post(PATH + token(), data=body, content_type=kind)
            assert answer.status_code in (200, 400, 413), (kind, body[:20])
    assert Outgoing.get().receipt == ""


@effort(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    token=st.text(max_size=40),
    body=st.binary(max_size=200),
    said=st.dictionaries(st.text(max_size=8), st.text(max_size=8)),
)
def test_nothing_that_is_sent_there_is_an_error_of_ours(client, token, body, said):
    for path in (PATH + quote(token, safe=""), PATH + RECEIPTS.token(Outgoing.get().uid, "infobip")):
        for sent in ({"query_string": said}, {"method": "POST", "data": body, "content_type": "application/json"}):
            assert client.open(path, **sent).status_code < 500


def test_a_database_that_is_away_asks_the_gateway_to_come_back(client):
    address = PATH + token()
    Outgoing.drop_table()
    assert client.get(address, query_string={"type": "1"}).status_code == 503


def test_the_success_of_each_gateway_is_counted(store):
    outcomes = [("kannel", "delivered"), ("kannel", ""), ("kannel", "rejected"), ("twilio", "failed")]
    for number, (gateway, outcome) in enumerate(outcomes):
        write("sms", f"otp:sent:{number}", {})
        sent = {"state": "sent", "provider": gateway, "receipt": outcome, "finished": clock.now()}
        Outgoing.update(sent).where(Outgoing.key == f"otp:sent:{number}").execute()
    assert success() == {
        "kannel": {"sent": 3, "delivered": 1, "failed": 0, "rejected": 1},
        "twilio": {"sent": 1, "delivered": 0, "failed": 1, "rejected": 0},
    }

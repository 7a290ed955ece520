"""Every gateway profile against a local gateway: sent once, its answer understood, its secrets kept."""

import base64
import json
import logging
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.models import Outgoing
from bpu.providers import ProviderError, http, names
from bpu.providers.http import address_problem, call
from bpu.providers.messages.profiles import FILE, load_profiles
from bpu.providers.messages.sms import NAMES, HttpGateway, Sms, open_gateways, settings_of
from bpu.services.messages.delivery import Texting
from bpu.services.messages.outbox import write
from bpu.services.messages.reports import Receipts
from bpu.services.messages.worker import Worker
from bpu.settings import Misconfigured, Settings

PROFILES = load_profiles()
SECRETS = {name: f"rahasia-{number}/ &+" for number, name in enumerate(NAMES)} | {"BPU_SMS_SENDER": "PAYUNG"}
SMS = Sms(
    "+6281299887766", "Payung Kerja: kode Anda 482913 & <100%>\n@contoh.id #482913", "482913", "uid1", "https://x/d"
)
ANSWERS = {  # what each gateway says when it takes a message, as its documents show it
    "kannel": (202, "0: Accepted for delivery", ""),
    "zenziva": (200, {"messageId": 77, "to": "081299887766", "status": "1", "text": "Success"}, "77"),
    "citcall": (200, {"rc": 0, "trxid": "T77", "msisdn": "081299887766"}, "T77"),
    "twilio": (201, {"sid": "SM77", "status": "queued", "to": "+6281299887766"}, "SM77"),
    "vonage": (200, {"message-count": "1", "messages": [{"status": "0", "message-id": "V77"}]}, "V77"),
    "infobip": (200, {"messages": [{"messageId": "I77", "status": {"groupName": "PENDING", "id": 26}}]}, "I77"),
    "fazpass": (200, {"status": True, "message": "ok", "data": {"id": "F77", "otp": "482913"}}, "F77"),
    "whatsapp": (200, {"messaging_product": "whatsapp", "messages": [{"id": "wamid.77"}]}, "wamid.77"),
}
REFUSALS = {  # what it says, with HTTP 200 where that is its habit, to a message that it will never take
    "kannel": (403, "Authorization failed for sendsms"),
    "zenziva": (200, {"status": "5", "text": "Userkey / Passkey Salah 081299887766"}),
    "citcall": (200, {"rc": "06", "info": "Invalid MSISDN 081299887766"}),
    "twilio": (400, {"code": 21211, "message": "The 'To' number +6281299887766 is not valid"}),
    "vonage": (200, {"messages": [{"status": "4", "error-text": "Bad Credentials 482913"}]}),
    "infobip": (200, {"messages": [{"status": {"groupName": "REJECTED", "description": "6281299887766"}}]}),
    "fazpass": (200, {"status": False, "message": "phone 081299887766"}),
    "whatsapp": (400, {"error": {"code": 131026, "message": "undeliverable 6281299887766"}}),
}


class Gateway(ThreadingHTTPServer):
    """A gateway of our own: answers as told and keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked, self.answers, self.url = [], [], f"http://127.0.0.1:{self.server_port}"


class Asked(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        answers = self.server.answers
        status, said = answers.pop(0) if len(answers) > 1 else answers[0]
        said = said if isinstance(said, str) else json.dumps(said)
        self.send_response(status)
        self.send_header("Location", self.server.url + "/elsewhere")
        self.send_header("Content-Length", str(len(said.encode())))
        self.end_headers()
        self.wfile.write(said.encode())

    do_GET = do_POST

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def gateway():
    server = Gateway()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def open_one(name, server):
    """The gateway of a profile, with the local one in the place of its address; paths and parameters stay."""
    profile = PROFILES[name]
    begins = profile.url.startswith("$")
    url = profile.url if begins else server.url + profile.url.removeprefix("https://").partition("/")[2].join(("/", ""))
    secrets = SECRETS | {word: server.url for word in profile.secrets if begins and profile.url.startswith(f"${word}")}
    return HttpGateway(replace(profile, url=url), secrets)


def fields(name, server):
    """What the gateway was asked, as it reads it: query, form or JSON."""
    ((_, path, headers, body),) = server.asked
    if PROFILES[name].enc == "query":
        return dict(parse_qsl(urlsplit(path).query, strict_parsing=True))
    if PROFILES[name].enc == "form":
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        return dict(parse_qsl(body, strict_parsing=True))
    assert headers["Content-Type"] == "application/json"
    return json.loads(body)


def leaves(value):
    """Every text within parsed JSON."""
    if isinstance(value, dict | list):
        return [leaf for part in (value.values() if isinstance(value, dict) else value) for leaf in leaves(part)]
    return [value]


def test_the_profiles_asked_for_are_there():
    assert PROFILES.keys() == ANSWERS.keys() == REFUSALS.keys()
    assert [name for name, profile in PROFILES.items() if not profile.unverified] == ["kannel"]


@pytest.mark.parametrize("name", PROFILES)
def test_a_message_is_handed_over_once_and_whole(gateway, name):
    status, said, known_as = ANSWERS[name]
    gateway.answers = [(status, said)]
    assert open_one(name, gateway).send(SMS) == known_as
    texts = leaves(fields(name, gateway))
    assert any(text in ("+6281299887766", "6281299887766", "081299887766") for text in texts)
    carried = SMS.otp if name == "whatsapp" else SMS.text
    assert carried in texts
    if PROFILES[name].receipt:
        assert any(text.startswith(SMS.dlr) for text in texts)


def test_what_kannel_is_asked(gateway):
    gateway.answers = [(202, "0: Accepted for delivery")]
    open_one("kannel", gateway).send(SMS)
    ((method, *_),) = gateway.asked
    assert method == "GET"
    assert fields("kannel", gateway) == {
        "username": SECRETS["BPU_SMS_KANNEL_USER"],
        "password": SECRETS["BPU_SMS_KANNEL_PASSWORD"],
        "to": "+6281299887766",
        "from": "PAYUNG",
        "text": SMS.text,
        "dlr-mask": "19",
        "dlr-url": "https://x/d?type=%d",
    }


def test_what_twilio_is_asked(gateway):
    gateway.answers = [(201, {"sid": "SM1"})]
    open_one("twilio", gateway).send(SMS)
    ((_, path, headers, _),) = gateway.asked
    user, password = SECRETS["BPU_SMS_TWILIO_SID"], SECRETS["BPU_SMS_TWILIO_TOKEN"]
    assert path == f"/2010-04-01/Accounts/{quote(user, safe='')}/Messages.json"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == f"{user}:{password}"


def test_what_infobip_is_asked(gateway):
    gateway.answers = [ANSWERS["infobip"][:2]]
    open_one("infobip", gateway).send(SMS)
    assert fields("infobip", gateway) == {
        "messages": [
            {
                "sender": "PAYUNG",
                "destinations": [{"to": "6281299887766", "messageId": "uid1"}],
                "content": {"text": SMS.text},
                "webhooks": {"delivery": {"url": "https://x/d"}},
            }
        ]
    }


def test_what_whatsapp_is_asked_carries_the_code_twice(gateway):
    gateway.answers = [ANSWERS["whatsapp"][:2]]
    open_one("whatsapp", gateway).send(SMS)
    components = fields("whatsapp", gateway)["template"]["components"]
    assert [(part["type"], part["parameters"]) for part in components] == [
        ("body", [{"type": "text", "text": "482913"}]),
        ("button", [{"type": "text", "text": "482913"}]),
    ]


@pytest.mark.parametrize("name", ["infobip", "kannel", "twilio", "vonage"])
def test_without_an_address_for_receipts_nothing_asks_for_one(gateway, name):
    gateway.answers = [ANSWERS[name][:2]]
    open_one(name, gateway).send(replace(SMS, dlr=""))
    asked = json.dumps(fields(name, gateway))
    assert not any(word in asked for word in ("dlr-url", "webhooks", "StatusCallback", "callback"))


@pytest.mark.parametrize("name", ["fazpass", "whatsapp"])
def test_a_gateway_for_codes_is_not_asked_to_send_anything_else(gateway, name):
    with pytest.raises(ProviderError, match="takes codes only") as caught:
        open_one(name, gateway).send(replace(SMS, otp=""))
    assert caught.value.permanent
    assert gateway.asked == []


TRANSIENT = [(500, ""), (503, {"status": "1"}), (429, "slow down"), (408, "")]


@pytest.mark.parametrize("name", PROFILES)
def test_a_refusal_is_permanent_and_a_gateway_in_trouble_is_not(gateway, name, caplog):
    caplog.set_level(logging.DEBUG)
    cases = [(REFUSALS[name], True), ((302, ANSWERS[name][1]), True), *((answer, False) for answer in TRANSIENT)]
    told = []
    for answer, permanent in cases:
        gateway.answers = [answer]
        with pytest.raises(ProviderError) as caught:
            open_one(name, gateway).send(SMS)
        assert caught.value.permanent is permanent, (answer, str(caught.value))
        told.append(str(caught.value))
    assert len(gateway.asked) == len(cases)
    assert all(line.startswith(f"{name}: HTTP ") for line in told)
    for secret in (*SECRETS.values(), "81299887766", "482913", "Payung Kerja"):
        assert secret not in " ".join(told) + caplog.text


@pytest.mark.parametrize(("status", "permanent"), [("1", False), ("5", False), ("2", True), ("29", True)])
def test_vonage_says_in_its_answer_whether_to_try_again(gateway, status, permanent):
    gateway.answers = [(200, {"messages": [{"status": status}]})]
    with pytest.raises(ProviderError, match=f"vonage: HTTP 200, {status}") as caught:
        open_one("vonage", gateway).send(SMS)
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("said", ["", "<html>", "[" * 5000, "null", '{"messages": {}}', '{"messages": []}', '"0"'])
def test_an_answer_that_cannot_be_read_is_never_taken_for_success(gateway, said):
    gateway.answers = [(200, said)]
    with pytest.raises(ProviderError):
        open_one("vonage", gateway).send(SMS)


def test_a_gateway_that_is_away_or_silent_or_slow_is_left_in_time(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    monkeypatch.setattr(http, "DEADLINE", 0.8)

    def drip(listener):
        held = listener.accept()[0]
        try:
            while True:
                held.send(b"H")
                time.sleep(0.1)
        except OSError:
            held.close()

    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as slow:
        threading.Thread(target=drip, args=(slow,), daemon=True).start()
        for port in (1, silent.getsockname()[1], slow.getsockname()[1]):
            begun = time.monotonic()
            with pytest.raises(ProviderError, match="no answer") as caught:
                call("GET", f"http://127.0.0.1:{port}/")
            assert not caught.value.permanent
            assert time.monotonic() - begun < 2


@pytest.mark.requirement("R63")
def test_a_huge_answer_is_read_only_so_far(gateway):
    gateway.answers = [(200, "x" * 1_000_000)]
    assert len(call("GET", gateway.url).body) == 65_536


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://gateway.contoh.id/a", ""),
        ("http://127.0.0.1:13013/cgi-bin/sendsms", ""),
        ("http://[::1]:8000/", ""),
        ("http://localhost/", ""),
        ("http://gateway.contoh.id/a", "must begin with https://"),
        ("http://127.0.0.1.contoh.id/", "must begin with https://"),
        ("ftp://gateway.contoh.id", "is no http address"),
        ("https://", "is no http address"),
        ("https://a.id/ b", "is no http address"),
        ("https://a.id/\r\nX: 1", "is no http address"),
        ("https://a.id:notaport/", "is no address"),
        ("https://[a", "is no address"),
    ],
)
def test_a_partner_is_called_over_https_or_on_this_machine(url, problem):
    assert address_problem(url) == problem


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_can_break_out_of_its_place(text, secret):
    sms = replace(SMS, text=text)
    for name in ("kannel", "zenziva", "infobip"):
        opened = HttpGateway(PROFILES[name], SECRETS | {"BPU_SMS_INFOBIP_URL": "https://a.id"})
        url, _, body = opened.request(sms)
        if name == "kannel":
            assert (
                dict(parse_qsl(url.partition("?")[2], keep_blank_values=True, errors="surrogatepass"))["text"] == text
            )
        elif name == "zenziva":
            assert dict(parse_qsl(body.decode(), keep_blank_values=True))["message"] == text
        else:
            assert json.loads(body)["messages"][0]["content"]["text"] == text
    twilio = HttpGateway(PROFILES["twilio"], SECRETS | {"BPU_SMS_TWILIO_SID": secret})
    assert urlsplit(twilio.request(SMS)[0]).netloc == "api.twilio.com"
    assert len(twilio.request(SMS)[0].split("/")) == 7


@pytest.mark.parametrize("key", ["abc\r\nX-Evil: 1", "kunci\u2028", "é"])
def test_a_secret_cannot_break_out_of_a_header(gateway, key):
    with pytest.raises(ProviderError, match="header"):
        HttpGateway(PROFILES["citcall"], SECRETS | {"BPU_SMS_CITCALL_APIKEY": key}).request(SMS)


@pytest.mark.parametrize(
    ("sms", "provider", "problems"),
    [
        (("pos",), {}, ["BPU_SMS='pos' is not one of simulator, kannel, "]),
        (("citcall",), {}, ["BPU_SMS=citcall needs BPU_SMS_CITCALL_APIKEY"]),
        (
            ("kannel", "citcall"),
            {
                "BPU_SMS_KANNEL_URL": "http://gateway.contoh.id/",
                "BPU_SMS_KANNEL_USER": "a",
                "BPU_SMS_KANNEL_PASSWORD": "b",
            },
            ["BPU_SMS=kannel: its address must begin with https://", "BPU_SMS=citcall needs BPU_SMS_CITCALL_APIKEY"],
        ),
    ],
)
def test_what_is_missing_stops_the_start_with_one_line_each(sms, provider, problems):
    with pytest.raises(Misconfigured) as caught:
        open_gateways(Settings(sms=sms, provider=provider), print)
    for line, problem in zip(caught.value.problems, problems, strict=True):
        assert line.startswith(problem)


def test_gateways_come_in_the_order_of_the_setting():
    settings = Settings(sms=("citcall", "simulator", "zenziva"), provider=SECRETS)
    assert [gateway.name for gateway in open_gateways(settings, print)] == ["citcall", "simulator", "zenziva"]


def test_every_name_that_a_profile_needs_is_a_known_setting():
    assert set(NAMES) <= names()
    assert {secret for profile in PROFILES.values() for secret in profile.secrets} <= set(NAMES)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('url = "https://a.id"', "pos: wrong or missing 'ok'"),
        ('url = "https://a.id"\nok = ["status", []]', "pos: ok is"),
        ('url = "https://a.id"\nok = ["http", ["200"]]\nenc = "xml"', "pos: enc is"),
        ('url = "https://a.id"\nok = ["http", ["200"]]\nenc = "query"', "pos: enc is"),
        ('url = "https://a.id"\nok = ["http", ["200"]]\nbody = {a = "$nomor"}', "pos: unknown $nomor"),
        ('url = "https://a.id"\nok = ["http", ["200"]]\nrecept = {}', "pos: wrong or missing"),
        ('url = "https://a.id"\nok = ["http", ["200"]]\nreceipt = {path = "a", done = ["1"]}', "pos: receipt has"),
    ],
)
def test_a_profile_that_could_not_work_is_refused_by_name(tmp_path, table, problem):
    (tmp_path / "sms.toml").write_text(f"[pos]\n{table}\n")
    with pytest.raises(ValueError, match=problem.replace("$", r"\$")):
        load_profiles(tmp_path / "sms.toml")


def test_a_gateway_added_to_the_file_works_without_a_line_of_code(tmp_path, gateway):
    file = tmp_path / "sms.toml"
    body = '[pos.body]\nnomor = "$local"\nisi = "$text"\n'
    file.write_text(f'[pos]\nurl = "$BPU_SMS_POS_URL/kirim"\nok = ["hasil.kode", ["00"]]\nid = "hasil.no"\n{body}')
    gateway.answers = [(200, {"hasil": {"kode": "00", "no": 7}})]
    (profile,) = load_profiles(file).values()
    assert profile.secrets == ("BPU_SMS_POS_URL",)
    assert HttpGateway(profile, {"BPU_SMS_POS_URL": gateway.url}).send(SMS) == "7"
    assert json.loads(gateway.asked[0][3]) == {"nomor": "081299887766", "isi": SMS.text}


def test_a_profile_added_to_the_shipped_file_is_a_setting_a_way_out_and_a_receipt(sqlite_store, tmp_path, gateway):
    file = tmp_path / "sms.toml"
    table = 'url = "$BPU_SMS_POS_URL/kirim"\nok = ["http", ["200"]]\nreceipt = {path = "st", delivered = ["ok"]}\n'
    shipped = FILE.read_text(encoding="utf-8")
    file.write_text(f'{shipped}\n[pos]\n{table}body = {{nomor = "$local", isi = "$text"}}\n', encoding="utf-8")
    profiles = load_profiles(file)
    assert settings_of(profiles).keys() - NAMES.keys() == {"BPU_SMS_POS_URL"}
    gateway.answers = [(200, {})]
    settings = Settings(sms=("pos",), provider={"BPU_SMS_POS_URL": gateway.url}, secret_key="k")
    texting = Texting(open_gateways(settings, print, profiles), Receipts(settings))
    write("sms", "otp:1", {"to": SMS.to, "text": SMS.text})
    Worker({"sms": texting.deliver}).run_once()
    assert (Outgoing.get().state, Outgoing.get().provider) == ("sent", "pos")
    assert json.loads(gateway.asked[0][3]) == {"nomor": "081299887766", "isi": SMS.text}
    assert profiles["pos"].outcome({"st": "ok"}) == "delivered"


@pytest.mark.parametrize(
    ("name", "said", "outcome"),
    [
        ("kannel", {"type": "1"}, "delivered"),
        ("kannel", {"type": "2"}, "failed"),
        ("kannel", {"type": "16"}, "rejected"),
        ("kannel", {"type": "8"}, ""),
        ("kannel", {}, ""),
        ("twilio", {"MessageStatus": "delivered"}, "delivered"),
        ("twilio", {"MessageStatus": "sent"}, ""),
        ("vonage", {"status": "expired"}, "failed"),
        ("infobip", {"results": [{"status": {"groupName": "UNDELIVERABLE"}}]}, "failed"),
        ("infobip", {"results": 5}, ""),
        ("zenziva", {"status": "1"}, ""),
    ],
)
def test_what_receipts_mean(name, said, outcome):
    assert PROFILES[name].outcome(said) == outcome


def fleet(gateway, *answers):
    """Two gateways behind one server, that give these answers in turn; and the worker that uses them."""
    gateway.answers = list(answers)
    pair = [open_one(name, gateway) for name in ("vonage", "twilio")]
    return Worker({"sms": Texting(pair, Receipts(Settings(secret_key="k"))).deliver})


VONAGE_YES, VONAGE_NO, TWILIO_YES = ANSWERS["vonage"][:2], REFUSALS["vonage"], ANSWERS["twilio"][:2]
TWILIO_NO, AWAY = REFUSALS["twilio"], (503, "")


@pytest.mark.parametrize(
    ("answers", "rounds", "state", "provider", "asked"),
    [
        ([VONAGE_YES], 1, "sent", "vonage", 1),
        ([VONAGE_NO, TWILIO_YES], 1, "sent", "twilio", 2),
        ([AWAY, VONAGE_YES], 2, "sent", "vonage", 2),
        ([AWAY, AWAY, TWILIO_YES], 3, "sent", "twilio", 3),
        ([AWAY, AWAY, AWAY, AWAY, VONAGE_YES], 5, "sent", "vonage", 5),
        ([VONAGE_NO, TWILIO_NO], 1, "dead", "", 2),
        ([VONAGE_NO, AWAY, VONAGE_NO, TWILIO_YES], 2, "sent", "twilio", 4),
    ],
)
def test_the_next_gateway_has_its_turn_at_once_after_a_refusal_and_after_two_failures(
    sqlite_store, gateway, answers, rounds, state, provider, asked
):
    worker = fleet(gateway, *answers)
    write("sms", "otp:1", {"to": SMS.to, "text": SMS.text, "otp": SMS.otp})
    for round_ in range(rounds):
        assert Outgoing.get().state == "new", round_
        Outgoing.update(due=0).execute()
        assert worker.run_once() == 1
    row = Outgoing.get()
    assert (row.state, row.provider, len(gateway.asked)) == (state, provider, asked)


def test_a_gateway_that_keeps_failing_rests_and_the_next_one_is_used_at_once(sqlite_store, gateway):
    worker = fleet(gateway, *[AWAY] * 5, TWILIO_YES)
    resting = worker.deliver["sms"].__self__.gateways[0]
    for number in range(5):
        assert not resting.resting
        write("sms", f"otp:{number}", {"to": SMS.to, "text": SMS.text})
        worker.run_once(1)
    assert resting.resting
    write("sms", "otp:9", {"to": SMS.to, "text": SMS.text})
    worker.run_once()
    row = Outgoing.get(Outgoing.key == "otp:9")
    assert (row.state, row.provider, row.attempts) == ("sent", "twilio", 1)

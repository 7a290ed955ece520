"""Whatever is sent: a clear page, nothing lost, nothing stored that no rule let through, and never a 500."""

import json
from dataclasses import replace
from itertools import count
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzz
from hypothesis import strategies as st

from bpu.models import Attempt, Bill, Draft, Registration, Tally, database, writing
from bpu.settings import Settings, with_sandbox_secrets
from bpu.steps import JOURNEY
from bpu.web.frame import limits
from tests.conftest import binder, running
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor, inspected
from tests.steps.conftest import fearless

FORM = "application/x-www-form-urlencoded"
SENT = count()
CLEAR = {200, 303, 400, 403, 404, 405, 413, 422, 429}
ASKED = ["data-diri", "pemeriksaan", "persetujuan", "alamat", "minta-kode", "kode", "pekerjaan", "program", "periksa"]
NASTY = [
    "",
    " ",
    "\0",
    "a\0b",
    "a\r\nSet-Cookie: x=1",
    "%ED%A0%80",  # half a character, percent-encoded
    "%FF%FE",
    "\ufffd\ufffe\U0010ffff",
    "\u202eabc\u200b\u200d",
    "a\u0301" * 200,
    "²½①",
    "-1",
    "0",
    "1e999",
    "NaN",
    "9" * 400,
    "x" * 10_240,
    "'; DROP TABLE draft; --",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}%s%(x)s{0}",
    "../../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "../\\\n",
    "null",
    "[]",
    '{"a":1}',
]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """One person at each page, over one database, and what binds the models to it."""
    folder = tmp_path_factory.mktemp("bad")
    app = running(Settings(database_url=f"sqlite:///{folder}/bpu.sqlite3", captcha_answer="benar"))
    found = {}
    for number, slug in enumerate(ASKED):
        fearless()
        found[slug] = Visitor(app, answers=person(number)).reach(slug)
    bind = binder()
    yield found, bind
    bind()
    if not database.is_closed():
        database.close()


@pytest.fixture
def people(crowd):
    """One person at each page."""
    found, bind = crowd
    bind()
    return found


def place(visitor: Visitor) -> str:
    return str(visitor.one("main form[method=post]")["action"])


def send(visitor: Visitor, body: bytes | str, kind: str = FORM, path: str | None = None, **headers: str):
    number = next(SENT)
    if number % 20 == 0:
        fearless()
    elsewhere(visitor, number // 500)
    answer = visitor.client.post(
        path or place(visitor), data=body, content_type=kind, headers={**visitor._headers(), **headers}
    )
    assert answer.status_code in CLEAR - {429}, answer.status_code
    if number % 5 == 0 and answer.mimetype == "text/html" and answer.status_code != 303:
        inspected(answer.text)
    return answer


def elsewhere(visitor: Visitor, number: int) -> None:
    """Have the next requests come from another address: a table sends more than an address may."""
    visitor.client.environ_base["REMOTE_ADDR"] = f"10.0.{number // 200}.{number % 200}"


def stored(visitor: Visitor) -> dict:
    parts = place(visitor).split("/")
    draft = Draft.get_or_none(Draft.uid == parts[2])
    return draft.answers if draft else {}


def names_of(visitor: Visitor) -> list[str]:
    """Every field that the page or its rules know."""
    step = next(step for step in JOURNEY if step.slug == visitor.step)
    declared = [name for name in dir(step.form) if hasattr(getattr(step.form, name), "field_class")]
    return sorted({*declared, *(f"confirm_{name}" for name in declared), "step", "back", "later", "amount", "new"})


def body_of(fields: dict) -> str:
    return "&".join(
        f"{quote(name)}={value if value.startswith('%') else quote(value)}" for name, value in fields.items()
    )


@pytest.mark.requirement("R01")
@pytest.mark.parametrize("slug", ASKED)
def test_every_field_of_every_page_survives_every_nasty_value(people, slug):
    visitor = people[slug]
    honest = {name: value for name, value in PERSON[slug].items() if isinstance(value, str) and value != "?"}
    for number, name in enumerate(names_of(visitor)):
        for nasty in [*NASTY[number % 7 :: 7], *NASTY[2 + number % 3 : 4 + number % 3]]:
            fields = {"step": slug, **honest, name: nasty}
            if name not in ("back", "later", "step"):
                # Something else is always wrong, so that nothing may be accepted.
                fields |= {"data-diri": {"phone": "1"}, "alamat": {"rt": "x"}, "pekerjaan": {"income": "x"}}.get(
                    slug, {}
                )
                fields[name] = nasty
            before = stored(visitor)
            answer = send(visitor, body_of(fields))
            after = stored(visitor)
            assert "<script>alert" not in answer.text
            if after != before:
                assert answer.status_code != 422
                judge(slug, after)


def judge(slug: str, answers: dict) -> None:
    """Whatever was accepted keeps the rules."""
    text = json.dumps(answers, ensure_ascii=False)
    assert not any(sign in text for sign in ("\\u0000", "<script", "\\r", "\\n", "\ufffe"))
    assert len(text) < 4_000
    who = answers.get("data-diri")
    if who:
        assert who["nik"].isascii()
        assert len(who["nik"]) == 16
        assert who["phone"].startswith("+628")


TEXT = st.text(max_size=60) | st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.requirement("R01")
@pytest.mark.parametrize("slug", ["data-diri", "alamat", "pekerjaan", "program"])
@fuzz(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_words_in_all_fields_are_answered_with_a_page(people, slug, data):
    visitor = people[slug]
    names = data.draw(st.lists(st.sampled_from(names_of(visitor)), unique=True))
    fields = {name: data.draw(TEXT, label=name) for name in names if name not in ("step", "back", "later")}
    before = stored(visitor)
    answer = send(visitor, body_of({**fields, "step": slug}))
    if answer.status_code == 422:
        assert stored(visitor) == before
    else:
        judge(slug, stored(visitor))


@fuzz(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from([FORM, "multipart/form-data; boundary=x", "text/plain", "", "application/json"]),
)
def test_random_bytes_are_answered_with_a_page(people, body, kind):
    before = stored(people["alamat"])
    send(people["alamat"], body, kind)
    assert stored(people["alamat"]) == before


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (FORM, b"\xff\xfe\x00", {400}),
        (FORM, b"&&&===&;", {400}),
        (FORM, b"step=alamat&step=kode", {400}),
        (FORM, b"step=alamat&address=a&address=b", {400}),
        (FORM, b"step%00=alamat", {400}),
        ("multipart/form-data", b"--x\r\n", {400}),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=step\r\n\r\nalamat",
            {400, 413},
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="address"; filename="a"\r\n\r\nx\r\n--x--',
            {400},
        ),
        ("application/json", b'{"step": "alamat"}', {400}),
        ("text/plain", b"step=alamat", {400}),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_a_clear_page(people, kind, body, status):
    visitor = people["alamat"]
    before = stored(visitor)
    answer = send(visitor, body, kind)
    assert answer.status_code in status
    assert "Isian yang tersimpan tidak hilang" in answer.text or answer.status_code == 413
    assert stored(visitor) == before
    assert visitor.open(place(visitor).replace("minta-kode", "alamat")).step == "alamat"


@pytest.mark.requirement("R56")
@pytest.mark.parametrize("size", [65_537, 200_000])
def test_a_body_that_is_too_long_is_413(people, size):
    answer = send(people["alamat"], b"step=alamat&address=" + b"x" * size)
    assert answer.status_code == 413
    assert "Isian terlalu besar" in answer.text


def test_a_body_of_sixty_kilobytes_is_still_read(people):
    assert send(people["alamat"], b"step=alamat&address=" + b"x" * 60_000).status_code == 422


@pytest.mark.requirement("R56")
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_more_than_a_hundred_fields_are_refused(people, kind):
    pairs = [("step", "alamat"), *((f"f{n}", "x") for n in range(101))]
    body = "&".join(f"{name}={value}" for name, value in pairs)
    if kind != FORM:
        body = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in pairs) + "--x--"
    assert send(people["alamat"], body, kind).status_code == 413


def test_the_same_field_twice_with_the_same_value_is_only_a_stutter(people):
    assert send(people["alamat"], "step=alamat&step=alamat&rt=3&rt=3").status_code == 422


@pytest.mark.requirement("R56")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO", "CONNECT"])
@pytest.mark.parametrize(
    "path", ["/bpu", "/lanjut", "/bpu/data-diri", "/health", "/bpu/AAAAAAAA/alamat", "/bpu/AAAAAAAA/tutup"]
)
def test_other_methods_are_405(people, method, path):
    answer = people["alamat"].client.open(path, method=method, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/bpu/%00%00%00%00%00%00%00%00/alamat",
        "/bpu/AAAAAAA/alamat",
        "/bpu/AAAAAAAAA/alamat",
        "/bpu/AAAA%2FAAA/alamat",
        "/bpu/%F0%9F%98%80/alamat",
        "/bpu/%FF%FE/alamat",
        "/bpu/AAAAAAAA/%0d%0aX:1",
        "/bpu/AAAAAAAA/nowhere",
        "/bpu/AAAAAAAA/../../etc",
        "/%0d%0aSet-Cookie:x=1",
        "/日本",
        "/bpu/" + "a" * 3000,
        "/manfaat?penghasilan=" + "9" * 3000,
        "/manfaat?penghasilan=%FF%00",
        "/?closed=%0d%0a",
        "/simulator/messages.json?to=%00",
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_odd_addresses_are_clear_pages(people, path, htmx):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}
    answer = people["alamat"].client.get(path, headers=headers)
    assert answer.status_code in (200, 308, 404)
    for value in answer.headers.values():
        value.encode("latin-1")
        assert "\n" not in value


def test_the_calculator_says_what_is_wrong_in_whole_words(people):
    answer = people["alamat"].client.get("/manfaat?penghasilan=1.500")
    assert "Rp1.500 sebulan terlalu kecil. Maksud Anda Rp1.500.000?" in answer.text


@pytest.mark.parametrize(
    "fields", [{}, {"attempt": ""}, {"attempt": "\0", "code": "123456"}, {"attempt": "x" * 9000, "code": "123456"}]
)
def test_resuming_with_nothing_sensible_is_a_clear_page(people, fields):
    before = Attempt.select().count()
    assert send(people["alamat"], body_of(fields), path="/lanjut/kode").status_code in (303, 422)
    assert send(people["alamat"], body_of({"resume": fields.get("attempt", "")}), path="/lanjut").status_code in (
        200,
        422,
    )
    assert (
        send(people["alamat"], body_of({"phone": fields.get("attempt", "")}), path="/lanjut/kirim").status_code == 422
    )
    assert Attempt.select().count() <= before + 1


def test_cookies_that_are_none_of_ours_are_strangers(people):
    app = people["alamat"].app
    for cookie in ("", "x", "é" * 10, "\x7f", "a" * 3000, '"', "%00", "=;"):
        visitor = Visitor(app)
        visitor.client.set_cookie("b", quote(cookie))
        assert visitor.open(place(people["alamat"])).step == "stranger"
        answer = visitor.client.get(
            "/bpu/data-diri", headers={"Cookie": f"b={cookie.encode('ascii', 'ignore').decode()}"}
        )
        assert answer.status_code == 200


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": ""},
]


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("target", ["step", "/lanjut", "/lanjut/kode", "/lanjut/kirim", "close"])
def test_what_another_site_sends_is_refused_and_changes_nothing(people, headers, target):
    visitor = people["alamat"]
    path = {"step": place(visitor), "close": place(visitor).rsplit("/", 1)[0] + "/tutup"}.get(target, target)
    before = stored(visitor), Draft.get(Draft.uid == place(visitor).split("/")[2]).typed, Attempt.select().count()
    data = {"step": "alamat", **PERSON["alamat"], "forget": "1", "resume": "AAAAAAAA", "phone": "081234567890"}
    answer = visitor.client.post(path, data=data, headers=headers)
    assert answer.status_code == 403
    assert "datang dari situs lain" in answer.text
    assert (
        stored(visitor),
        Draft.get(Draft.uid == place(visitor).split("/")[2]).typed,
        Attempt.select().count(),
    ) == before


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("token", [None, "", "x", "é", "AAAA", "A" * 32, "\0", "x" * 9000, "foreign"])
def test_without_any_word_of_where_it_comes_from_only_the_token_of_the_page_counts(people, token):
    app = people["alamat"].app
    silent, other = Visitor(app, browser=False).start(), Visitor(app, browser=False).start()
    sent = silent.form_values(silent.one("form")) | PERSON["data-diri"]
    own = sent.pop("csrf")
    if token == "foreign":
        token = other.one("[name=csrf]")["value"]
    path, drafts = place(silent), Draft.select().count()
    fearless()
    elsewhere(silent, 150)
    answer = silent.client.post(path, data=sent if token is None else {**sent, "csrf": token})
    assert (answer.status_code, Draft.select().count()) == (400, drafts)
    assert silent.client.post(path, data={**sent, "csrf": own}, follow_redirects=True).status_code == 200
    assert Draft.select().count() == drafts + 1
    assert Visitor(app, browser=False).client.post(path, data={**sent, "csrf": own}).status_code == 400, "no cookie"


def live(folder, **changes) -> Settings:
    base = Settings(
        mode="live", database_url=f"sqlite:///{folder}/bpu.sqlite3", site_url="https://daftar.contoh.id", **changes
    )
    return replace(base, secret_key="s" * 32, data_keys=with_sandbox_secrets(replace(base, mode="sandbox")).data_keys)


@pytest.mark.requirement("R56")
def test_in_live_only_our_own_host_is_served_and_there_is_no_simulator(tmp_path):
    client = running(live(tmp_path)).test_client()
    ours = {"base_url": "https://daftar.contoh.id"}
    assert client.get("/bpu", **ours).status_code == 200
    for host in ("evil.example", "daftar.contoh.id.evil.example", "10.0.0.1", "daftar.contoh.id@evil"):
        assert client.get("/bpu", headers={"Host": host}).status_code == 400
    for path in ("/simulator", "/simulator/messages.json"):
        assert client.get(path, **ours).status_code == 404
    assert (
        client.post("/simulator/pay", data={"bill": "1"}, headers={"Sec-Fetch-Site": "same-origin"}, **ours).status_code
        == 404
    )
    assert "Uji coba" not in client.get("/bpu", **ours).text
    started = client.get("/bpu/data-diri", **ours)
    assert "__Host-b=" in started.headers["Set-Cookie"]
    assert all(word in started.headers["Set-Cookie"] for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    database.close()


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("proxies", "forwarded", "same"),
    [(0, "1.1.1.{}", True), (0, "1.1.1.{}, 2.2.2.2", True), (1, "1.1.1.{}, 9.9.9.9", True), (1, "1.1.1.{}", False)],
)
def test_a_forged_forwarded_address_moves_nobody_to_another_count(tmp_path, proxies, forwarded, same):
    app = running(Settings(database_url=f"sqlite:///{tmp_path}/bpu.sqlite3", trusted_proxies=proxies))
    client = app.test_client(use_cookies=False)
    answers = set()
    for number in range(62):
        headers = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": forwarded.format(number)}
        answers.add(client.post("/lanjut", data={"resume": ""}, headers=headers).status_code)
    assert answers == ({422, 429} if same else {422})
    assert not any("1.1.1." in row.key or "127.0.0" in row.key for row in Tally.select()), "no address in clear"
    database.close()


def test_a_flood_from_one_browser_is_told_to_wait_and_loses_nothing(app):
    visitor = Visitor(app).reach("alamat")
    answers = [
        visitor.client.post(place(visitor), data={"step": "alamat"}, headers=visitor._headers()) for _ in range(60)
    ]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "60"
    assert "Tunggu 60 detik" in answers[-1].text
    assert visitor.open(place(visitor).replace("minta-kode", "alamat")).step == "alamat", "looking stays free"
    with writing():
        Tally.delete().execute()
    assert visitor.answer().step == "minta-kode"


def test_new_cookies_do_not_escape_the_limit_of_an_address(settings, monkeypatch):
    answers = []
    monkeypatch.setattr(limits, "PER_ADDRESS", "20 per minute")
    client = running(settings).test_client(use_cookies=False)
    for number in range(25):
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": f"b={number:022d}"}
        answers.append(client.post("/lanjut", data={"resume": ""}, headers=headers).status_code)
    assert answers == [422] * 20 + [429] * 5
    database.close()


def test_a_bill_that_is_nobodys_cannot_be_paid(people):
    client = people["alamat"].client
    for code in ("", "0", "8808000000000000", "\0", "x" * 9000, "é"):
        fearless()
        assert client.post("/simulator/pay", data={"bill": code}).status_code == 404
    assert Bill.select().where(Bill.status == "paid").count() == 0
    assert Registration.select().where(Registration.status != "awaiting").count() == 0


def test_a_database_that_is_away_is_said_honestly(app, monkeypatch):
    visitor = Visitor(app).reach("alamat")
    path = place(visitor)
    database.execute_sql("ALTER TABLE draft RENAME TO gone")
    database.close()
    for answer, words in (
        (visitor.client.get(path), "muat ulang halaman ini"),
        (visitor.client.post(path, data={"step": "alamat"}, headers=visitor._headers()), "Belum tersimpan"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert words in answer.text
        assert "SELECT" not in answer.text

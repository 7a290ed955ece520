"""Bytes on the wire: how answers are packed and labelled, what they weigh; nothing secret can be weighed out."""

import gzip
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from bpu.models import database
from bpu.settings import Settings
from bpu.web.frame import wire
from tests import conftest
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor
from tests.web.frame import budgets
from tests.whole.browser.driver import Service, running
from tests.whole.browser.plain import BROWSER, DCZ, Client, Outsider, hashed

PAGES = wire.asset(wire.PAGES).content
ALL = "gzip, deflate, br, zstd, dcz"
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all: nothing here changes what another test sees."""
    folder = tmp_path_factory.mktemp("app")
    yield conftest.running(Settings(database_url=f"sqlite:///{folder}/bpu.sqlite3", captcha_answer="benar"))
    if not database.is_closed():
        database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def from_dcz(raw: bytes, dictionary: bytes) -> bytes:
    """A page as a browser with this dictionary reads it."""
    assert raw[:8] == DCZ
    known = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdDecompressor(dict_data=known).decompressobj().decompress(raw[40:])


UNPACK: dict[str | None, Callable[[bytes], bytes]] = {
    "dcz": lambda raw: from_dcz(raw, PAGES),
    "br": brotli.decompress,
    "zstd": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
    "gzip": gzip.decompress,
    None: bytes,
}


@pytest.mark.parametrize(
    ("accepts", "dictionary", "encoding"),
    [
        (ALL, PAGES, "dcz"),
        ("br, dcz", PAGES, "dcz"),
        ("dcz", PAGES, "dcz"),
        (ALL, b"of last year", "br"),
        (ALL, None, "br"),
        ("dcz", None, None),
        ("dcz", b"of last year", None),
        ("gzip, deflate, br, zstd", PAGES, "br"),
        ("dcz;q=0, gzip", PAGES, "gzip"),
        ("zstd, gzip", None, "zstd"),
        ("gzip, deflate", None, "gzip"),
        ("br;q=0, gzip;q=0.5", None, "gzip"),
        ("deflate", None, None),
        ("identity", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_page_travels_in_the_best_way_that_the_client_knows(client, accepts, dictionary, encoding):
    headers = SAME | ({"Accept-Encoding": accepts} if accepts is not None else {})
    if dictionary is not None:
        headers["Available-Dictionary"] = hashed(dictionary)
    answer = client.get("/bantuan", headers=headers)
    assert answer.headers.get("Content-Encoding") == encoding
    text = UNPACK[encoding](answer.data).decode()
    assert 'data-page="help"' in text
    assert text.endswith("</html>")
    assert {"Accept-Encoding", "Available-Dictionary"} <= set(answer.vary.as_set(preserve_casing=True))
    assert len(answer.data) == answer.content_length


@pytest.mark.parametrize("name", ["", ":", "::", ":nonsense:", "x" * 5000, hashed(b""), hashed(PAGES).strip(":")])
def test_a_dictionary_that_is_not_ours_is_passed_over_silently(client, name):
    answer = client.get("/bpu/data-diri", headers=SAME | {"Accept-Encoding": ALL, "Available-Dictionary": name})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "br")


def test_the_front_page_itself_serves_as_a_dictionary(client):
    first = client.get("/bpu", headers=SAME | {"Accept-Encoding": ALL})
    front = brotli.decompress(first.data)
    assert first.headers["Use-As-Dictionary"] == 'match="/*"'
    next_one = client.get(
        "/bpu/data-diri", headers=SAME | {"Accept-Encoding": ALL, "Available-Dictionary": hashed(front)}
    )
    assert next_one.headers["Content-Encoding"] == "dcz"
    assert b'data-step="data-diri"' in from_dcz(next_one.data, front)


def test_front_pages_lent_to_many_never_push_out_the_dictionary_of_all_pages(app):
    with app.test_request_context("/bpu"):
        for number in range(3 * wire.MOST_KNOWN):
            wire.lend(app.response_class(f"page {number}" * 50))
    assert len(wire.known) <= wire.MOST_KNOWN
    assert hashed(PAGES) in wire.known


def test_pages_are_the_same_bytes_in_every_encoding(client):
    def body(accepts: str, **headers: str) -> bytes:
        answer = client.get("/syarat", headers=SAME | {"Accept-Encoding": accepts, **headers})
        return UNPACK[answer.headers.get("Content-Encoding")](answer.data)

    plain = body("identity")
    assert len(plain) > 2000
    assert {body(one) for one in ("br", "zstd", "gzip")} == {plain}


@pytest.mark.parametrize("name", wire.ASSETS)
@pytest.mark.parametrize("accepts", ["br", "zstd", "gzip", ""])
def test_a_static_file_is_kept_for_ever_under_a_name_of_its_content(client, name, accepts):
    asset = wire.asset(name)
    answer = client.get(asset.url, headers={"Accept-Encoding": accepts})
    assert UNPACK[accepts or None](answer.data) == asset.content
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    assert asset.digest.hex()[:8] in asset.url


@pytest.mark.parametrize("path", ["/s/00000000.css", "/s/app.css", "/s/../app.py", "/s/", "/static/app.css"])
def test_no_other_file_is_served(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", list(budgets.SCRIPTS))
def test_scripts_stay_within_their_budget(name):
    size = len(wire.asset(name).encoded("br"))
    assert size <= budgets.SCRIPTS[name], f"{name}: {size} bytes, budget {budgets.SCRIPTS[name]}"


def test_the_dictionary_holds_nothing_of_anybody(client):
    text = PAGES.decode()
    assert not re.search(r"[0-9]{11,}|[A-Z0-9]{4}-[A-Z0-9]{4}\b|@[a-z]+\.|csrf", text)
    assert "</html>" in text


VALID = {"Accept-Encoding": "br"}


@pytest.mark.parametrize("path", ["/bpu", "/", "/bantuan", "/syarat", "/privasi", "/manfaat"])
def test_a_page_for_everybody_is_confirmed_instead_of_sent_again(client, path):
    first = client.get(path, headers=SAME | VALID)
    again = client.get(path, headers=SAME | VALID | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "public, max-age=600"
    assert "Content-Encoding" not in again.headers
    assert client.get(path, headers=SAME | VALID | {"If-None-Match": 'W/"0"'}).status_code == 200
    assert "Set-Cookie" not in first.headers, "what is kept for all must not carry one person's token"


def requests(uid: str) -> dict[str, tuple[str, str, dict[str, Any], int]]:
    """One request for every kind of answer: method, address, options, the status expected."""
    return {
        "front": ("GET", "/bpu", {}, 200),
        "text": ("GET", "/privasi", {}, 200),
        "first step": ("GET", "/bpu/data-diri", {}, 200),
        "step": ("GET", f"/bpu/{uid}/pemeriksaan", {}, 200),
        "redirect": ("GET", f"/bpu/{uid}/", {}, 303),
        "errors": ("POST", f"/bpu/{uid}/persetujuan", {"data": {"step": "pemeriksaan", "captcha": "x"}}, 422),
        "resume": ("GET", "/lanjut", {}, 200),
        "stranger": ("GET", "/bpu/AAAAAAAA/kode", {}, 404),
        "unknown": ("GET", "/tidak-ada", {}, 404),
        "method": ("POST", "/bpu", {"data": {}}, 405),
        "foreign": ("POST", f"/bpu/{uid}/kode", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        "large": ("POST", f"/bpu/{uid}/kode", {"data": {"step": "x" * 70_000}}, 413),
        "health": ("GET", "/health", {}, 200),
        "simulator": ("GET", "/simulator", {}, 200),
        "messages": ("GET", "/simulator/messages.json", {}, 200),
        "static": ("GET", wire.asset("app.css").url, {}, 200),
        "no static": ("GET", "/s/00000000.css", {}, 404),
    }


@pytest.fixture
def begun(app: Flask) -> Visitor:
    """A person at the second step."""
    return Visitor(app).reach("pemeriksaan")


@pytest.mark.requirement("R54")
@pytest.mark.parametrize("kind", requests(""))
def test_every_answer_carries_the_headers_that_protect_it(begun, kind):
    method, path, options, status = requests(begun.path.split("/")[2])[kind]
    options = {
        **options,
        "headers": {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "br", **options.get("headers", {})},
    }
    answer = begun.client.open(path, method=method, **options)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"]
    if answer.mimetype == "text/html":
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "'unsafe-inline'" not in policy
        for name in ("Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"):
            assert answer.headers[name], name
    public = answer.headers["Cache-Control"].startswith("public")
    assert public == (kind in ("front", "text", "static"))
    assert not (public and "Set-Cookie" in answer.headers)
    if kind in ("step", "errors", "stranger"):
        assert answer.headers["Cache-Control"] == "private, no-cache", "Back must not ask the line again"
    if kind in ("health", "messages"):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.requirement("R54")
def test_over_tls_every_answer_asks_for_tls_again(client):
    for path in ("/bpu", "/tidak-ada", "/health", wire.asset("app.css").url):
        assert "max-age=31536000" in client.get(path, base_url="https://localhost").headers["Strict-Transport-Security"]
        assert "Strict-Transport-Security" not in client.get(path).headers


@pytest.mark.parametrize(
    ("headers", "script"),
    [
        ({}, True),
        ({"Save-Data": "on"}, False),
        ({"Save-Data": "off"}, True),
        ({"ECT": "2g"}, False),
        ({"ECT": "slow-2g"}, False),
        ({"ECT": "4g"}, True),
        ({"ECT": "4g", "RTT": "1500"}, True),
        ({"RTT": "1400"}, False),
        ({"RTT": "1350"}, True),
        ({"RTT": "-", "Downlink": "-"}, True),
        ({"Downlink": "0.05"}, False),
        ({"Downlink": "0.4"}, True),
        ({"User-Agent": "Opera/9.80 (Android; Opera Mini/36.2.2254/191.256; U; id) Presto/2.12.423"}, False),
    ],
)
def test_the_script_stays_away_where_it_would_cost_more_than_it_gives(client, headers, script):
    page = client.get("/bpu/data-diri", headers=SAME | headers).text
    assert ("<script" in page) == script
    assert "<script" not in client.get("/bpu", headers=SAME | headers).text, "the front page has no form"


def test_the_dictionary_is_offered_until_the_browser_holds_it(client):
    url = wire.asset(wire.PAGES).url
    held = client.get(
        "/bpu/data-diri", headers=SAME | {"Accept-Encoding": "dcz", "Available-Dictionary": hashed(PAGES)}
    )
    stale = client.get(
        "/bpu/data-diri", headers=SAME | {"Accept-Encoding": "identity", "Available-Dictionary": hashed(b"old")}
    )
    assert url not in from_dcz(held.data, PAGES).decode()
    assert url in stale.text


@pytest.mark.parametrize(
    ("engine", "tag"),
    [
        ('"Not:A-Brand";v="8", "Chromium";v="156"', '<link rel="prefetch" href="'),
        ('"Chromium";v="130", "Android WebView";v="130"', '<link rel="prefetch" href="'),
        ('"Chromium";v="129"', '<link rel="compression-dictionary" href="'),
        ('"Firefox";v="150"', '<link rel="compression-dictionary" href="'),
        ('"Chromium";v="²"', '<link rel="compression-dictionary" href="'),
        ("", '<link rel="compression-dictionary" href="'),
    ],
)
def test_only_a_browser_that_can_use_the_dictionary_fetches_it_ahead(client, engine, tag):
    answer = client.get("/bpu", headers=SAME | {"Sec-CH-UA": engine})
    assert answer.text.count(tag + wire.asset(wire.PAGES).url) == 1
    assert answer.text.count(wire.asset(wire.PAGES).url) == 1
    assert "Sec-CH-UA" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Purpose": "prefetch", "Referer": "https://localhost/bpu"}, 204),
        ({"Sec-Purpose": "prefetch", "Referer": "https://localhost/"}, 204),
        ({"Sec-Purpose": "prefetch", "Referer": "https://localhost/bpu/data-diri"}, 200),
        ({"Sec-Purpose": "prefetch"}, 200),
        ({"Referer": "https://localhost/bpu"}, 200),
        ({"Sec-Purpose": "prefetch", "Referer": "https://localhost/bpu", "Available-Dictionary": hashed(PAGES)}, 200),
    ],
)
def test_a_dictionary_fetched_before_the_front_page_was_put_away_is_left_for_the_next_page(client, headers, status):
    answer = client.get(wire.asset(wire.PAGES).url, headers={"Accept-Encoding": ALL, **headers})
    assert answer.status_code == status
    kept = "no-store" if status == 204 else "public, max-age=31536000, immutable"
    assert answer.headers["Cache-Control"] == kept


# --- side channels: no secret and reflected input in one compressed answer that another site can cause


def test_a_browser_that_says_where_it_comes_from_gets_no_token_at_all(client):
    assert "csrf" not in client.get("/bpu/data-diri", headers=SAME).text
    assert "csrf" not in client.get("/bpu/data-diri", headers={"Sec-Fetch-Site": "cross-site"}).text


def test_the_token_of_other_clients_never_repeats(client):
    pages = [client.get("/bpu/data-diri").text for _ in range(20)]
    tokens = {re.findall(r'name="csrf" value="([^"]+)"', page)[0] for page in pages}
    assert len(tokens) == 20
    assert len({token[:4] for token in tokens}) > 15, "masked from the first byte on"


def test_the_cookie_is_never_written_into_a_page(begun):
    cookie = begun.client.get_cookie("b")
    assert cookie is not None
    assert len(cookie.value) >= 20
    assert cookie.value not in begun.response.text
    header = begun.app.test_client().get("/lanjut", headers=SAME).headers["Set-Cookie"]
    assert "SameSite=Lax" in header
    assert "HttpOnly" in header


@pytest.mark.parametrize("path", ["/bpu/{uid}/pemeriksaan", "/bpu/{uid}/", "/bpu/data-diri", "/lanjut", "/bpu"])
def test_what_another_site_puts_into_an_address_is_not_reflected_beside_secrets(begun, path):
    page = begun.client.get(
        path.format(uid=begun.path.split("/")[2]) + "?guess=Zx9Kq7Vw2", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert "Zx9Kq7Vw2" not in page.text


def test_the_one_page_that_reflects_an_address_knows_no_secret(begun):
    page = begun.client.get("/manfaat?penghasilan=Zx9Kq7Vw2", headers={"Sec-Fetch-Site": "cross-site"}).text
    assert "Zx9Kq7Vw2" in page
    assert "csrf" not in page
    assert begun.path.split("/")[2] not in page


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_cannot_have_input_reflected_by_sending_a_form(begun, site):
    sent = {"step": "pemeriksaan", "captcha": "Zx9Kq7Vw2"}
    answer = begun.client.post(begun.path, data=sent, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert "Zx9Kq7Vw2" not in answer.text


def test_compressing_takes_a_small_part_of_the_time_that_a_page_takes(app):
    headers = SAME | {"Accept-Encoding": "dcz", "Available-Dictionary": hashed(PAGES)}
    client = app.test_client()
    client.get("/bpu/data-diri", headers=headers)
    started = time.process_time()
    for _ in range(100):
        packed = client.get("/bpu/data-diri", headers=headers).data
    page = time.process_time() - started
    body, dictionary = from_dcz(packed, PAGES), wire.known[hashed(PAGES)]
    started = time.process_time()
    for _ in range(100):
        dictionary.compressed(body)
    share = (time.process_time() - started) / page
    assert share <= budgets.COMPRESSION, (
        f"{share:.0%} of the processor time of a page, budget {budgets.COMPRESSION:.0%}"
    )


# --- weights, on the real server, with a client that counts the bytes of its frames


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("wire")) as service:
        yield service


@pytest.fixture
def walker(service: Service) -> Iterator[Callable[..., Outsider]]:
    """People who have walked the whole way; their connections are closed afterwards."""
    clients: list[Client] = []

    def walked(number: int, encodings: str = ALL, headers: Any = BROWSER, client: Client | None = None) -> Outsider:
        client = client or Client(service, encodings, headers)
        clients.append(client)
        one = Outsider(client, person(number))
        assert re.fullmatch(r"CONTOH-[0-9]{8}", one.walk())
        return one

    yield walked
    for client in clients:
        client.close()


def test_no_page_outgrows_its_budget(walker):
    walked = walker(700)
    found = {"front": budgets.FIRST} | budgets.STEPS
    over = [
        f"{page}: {size} bytes, budget {found[page]}" for page, size in walked.weights.items() if size > found[page]
    ]
    assert not over, "; ".join(over)
    assert len(walked.weights) >= 11
    assert set(walked.weights) == found.keys() - {"data-diri (errors)"}


def test_the_page_that_names_every_error_stays_small(service, walker):
    client = walker(701).client
    form = client.get("/bpu/data-diri").page.select('main form[method="post"]')[0]
    sent = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden]")}
    answer = client.post(str(form["action"]), {**sent, **dict.fromkeys(PERSON["data-diri"], "")})
    assert answer.status == 422
    budget = budgets.STEPS["data-diri (errors)"]
    assert answer.wire <= budget, f"data-diri with all errors: {answer.wire} bytes, budget {budget}"


@pytest.mark.parametrize(("number", "accepts"), [*enumerate(budgets.JOURNEYS, 710)])
def test_the_whole_registration_stays_within_its_budget(walker, number, accepts):
    total = sum(answer.wire for answer in walker(number, accepts).client.answers)
    assert total <= budgets.JOURNEYS[accepts], (
        f"journey with {accepts}: {total} bytes, budget {budgets.JOURNEYS[accepts]}"
    )


def test_a_second_person_in_the_same_browser_costs_little(walker):
    first = walker(720)
    before = len(first.client.answers)
    walker(721, client=first.client)
    total = sum(answer.wire for answer in first.client.answers[before:] if answer.path != "/bpu")
    assert total <= budgets.SECOND, f"second registration: {total} bytes, budget {budgets.SECOND}"


def test_each_step_takes_one_round_trip_without_a_script(walker):
    client = walker(722).client
    assert [answer.status for answer in client.answers].count(303) == 0
    assert len(client.answers) <= len(budgets.STEPS) + 2


@pytest.mark.parametrize("encodings", budgets.JOURNEYS)
def test_the_beginning_of_the_first_page_can_be_read_before_its_end_is_there(service, encodings):
    client = Client(service, encodings, BROWSER)
    try:
        answer = client.get("/bpu")
    finally:
        client.close()
    packet, headers = (
        1_460 - 22 - 9,
        600,
    )  # what TLS and a frame's header leave of a packet; headers may ride with a piece
    assert max(answer.records) <= packet + headers
    assert sum(answer.records) >= answer.wire
    assert b"<h1" in answer.body


@pytest.mark.parametrize("headers", [BROWSER, {"origin": "?"}, {}], ids=["sec-fetch", "origin", "neither"])
def test_both_kinds_of_client_get_through_and_only_the_plain_one_with_a_token(service, walker, headers):
    sent = {name: service.base if value == "?" else value for name, value in headers.items()}
    walked = walker(730 + len(headers), headers=sent)
    forms = [answer for answer in walked.seen if answer.page.select_one('form[method="post"]')]
    tokens = [answer.page.select_one('input[name="csrf"]') is not None for answer in forms]
    assert all(tokens) if "sec-fetch-site" not in headers else not any(tokens)


def test_the_bytes_on_the_wire_unpack_to_the_page_that_an_uncompressed_client_sees(service, walker):
    packed = walker(740)
    bare = Client(service, "", BROWSER)
    try:
        for path in ("/bantuan", "/syarat"):
            small = packed.client.get(path)
            assert small.headers["content-encoding"] == "dcz"
            whole = bare.get(path)
            assert "content-encoding" not in whole.headers
            style = re.compile(rb'<style>.*?</style>|<link rel="[cs][^>]*>', re.S)
            assert style.sub(b"", small.body) == style.sub(b"", whole.body)
    finally:
        bare.close()

"""Who registers is nobody else's business: not the log's, not the address bar's, not the next person's."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from bpu.models import Draft, Outgoing, Registration
from tests.parts.calendar import kept
from tests.parts.servers import eventually, free_port, listening
from tests.people.answers import PERSON
from tests.people.visitor import Visitor

WHO, CONTACT = PERSON["data-diri"], PERSON["alamat"]
CANARIES = {
    "NIK": r"3201\D?0145\D?0890\D?0000",
    "name": r"siti\W?aminah",
    "phone": r"812\D?3456\D?7890",
    "e-mail": r"siti@example|siti%40example",
    "address": r"melati",
    "workplace": r"pasar\W?baru",
    "birth date": r"1990-08-05",
}


def found(text: str, *more: str) -> list[str]:
    """Which of a person's words stand in a text, and which of these besides."""
    seen = [name for name, pattern in CANARIES.items() if re.search(pattern, text, re.IGNORECASE)]
    return seen + [word for word in more if word in text]


def stumble(visitor: Visitor) -> None:
    """Do wrong whatever can be done wrong at a page."""
    slug = visitor.step
    headers = visitor._headers()
    path = str(visitor.one("main form[method=post]")["action"])
    for fields in ({**visitor.answers.get(slug, {}), "rt": "x", "phone": "1", "income": "x", "code": "1"}, {}):
        visitor.client.post(path, data={"step": slug, **fields}, headers=headers)
        visitor.client.post(path, data={"step": slug, **fields}, headers={"Sec-Fetch-Site": "cross-site"})
        visitor.client.post(path, data={"step": "nowhere", **fields}, headers=headers)
        visitor.client.post(path, data={"step": [slug, "kode"], **fields}, headers=headers)
        visitor.client.put(path, data=fields, headers=headers)


@pytest.mark.requirement("R50")
def test_no_log_line_of_a_whole_walk_names_anybody_not_even_where_everything_goes_wrong(app, caplog):
    caplog.set_level(logging.DEBUG)
    visitor = Visitor(app)
    visitor.start()
    for slug in [one for one in PERSON if one != "data-diri"] + ["bayar"]:
        if slug != "bayar":
            visitor.reach(slug)
            if slug != "kode":
                stumble(visitor)
        visitor.open(visitor.path)
    code = visitor.reach("bayar") and re.findall(r"\b[0-9]{6}\b", " ".join(one["text"] for one in visitor.messages()))
    visitor.pay()
    assert len(caplog.text) > 200
    assert found(caplog.text, *code, Draft.get().resume) == []


@pytest.mark.requirement("R50")
def test_an_error_that_nobody_expected_leaves_no_words_of_the_person_in_the_log(app, caplog):
    visitor = Visitor(app).reach("alamat")
    step = app.view_functions["registration.step.step"]

    def broken(uid: str, slug: str):
        raise RuntimeError(f"{WHO['nik']} {WHO['name']} {visitor.answers}")

    app.view_functions["registration.step.step"] = broken
    path = str(visitor.one("form")["action"])
    answer = visitor.client.post(path, data={"step": "alamat", **CONTACT}, headers=visitor._headers())
    app.view_functions["registration.step.step"] = step
    assert answer.status_code == 500
    reference = re.search(r"kode ([a-z2-9]{6})", answer.text)[1]
    assert reference in caplog.text
    assert found(caplog.text) == []
    assert found(answer.text) == []


@pytest.mark.requirement("R08")
def test_no_address_cookie_or_header_names_anybody(app):
    visitor = Visitor(app)
    seen: list[str] = []
    open_ = visitor.client.open

    def listening_open(*args, **kwargs):
        answer = open_(*args, **kwargs)
        for one in [*answer.history, answer]:
            if "/simulator/" not in one.request.url:  # the mailbox of the sandbox is asked by its address
                seen.append(f"{one.request.url} {one.headers}")
        return answer

    visitor.client.open = listening_open
    visitor.reach("selesai")
    assert len(seen) > 12
    assert found("\n".join(seen), Registration.get().number) == []
    cookies = [visitor.client.get_cookie("b")]
    assert all(len(cookie.value) == 22 and cookie.http_only for cookie in cookies)


def test_links_of_pages_name_nobody(app):
    visitor = Visitor(app).reach("periksa")
    links = [
        str(tag.get(name))
        for tag in visitor.page.select("[href], [src], [action]")
        for name in ("href", "src", "action")
    ]
    assert found(" ".join(links)) == []


@pytest.mark.requirement("R42")
def test_nothing_of_anybody_can_be_read_in_the_database_files_at_any_step(app, settings):
    visitor = Visitor(app).start()
    for slug in [*PERSON, "bayar", "selesai"]:
        visitor.reach(slug)
        content = b"".join(path.read_bytes() for path in Path(settings.var).glob("bpu.sqlite3*"))
        assert found(content.decode("latin-1"), Draft.get().resume if slug != "data-diri" else "-" * 20) == [], slug
    assert Outgoing.select().where(Outgoing.state == "sent").count() > 2


@pytest.mark.parametrize("htmx", [False, True])
def test_a_stranger_who_knows_the_address_sees_nothing(app, htmx):
    visitor = Visitor(app).reach("periksa")
    uid = visitor.path.split("/")[2]
    stranger = Visitor(app, htmx=htmx)
    for slug in [*PERSON, "bayar", "selesai", "diperiksa", "slip", ""]:
        stranger.open(f"/bpu/{uid}/{slug}")
        assert (stranger.step, stranger.response.status_code) == ("stranger", 404)
        assert found(stranger.response.text) == []
    known, unknown = stranger.client.get(f"/bpu/{uid}/periksa"), stranger.client.get("/bpu/AAAAAAAA/periksa")
    assert known.text.replace(uid, "") == unknown.text.replace("AAAAAAAA", "")


def bare(visitor: Visitor) -> str:
    """A page without what is different on every page."""
    text = re.sub(r"/bpu/[a-z2-9]{10}/", "/bpu/UID/", visitor.response.text)
    text = re.sub(r'name="given" value="[^"]+"', "", text)
    text = re.sub(r"data:image/png[^\"]+|<b>[^<]+ Jadi berapa\?</b>", "", text)
    text = re.sub(r"DAFTAR(?:%20| )[0-9]{4}", "DAFTAR", text)
    return re.sub(r"pukul [0-9.]+ WIB", "", text)


@pytest.mark.requirement("R35")
@pytest.mark.parametrize("htmx", [False, True])
def test_up_to_the_code_nobody_can_tell_whether_a_nik_is_registered(app, htmx):
    Visitor(app).reach("bayar")
    other = {**PERSON, "data-diri": {**WHO, "phone": "0813 9999 8888"}}
    free = {**other, "data-diri": {**other["data-diri"], "nik": "3201014508900000".replace("320101", "320102")}}
    pages: list[list[str]] = []
    for answers in (other, free):
        visitor = Visitor(app, htmx=htmx, answers=answers).start()
        seen = []
        for slug in ("data-diri", "pemeriksaan", "persetujuan", "alamat", "minta-kode", "kode", "pekerjaan"):
            visitor.reach(slug)
            shown = bare(visitor)
            # The district belongs to the NIK that was typed, not to whether it is registered.
            seen.append(
                re.sub(r'(?s)<fieldset[^>]*id="region".*?</fieldset>', "", shown) if slug == "alamat" else shown
            )
            if slug == "alamat":
                visitor.answer(region="other", village="3273021004")
        pages.append(seen)
    assert pages[0] == pages[1]


class Phone:
    """A person at a real server, over real HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, fields: dict | None = None) -> BeautifulSoup:
        data = urllib.parse.urlencode(fields, doseq=True).encode() if fields is not None else None
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), data, {"Sec-Fetch-Site": "same-origin"})
        with self.opener.open(request, timeout=20) as answer:
            return BeautifulSoup(answer.read(), "html5lib")


def test_the_output_of_the_real_service_names_nobody(tmp_path):
    port = free_port()
    log = tmp_path / "log"
    environ = {
        **kept(),
        "PORT": str(port),
        "BPU_DATABASE_URL": f"sqlite:///{tmp_path}/bpu.sqlite3",
        "BPU_CAPTCHA_ANSWER": "benar",
    }
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "app.py"], env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    codes: list[str] = []
    try:
        eventually(lambda: listening(port), 60)
        phone = Phone(f"http://127.0.0.1:{port}")
        page = phone.ask(str(phone.ask("/bpu").select_one("a[data-start]")["href"]))
        for _ in range(12):
            slug = str(page.select_one("main").get("data-step"))
            form = page.select_one("main form[method=post]")
            if slug == "bayar":
                break
            hidden = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
            fields = {**hidden, **PERSON[slug]}
            if slug == "kode":
                inbox = f"{phone.base}/simulator/messages.json?to=%2B6281234567890"
                (message,) = eventually(lambda inbox=inbox: json.load(urllib.request.urlopen(inbox, timeout=5)), 20)
                codes += re.findall(r"\b[0-9]{6}\b", message["text"])
                fields["code"] = codes[0]
            page = phone.ask(str(form["action"]), fields)
        assert page.select_one("#bill-code") is not None
        with pytest.raises(urllib.error.HTTPError):
            phone.ask("/bpu/AAAAAAAA/alamat?nik=3201014508900000&nama=Siti+Aminah", {"step": "alamat", **CONTACT})
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    told = log.read_text()
    assert "kind=sms" in told, "the worker wrote what it did"
    assert found(told, *codes) == []

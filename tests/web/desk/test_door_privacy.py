"""What a shared computer keeps of a person once the assistant is done with them: nothing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bpu.models import Bill, Draft, Registration
from tests.parts.served import Served, served
from tests.parts.servers import program
from tests.people.typist import ARGS, PIN, Typist, phone_of
from tests.web.desk.conftest import sheet_answers

PHONE = "+6281377700001"
ALL_TEXT = """
() => document.documentElement.outerHTML + '\\n' + [...document.querySelectorAll('input,select,textarea')]
    .map(field => field.value).join('\\n') + document.title + document.body.innerText
"""
TYPED = """
() => [...document.querySelectorAll('main input:not([type=hidden]):not([type=checkbox])')]
    .map(field => field.value).join('')
"""
STORES = """
async () => ({
    local: localStorage.length, session: sessionStorage.length, cookie: document.cookie,
    databases: (await indexedDB.databases()).length, caches: window.caches ? (await caches.keys()).length : 0,
})
"""


def canaries(service: Served, uid: str, number: int, code: str) -> dict[str, str]:
    """Everything of a person that must not be left, by what it is."""
    answers = sheet_answers(number)["ktp"]
    with service.inside():
        draft = Draft.get(Draft.uid == uid)
        person = Registration.get_or_none(Registration.draft == uid)
        bill = Bill.select().get().code if person else "-" * 16
    nik = str(answers["nik"])
    return {
        "nik": nik,
        "nik in fours": " ".join(nik[at : at + 4] for at in range(0, 16, 4)),
        "name": str(answers["name"]),
        "phone": str(answers["phone"]),
        "phone of the world": phone_of(number),
        "phone in groups": re.sub(r"(....)(....)(.*)", r"\1-\2-\3", str(answers["phone"])),
        "email": str(answers["email"]),
        "address": str(answers["address"]),
        "continue code": f"{draft.resume[:4]}-{draft.resume[4:]}",
        "continue code, plain": draft.resume,
        "code": f">{code}<",
        "bill": bill,
    }


def left(text: str, marks: dict[str, str]) -> list[str]:
    """What of a person stands in a text."""
    return [name for name, mark in marks.items() if mark in text]


def crawled(page: Page, service: Served) -> dict[str, str]:
    """Every page that links lead to from the queue, as it is shown."""
    waiting, seen = ["/asisten"], dict[str, str]()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/asisten") or path.endswith((".csv", ".xlsx", ".txt")):
            continue
        page.goto(service.url + path)
        seen[path] = page.evaluate(ALL_TEXT)
        waiting += page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))")
    return seen


def open_profile(playwright: object, folder: Path) -> BrowserContext:
    """A browser whose profile stays on disk."""
    chromium = program("chromium", "chromium")
    return playwright.chromium.launch_persistent_context(  # type: ignore[attr-defined,no-any-return]
        str(folder),
        executable_path=chromium,
        args=ARGS,
        ignore_default_args=["--disable-back-forward-cache"],  # what people's browsers keep of a page they left
        viewport={"width": 1366, "height": 768},
    )


@pytest.mark.requirement("R08", "R10", "R12")
def test_nothing_of_a_person_is_left_in_the_browser(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with served(tmp_path) as service, sync_playwright() as playwright:
        service.invite(PHONE, "WARNET MELATI", PIN)
        context = open_profile(playwright, profile)
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        typist = Typist(page, service)
        typist.sign_in(PHONE)
        uid = typist.start(1)
        code = service.code(phone_of(1))
        typist.end(1)
        typist.press("Alt+i")
        typist.at("desk-slip")
        marks = canaries(service, uid, 1, code)
        shown = page.evaluate(ALL_TEXT)
        assert left(shown, marks), "the marks are right: the slip shows some of them"
        steps = page.evaluate("history.length")
        typist.press("Alt+s")
        typist.at("desk-selesai")
        assert left(page.evaluate(ALL_TEXT), marks) == []

        # A look at a page that never showed anybody, to compare pictures with.
        stranger = context.new_page()
        stranger.goto(f"{service.url}/asisten/orang/AAAAAAAA/slip")
        nobody = stranger.screenshot()
        stranger.close()

        back = 0
        for _ in range(steps + 2):
            before = page.url
            page.evaluate("setTimeout(() => history.back(), 0)")
            page.wait_for_timeout(500)
            page.wait_for_load_state()
            assert left(page.evaluate(ALL_TEXT), marks) == [], page.url
            if f"/orang/{uid}/" in page.url:
                back += 1
                assert page.get_attribute("main", "data-page") == "desk-nobody"
                assert page.screenshot() == nobody, f"{page.url} looks like no page of nobody"
            if page.url == before:
                break
        assert back >= 3, "the pages of the person are still in the history, and empty"

        for path, text in crawled(page, service).items():
            assert left(text, marks) == [], path
        for path in ("ktp", "kerja", "periksa", "bayar", "slip", "slip.txt"):
            page.goto(f"{service.url}/asisten/orang/{uid}/{path}")
            assert left(page.evaluate(ALL_TEXT), marks) == [], path
        page.goto(service.url + "/asisten")
        assert page.evaluate(STORES) == {"local": 0, "session": 0, "cookie": "", "databases": 0, "caches": 0}

        typist.press("Alt+b")
        typist.at("desk-ktp")
        for name in ("nik", "name", "phone", "email"):
            typist.until(name)
            typist.press("ArrowDown")
        assert page.evaluate(TYPED) == ""
        assert problems == []
        context.close()

        kept = [path for path in profile.rglob("*") if path.is_file()]
        assert len(kept) > 20
        for path in kept:
            content = path.read_bytes()
            for name, mark in marks.items():
                for encoding in ("utf-8", "utf-16-le"):
                    assert mark.encode(encoding) not in content, f"{name} rests in {path.relative_to(profile)}"

"""Whole registrations in a real browser: with a script, without, by keyboard alone, and by a tool from outside."""

import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.people.answers import person
from tests.whole.browser.conftest import Someone, numbers
from tests.whole.browser.driver import Service, fill, running, shown, walk
from tests.whole.browser.plain import Answer, Outsider

NUMBER = re.compile(r"CONTOH-[0-9]{8}")
AXE = Path(str(find_spec("axe_playwright_python").submodule_search_locations[0])) / "axe.min.js"  # type: ignore[union-attr,index]
RULES = "async () => (await axe.run()).violations.filter(one => ['serious', 'critical'].includes(one.impact))"
OUTSIDE = ("minta-kode", "program")  # steps that an untouched form already answers


def test_a_person_with_scripts_is_sent_fragments_and_knows_where_they_are(context, service):
    page = context().new_page()
    fetched: list[str] = []
    documents: list[str] = []
    page.on("request", lambda one: (fetched if one.resource_type == "fetch" else documents).append(one.method))
    someone = Someone(page, service).start()
    loaded = documents.count("GET")
    for slug in someone.answers:
        someone.sees(slug)
        assert page.url.endswith(slug)
        assert page.title().startswith(str(page.text_content("h1")))
        if slug != "data-diri":
            assert page.evaluate("document.activeElement.tagName") == "H1"
            assert page.evaluate("scrollY") == 0
        someone.fill(slug).send()
    someone.sees("bayar")
    service.pay(str(page.text_content("#bill-code")))
    someone.send().sees("selesai")
    assert NUMBER.fullmatch(str(page.text_content("#participant-number")))
    assert fetched == ["POST"] * 10, "one round trip a step"
    assert documents.count("GET") == loaded, "no page was loaded as a whole"


def test_after_a_refusal_the_summary_has_the_focus_and_its_links_lead_to_the_fields(context, service):
    page = context().new_page()
    someone = Someone(page, service).start().send()
    page.wait_for_selector(".sum")
    assert page.evaluate("document.activeElement.className") == "sum"
    assert page.title().startswith("Periksa: ")
    page.click(".sum a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "nik"
    someone.fill().send().sees("pemeriksaan")


def test_a_person_without_scripts_comes_to_the_number(context, service):
    page = context(scripts=False).new_page()
    assert NUMBER.fullmatch(walk(page, service, person(next(numbers))))


def test_a_data_saving_browser_comes_to_the_number(context, service):
    page = context(headers={"Save-Data": "on"}).new_page()
    assert NUMBER.fullmatch(walk(page, service, person(next(numbers))))


# --- by keyboard alone


def focused(page: Page) -> dict[str, Any]:
    """What has the focus."""
    return page.evaluate(
        "() => {const e = document.activeElement; return {tag: e.tagName, name: e.name || '', type: e.type || '',"
        "value: e.value || '', checked: !!e.checked, start: e.hasAttribute('data-start'),"
        "link: e.classList.contains('link'),"
        "form: !!e.form && !!e.closest('main'), ring: getComputedStyle(e).outlineStyle !== 'none'}}"
    )


def by_keys(page: Page, fields: Mapping[str, Any]) -> None:
    """Fill in and send the form on the screen with Tab, Space, arrows, letters and Enter."""
    done: set[str] = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        at = focused(page)
        if at["tag"] == "BUTTON" and at["form"] and not at["link"]:
            assert at["ring"], "the focus can be seen"
            return page.keyboard.press("Enter")
        name, wanted = at["name"], fields.get(at["name"])
        if wanted is None or (name in done and at["type"] != "checkbox"):
            continue
        done.add(name)
        if at["type"] == "radio":
            for _ in range(40):
                if focused(page)["value"] == wanted:
                    break
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Space")
        elif at["type"] == "checkbox":
            if at["value"] in wanted and not at["checked"]:
                page.keyboard.press("Space")
        elif at["tag"] == "SELECT":
            label = page.eval_on_selector(f"[name={name}] option[value='{wanted}']", "option => option.text")
            page.keyboard.type(label)
        else:
            page.keyboard.press("Control+a")
            page.keyboard.type(str(wanted))
    raise AssertionError(f"no button was reached at {page.url}")


def test_a_person_without_a_mouse_comes_to_the_number(someone):
    page, service = someone.page, someone.service
    page.goto(service.base + "/bpu")
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page)["start"]:
            break
    page.keyboard.press("Enter")
    for slug, fields in someone.answers.items():
        someone.sees(slug)
        by_keys(page, {**fields, **({"code": service.code(someone.phone)} if "code" in fields else {})})
    someone.sees("bayar")
    service.pay(str(page.text_content("#bill-code")))
    by_keys(page, {})
    someone.sees("selesai")
    assert NUMBER.fullmatch(str(page.text_content("#participant-number")))


# --- what every page must be, for eyes and for screen readers


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical, in light and in dark, and whether the page must be scrolled sideways."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for rule in page.evaluate(RULES):
            found += [f"{scheme}: {rule['id']}: {node['html'][:120]}" for node in rule["nodes"]]
    size = page.viewport_size
    for width, text in ((320, ""), (320, "200%")):
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} px wide on a screen of {width} px, text {text or '100%'}")
    page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    return found


def inspected(page: Page, what: str) -> list[str]:
    """The faults of a page, with its name."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    return [f"{what}: {fault}" for fault in faults(page)]


def test_every_step_clean_and_with_all_its_errors_has_no_serious_fault(context, service):
    someone = Someone(context(headers={"Save-Data": "on"}).new_page(), service)
    page, found = someone.page, []
    page.goto(service.base + "/bpu")
    found += inspected(page, "front")
    page.click("a[data-start]")
    for slug in someone.answers:
        someone.sees(slug)
        found += inspected(page, slug)
        if slug not in OUTSIDE:
            empty = "main input:not([type=hidden]):not([type=radio]):not([type=checkbox])"
            for field in page.locator(empty).all():
                if field.is_visible():
                    field.fill("")
            someone.send()
            page.wait_for_selector(".sum")
            found += inspected(page, f"{slug} with errors")
        someone.fill(slug).send()
    someone.sees("bayar")
    found += inspected(page, "bayar")
    service.pay(str(page.text_content("#bill-code")))
    someone.send().sees("selesai")
    found += inspected(page, "selesai")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "path", ["/lanjut", "/bantuan", "/syarat", "/privasi", "/manfaat?penghasilan=1500000", "/simulator", "/tidak-ada"]
)
def test_every_page_around_the_registration_has_no_serious_fault(context, service, path):
    page = context().new_page()
    page.goto(service.base + path)
    assert not (found := inspected(page, path)), "\n".join(found)


# --- by a tool that knows the public contract and nothing else


def test_a_tool_with_a_browser_fills_in_whatever_is_asked(context, service, scripts):
    page = context(scripts=scripts).new_page()
    answers = person(next(numbers))
    fields = dict(chain.from_iterable(one.items() for one in answers.values()))
    phone = "+62" + re.sub(r"\D", "", answers["data-diri"]["phone"])[1:]
    page.goto(service.base + "/bpu")
    page.click("a[data-start]")
    for _ in range(20):
        page.wait_for_selector("main#main")
        if page.locator("#participant-number").count():
            break
        here = shown(page)
        if page.locator("#bill-code").count():
            amount = page.get_attribute("#bill-code", "data-amount")
            assert str(amount).isdigit()
            service.pay(str(page.text_content("#bill-code")))
        asked = {**fields, "code": service.code(phone)} if page.locator("[name=code]").count() else fields
        fill(page, {name: value for name, value in asked.items() if value != "?"})
        page.locator("main form[method=post]").first.locator("button").first.click()
        page.wait_for_selector(f"main[data-step]:not([data-step='{here}'])")
    assert NUMBER.fullmatch(str(page.text_content("#participant-number")))


class Simple:
    """A client of the plainest kind: HTTP/1.1 without TLS, cookies, no header of a browser."""

    encodings = ""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.answers: list[Answer] = []
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        """Open an address."""
        return self._answer(path, None)

    def post(self, path: str, data: list[tuple[str, str]]) -> Answer:
        """Send a form."""
        return self._answer(path, urlencode(data).encode())

    def _answer(self, path: str, data: bytes | None) -> Answer:
        with self.opener.open(urljoin(self.service.base, path), data) as answer:
            body = answer.read()
        self.answers.append(Answer(path, answer.status, dict(answer.headers), body, len(body), 0, body))
        return self.answers[-1]


@pytest.fixture(scope="module")
def without_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("plain"), tls=False) as service:
        yield service


def test_a_tool_without_a_browser_registers_a_person(without_tls):
    tool = Outsider(Simple(without_tls), person(next(numbers)))  # type: ignore[arg-type]
    assert NUMBER.fullmatch(tool.walk())
    assert len(tool.weights) >= 11


def test_a_form_of_another_site_is_refused_even_with_the_cookie(context: Callable[..., BrowserContext], service):
    someone = Someone(context().new_page(), service).reach("pemeriksaan")
    page = someone.page.context.new_page()
    form = f"<form method=post action='{someone.page.url}'><input name=step value=pemeriksaan><button>x</button></form>"
    page.goto("data:text/html," + form)
    page.click("button")
    page.wait_for_selector("main#main")
    assert shown(page) in ("error", "stranger")
    someone.fill().send().sees("persetujuan")

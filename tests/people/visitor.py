"""A person with a browser without scripts, or with htmx: opens pages, fills in what is on the screen, reads messages.

Every page it is shown is inspected: valid HTML, one heading, unique ids, labelled fields, no foreign host.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import html5lib
from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.test import TestResponse

from bpu.steps import JOURNEY
from tests.people.answers import PERSON

OFFICIAL = "www.bpjsketenagakerjaan.go.id"


class Visitor:
    """`htmx` makes every form post ask for a fragment; `browser` says where requests come from."""

    def __init__(
        self, app: Flask, *, htmx: bool = False, browser: bool = True, answers: dict[str, dict[str, Any]] = PERSON
    ) -> None:
        self.app = app
        self.client = app.test_client()
        self.htmx = htmx
        self.browser = browser
        self.answers = answers
        self.path = ""
        self.response: TestResponse
        self.page: BeautifulSoup

    def open(self, path: str) -> "Visitor":
        """Open an address, following redirects."""
        return self._show(self.client.get(path, headers=self._headers(), follow_redirects=True))

    def start(self) -> "Visitor":
        """Front page, then the first page of the registration."""
        self.open("/bpu")
        return self.open(str(self.one("a[data-start]")["href"]))

    def fill(self, press: str | None = None, form: int = 0, **fields: Any) -> "Visitor":
        """Fill in fields of a form of the page and send it; `press` names the button."""
        forms = self.page.select('main form[method="post"]')
        sent = self.form_values(forms[form])
        for name, value in fields.items():
            sent[name] = value
        if press:
            sent[press] = "1"
        headers = self._headers()
        if self.htmx and forms[form].get("hx-boost"):
            headers |= {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Boosted": "true"}
        action = str(forms[form]["action"])
        return self._show(self.client.post(action, data=sent, headers=headers, follow_redirects=True))

    def form_values(self, form: Tag) -> dict[str, Any]:
        """What a browser would send of a form as it stands."""
        sent: dict[str, Any] = {}
        for field in form.select("input[name], select[name], textarea[name]"):
            name, kind = str(field["name"]), str(field.get("type", "text"))
            if field.has_attr("disabled") or (kind in ("radio", "checkbox") and not field.has_attr("checked")):
                continue
            if field.name == "select":
                chosen = field.select_one("option[selected]") or field.select_one("option")
                value = str(chosen.get("value", chosen.text)) if chosen else ""
            else:
                value = str(field.get("value", "on" if kind in ("radio", "checkbox") else ""))
            sent[name] = (
                [*sent[name], value]
                if isinstance(sent.get(name), list)
                else [sent[name], value]
                if name in sent
                else value
            )
        return sent

    def answer(self, **changes: Any) -> "Visitor":
        """Give this person's valid answer to the step that is shown."""
        fields = {**self.answers[self.step], **changes}
        if fields.get("code") == "?":
            fields["code"] = self.code()
        return self.fill(**fields)

    def reach(self, slug: str) -> "Visitor":
        """Answer from the first page, or from where this person is, up to a step."""
        if not self.path:
            self.start()
        for _ in JOURNEY:
            if self.step == slug:
                return self
            if self.step == "bayar":
                self.pay()
            else:
                self.answer()
        raise AssertionError(f"never reached {slug}; at {self.path}: {self.errors}")

    def pay(self) -> "Visitor":
        """Pay the bill that is shown at the simulator's bank, and come back."""
        code = self.one("#bill-code").text
        paid = self.client.post("/simulator/pay", data={"bill": code})
        assert paid.status_code == 303, paid.text
        return self.open(self.path)

    def wake(self) -> "Visitor":
        """Open a screen that was left alone again, with the code that comes to the phone."""
        self.open(self.path)
        if self.step == "asleep":
            self.fill(press="send")
            self.fill(code=self.code())
        return self

    def code(self) -> str:
        """The newest one-time code that this person's phone received."""
        return next(found[0] for each in self.messages() if (found := re.findall(r"\b[0-9]{6}\b", each["text"])))

    def messages(self, to: str | None = None) -> list[dict[str, str]]:
        """What arrived at this person's phone, or at another address, newest first; delivers what waits."""
        self.app.extensions["deliver"]()
        digits = re.sub(r"\D", "", self.answers["data-diri"]["phone"])
        found: list[dict[str, str]] = self.client.get(
            "/simulator/messages.json", query_string={"to": to or "+62" + digits[1:]}
        ).json
        return found

    @property
    def step(self) -> str:
        """The slug of the step that is shown, or the name of the page."""
        main = self.one("main")
        return str(main.get("data-step") or main["data-page"])

    @property
    def number(self) -> str:
        """The participant number on the page."""
        return self.one("#participant-number").text

    @property
    def errors(self) -> list[str]:
        """What the page finds fault with."""
        return [item.text.strip() for item in self.page.select(".sum li")]

    def sees(self, text: str) -> bool:
        """Whether the page says so."""
        return text in " ".join(self.page.text.split())

    def one(self, selector: str) -> Tag:
        """The first element of this kind; there must be one."""
        found = self.page.select_one(selector)
        assert found is not None, f"no {selector} at {self.path}"
        return found

    def _headers(self) -> dict[str, str]:
        return {"Sec-Fetch-Site": "same-origin"} if self.browser else {}

    def _show(self, response: TestResponse) -> "Visitor":
        assert response.status_code < 500, response.text
        self.response = response
        self.path = response.headers.get("HX-Push-Url", "")
        if not self.path.startswith("/"):
            self.path = response.request.path
        if response.mimetype == "text/html":
            self.page = inspected(response.text)
        return self


def inspected(html: str) -> BeautifulSoup:
    """Parse a page or fragment and refuse what no page may have."""
    whole = html.lstrip().lower().startswith("<!doctype")
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    parser.parse(
        html
        if whole
        else f"<!DOCTYPE html><html lang=id><head></head><body>{html.split('</title>', 1)[1]}</body></html>"
    )
    page = BeautifulSoup(html, "html5lib")
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(one for one in ids if ids.count(one) > 1)}"
    assert len(page.select("h1")) == 1, "a page has one heading"
    assert page.title, "a page has a title"
    assert page.title.text.strip(), "the title says something"
    assert len(page.select("main#main[data-page]")) == 1, "a page has a main with its name"
    for field in page.select("input:not([type=hidden]), select, textarea"):
        named = (
            field.find_parent("label") or page.select_one(f'label[for="{field.get("id")}"]') or field.get("aria-label")
        )
        assert named, f"no label: {field}"
    for ref in page.select("[aria-describedby]"):
        for one in str(ref["aria-describedby"]).split():
            assert page.find(id=one), f"aria-describedby names {one}, which is not there"
    for link in page.select(".sum a"):
        assert page.find(id=str(link["href"])[1:]), f"the summary points at {link['href']}, which is not there"
    for tag in page.select("[src], [href], [action]"):
        for name in ("src", "href", "action"):
            host = urlsplit(str(tag.get(name, ""))).netloc
            assert host in ("", OFFICIAL), f"{tag.name} leads to {host}"
    if whole:
        assert "Bukan situs resmi BPJS Ketenagakerjaan" in page.text, "every page says that we are not BPJS"
    return page

"""A running service and browsers for it; a person is never used twice."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.people.answers import person
from tests.whole.browser.driver import Service, browser, fill, running, shown

MAIN_BUTTON = "main form button:not(.link)"
PATIENCE = 8_000  # milliseconds
ADDRESS = {"email", "address"}
numbers = count(1)


@dataclass
class Someone:
    """A person in front of a page: knows own answers and phone, and what was last filled in."""

    page: Page
    service: Service
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: person(next(numbers)))
    scripts: bool = True

    @property
    def phone(self) -> str:
        """The own phone, as messages are sent to it."""
        return "+62" + re.sub(r"\D", "", self.answers["data-diri"]["phone"])[1:]

    def start(self) -> "Someone":
        """Front page, then the first step; where scripts run, htmx is there before anything is sent."""
        self.page.goto(self.service.base + "/bpu")
        self.page.click("a[data-start]")
        self.sees("data-diri")
        if self.scripts and self.page.locator("script[data-htmx]").count():
            self.page.wait_for_selector("form[data-htmx-powered]")
        return self

    def sees(self, slug: str) -> "Someone":
        """Wait until a step is on the screen."""
        self.page.wait_for_selector(f"main[data-step='{slug}']", timeout=PATIENCE)
        return self

    def fill(self, slug: str | None = None) -> "Someone":
        """Fill in the step on the screen."""
        fields = self.answers[slug or self.step]
        more = {"code": self.service.code(self.phone)} if "code" in fields else {}
        fill(self.page, {**fields, **more})
        return self

    def send(self) -> "Someone":
        """Press the main button, without waiting for what comes."""
        self.page.click(MAIN_BUTTON, no_wait_after=True)
        return self

    def reach(self, slug: str) -> "Someone":
        """From the front page to a step."""
        self.start()
        for step in self.answers:
            self.sees(step)
            if step == slug:
                return self
            self.fill(step).send()
        return self.sees(slug)

    @property
    def step(self) -> str:
        """The step on the screen, or the name of the page."""
        return shown(self.page)

    def values(self) -> dict[str, str]:
        """What stands in the fields that are typed into."""
        fields = self.page.locator("main input[name]:not([type=hidden]):not([type=radio]):not([type=checkbox])")
        return {str(one.get_attribute("name")): one.input_value() for one in fields.all()}

    def bills(self) -> list[str]:
        """The bill codes that this person was sent by SMS."""
        texts = [message["text"] for message in self.service.messages(self.phone)]
        return sorted({code for text in texts for code in re.findall(r"\b[0-9]{16}\b", text)})


def loose(text: str) -> str:
    """A value without the spaces that numbers are shown with."""
    return re.sub(r"[ -]", "", text)


def answered(someone: Someone, *names: str) -> bool:
    """Whether these fields show what this person typed."""
    known = {name: value for fields in someone.answers.values() for name, value in fields.items()}
    values = someone.values()
    return all(loose(values[name]) == loose(known[name]) for name in names)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture
def context(playwright: Playwright, service: Service) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers with nothing kept, closed after the test."""
    with ExitStack() as stack:

        def opened(**options: Any) -> BrowserContext:
            new = stack.enter_context(browser(playwright, service, **options))
            new.set_default_timeout(PATIENCE)
            return new

        yield opened


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Once with scripts, once without."""
    return bool(request.param)


@pytest.fixture
def someone(context: Callable[..., BrowserContext], service: Service, scripts: bool) -> Someone:
    """A person with a browser, once with scripts and once without."""
    return Someone(context(scripts=scripts).new_page(), service, scripts=scripts)

"""Without a mouse: three people at once in a real browser, paid for together."""

import urllib.parse
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.parts.served import served
from tests.parts.servers import program
from tests.people.typist import ARGS, PIN, Typist
from tests.web.desk.conftest import price

PHONE = "+6281377700001"


def test_three_people_interleaved_by_keyboard_alone_and_paid_for_together(tmp_path: Path) -> None:
    chromium = program("chromium", "chromium")
    with served(tmp_path) as service, sync_playwright() as playwright:
        service.invite(PHONE, "WARNET MELATI", PIN)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        typist = Typist(browser.new_page(), service)
        typist.sign_in(PHONE)
        first = typist.start(1)
        second = typist.start(2)  # while the first one's SMS is on its way
        typist.resume(first)
        typist.end(1)
        third = typist.start(3)
        typist.resume(second)
        typist.end(2)
        typist.resume(third)
        typist.end(3)
        typist.press("Alt+a")
        typist.at("desk")
        typist.press("Alt+p")
        typist.at("desk-bersama")
        typist.press("Enter")
        typist.at("desk-tagihan")
        page = typist.page
        assert page.get_attribute("#bill-code", "data-amount") == str(3 * price())
        bill = urllib.parse.urlencode({"bill": page.inner_text("#bill-code")}).encode()
        urllib.request.urlopen(f"{service.url}/simulator/pay", bill, timeout=10)
        typist.press("Alt+a")
        page.wait_for_function("document.querySelectorAll('.tag.g').length == 3")
        assert typist.keys < 1_000
        browser.close()

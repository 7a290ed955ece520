"""An assistant at the keyboard of a real browser: no mouse, every key counted."""

import re
import time
from typing import Any

from playwright.sync_api import Page

from tests.parts.served import Served, alt
from tests.web.desk.conftest import sheet_answers

ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PIN = "246810"
LABELS = {"P": "p", "L": "l", "no": "t", "yes": "y", "pedagang-pasar": "pedagang p", "1": "1"}
KTP = (
    "present", "terms", "privacy", "nik", "name", "birth_day", "gender", "address", "rt", "rw", "village_name",
    "district_name", "phone", "email",
)  # fmt: skip
KERJA = ("occupation", "workplace", "income", "employs_others", "months", "fee")
FOCUSED = "document.activeElement && document.activeElement.name"


class Typist:
    """Types with `pause` seconds after each key; counts keys."""

    def __init__(self, page: Page, service: Served, pause: float = 0.0) -> None:
        self.page = page
        self.service = service
        self.pause = pause
        self.keys = 0

    def press(self, key: str) -> None:
        """One key, or one with Alt (written ``Alt+b``)."""
        if key.startswith("Alt+"):
            alt(self.page, key[4:])
        else:
            self.page.keyboard.press(key)
        self.keys += 1
        time.sleep(self.pause)

    def type(self, text: str) -> None:
        """Letter by letter."""
        for sign in text:
            self.page.keyboard.type(sign)
            self.keys += 1
            time.sleep(self.pause)

    def until(self, name: str) -> None:
        """Tab on to a field or button of this name."""
        for _ in range(25):
            if self.page.evaluate(FOCUSED) == name:
                return
            self.press("Tab")
        raise AssertionError(f"Tab never reaches {name} at {self.page.url}")

    def at(self, name: str) -> None:
        """Wait for a page."""
        self.page.wait_for_selector(f"main[data-page={name}]", timeout=15_000)

    def fill(self, names: tuple[str, ...], answers: dict[str, Any]) -> None:
        """Fill in fields in the order of the page; ends in the last one."""
        for name in names:
            self.until(name)
            tag, kind = self.page.evaluate("[document.activeElement.tagName, document.activeElement.type]")
            value = str(answers[name])
            if kind == "checkbox":
                self.press(" ")
            elif tag == "SELECT":
                self.type(LABELS[value])
                assert self.page.evaluate("document.activeElement.value") == value
            else:
                self.page.evaluate("document.activeElement.select()")
                self.type(value)

    def sign_in(self, phone: str) -> None:
        """Phone, code, PIN."""
        self.page.goto(self.service.url + "/asisten")
        self.until("phone")
        self.type("0" + phone[3:])
        self.press("Enter")
        self.at("desk-enter")
        self.until("code")
        self.type(self.service.code(phone))
        self.until("pin")
        self.type(PIN)
        self.press("Enter")
        self.at("desk")

    def start(self, number: int, *, key: str = "Alt+b") -> str:
        """A new person as far as the code: two pages; returns the person's name in addresses."""
        answers = typed(number)
        self.press(key)
        self.at("desk-ktp")
        self.fill(KTP, answers["ktp"])
        self.press("Enter")
        self.at("desk-kerja")
        self.fill(KERJA, answers["kerja"])
        self.press("Enter")
        self.at("desk-periksa")
        return self.page.url.split("/")[-2]

    def end(self, number: int) -> None:
        """The worker reads, types the code, says that it is right."""
        self.until("code")
        self.type(self.service.code(phone_of(number)))
        self.until("declare")
        self.press(" ")
        self.press("Enter")
        self.at("desk-bayar")

    def resume(self, uid: str) -> None:
        """Back from the queue to somebody who waits."""
        self.press("Alt+a")
        self.at("desk")
        wanted = f"document.activeElement.form && document.activeElement.form.action.endsWith('/{uid}/buka')"
        for _ in range(60):
            if self.page.evaluate(wanted):
                break
            self.press("Tab")
        self.press("Enter")
        self.at("desk-periksa")


def typed(number: int) -> dict[str, dict[str, Any]]:
    """A person's answers as they are typed at a desk: the birth date in one go."""
    answers = sheet_answers(number)
    born = [int(answers["ktp"][f"birth_{part}"]) for part in ("day", "month", "year")]
    answers["ktp"]["birth_day"] = f"{born[0]:02d}{born[1]:02d}{born[2]}"
    return answers


def phone_of(number: int) -> str:
    """A person's phone (E.164)."""
    return "+62" + re.sub(r"\D", "", sheet_answers(number)["ktp"]["phone"])[1:]

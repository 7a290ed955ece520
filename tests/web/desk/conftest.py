"""Somebody who helps, at a desk of their own."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from bpu import clock
from bpu.models import Assistant, Audit
from bpu.steps import JOURNEY
from tests.people.answers import person
from tests.people.visitor import Visitor

PIN = "246810"
FEE = 5_000


def sheet_answers(number: int) -> dict[str, dict[str, Any]]:
    """What is typed on each page of the desk for one of the made-up people."""
    answers = person(number)
    typed = {
        sheet: {name: value for page in JOURNEY if page.sheet == sheet for name, value in answers[page.slug].items()}
        for sheet in ("ktp", "kerja", "periksa")
    }
    place = {"village_name": "Pondok Rajeg", "district_name": "Cibinong"}
    kept = {name: value for name, value in typed["ktp"].items() if name not in ("region", "village")}
    return {
        "ktp": {"present": "yes", **kept, **place},
        "kerja": {**typed["kerja"], "fee": str(FEE)},
        "periksa": typed["periksa"],
    }


def price() -> int:
    """Rupiah for one of the made-up people and one month: half of it while PP 50/2025 gives relief."""
    return 11_400 if clock.today() < date(2027, 1, 1) else 22_800


class Helper(Visitor):
    """An assistant with a browser."""

    def __init__(self, app: Flask, phone: str, **options: Any) -> None:
        super().__init__(app, **options)
        self.phone = phone

    @property
    def row(self) -> Assistant:
        """The assistant as the database knows them."""
        found = self.app.extensions["bpu"].assistants.find(self.phone)
        assert found
        return found

    def sign_in(self, pin: str = PIN, remember: bool = False) -> "Helper":
        """Phone, code, PIN."""
        self.open("/asisten")
        self.fill(phone="0" + self.phone[3:])
        code = re.findall(r"\b[0-9]{6}\b", self.messages(self.phone)[0]["text"])[0]
        return self.fill(code=code, pin=pin, **({"remember": "yes"} if remember else {}))  # type: ignore[return-value]

    def press(self, action: str, **fields: Any) -> "Helper":
        """Send the form whose address ends so, wherever it stands on the page."""
        form = self.one(f'form[action$="{action}"]')
        sent = {**self.form_values(form), **fields}
        response = self.client.post(str(form["action"]), data=sent, headers=self._headers(), follow_redirects=True)
        self._show(response)
        return self

    def new(self) -> str:
        """Begin a new person; returns their name in addresses."""
        self.press("/asisten/baru")
        return self.path.split("/")[3]

    def at(self, uid: str, slug: str) -> "Helper":
        """Open one of a person's pages by its address."""
        self.open(f"/asisten/orang/{uid}/{slug}")
        return self

    def type(self, answers: dict[str, Any]) -> "Helper":
        """Fill in the page that is shown."""
        form = self.one('main form[action*="/orang/"]')
        sent = {**self.form_values(form), **answers}
        response = self.client.post(str(form["action"]), data=sent, headers=self._headers(), follow_redirects=True)
        self._show(response)
        return self

    def code_of(self, phone: str) -> str:
        """The newest code that a worker's phone received."""
        digits = re.sub(r"\D", "", phone)
        texts = [message["text"] for message in self.messages("+62" + digits[1:])]
        return next(found[0] for text in texts if (found := re.findall(r"kode ([0-9]{6})\b", text)))

    def register(self, number: int, uid: str = "") -> str:
        """One person from the empty page to the bill."""
        answers = sheet_answers(number)
        uid = uid or self.new()
        self.at(uid, "ktp").type(answers["ktp"])
        assert self.step == "kerja", self.errors
        self.type(answers["kerja"])
        assert self.step == "periksa", self.errors
        self.type({"declare": "yes", "code": self.code_of(answers["ktp"]["phone"])})
        assert self.step == "bayar", self.errors
        return uid


def audit(action: str) -> list[Audit]:
    """What is on record of an action."""
    return list(Audit.select().where(Audit.action == action))


@pytest.fixture
def helpers(app: Flask) -> Callable[..., Helper]:
    """Makes assistants, each with an own phone and shop."""
    made = []

    def make(shop: str = "WARNET MELATI", **options: Any) -> Helper:
        phone = f"+6281377700{len(made):03d}"
        made.append(phone)
        app.extensions["bpu"].assistants.invite(phone, "Rini", shop, "3201", fee=FEE, fee_most=15_000, pin=PIN)
        return Helper(app, phone, **options)

    return make


@pytest.fixture
def helper(helpers: Callable[..., Helper]) -> Helper:
    """An assistant who is signed in."""
    return helpers().sign_in()

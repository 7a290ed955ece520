"""Eight assistants with three tabs each, all at once: no person ever holds a field of another."""

import http.client
import re
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from bpu.models import Draft, Helped
from tests.parts.served import Served, served
from tests.web.desk.conftest import PIN, sheet_answers

ASSISTANTS, TABS = 8, 3
LETTERS = "abcdefghij"
PACE = 0.3  # seconds between forms of one tab, so that the limits on floods stay out of the way


def marked(number: int) -> dict[str, dict[str, str]]:
    """A person each of whose answers says who it belongs to."""
    answers = sheet_answers(number % 1000)
    word = worded(number)
    answers["ktp"] |= {
        "name": f"Tanda {word}",
        "phone": f"0812{number:08d}",
        "email": f"tanda{number:06d}@example.com",
        "address": f"Jl. Tanda {number:06d}",
    }
    answers["kerja"] |= {"workplace": f"Pasar {number:06d}"}
    return answers


def worded(number: int) -> str:
    """A number in letters, none of them four times in a row."""
    return "".join(LETTERS[(int(digit) + at) % 10] for at, digit in enumerate(f"{number:06d}"))


class Desk:
    """One assistant's browser: its cookies are shared by its tabs, and it has an address of its own."""

    def __init__(self, service: Served, number: int) -> None:
        self.service, self.source = service, f"127.0.0.{number + 2}"
        self.where = urlsplit(service.url)
        self.cookies: dict[str, str] = {}
        self.phone = f"+62813777{number:05d}"
        service.invite(self.phone, f"WARNET {number}", PIN)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, and the body."""
        line = http.client.HTTPConnection(
            str(self.where.hostname), self.where.port, timeout=30, source_address=(self.source, 0)
        )
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line.request(method, path, urlencode(form or {}, doseq=True), headers)
        answer = line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        body = answer.read().decode()
        line.close()
        return answer.status, answer.headers.get("Location", ""), body

    def sign_in(self) -> None:
        """Phone, code, PIN."""
        _, place, _ = self.ask("POST", "/asisten/masuk", {"phone": self.phone})
        status, place, _ = self.ask("POST", place, {"code": self.service.code(self.phone), "pin": PIN})
        assert (status, place) == (303, "/asisten")


def work(desk: Desk, tab: int, until: float, mixed: list[str], done: list[str]) -> None:
    """One tab: people one after the other, each looked at after each form."""
    number = tab * 10_000
    while time.monotonic() < until:
        number += 1
        own, answers = f"{number:06d}", marked(number)
        status, place, _ = desk.ask("POST", "/asisten/baru")
        uid = place.split("/")[3] if status == 303 and "/orang/" in place else ""
        if not uid:
            mixed.append(f"{own}: a new person was answered with {status} {place}")
            return
        for slug in ("ktp", "kerja"):
            for path, form in ((f"{slug}/cek", {**answers[slug], "income": "1"}), (slug, answers[slug])):
                # What is saved while typing is on its way at the same moment as the page itself, as with a fast typist.
                late = threading.Thread(
                    target=desk.ask, args=("POST", f"/asisten/orang/{uid}/{slug}/cek", answers[slug])
                )
                late.start()
                status, place, _ = desk.ask("POST", f"/asisten/orang/{uid}/{path}", form)
                late.join()
                if status not in (200, 303) or (status == 303 and f"/{uid}/" not in place):
                    mixed.append(f"{own}: {path} was answered with {status} {place}")
                time.sleep(PACE)
            _, _, body = desk.ask("GET", f"/asisten/orang/{uid}/{slug}")
            seen = set(re.findall(r"(?:Tanda |tanda|Pasar )([0-9]{6})", body))
            if seen - {own} or not seen:
                mixed.append(f"{own}: {slug} shows {sorted(seen)}")
        if number % 2:
            desk.ask("POST", f"/asisten/selesai/{uid}")  # a new cookie while the other tabs are sending
        done.append(uid)


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.soak)])
def test_no_person_ever_holds_a_field_of_another(tmp_path: Path, seconds: int) -> None:
    with served(tmp_path) as service:
        desks = [Desk(service, number) for number in range(ASSISTANTS)]
        for desk in desks:
            desk.sign_in()
        mixed: list[str] = []
        done: list[str] = []
        until = time.monotonic() + seconds
        tabs = [
            threading.Thread(target=work, args=(desk, 1 + at * TABS + tab, until, mixed, done))
            for at, desk in enumerate(desks)
            for tab in range(TABS)
        ]
        for each in tabs:
            each.start()
        for each in tabs:
            each.join()
        assert not mixed, mixed[:5]
        assert len(done) >= ASSISTANTS * TABS
        with service.inside():
            owners: dict[str, str] = {}
            for draft in Draft.select():
                text = str(draft.answers) + str(draft.typed)
                marks = set(re.findall(r"(?:Jl\. Tanda |tanda|Pasar )([0-9]{6})", text))
                marks |= {f"{int(one):06d}" for one in re.findall(r"\+?(?:62|0)812([0-9]{8})", text)}
                words = re.findall(r"Tanda ([a-j]{6})\b", text)
                marks |= {
                    "".join(str((LETTERS.index(sign) - at) % 10) for at, sign in enumerate(word)) for word in words
                }
                assert len(marks) <= 1, f"{draft.uid} holds fields of {sorted(marks)}"
                if marks:
                    owners[draft.uid] = marks.pop()
            assert len(set(owners.values())) == len(owners), "one person, one draft"
            helpers = {row.uid: row.assistant_id for row in Helped.select()}
            by_tab: dict[str, set[int]] = {}
            for uid, mark in owners.items():
                by_tab.setdefault(helpers[uid], set()).add((int(mark) // 10_000 - 1) // TABS)
            assert all(len(tabs) == 1 for tabs in by_tab.values()), "everybody is in the queue of who typed them"

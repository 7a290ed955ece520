"""The whole way on real wires, all of them on this machine: ``python -m tests.parts.real_parts`` tells it line by line.

The service runs in `live` over TLS. Codes leave through Kannel and SMPP to an operator's SMSC, mail by a relay with TLS
and sign-in; banks sign SNAP calls in both ways, an acquirer issues a QRIS code, and the agency's core gives the
numbers over signed HTTP. Nothing of the service is replaced: it only has other settings than in the sandbox.
"""

import binascii
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from bpu.providers.money import qris
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.secrecy import KeyRing
from bpu.services.registration.captcha import NUMBERS
from tests.parts.banks import Knock, Peer, answered, partner, rupiah
from tests.parts.browsing import Browser
from tests.parts.partners import ACQUIRER, CORE_SECRET, MERCHANT, Acquirer, Core, serving
from tests.parts.servers import (
    PASSWORD,
    Kannel,
    Postbox,
    Smsc,
    eventually,
    free_port,
    running_kannel,
    running_postbox,
    running_smsc,
)
from tests.people.answers import PERSON
from tests.people.visitor import Visitor
from tests.whole.browser.driver import certificate

HERE = Path(__file__).parents[2]
TOKEN = "kunci-untuk-pemantau"
# Women of district 99, which no regency has: these NIKs belong to nobody, and look like real ones all the same.
PEOPLE = (
    ("3201994508900001", "Siti Aminah", "5", "0812 3400 0001", "siti@contoh.id"),
    ("3201994608900001", "Dewi Lestari", "6", "0812 3400 0002", "dewi@contoh.id"),
    ("3201994708900001", "Rina Wati", "7", "0812 3400 0003", "rina@contoh.id"),
)


def answers(nik: str, name: str, day: str, phone: str, email: str) -> dict[str, dict[str, Any]]:
    """What a person fills in who lives elsewhere than where the NIK was issued."""
    home = {"region": "other", "district_name": "Cibinong", "village_name": "Pondok Rajeg", "email": email}
    contact = {name: value for name, value in PERSON["alamat"].items() if name != "village"} | home
    identity = PERSON["data-diri"] | {"nik": nik, "name": name, "birth_day": day, "phone": phone}
    return PERSON | {"data-diri": identity, "alamat": contact}


class Person(Visitor):
    """Somebody with a browser, a phone at the operator and a mailbox behind the relay."""

    def __init__(self, place: "Place", given: dict[str, dict[str, Any]]) -> None:
        self.place = place
        self.client = Browser(place.base, place.authority)  # type: ignore[assignment]
        self.htmx, self.browser, self.path = False, True, ""
        self.answers = given
        self.phone = "62" + re.sub(r"\D", "", given["data-diri"]["phone"])[1:]
        self.email = given["alamat"]["email"]

    def answer(self, **changes: Any) -> Visitor:
        """As on any other page; the captcha's question is read and answered."""
        if self.step == "pemeriksaan":
            return self.fill(captcha=solved(self.page.select_one("main").text))
        return super().answer(**changes)

    def code(self) -> str:
        """The newest code that the operator delivered to the phone."""
        return re.findall(r"\b[0-9]{6}\b", self.texts()[-1])[0]

    def texts(self) -> list[str]:
        """Every SMS that the phone has, oldest first; waits for one."""
        return eventually(lambda: [text for to, text in self.place.smsc.received if to == self.phone])

    def mails(self, word: str) -> list[bytes]:
        """Every e-mail in the mailbox with `word` in its subject; waits for one."""
        mine = re.compile(rb"^To: %b\r?$" % re.escape(self.email.encode()), re.MULTILINE)
        told = re.compile(rb"^Subject: .*%b" % word.encode(), re.MULTILINE)
        return eventually(lambda: [one for one in self.place.postbox.received if mine.search(one) and told.search(one)])

    @property
    def bill(self) -> tuple[str, int]:
        """The code and the sum on the screen."""
        code = self.one("#bill-code")
        return code.text, int(str(code["data-amount"]))

    def number_shown(self) -> str:
        """Look at the page again until the participant number is on it."""

        def look() -> str:
            self.open(self.path)
            shown = self.page.select_one("#participant-number")
            return shown.text if shown else ""

        return eventually(look)


def solved(page: str) -> str:
    """The answer to the captcha's question in words."""
    (first, second) = re.findall(r"punya (\w+) \w+, dapat (\w+)\.", page)[0]
    return str(NUMBERS.index(first) + NUMBERS.index(second))


@dataclass
class Place:
    """A service in `live` and everybody around it."""

    base: str
    authority: Path
    smsc: Smsc
    kannel: Kannel
    postbox: Postbox
    core: Core
    acquirer: Acquirer
    log: Path

    def knock(self) -> Knock:
        """A bank's way to the SNAP door, over HTTPS."""
        bank = Browser(self.base, self.authority)

        def knock(service: Service, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
            typed = {"Content-Type": "application/json", **headers}
            said = bank.post(ROOT + PATHS[service], body, typed)
            return said.status_code, json.loads(said.data)

        return knock

    def health(self) -> dict[str, dict[str, Any]]:
        """What the service finds when it looks itself over, by name."""
        asked = Browser(self.base, self.authority)
        said = asked.get("/health?full=1", {"Authorization": f"Bearer {TOKEN}"})
        return {each["name"]: each for each in json.loads(said.data)["findings"]}


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Start everybody, the service last; stop them in the other order."""
    core, acquirer = Core(), Acquirer()
    with ExitStack() as stack:
        smsc = stack.enter_context(running_smsc())
        kannel = stack.enter_context(running_kannel(smsc.port))
        postbox = stack.enter_context(running_postbox())
        core_url = stack.enter_context(serving(core.serve))
        acquirer_url = stack.enter_context(serving(acquirer.serve))
        authority, leaf, leaf_key = certificate(folder)
        port = free_port()
        base = f"https://localhost:{port}"
        settings = {
            "BPU_MODE": "live",
            "PORT": str(port),
            "BPU_SITE_URL": base,
            "BPU_TLS_CERT": str(leaf),
            "BPU_TLS_KEY": str(leaf_key),
            "BPU_DATABASE_URL": f"sqlite:///{folder}/bpu.sqlite3",
            "BPU_SECRET_KEY": "kunci-rahasia-tempat-ini-yang-cukup-panjang",
            "BPU_DATA_KEYS": KeyRing.new_key(1),
            "BPU_HEALTH_TOKEN": TOKEN,
            "BPU_SMS": "kannel",
            **kannel.provider,
            "BPU_MAIL": "smtp",
            "BPU_SMTP_HOST": "localhost",
            "BPU_SMTP_PORT": str(postbox.port),
            "BPU_SMTP_USER": "bpu",
            "BPU_SMTP_PASSWORD": PASSWORD,
            "BPU_SMTP_CA": postbox.ca,
            "BPU_MAIL_FROM": "Payung Kerja <kabar@contoh.id>",
            "BPU_PAYMENT": "snap",
            "BPU_SNAP_PARTNERS": "".join(
                (
                    partner("bca", partner_id="11223"),
                    partner("winpay", mode="asymmetric", secret=None),
                    partner(ACQUIRER, mode="asymmetric", secret=None),
                )
            ),
            **acquirer.settings(f"{acquirer_url}/v1.0", "asymmetric"),
            "BPU_CORE": "http",
            "BPU_CORE_URL": f"{core_url}/numbers",
            "BPU_CORE_SECRET": CORE_SECRET,
        }
        log = folder / "service.log"
        begin(settings)
        stack.enter_context(service(settings, log))
        there = Place(base, authority, smsc, kannel, postbox, core, acquirer, log)
        eventually(lambda: _answers(there), 30)
        yield there


def only(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BPU_")} | dict(settings)


def begin(settings: Mapping[str, str]) -> None:
    """Say once that the empty database is meant, as an operator does before the first start in live."""
    command = [sys.executable, "-m", "flask", "--app", "app", "bpu", "init"]
    subprocess.run(command, cwd=HERE, env=only(settings), check=True, capture_output=True, timeout=60)


@contextmanager
def service(settings: Mapping[str, str], log: Path) -> Iterator[None]:
    """The service by its own start command, web and worker, under these settings and no others."""
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=HERE, env=only(settings), stdout=out, stderr=out)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _answers(there: Place) -> bool:
    if "does not start" in there.log.read_text():
        raise AssertionError(there.log.read_text())
    try:
        return Browser(there.base, there.authority).get("/health").status_code == 200
    except OSError:
        return False


def by_symmetric_calls(there: Place, person: Person) -> str:
    """Pay at a bank that signs with a shared secret and a token."""
    code, amount = person.bill
    bank = Peer("bca", there.knock())
    assert answered(bank.sign_in()) == "2007300"
    asked, told = bank.inquire(code, "A-1")
    assert (asked, told["virtualAccountData"]["totalAmount"]["value"]) == (200, f"{amount}.00")
    wrong = answered(bank.pay(code, "A-1", told={"paidAmount": rupiah(amount - 1)}))
    paid = answered(bank.pay(code, "A-1", told={"paidAmount": rupiah(amount)}))
    return f"token 2007300, inquiry 2002400, one rupiah less {wrong}, payment {paid}"


def by_asymmetric_calls(there: Place, person: Person) -> str:
    """Pay at a bank that signs with its private key, and tells of the same payment twice."""
    code, amount = person.bill
    bank = Peer("winpay", there.knock())
    asked = answered(bank.inquire(code, "B-1"))
    paid, again = (answered(bank.pay(code, "B-1", told={"paidAmount": rupiah(amount)})) for _ in range(2))
    return f"inquiry {asked}, payment {paid}, told again {again}"


def by_qris(there: Place, person: Person) -> str:
    """Have the QRIS code shown, scan it off the screen, and let the acquirer tell of the money."""
    code, amount = person.bill
    assert person.page.select_one("#qris") is None, "it is never shown unasked"
    person.fill(form=1)
    (picture,) = person.page.select("#qris img")
    png = binascii.a2b_base64(str(picture["src"]).partition(",")[2])
    large = Image.open(io.BytesIO(png)).convert("L").resize((400, 400), Image.Resampling.NEAREST)
    scanned = zxingcpp.read_barcodes(large)[0].text
    assert qris.problems(scanned, amount, MERCHANT) == []
    told = answered(Peer(ACQUIRER, there.knock()).ask(Service.QR_NOTICE, there.acquirer.notice(code, amount)))
    return f"code of {len(png)} bytes scanned off the page, acquirer's notice {told}"


WAYS = (by_symmetric_calls, by_asymmetric_calls, by_qris)


def story(there: Place, say: Callable[[str], None]) -> list[str]:
    """Everybody registers, each paying in another way; returns their numbers."""
    numbers = []
    for given, pay in zip(PEOPLE, WAYS, strict=True):
        person = Person(there, answers(*given))
        person.start()
        while person.step != "bayar":
            here = person.step
            person.answer()
            assert person.step != here, person.errors
        code, amount = person.bill
        say(f"{given[1]}: code from SMSC ({len(person.texts()[0])} signs), registered, bill {code} of Rp{amount}")
        say(f"  mail with TLS and sign-in: {len(person.mails('bayar')[0])} bytes")
        say(f"  {pay.__doc__.splitlines()[0]}")
        say(f"  {pay(there, person)}")
        number = person.number_shown()
        assert number in there.core.given.values()
        eventually(lambda person=person, number=number: any(number in text for text in person.texts()))
        say(f"  number from the agency's core: {number}, told by SMS and on the page")
        numbers.append(number)
    return numbers


def delivered(there: Place) -> int:
    """How many SMS the service has a receipt for; none while some are missing."""
    done, _, sent = there.health()["sms"]["seen"].get("kannel", "0/0").partition("/")
    return int(done) if done == sent else 0


def main() -> None:
    """Tell the story on the terminal."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the relay's complaint about itself
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:6.2f} s  {line}", flush=True)

    with tempfile.TemporaryDirectory(prefix="bpu-demo-") as folder:
        try:
            with place(Path(folder)) as there:
                say(f"Kannel, SMSC (SMPP 3.4), mail relay, core, acquirer and the service in live mode at {there.base}")
                story(there, say)
                told = eventually(lambda: delivered(there), 15)
                say(f"receipts from Kannel: {told} delivered of {len(there.smsc.received)} SMS")
                for finding in there.health().values():
                    say(f"doctor: {finding['state']} {finding['name']} {finding['seen']}")
        except pytest.skip.Exception as missing:
            raise SystemExit(str(missing)) from None
    say("everybody has gone home")


if __name__ == "__main__":
    main()

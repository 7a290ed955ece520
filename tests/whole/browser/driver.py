"""The service as it is shipped, over TLS with a certificate that the browser trusts, and people in a real Chromium."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.parts.servers import free_port, program
from tests.people.answers import PERSON

ROOT = Path(__file__).parents[3]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
PHONE = {"width": 360, "height": 640}


@dataclass
class Service:
    """A running service: where it answers, the certificate authority behind it (if any), its folder and process."""

    base: str
    folder: Path
    process: subprocess.Popen[bytes]
    authority: Path | None = None

    def messages(self, to: str) -> list[dict[str, str]]:
        """What a phone or mailbox of the sandbox received, newest first."""
        return json.loads(self.fetch(f"/simulator/messages.json?to={urllib.parse.quote(to)}"))

    def fetch(self, path: str, data: bytes | None = None) -> bytes:
        """A plain request from outside the browser."""
        import ssl

        context = ssl.create_default_context(cafile=str(self.authority)) if self.authority else None
        with urllib.request.urlopen(urllib.request.Request(self.base + path, data=data), context=context) as answer:
            return answer.read()

    def code(self, phone: str, seconds: float = 10) -> str:
        """The newest one-time code on a phone (E.164), waiting until it is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [re.findall(r"\b[0-9]{6}\b", one["text"]) for one in self.messages(phone)]
            if found and found[0]:
                return found[0][0]
            time.sleep(0.05)
        raise AssertionError("no code came")

    def pay(self, bill: str) -> None:
        """Pay a bill at the simulator's bank."""
        self.fetch("/simulator/pay", urllib.parse.urlencode({"bill": bill}).encode())


def certificate(folder: Path) -> tuple[Path, Path, Path]:
    """An authority of our own and a certificate of it for localhost: (authority, certificate chain, key), all ECDSA."""
    openssl = program("openssl", "openssl")
    paths = authority, authority_key, leaf, key, request = [
        folder / name for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr")
    ]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    extension = folder / "names.cnf"
    extension.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")

    def run(*arguments: str | Path) -> None:
        subprocess.run([openssl, *map(str, arguments)], check=True, capture_output=True)

    run("req", "-x509", *curve, "-keyout", authority_key, "-out", authority, "-subj", "/CN=Uji coba", "-days", "30")
    run("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    run(
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        authority,
        "-CAkey",
        authority_key,
        "-CAcreateserial",
        "-out",
        leaf,
        "-days",
        "30",
        "-extfile",
        extension,
    )
    assert all(path.exists() for path in paths)
    return authority, leaf, key


@contextmanager
def running(folder: Path, *, tls: bool = True, **environ: str) -> Iterator[Service]:
    """The whole service by its own start command, in a folder of its own."""
    port = free_port()
    authority = None
    more = {
        "PORT": str(port),
        "BPU_DATABASE_URL": f"sqlite:///{folder}/bpu.sqlite3",
        "BPU_CAPTCHA_ANSWER": "benar",
        **environ,
    }
    if tls:
        authority, leaf, key = certificate(folder)
        more |= {"BPU_TLS_CERT": str(leaf), "BPU_TLS_KEY": str(key)}
    log = (folder / "service.log").open("wb")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=inherited | more, stdout=log, stderr=log)
    service = Service(f"{'https' if tls else 'http'}://localhost:{port}", folder, process, authority)
    try:
        _healthy(service)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def _healthy(service: Service) -> None:
    for _ in range(300):
        try:
            service.fetch("/health")
        except OSError:
            if service.process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise AssertionError((service.folder / "service.log").read_text())


@contextmanager
def home_of_a_browser(service: Service) -> Iterator[Path]:
    """An empty home folder in which the service's authority is trusted."""
    home = service.folder / f"home-{time.monotonic_ns()}"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    if service.authority:
        certutil = program("certutil", "libnss3-tools")
        subprocess.run([certutil, "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
        subprocess.run(
            [certutil, "-A", "-d", f"sql:{store}", "-n", "uji", "-t", "C,,", "-i", str(service.authority)], check=True
        )
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def browser(
    playwright: Playwright,
    service: Service,
    *,
    scripts: bool = True,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[BrowserContext]:
    """A Chromium with nothing kept from before, that trusts the service's authority."""
    with home_of_a_browser(service) as home:
        context = playwright.chromium.launch_persistent_context(
            str(home / "profile"),
            executable_path=program("chromium", "chromium"),
            args=ARGS,
            env={**os.environ, "HOME": str(home)},
            java_script_enabled=scripts,
            extra_http_headers=dict(headers or {}),
            **{"viewport": PHONE, "locale": "id-ID", **options},
        )
        context.set_default_timeout(20_000)
        try:
            yield context
        finally:
            context.close()


def fill(page: Page, fields: Mapping[str, Any]) -> None:
    """Put answers into the fields of the page, whatever kind they are."""
    for name, value in fields.items():
        for field in page.query_selector_all(f"main [name='{name}']:not([type=hidden])"):
            kind = field.get_attribute("type")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            elif kind in ("radio", "checkbox"):
                wanted = value if isinstance(value, list) else [value]
                if field.get_attribute("value") in wanted:
                    field.check()
            else:
                field.fill(value)


def shown(page: Page) -> str:
    """The slug of the step on the screen, or the name of the page."""
    main = page.locator("main#main")
    return str(main.get_attribute("data-step") or main.get_attribute("data-page"))


def walk(
    page: Page,
    service: Service,
    answers: Mapping[str, Mapping[str, Any]] = PERSON,
    *,
    each: Callable[[str], None] = lambda _slug: None,
) -> str:
    """From the front page to the participant number, as a person does; `each` is called at every step."""
    phone = "+62" + re.sub(r"\D", "", answers["data-diri"]["phone"])[1:]
    page.goto(service.base + "/bpu")
    each("front")
    page.click("a[data-start]")
    for slug, fields in answers.items():
        page.wait_for_selector(f"main[data-step='{slug}']")
        each(slug)
        fill(page, {**fields, **({"code": service.code(phone)} if "code" in fields else {})})
        page.click("main form button:not(.link)")
    page.wait_for_selector("#bill-code")
    each("bayar")
    service.pay(str(page.text_content("#bill-code")))
    page.click("main form button:not(.link)")
    page.wait_for_selector("main[data-step='selesai']")
    each("selesai")
    return str(page.text_content("#participant-number"))

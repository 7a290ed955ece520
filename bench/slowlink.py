"""How long a registration waits on a slow line, against the floor: round trips needed times delay, plus bytes by rate.

``python -m bench.slowlink`` prints one JSON object a line. First over a line of 50/20 kbit/s and 500 ms in front of the
service, with a processor six times slower (the browser's own brake on the line is not used: it holds every form back
for another round trip); then, where root and the tools are at hand, with real packets in a network namespace.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Playwright, sync_playwright

from bench.relay import slow_line
from tests.answers import person
from tests.browser.driver import Service, browser, fill, running
from tests.browser.meter import Meter

DOWN, UP, DELAY, PROCESSOR = 50_000, 20_000, 0.5, 6
MOST = 1.35  # times the floor
HANDSHAKE = 2  # round trips before the first request: TCP and TLS
KINDS: dict[str, dict[str, Any]] = {"no script": {"scripts": False}, "with htmx": {}}
SPACE = "bpu-bench"
INSIDE = "--inside"
RATE, LOSSES = 64, (0, 15)  # kbit/s, packets of a hundred
people = count(1)


def say(name: str, value: float, unit: str, baseline: float | None, **more: Any) -> None:
    """One figure."""
    print(json.dumps({"name": name, "value": value, "unit": unit, "baseline": baseline, **more}), flush=True)


def walked(
    meter: Meter,
    far: Service,
    service: Service,
    answers: dict[str, dict[str, Any]],
    think: float,
    opened: Callable[[], Any] = lambda: None,
) -> tuple[float, list[float]]:
    """Seconds until the first page is painted, and after each send until the next one is; filling in is not counted.

    The clock stands in the browser's own events: what drives the browser is slowed with it and must not count.
    """
    page = meter.page
    phone = "+62" + answers["data-diri"]["phone"][1:]
    steps = [*answers, "bayar", "selesai"]
    page.goto(far.base + "/bpu", wait_until="commit")
    page.wait_for_selector("a[data-start]")
    first, waits = meter.waited(), []
    opened()
    page.wait_for_timeout(1000 * think)
    for at, slug in enumerate(["front", *steps[:-1]]):
        if fields := answers.get(slug):
            code = {"code": service.code(phone)} if "code" in fields else {}
            fill(page, {**fields, **code})
        if slug == "bayar":
            service.pay(str(page.text_content("#bill-code")))
        page.wait_for_timeout(1000 * think)
        page.click("a[data-start]" if slug == "front" else "main form button:not(.link)", no_wait_after=True)
        page.wait_for_selector(f"main[data-step='{steps[at]}']")
        waits.append(meter.waited())
    return first, waits


def slowed(playwright: Playwright, service: Service, name: str, processor: float) -> None:
    """One registration over the slow line.

    The floor is what no software can save: a round trip for each page and two before the first; every byte until the
    first page is there (TLS among them); from then on the bytes of the pages and of what was typed.
    """
    port = urlsplit(service.base).port or 443
    with (
        slow_line(port, DOWN, UP, DELAY) as (entrance, down, up),
        browser(playwright, service, **KINDS[name]) as context,
    ):
        context.set_default_timeout(120_000)
        page = context.new_page()
        meter = Meter(page)
        meter.slow(processor)
        far = replace(service, base=f"https://localhost:{entrance}")
        carried: list[float] = []

        def opened() -> None:
            carried.append(down.carried * 8 / DOWN + up.carried * 8 / UP)
            meter.sent = 0

        first, waits = walked(meter, far, service, person(next(people)), think=3, opened=opened)
        pages = [one.bytes for one in meter.transfers if one.kind in ("Document", "Fetch")]
        later = sum(pages[1:]) * 8 / DOWN + meter.sent * 8 / UP
        least = (HANDSHAKE + len(pages)) * DELAY + carried[0] + later
    title = f"{name}, CPU ÷ {processor}"
    say(f"{title}: first page can be used", round(first, 2), "s", None)
    say(f"{title}: journey, waiting", round(first + sum(waits), 2), "s", round(MOST * least, 2))
    say(f"{title}: longest step", round(max(waits), 2), "s", None)
    say(f"{title}: floor", round(least, 2), "s", None)
    say(f"{title}: upstream with TLS", up.carried, "B", None)
    say(f"{title}: journey against the floor", round((first + sum(waits)) / least, 2), "times", MOST)


def inside() -> None:
    """In the namespace, where every packet is slow and some are lost: browser and service."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as service, sync_playwright() as playwright:
        for lost in LOSSES:
            if lost:
                rule = f"add rule ip slow in numgen random mod 100 < {lost} drop"
                subprocess.run(["nft", "add table ip slow"], check=True)
                subprocess.run(["nft", "add chain ip slow in { type filter hook input priority 0; }"], check=True)
                subprocess.run(["nft", rule], check=True)
            with browser(playwright, service, headers={"Save-Data": "on"}) as context:
                context.set_default_timeout(180_000)
                first, waits = walked(Meter(context.new_page()), service, service, person(next(people)), think=1)
            title = f"packets: {RATE} kbit/s, {lost} of 100 lost"
            say(f"{title}: first page can be used", round(first, 2), "s", None)
            say(f"{title}: journey, waiting", round(first + sum(waits), 2), "s", None)
            say(f"{title}: longest step", round(max(waits), 2), "s", None)


def with_packets() -> None:
    """Make a namespace with a slow line of its own, run this there, and take it away again."""
    missing = [name for name in ("ip", "tc", "nft") if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        reason = f"missing: {', '.join(missing)}" if missing else "needs root"
        return say("packets", 0, "", None, skipped=reason)
    enter = ["ip", "netns", "exec", SPACE]
    slow = ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", f"{RATE}kbit", "burst", "3000", "latency", "3s"]
    try:
        subprocess.run(["ip", "netns", "add", SPACE], check=True, capture_output=True)
        subprocess.run([*enter, "ip", "link", "set", "lo", "up", "mtu", "1500"], check=True, capture_output=True)
        subprocess.run([*enter, *slow], check=True, capture_output=True)
        subprocess.run([*enter, sys.executable, "-m", "bench.slowlink", INSIDE], check=True)
    except subprocess.CalledProcessError as error:
        say("packets", 0, "", None, skipped=f"{error.cmd[0:4]} ended with {error.returncode}")
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], check=False, capture_output=True)
    return None


def main() -> None:
    """Every figure."""
    if INSIDE in sys.argv:
        return inside()
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as service, sync_playwright() as playwright:
        for processor in (1, PROCESSOR):
            for kind in KINDS:
                slowed(playwright, service, kind, processor)
    return with_packets()


if __name__ == "__main__":
    main()

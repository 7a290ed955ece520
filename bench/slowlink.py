"""How long a registration waits on a slow line, against the floor: round trips needed times delay, plus bytes by rate.

``python -m bench.slowlink`` prints one JSON object a line. First with the browser's own brake (50/20 kbit/s, 500 ms, a
processor six times slower); then, where root and the tools are at hand, with real packets in a network namespace.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

from tests.answers import person
from tests.browser.driver import Service, browser, fill, running
from tests.browser.meter import Meter

DOWN, UP, DELAY, PROCESSOR = 50_000, 20_000, 500, 6
MOST = 1.35  # times the floor
KINDS: dict[str, dict[str, Any]] = {"no script": {"scripts": False}, "with htmx": {}}
SPACE = "bpu-bench"
INSIDE = "--inside"
RATE, LOSSES = 64, (0, 15)  # kbit/s, packets of a hundred
people = count(1)


def say(name: str, value: float, unit: str, baseline: float | None, **more: Any) -> None:
    """One figure."""
    print(json.dumps({"name": name, "value": value, "unit": unit, "baseline": baseline, **more}), flush=True)


def walked(page: Page, service: Service, answers: dict[str, dict[str, Any]], think: float) -> tuple[float, list[float]]:
    """Seconds until the first page can be used, and seconds waited after each send; filling in is not counted."""
    phone = "+62" + answers["data-diri"]["phone"][1:]
    steps = [*answers, "bayar", "selesai"]
    started = time.monotonic()
    page.goto(service.base + "/bpu", wait_until="commit")
    page.wait_for_selector("a[data-start]")
    first, waits = time.monotonic() - started, []
    page.wait_for_timeout(1000 * think)
    for at, slug in enumerate(["front", *steps[:-1]]):
        if fields := answers.get(slug):
            code = {"code": service.code(phone)} if "code" in fields else {}
            fill(page, {**fields, **code})
        if slug == "bayar":
            service.pay(str(page.text_content("#bill-code")))
        page.wait_for_timeout(1000 * think)
        started = time.monotonic()
        page.locator("a[data-start]" if slug == "front" else "main form button:not(.link)").click(no_wait_after=True)
        page.wait_for_selector(f"main[data-step='{steps[at]}']")
        waits.append(time.monotonic() - started)
    return first, waits


def floor(meter: Meter) -> float:
    """Seconds that no software can save: a round trip for each page, and its bytes down and up."""
    pages = [one for one in meter.transfers if one.kind in ("Document", "Fetch")]
    down = sum(one.bytes for one in pages) * 8 / DOWN
    return len(pages) * DELAY / 1000 + down + meter.sent * 8 / UP


def braked(playwright: Playwright, service: Service, name: str) -> None:
    """With the browser's own brake."""
    with browser(playwright, service, **KINDS[name]) as context:
        context.set_default_timeout(120_000)
        page = context.new_page()
        meter = Meter(page)
        meter.slow(DOWN, UP, DELAY, PROCESSOR)
        first, waits = walked(page, service, person(next(people)), think=3)
        least = floor(meter)
        say(f"{name}: first page can be used", round(first, 2), "s", None)
        say(f"{name}: journey, waiting", round(first + sum(waits), 2), "s", round(MOST * least, 2))
        say(f"{name}: longest step", round(max(waits), 2), "s", None)
        say(f"{name}: floor", round(least, 2), "s", None)
        say(f"{name}: journey against the floor", round((first + sum(waits)) / least, 2), "times", MOST)


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
                first, waits = walked(context.new_page(), service, person(next(people)), think=1)
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
        for kind in KINDS:
            braked(playwright, service, kind)
    return with_packets()


if __name__ == "__main__":
    main()

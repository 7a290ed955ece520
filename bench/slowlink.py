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
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.chromium import Chromium, chromium
from bench.relay import slow_line
from tests.people.answers import person
from tests.whole.browser.driver import Service, running

DOWN, UP, DELAY, PROCESSOR = 50_000, 20_000, 0.5, 6
MOST = 1.35  # times the floor
HANDSHAKE = 2  # round trips before the first request: TCP and TLS
ROUNDS = 3
SETTLING, THINKING = 3, 2.5  # seconds after the first page and at each step, in which files come along
KINDS = {"no script": Chromium.without_script, "with htmx": Chromium.with_script}
SPACE = "bpu-bench"
INSIDE = "--inside"
RATE, LOSSES = 64, (0, 15)  # kbit/s, packets of a hundred
people = count(1)


def say(name: str, value: float, unit: str, baseline: float | None, **more: Any) -> None:
    """One figure."""
    print(json.dumps({"name": name, "value": value, "unit": unit, "baseline": baseline, **more}), flush=True)


def walked(
    page: Chromium,
    far: str,
    service: Service,
    answers: dict[str, dict[str, Any]],
    opened: Callable[[], Any] = lambda: None,
) -> list[float]:
    """Seconds until the first page is painted, and after each send until the next one is; filling in is not counted."""
    phone = "+62" + answers["data-diri"]["phone"][1:]
    steps = [*answers, "bayar", "selesai"]
    waits = [page.open(far + "/bpu")]
    opened()
    time.sleep(SETTLING)
    for slug, following in zip(["front", *steps[:-1]], steps, strict=True):
        if fields := answers.get(slug):
            code = {"code": service.code(phone)} if "code" in fields else {}
            page.fill({**fields, **code})
        if slug == "bayar":
            service.pay(str(page.run("document.querySelector('#bill-code').textContent")))
        time.sleep(THINKING)
        waits.append(page.press("a[data-start]" if slug == "front" else "main form button:not(.link)"))
        shown = page.run("document.querySelector('main').dataset.step")
        assert shown == following, f"{shown} instead of {following}"
    return waits


def slowed(service: Service, name: str, processor: float) -> dict[str, float]:
    """One registration over the slow line.

    The floor is what no software can save: a round trip for each page and two before the first; every byte until the
    first page is there (TLS among them); from then on the bytes of the pages and of what was typed. What a browser
    tells of itself with each request is left out of it.
    """
    port = urlsplit(service.base).port or 443
    with slow_line(port, DOWN, UP, DELAY) as (entrance, down, up), chromium(service) as page:
        KINDS[name](page)
        page.slow(processor)
        carried: list[float] = []

        def opened() -> None:
            carried.append(down.carried * 8 / DOWN + up.carried * 8 / UP)
            page.typed = 0

        waits = walked(page, f"https://localhost:{entrance}", service, person(next(people)), opened)
        later = sum(page.pages[1:]) * 8 / DOWN + page.typed * 8 / UP
        least = (HANDSHAKE + len(waits)) * DELAY + carried[0] + later
    return {
        "first page can be used": waits[0],
        "longest step": max(waits[1:]),
        "floor": least,
        "journey, waiting": sum(waits),
        "journey against the floor": sum(waits) / least,
    }


def on_the_line(service: Service, name: str, processor: float, rounds: int) -> None:
    """Some registrations of one kind of browser: the figures of the middle one, and all of them to see the spread."""
    found = [slowed(service, name, processor) for _ in range(rounds)]
    found.sort(key=lambda one: one["journey against the floor"])
    middle = found[rounds // 2]
    for what, value in middle.items():
        of_all = {"all": [round(one[what], 2) for one in found]} if rounds > 1 else {}
        bar = MOST if what == "journey against the floor" else None
        say(f"{name}, CPU ÷ {processor}: {what}", round(value, 2), "times" if bar else "s", bar, **of_all)


def inside() -> None:
    """In the namespace, where every packet is slow and some are lost: browser and service."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as service:
        for lost in LOSSES:
            if lost:
                rule = f"add rule ip slow in numgen random mod 100 < {lost} drop"
                subprocess.run(["nft", "add table ip slow"], check=True)
                subprocess.run(["nft", "add chain ip slow in { type filter hook input priority 0; }"], check=True)
                subprocess.run(["nft", rule], check=True)
            with chromium(service) as page:
                page.without_script()
                waits = walked(page, service.base, service, person(next(people)))
            title = f"packets: {RATE} kbit/s, {lost} of 100 lost"
            say(f"{title}: first page can be used", round(waits[0], 2), "s", None)
            say(f"{title}: journey, waiting", round(sum(waits), 2), "s", None)
            say(f"{title}: longest step", round(max(waits[1:]), 2), "s", None)


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
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as service:
        for processor, rounds in ((1, 1), (PROCESSOR, ROUNDS)):
            for kind in KINDS:
                on_the_line(service, kind, processor, rounds)
    return with_packets()


if __name__ == "__main__":
    main()

"""What a registration costs in bytes and requests, in a real browser with nothing kept, over TLS and HTTP/2.

``python -m bench.bytes`` prints one JSON object a line; `baseline` is the most that is allowed.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import zstandard
from playwright.sync_api import Page, Playwright, sync_playwright

from bpu.settings import Settings
from bpu.web.frame import wire
from tests import conftest
from tests.people.answers import person
from tests.web.frame import budgets
from tests.whole.browser.driver import Service, browser, running, walk
from tests.whole.browser.meter import Meter
from tests.whole.browser.plain import BROWSER, Client, Outsider

KINDS: Mapping[str, tuple[dict[str, Any], int, int]] = {  # how the browser is, the most bytes, the most requests
    "data saver": ({"headers": {"Save-Data": "on"}}, 14_600, 2 * 11 + 6),
    "no script": ({"scripts": False}, 14_600, 2 * 11 + 6),
    "with htmx": ({}, 30_000, 2 * 11 + 6),
}
SECOND = 5_000
STEP = 450
people = count(1)


def say(name: str, value: float, unit: str, baseline: float | None) -> None:
    """One figure."""
    print(json.dumps({"name": name, "value": value, "unit": unit, "baseline": baseline}), flush=True)


def measured(page: Page, service: Service, meter: Meter) -> dict[str, int]:
    """Bytes that each step took, in order, the next registration of this browser."""
    marks: list[tuple[str, int]] = []

    def each(slug: str) -> None:
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)  # what is fetched once the page can be used belongs to it
        marks.append((slug, meter.bytes))

    before = meter.bytes
    walk(page, service, person(next(people)), each=each)
    steps = {}
    for slug, total in marks:
        steps[slug], before = total - before, total
    return steps


def in_browser(playwright: Playwright, service: Service, name: str) -> None:
    """All figures of one kind of browser."""
    options, most, requests = KINDS[name]
    with browser(playwright, service, **options) as context:
        page = context.new_page()
        meter = Meter(page)
        measured(page, service, meter)
        first = list(meter.transfers)
        say(f"{name}: whole journey", meter.bytes, "B", most)
        say(f"{name}: requests", len(first), "requests", requests)
        ready = [one for one in first if one.path == "/bpu" or one.kind == "Stylesheet"]
        say(f"{name}: first page until it can be used", sum(one.bytes for one in ready), "B", budgets.FIRST)
        say(f"{name}: first page, requests", len(ready), "requests", 2)
        sent = [one for one in first if one.kind in ("Document", "Fetch") and one.path != "/bpu"]
        say(f"{name}: round trips per step", len(sent) / len({one.path for one in sent}), "round trips", 1)
        say(
            f"{name}: files beside the pages",
            sum(one.bytes for one in first if one.kind in ("Script", "Other")),
            "B",
            None,
        )
        before = meter.bytes
        steps = measured(page, service, meter)
        say(f"{name}: second registration", meter.bytes - before, "B", SECOND)
        for slug, size in steps.items():
            if slug != "front":
                say(f"{name}: page {slug}", size, "B", STEP)


def without_browser(service: Service) -> None:
    """Clients that know fewer encodings, and what goes upstream."""
    for accepts, most in budgets.JOURNEYS.items():
        client = Client(service, accepts, BROWSER)
        Outsider(client, person(next(people))).walk()
        say(f"{accepts.split()[-1]} only: whole journey", sum(one.wire for one in client.answers), "B", most)
        say(f"{accepts.split()[-1]} only: upstream", sum(one.sent for one in client.answers), "B", None)
        client.close()


def compression(folder: Path) -> None:
    """The part of a page's processor time that compressing it takes."""
    app = conftest.running(Settings(database_url=f"sqlite:///{folder}/page.sqlite3"))
    dictionary = wire.known[wire.named(wire.asset(wire.PAGES).digest)]
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "dcz", "Available-Dictionary": dictionary.name}
    client = app.test_client()
    packed = client.get("/bpu/data-diri", headers=headers).data
    rule = zstandard.ZstdCompressionDict(wire.asset(wire.PAGES).content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    body = zstandard.ZstdDecompressor(dict_data=rule).decompressobj().decompress(packed[40:])

    def spent(work: Any) -> float:
        started = time.process_time()
        for _ in range(300):
            work()
        return (time.process_time() - started) / 300 * 1e6

    page = spent(lambda: client.get("/bpu/data-diri", headers=headers))
    packing = spent(lambda: dictionary.compressed(body))
    say("compressing a page", round(packing), "µs of CPU", None)
    say("a page, compression included", round(page), "µs of CPU", None)
    say("compression's share of a page", round(packing / page * 100, 1), "%", 10)


def main() -> None:
    """Every figure."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as service:
        with sync_playwright() as playwright:
            for kind in KINDS:
                in_browser(playwright, service, kind)
        without_browser(service)
    with tempfile.TemporaryDirectory() as name:
        compression(Path(name))


if __name__ == "__main__":
    main()

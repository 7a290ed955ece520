"""What a person costs at the assistant's desk: keys pressed and seconds, in a real browser, without a mouse.

``python -m bench.desk`` prints one JSON object a line. ``typed_person`` types one key every 20 ms and includes waiting
for the SMS; ``machine`` is what is left of the same when no time passes between keys: all that the machine takes.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.parts.served import served
from tests.people.typist import ARGS, PIN, Typist

PHONE = "+6281377700001"
PEOPLE = 5
PER_KEY = 0.02
MOST_SECONDS, MOST_KEYS = 45.0, 300


def one(typist: Typist, number: int, key: str) -> tuple[float, int]:
    """Seconds and keys for one person, from the empty page to the bill."""
    began, keys = time.monotonic(), typist.keys
    typist.start(number, key=key)
    typist.end(number)
    return time.monotonic() - began, typist.keys - keys


def main() -> None:
    """Register people one after the other, with and without a pause between keys."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not on this machine")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as service, sync_playwright() as playwright:
        service.invite(PHONE, "WARNET MELATI", PIN)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        typist = Typist(browser.new_page(), service)
        typist.sign_in(PHONE)
        machine = [one(typist, number, "Alt+b" if number == 0 else "Alt+n") for number in range(PEOPLE)]
        typist.pause = PER_KEY
        typed = [one(typist, PEOPLE + number, "Alt+n") for number in range(PEOPLE)]
        browser.close()
    rows: list[tuple[str, float, str, float]] = [
        ("desk_keys_per_person", statistics.median(keys for _seconds, keys in typed), "keys", MOST_KEYS),
        (
            "desk_machine_seconds_per_person",
            statistics.median(seconds for seconds, _keys in machine),
            "s",
            MOST_SECONDS,
        ),
        ("desk_typed_person_seconds", statistics.median(seconds for seconds, _keys in typed), "s", MOST_SECONDS),
        ("desk_typed_person_seconds_worst", max(seconds for seconds, _keys in typed), "s", MOST_SECONDS),
    ]
    for name, value, unit, baseline in rows:
        print(json.dumps({"name": name, "value": round(value, 2), "unit": unit, "baseline": baseline}))


if __name__ == "__main__":
    main()

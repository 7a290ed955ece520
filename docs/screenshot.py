"""Writes ``docs/phone.png``: the front page as a small phone shows it, taken from the running service.

``make screenshot``, or ``python -m docs.screenshot`` with a Chromium on the machine.
"""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.whole.browser.driver import browser, running

TARGET = Path(__file__).with_name("phone.png")
COLOURS = 64
LARGEST = 60_000  # bytes


def taken() -> bytes:
    """The picture as the browser gives it: 360 by 640 points, two pixels to a point."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), tls=False) as service,
        sync_playwright() as playwright,
        browser(playwright, service, device_scale_factor=2) as context,
    ):
        page = context.new_page()
        page.goto(service.base + "/bpu")
        return page.screenshot()


def small(picture: bytes) -> bytes:
    """The same picture with few colours."""
    file = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def main() -> None:
    """Write the file anew."""
    content = small(taken())
    if len(content) > LARGEST:
        raise SystemExit(f"{len(content)} bytes are more than {LARGEST}")
    TARGET.write_bytes(content)


if __name__ == "__main__":
    main()

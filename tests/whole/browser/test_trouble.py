"""What survives trouble: scripts that do not come, slow lines, a service that cannot answer or save now."""

import re

import pytest
from playwright.sync_api import Route

from tests.whole.browser.conftest import ADDRESS, MAIN_BUTTON, Someone, answered
from tests.whole.faults.test_locked import write_lock

LOST = "Sinyal hilang"


# --- scripts that come late, or never, or half


@pytest.mark.parametrize(
    "broken",
    [
        {"**/s/*.js": lambda route: route.abort()},
        {"**/s/*.js": lambda route: route.fulfill(status=503, body="")},
        {"**/s/*.js": lambda route: route.fulfill(body="(function () { var half = 'a", content_type="text/javascript")},
    ],
    ids=["blocked", "refused", "half"],
)
def test_without_its_scripts_every_form_still_posts(context, service, broken):
    page = context(bypass_csp=False).new_page()
    for pattern, answer in broken.items():
        page.route(pattern, answer)
    someone = Someone(page, service)
    page.goto(service.base + "/bpu")
    page.click("a[data-start]")
    for slug in ("data-diri", "pemeriksaan", "persetujuan"):
        someone.sees(slug).fill().send()
    someone.sees("alamat")


def test_without_htmx_the_small_script_lets_forms_post(context, service):
    page = context().new_page()
    page.route(
        re.compile(r"/s/.*\.js"), lambda route: route.abort() if len(loaded) else loaded.append(route.continue_())
    )
    loaded: list[None] = []
    someone = Someone(page, service)
    page.goto(service.base + "/bpu")
    page.click("a[data-start]")
    someone.sees("data-diri").fill().send().sees("pemeriksaan")
    assert page.evaluate("typeof window.htmx") == "undefined"
    someone.fill().send().sees("persetujuan")


def test_a_slow_line_is_told_in_words_and_the_button_rests(context, service):
    someone = Someone(context().new_page(), service).reach("pemeriksaan").fill()
    held: list[Route] = []
    someone.page.route("**/persetujuan", lambda route: held.append(route))
    someone.send()
    assert someone.page.locator(f"{MAIN_BUTTON}.rest").count() == 1
    someone.page.wait_for_selector("[role=status]:has-text('Masih mengirim')", timeout=6000)
    held[0].continue_()
    someone.sees("persetujuan")
    assert not someone.page.locator("text=Masih mengirim").count()


def test_a_request_that_times_out_keeps_every_value_and_can_be_repeated(context, service):
    someone = Someone(context().new_page(), service).reach("alamat").fill()
    typed = someone.values()
    someone.page.evaluate("htmx.config.defaultTimeout = 700")
    held: list[Route] = []
    someone.page.route("**/minta-kode", lambda route: held.append(route))
    someone.send()
    someone.page.wait_for_selector(f"[role=status]:has-text('{LOST}')")
    assert someone.values() == typed
    assert not someone.page.locator(f"{MAIN_BUTTON}.rest").count(), "it can be pressed again"
    someone.page.unroute("**/minta-kode")
    someone.page.evaluate("htmx.config.defaultTimeout = 60000")
    someone.page.click("text=Coba lagi")
    someone.sees("minta-kode")


def test_a_service_in_trouble_is_said_in_words_and_values_are_kept(context, service):
    someone = Someone(context().new_page(), service).reach("alamat").fill()
    someone.page.route(
        "**/minta-kode", lambda route: route.fulfill(status=502, body="Bad gateway", content_type="text/plain")
    )
    typed = someone.values()
    someone.send()
    someone.page.wait_for_selector("[role=status]:has-text('Coba lagi')")
    assert someone.values() == typed
    someone.page.unroute("**/minta-kode")
    someone.page.click("text=Coba lagi")
    someone.sees("minta-kode")


def test_data_saver_and_slow_lines_get_no_script(context, service):
    page = context(headers={"Save-Data": "on"}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    someone = Someone(page, service).reach("persetujuan")
    assert someone.step == "persetujuan"
    assert not [url for url in asked if url.endswith(".js")]


# --- a service in trouble


def test_what_cannot_be_saved_now_is_kept_and_sent_again(someone, scripts):
    """The service says 503: with a script the page stays and goes by itself, without one the form is on the page."""
    someone.reach("alamat").fill()
    if scripts:
        someone.page.clock.install()
    told = "terkirim sendiri" if scripts else "Isian Anda ada di halaman ini"
    with write_lock(someone.service.folder / "bpu.sqlite3"):
        someone.send()
        someone.page.wait_for_selector(f"text={told}", timeout=15_000)
    if scripts:
        assert answered(someone, *ADDRESS)
        someone.page.clock.fast_forward(45_000)
    else:
        someone.page.click("[data-kept] button")
    someone.sees("minta-kode")

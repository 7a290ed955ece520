"""What survives bad luck: lost lines, reloads, Back, double taps, closed browsers, two people at one screen."""

import re

import pytest
from playwright.sync_api import Page, Route

from tests.parts.servers import eventually
from tests.whole.browser.conftest import MAIN_BUTTON, Someone
from tests.whole.faults.test_locked import write_lock

WITH_CACHE = {"ignore_default_args": ["--disable-back-forward-cache"]}
LOST = "Sinyal hilang"
ADDRESS = {"email", "address"}


def cut(page: Page) -> None:
    """The line goes."""
    page.context.set_offline(True)


def mended(page: Page) -> None:
    """The line is back."""
    page.context.set_offline(False)


def back(page: Page) -> None:
    """Press Back, as a person does: whatever the browser makes of it."""
    page.evaluate("history.back()")
    page.wait_for_timeout(300)


def error_page(page: Page) -> None:
    """Wait for the browser's own page about a lost line."""
    eventually(lambda: page.wait_for_timeout(50) or page.url.startswith("chrome-error"))


def loose(text: str) -> str:
    """A value without the spaces that numbers are shown with."""
    return re.sub(r"[ -]", "", text)


def answered(someone: Someone, *names: str) -> bool:
    """Whether these fields show what this person typed."""
    known = {name: value for fields in someone.answers.values() for name, value in fields.items()}
    values = someone.values()
    return all(loose(values[name]) == loose(known[name]) for name in names)


# --- the five probes


def test_the_same_address_opened_again_shows_the_step_and_nothing_is_lost(someone):
    someone.reach("persetujuan")
    someone.page.goto(someone.page.url)
    someone.sees("persetujuan")
    someone.page.click("button[name=back]")
    someone.sees("pemeriksaan")
    someone.page.click("button[name=back]")
    someone.sees("data-diri")
    assert answered(someone, "nik", "name", "phone")


@pytest.mark.parametrize("slug", ["pemeriksaan", "alamat"])
def test_after_a_line_lost_while_sending_back_shows_what_was_typed(someone, scripts, slug):
    someone.reach(slug).fill()
    typed = someone.values()
    cut(someone.page)
    someone.send()
    if scripts:
        someone.page.wait_for_selector(f"text={LOST}")
        assert someone.step == slug
    else:
        error_page(someone.page)
        mended(someone.page)
        back(someone.page)
        someone.sees(slug)
    kept = {name: value for name, value in someone.values().items() if value}
    assert kept.keys() >= (ADDRESS & typed.keys())
    assert kept.items() <= typed.items()
    assert "captcha" not in typed or "captcha" not in kept or kept["captcha"] == typed["captcha"]


def test_after_a_line_lost_while_sending_reload_goes_on(someone, scripts):
    someone.reach("alamat").fill()
    cut(someone.page)
    someone.send()
    if scripts:
        someone.page.wait_for_selector(f"text={LOST}")
        someone.page.wait_for_selector("text=terkirim sendiri")
        mended(someone.page)  # and nobody presses anything
    else:
        error_page(someone.page)
        mended(someone.page)
        someone.page.reload()
    someone.sees("minta-kode")
    assert not someone.page.is_visible(".line-note")


def test_after_the_browser_was_closed_the_continue_code_leads_on(someone, context, service, scripts):
    someone.reach("persetujuan")
    someone.page.click("button[name=later]")
    code = str(someone.page.text_content("#resume-code"))
    someone.page.context.close()
    page = context(scripts=scripts).new_page()
    again = Someone(page, service, someone.answers, scripts)
    page.goto(service.base + "/lanjut")
    page.fill("[name=resume]", code)
    page.click(MAIN_BUTTON)
    page.fill("[name=code]", service.code(again.phone))
    page.click(MAIN_BUTTON)
    again.sees("persetujuan")
    again.page.click("button[name=back]")
    again.sees("pemeriksaan")
    again.page.click("button[name=back]")
    again.sees("data-diri")
    assert answered(again, "nik", "name", "phone")


def test_two_people_in_two_tabs_each_see_their_own_data(someone, service):
    one, two = someone, Someone(someone.page.context.new_page(), service, scripts=someone.scripts)
    one.reach("pemeriksaan")
    two.reach("pemeriksaan")
    for slug in [slug for slug in one.answers if slug not in ("data-diri", "periksa")]:
        for each in (one, two):
            each.page.bring_to_front()
            each.sees(slug).fill().send()
    for each, other in ((one, two), (two, one)):
        each.sees("periksa")
        text = each.page.inner_text("main").replace(" ", "")
        assert each.answers["data-diri"]["nik"] in text
        assert other.answers["data-diri"]["nik"] not in text
        each.fill().send()
    for each in (one, two):
        each.sees("bayar")
    assert one.page.text_content("#bill-code") != two.page.text_content("#bill-code")


# --- sending twice


def test_a_double_tap_makes_one_registration(someone):
    someone.reach("periksa").fill()
    someone.page.dblclick(MAIN_BUTTON, no_wait_after=True)
    someone.sees("bayar")
    shown = str(someone.page.text_content("#bill-code"))
    someone.page.wait_for_timeout(500)
    assert someone.bills() in ([], [shown])
    someone.page.goto(someone.page.url)
    assert someone.page.text_content("#bill-code") == shown


def test_a_double_tap_sends_once_where_scripts_run(context, service):
    someone = Someone(context().new_page(), service).reach("pemeriksaan").fill()
    posts: list[str] = []
    someone.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    someone.page.dblclick(MAIN_BUTTON)
    someone.sees("persetujuan")
    assert len(posts) == 1


def test_a_page_that_answered_a_form_can_be_reloaded(someone):
    someone.reach("periksa")
    for _ in range(2):
        someone.page.reload()
        someone.sees("periksa")
    someone.fill().send().sees("bayar")
    bill = someone.page.text_content("#bill-code")
    for _ in range(2):
        someone.page.reload()
        someone.sees("bayar")
    assert someone.page.text_content("#bill-code") == bill


def test_an_answer_lost_on_its_way_back_is_not_taken_twice(someone, scripts):
    """The service has taken the form, the phone never hears of it, the person sends again."""
    someone.reach("periksa").fill()

    tools = someone.page.context.new_cdp_session(someone.page)
    tools.send("Fetch.enable", {"patterns": [{"urlPattern": "*/bayar", "requestStage": "Response"}]})
    reset = {"errorReason": "ConnectionReset"}
    tools.on("Fetch.requestPaused", lambda e: tools.send("Fetch.failRequest", reset | {"requestId": e["requestId"]}))
    someone.send()
    if scripts:
        someone.page.wait_for_selector(f"text={LOST}")
        tools.send("Fetch.disable")
        someone.page.click("text=Coba lagi")
    else:
        error_page(someone.page)
        tools.send("Fetch.disable")
        someone.page.reload()
    someone.sees("bayar")
    bill = someone.page.text_content("#bill-code")
    someone.page.wait_for_timeout(500)
    assert someone.bills() in ([], [bill])


# --- Back and Forward


@pytest.mark.parametrize("cached", [True, False], ids=["bfcache", "no bfcache"])
def test_back_leads_through_every_step_and_forward_again(context, service, scripts, cached):
    options = WITH_CACHE if cached else {}
    someone = Someone(context(scripts=scripts, **options).new_page(), service, scripts=scripts)
    someone.reach("minta-kode")
    way = ["alamat", "persetujuan", "pemeriksaan", "data-diri"]
    for slug in way:
        back(someone.page)
        someone.sees(slug)
        if slug == "alamat":
            assert answered(someone, *ADDRESS)
    if scripts or cached:
        assert answered(someone, "nik", "name", "phone"), "Back to the first page finds what was typed"
    else:
        assert answered(someone, "name", "phone")
    for slug in [*way[-2::-1], "minta-kode"]:
        someone.page.evaluate("history.forward()")
        someone.sees(slug)
    someone.send().sees("kode")


def test_what_was_refused_on_the_first_page_survives_a_reload(someone, scripts):
    someone.start().fill()
    someone.page.fill("[name=nik]", "123")
    someone.send()
    someone.page.wait_for_selector(".sum")
    someone.page.reload()
    someone.sees("data-diri")
    assert someone.values()["nik"] == "123"
    assert answered(someone, "name", "phone")


def test_back_over_a_lost_line_is_told_and_can_be_repeated(context, service):
    someone = Someone(context().new_page(), service).reach("alamat")
    cut(someone.page)
    someone.page.evaluate("history.back()")
    someone.page.wait_for_selector(f"text={LOST}")
    mended(someone.page)
    someone.page.click("text=Coba lagi")
    someone.sees("persetujuan")


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

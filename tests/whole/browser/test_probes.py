"""What survives bad luck: lost lines, reloads, Back, double taps, closed browsers, two people at one screen."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page

from tests.parts.servers import eventually
from tests.whole.browser.conftest import ADDRESS, MAIN_BUTTON, Someone, answered

WITH_CACHE = {"ignore_default_args": ["--disable-back-forward-cache"]}
LOST = "Sinyal hilang"


def cut(page: Page) -> None:
    """The line goes."""
    page.context.set_offline(True)


def mended(page: Page) -> None:
    """The line is back."""
    page.context.set_offline(False)


def back(page: Page) -> None:
    """Press Back, as a person does: whatever the browser makes of it."""
    pressed(page, "back")
    page.wait_for_timeout(300)


def pressed(page: Page, way: str) -> None:
    """Press Back or Forward; a browser that is quick has left the page before it could answer that it will."""
    with suppress(Error):
        page.evaluate(f"history.{way}()")


def error_page(page: Page) -> None:
    """Wait for the browser's own page about a lost line."""
    eventually(lambda: page.wait_for_timeout(50) or page.url.startswith("chrome-error"))


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
        pressed(someone.page, "forward")
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
    pressed(someone.page, "back")
    someone.page.wait_for_selector(f"text={LOST}")
    mended(someone.page)
    someone.page.click("text=Coba lagi")
    someone.sees("persetujuan")

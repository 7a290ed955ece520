"""The whole way, every way out, every way back."""

import re

import pytest

from bpu.models import Bill, Code, Draft, Holding, Registration, Sending, Tally, Visit, writing
from bpu.steps import JOURNEY
from tests.people.answers import PERSON, PHONE, person
from tests.people.visitor import Visitor

SLUGS = [step.slug for step in JOURNEY if step.slug not in ("diperiksa", "selesai")]


def at(visitor: Visitor, slug: str) -> str:
    """The address of a step of the draft that this person is filling in."""
    return f"/bpu/{uid(visitor)}/{slug}"


def uid(visitor: Visitor) -> str:
    found = re.search(r"/bpu/([a-z2-9]{10})/", visitor.path) or re.search(r"/bpu/([a-z2-9]{10})/", str(visitor.page))
    assert found
    return found[1]


def answers() -> dict:
    return Draft.get().answers


def test_a_person_walks_from_the_front_page_to_a_number(visitor: Visitor) -> None:
    visitor.reach("selesai")
    assert visitor.number.startswith("CONTOH-")
    assert len(visitor.number) == len("CONTOH-") + 8


def test_whoever_leaves_in_the_middle_finds_everything_again(visitor: Visitor) -> None:
    visitor.start()
    for slug in SLUGS[:-1]:
        visitor.reach(slug)
        if slug != "data-diri":
            visitor.open("/bpu").open(f"/bpu/{uid_of_only_draft()}/")
            assert visitor.step == slug, "the shortest address of a draft leads to where its person is"
        visitor.answer()
    assert visitor.pay().step == "selesai"


def uid_of_only_draft() -> str:
    return Draft.get().uid


@pytest.mark.parametrize(
    ("slug", "before"),
    [("alamat", "persetujuan"), ("pekerjaan", "kode"), ("program", "pekerjaan"), ("periksa", "program")],
)
def test_the_back_button_leads_back(visitor: Visitor, slug: str, before: str) -> None:
    visitor.reach(slug).fill(press="back")
    assert visitor.step == before
    assert visitor.path == at(visitor, before)


def test_the_back_button_of_the_first_page_leads_to_the_front_page(visitor: Visitor) -> None:
    visitor.start().fill(press="back", **PERSON["data-diri"])
    assert visitor.step == "front"


def test_what_was_typed_survives_going_back(visitor: Visitor) -> None:
    visitor.reach("alamat").fill(press="back", email="belum@", address="Jl. Setengah", gender="L")
    assert visitor.step == "persetujuan"
    visitor.answer()
    assert visitor.step == "alamat"
    assert visitor.one("#email")["value"] == "belum@"
    assert visitor.one("#address")["value"] == "Jl. Setengah"
    assert visitor.one("[name=gender][checked]")["value"] == "L"
    assert "alamat" not in answers()


def test_later_keeps_what_was_typed_and_gives_the_continue_code(visitor: Visitor) -> None:
    visitor.reach("pekerjaan").fill(press="later", workplace="Pasar Lama")
    assert visitor.step == "later"
    assert visitor.one("#resume-code").text.replace("-", "") == Draft.get().resume
    visitor.open(str(visitor.one("a.btn")["href"]))
    assert visitor.step == "pekerjaan"
    assert visitor.one("#workplace")["value"] == "Pasar Lama"


@pytest.mark.parametrize("slug", ["data-diri", "alamat", "pekerjaan", "program"])
def test_a_change_from_the_check_page_comes_straight_back(visitor: Visitor, slug: str) -> None:
    visitor.reach("periksa")
    links = [str(link["href"]) for link in visitor.page.select("a.act")]
    assert links == [at(visitor, each) for each in ("data-diri", "alamat", "pekerjaan", "program")]
    visitor.open(at(visitor, slug))
    changed = {"data-diri": {"name": "Siti A"}, "alamat": {"address": "Gg. 9"}, "pekerjaan": {"workplace": "Cibinong"}}
    visitor.fill(**changed.get(slug, {"months": "6"}))
    assert visitor.step == "periksa"
    assert visitor.sees({"program": "6 bulan"}.get(slug) or next(iter(changed[slug].values())))


def test_a_changed_phone_has_to_be_proven_again(visitor: Visitor) -> None:
    visitor.reach("periksa").open(at(visitor, "data-diri")).fill(phone="0813 9999 8888")
    assert visitor.step == "minta-kode"
    assert visitor.sees("0813-9999-8888")
    visitor.open(at(visitor, "periksa"))
    assert visitor.step == "minta-kode", "nothing behind it may be opened before"
    visitor.fill()
    visitor.fill(code=re.findall(r"\b[0-9]{6}\b", visitor.messages("+6281399998888")[0]["text"])[0])
    assert visitor.step == "periksa"
    assert visitor.fill(declare="yes").step == "bayar"
    assert Registration.get().phone == "+6281399998888"


def test_the_phone_of_before_does_not_count_as_proven_after_a_change_and_back(visitor: Visitor) -> None:
    visitor.reach("periksa").open(at(visitor, "data-diri")).fill(phone="0813 9999 8888")
    visitor.open(at(visitor, "data-diri")).fill(phone="0812 3456 7890")
    assert visitor.step == "minta-kode"


def test_a_changed_income_asks_for_the_programmes_again_with_the_months_as_they_were(visitor: Visitor) -> None:
    visitor.reach("program").fill(programmes=["JKK", "JKM", "JHT"], months="6")
    visitor.open(at(visitor, "pekerjaan")).fill(income="5 juta")
    assert visitor.step == "program"
    assert [one["value"] for one in visitor.page.select("[name=months][checked]")] == ["6"]
    assert [one["value"] for one in visitor.page.select("[name=programmes][checked]")] == ["JHT"]
    assert visitor.fill().step == "periksa"


def test_a_changed_nik_asks_for_the_address_again_with_everything_as_it_was(visitor: Visitor) -> None:
    visitor.reach("periksa").open(at(visitor, "data-diri")).fill(nik="3201014508900000".replace("320101", "320102"))
    assert visitor.step == "alamat"
    assert visitor.one("#address")["value"] == "Jl. Melati 7"


@pytest.mark.requirement("R06")
def test_every_answer_sent_twice_and_every_page_reloaded_changes_nothing(visitor: Visitor) -> None:
    visitor.start()
    for slug in SLUGS[:-1]:
        visitor.reach(slug)
        if slug != "data-diri":
            assert visitor.open(at(visitor, slug)).step == slug
        form = visitor.one("main form[method=post]")
        sent = {**visitor.form_values(form), **visitor.answers[slug]}
        if slug == "kode":
            sent["code"] = visitor.code()
        action = str(form["action"])
        headers = visitor._headers()
        once = visitor.client.post(action, data=sent, headers=headers, follow_redirects=True)
        before = Draft.get().answers
        twice = visitor.client.post(action, data=sent, headers=headers, follow_redirects=True)
        assert (once.status_code, twice.status_code) == (200, 200), slug
        kept = {name: {k: v for k, v in answer.items() if k != "at"} for name, answer in Draft.get().answers.items()}
        assert kept == {name: {k: v for k, v in answer.items() if k != "at"} for name, answer in before.items()}
        visitor._show(twice)
    assert visitor.step == "bayar"
    assert (Draft.select().count(), Registration.select().count(), Bill.select().count()) == (1, 1, 1)
    assert (Code.select().where(Code.purpose == "register").count(), Sending.select().count()) == (1, 1)


@pytest.mark.requirement("R03")
def test_no_step_can_be_opened_or_answered_before_its_turn(visitor: Visitor) -> None:
    def shown(answer) -> str:
        assert answer.status_code in (200, 400)
        found = re.search(r'data-step="([a-z-]+)"', answer.text)
        return found[1] if found else "error"

    headers = visitor._headers()
    for place, have in enumerate(SLUGS[1:-1], start=1):
        visitor.reach(have)
        before = answers()
        for wanted in [*SLUGS[place + 1 :], "selesai", "diperiksa"]:
            opened = visitor.client.get(at(visitor, wanted), headers=headers, follow_redirects=True)
            assert shown(opened) == have, f"{wanted} from {have}"
            sent = {"step": wanted, **PERSON.get(wanted, {})}
            answered = visitor.client.post(at(visitor, have), data=sent, headers=headers, follow_redirects=True)
            assert shown(answered) == have, f"{wanted} from {have}"
        for nonsense in ("", "nowhere"):
            assert visitor.client.post(at(visitor, have), data={"step": nonsense}, headers=headers).status_code == 400
        assert answers() == before
        with writing():
            Tally.delete().execute()


EXTRA = {
    "state": "paid",
    "status": "active",
    "id": "1",
    "uid": "AAAAAAAA",
    "role": "admin",
    "number": "CONTOH-00000001",
    "answers": "{}",
    "registration": "x",
    "review": "1",
    "trusted": "yes",
    "paid": "2026-01-01",
    "resume": "AAAAAAAA",
    "expires": "9999999999999",
    "phone_index": "x",
    "warned": "nik",
    "csrf": "x",
}


@pytest.mark.requirement("R04")
def test_fields_that_a_page_does_not_ask_for_change_nothing(visitor: Visitor) -> None:
    visitor.start()
    honest = Visitor(visitor.app, answers=person(9)).reach("periksa")  # another NIK, the same fields
    expected = {slug: set(answer) for slug, answer in Draft.get(Draft.uid == uid(honest)).answers.items()}
    for slug in SLUGS[:-1]:
        visitor.reach(slug)
        if slug == "periksa":
            draft = Draft.get(Draft.uid == uid(visitor))
            assert {name: set(answer) for name, answer in draft.answers.items()} == expected
            assert draft.answers["data-diri"]["nik"] == PERSON["data-diri"]["nik"]
        visitor.answer(**EXTRA)
    assert visitor.step == "bayar"
    registration = Registration.get()
    assert (registration.status, registration.number, registration.paid) == ("awaiting", None, None)
    assert visitor.fill(**EXTRA).step == "bayar"
    assert Registration.get().status == "awaiting"


@pytest.mark.requirement("R16")
def test_two_people_in_two_tabs_of_one_browser_each_get_what_is_theirs(app, visitor: Visitor) -> None:
    first, second = visitor, Visitor(app, htmx=visitor.htmx, answers=person(1))
    second.client = first.client
    first.start()
    second.start()
    for slug in SLUGS[:-1]:
        first.reach(slug)
        second.reach(slug)
        for one, other in ((first, second), (second, first)):
            if slug not in ("data-diri", "pemeriksaan"):
                one.open(at(one, slug))
            content = str(one.page)
            mine, theirs = one.answers["data-diri"], other.answers["data-diri"]
            assert all(theirs[name] not in content for name in ("name",))
            assert theirs["nik"] not in re.sub(r"\s", "", content) or theirs["nik"] == PERSON["data-diri"]["nik"]
            assert mine["name"]
    first.reach("selesai")
    second.reach("selesai")
    assert uid(first) != uid(second)
    assert first.number != second.number
    for one in (first, second):
        registration = Registration.get(Registration.draft == uid(one))
        assert registration.number == one.number
        assert registration.nik == one.answers["data-diri"]["nik"]
        assert registration.name == one.answers["data-diri"]["name"]
        assert registration.email == one.answers["alamat"]["email"]


@pytest.mark.requirement("R16")
def test_a_form_of_one_person_cannot_be_sent_into_the_draft_of_another(visitor: Visitor, another) -> None:
    visitor.reach("pekerjaan")
    stranger = another(answers=person(2)).start()
    before = answers()
    for slug in SLUGS:
        sent = {"step": slug, **stranger.answers.get(slug, {})}
        answer = stranger.client.post(at(visitor, slug), data=sent, headers=stranger._headers())
        assert answer.status_code == 404
        assert stranger.client.get(at(visitor, slug)).status_code == 404
    for slug in ("tutup", "slip", "", "bayar/lunas"):
        stranger.client.post(at(visitor, slug), data={"forget": "1"}, headers=stranger._headers())
    assert answers() == before
    assert visitor.open(at(visitor, "pekerjaan")).step == "pekerjaan"


def resumed(visitor: Visitor, code: str) -> Visitor:
    """Go on with somebody's draft by its continue code, up to the question for the code from the phone."""
    visitor.open("/lanjut")
    return visitor.fill(resume=code)


@pytest.mark.requirement("R15")
def test_one_person_goes_on_at_another_device(visitor: Visitor, another) -> None:
    visitor.reach("program")
    other = another(htmx=visitor.htmx)
    resumed(other, Draft.get().resume)
    assert other.step == "resume-code"
    other.fill(code=other.code())
    assert other.step == "program"
    other.answer()
    assert visitor.open(at(visitor, "periksa")).step == "asleep", "the first device shows nothing more by itself"
    visitor.fill(form=1, resume=Draft.get().resume)
    assert visitor.step == "periksa", "but goes on, too"
    other.reach("selesai")
    assert visitor.open(at(visitor, "selesai")).number == other.number


@pytest.mark.requirement("R15")
def test_a_wrong_continue_code_and_a_wrong_sms_code_are_answered_with_the_same_words(visitor: Visitor, another) -> None:
    visitor.reach("program")
    right = Draft.get().resume
    said = []
    for typed in (right, "AAAA-AAAA"):
        person_ = resumed(another(htmx=visitor.htmx), typed)
        first = re.sub(r'value="[^"]+"', "", str(person_.one("main")))
        codes = set(re.findall(r"\b[0-9]{6}\b", " ".join(one["text"] for one in person_.messages())))
        person_.fill(code=next(f"{n:06d}" for n in range(9) if f"{n:06d}" not in codes))
        second = re.sub(r'value="[^"]+"', "", str(person_.one("main")))
        said.append((first, person_.response.status_code, second))
        assert person_.errors == ["Kode belum cocok. Periksa kode lanjut dan kode dari SMS."]
    assert said[0] == said[1]


def test_five_wrong_continue_codes_are_enough_for_an_hour(visitor: Visitor, another) -> None:
    visitor.reach("alamat")
    guesser = another()
    for _ in range(5):
        assert resumed(guesser, "AAAA-AAAA").step == "resume-code"
    assert resumed(guesser, "AAAA-AAAA").response.status_code == 429
    assert guesser.errors == ["Terlalu banyak percobaan. Tunggu satu jam, lalu coba lagi."]
    assert resumed(guesser, Draft.get().resume).step == "resume-code", (
        "the right one is another person's, who came after"
    )


@pytest.mark.requirement("R15")
def test_the_continue_code_alone_opens_nothing(visitor: Visitor, another) -> None:
    visitor.reach("program")
    thief = resumed(another(), Draft.get().resume)
    attempt = thief.one("[name=attempt]")["value"]
    for code in ("", "000000", "abcdef"):
        thief.client.post("/lanjut/kode", data={"attempt": attempt, "code": code}, headers=thief._headers())
    assert thief.open(at(visitor, "program")).step == "stranger"


def test_a_lost_continue_code_is_sent_to_the_phone_only_and_the_page_says_nothing(visitor: Visitor, another) -> None:
    visitor.reach("program")
    visitor.messages()
    seeker = another(htmx=visitor.htmx)
    texts = []
    for phone in ("0812 3456 7890", "0813 1111 1890"):
        seeker.open("/lanjut").fill(form=1, phone=phone)
        assert seeker.response.status_code == 200
        texts.append(str(seeker.one("main")).replace("0812", "0813").replace("-3456-", "-1111-"))
    assert texts[0] == texts[1]
    assert seeker.messages("+6281311111890") == []
    newest = seeker.messages(PHONE)[0]["text"]
    assert Draft.get().resume in newest.replace("-", "")


def test_asking_for_lost_codes_cannot_be_used_to_flood_a_phone(app, another) -> None:
    for _ in range(6):
        Visitor(app).reach("alamat")
        asker = another()
        asker.open("/lanjut").fill(form=1, phone="0812 3456 7890")
    assert len(another().messages(PHONE)) <= 3


def test_whoever_has_not_shown_to_be_human_cannot_have_messages_sent(app, another) -> None:
    Visitor(app).reach("pemeriksaan")
    another().open("/lanjut").fill(form=1, phone="0812 3456 7890")
    assert another().messages(PHONE) == []


@pytest.mark.requirement("R14")
def test_hapus_isian_saya_forgets_everything_at_once(visitor: Visitor) -> None:
    visitor.reach("persetujuan")
    path = at(visitor, "persetujuan")
    visitor.fill(press="forget", form=1)
    assert visitor.step == "front"
    assert visitor.sees("Selesai. Data sudah hilang dari layar ini.")
    assert (Draft.select().count(), Holding.select().count()) == (0, 0)
    assert visitor.open(path).step == "stranger"


@pytest.mark.requirement("R10")
def test_selesai_leaves_nothing_that_can_be_reached_from_this_screen(visitor: Visitor, another) -> None:
    visitor.reach("selesai")
    token = visitor.client.get_cookie("b").value
    answer = visitor.client.post(at(visitor, "tutup"), headers=visitor._headers())
    assert answer.status_code == 303
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert "cookies" not in answer.headers["Clear-Site-Data"]
    assert visitor.client.get_cookie("b").value != token
    for slug in [*SLUGS, "selesai", "slip", ""]:
        assert visitor.open(at(visitor, slug)).step == "stranger"
    replay = another()
    replay.client.set_cookie("b", token)
    assert replay.open(at(visitor, "selesai")).step == "stranger"
    assert Registration.select().count() == 1


def lost(visitor: Visitor, times: int, **fields: str) -> tuple[str, str]:
    """Send the form of this page so often with the token that the browser has, every answer lost but the last."""
    form, kept = visitor.page.select('main form[method="post"]')[0], visitor.client.get_cookie("b")
    old = kept.value if kept else ""
    sent = {**visitor.form_values(form), **fields}
    new = set()
    for _ in range(times):
        visitor.client.delete_cookie("b")
        if old:
            visitor.client.set_cookie("b", old)
        visitor._show(visitor.client.post(str(form["action"]), data=sent, headers=visitor._headers()))
        new.add(visitor.client.get_cookie("b").value)
    assert len(new) == 1, "the same request is given the same token"
    return old, new.pop()


@pytest.mark.requirement("R06", "R09")
@pytest.mark.parametrize(("slug", "after"), [("data-diri", "pemeriksaan"), ("kode", "pekerjaan")])
def test_a_request_whose_answers_are_lost_is_answered_alike_and_the_token_before_opens_nothing_else(
    visitor: Visitor, slug: str, after: str
) -> None:
    visitor.reach(slug)
    fields = {"code": visitor.code()} if slug == "kode" else PERSON[slug]
    old, new = lost(visitor, 4, **fields)
    assert (old != new, visitor.step) == (True, after)
    assert (Visit.select().count(), Draft.select().count()) == (1, 1)
    visitor.client.set_cookie("b", old)
    for path in (after, slug):
        assert visitor.client.get(at(visitor, path)).status_code in (403, 404)
    assert PERSON["data-diri"]["name"] not in visitor.client.get(at(visitor, "data-diri")).text
    visitor.client.set_cookie("b", new)
    assert visitor.open(at(visitor, after)).step == after


@pytest.mark.requirement("R09")
def test_whoever_knew_the_token_and_the_name_beforehand_reads_nothing(visitor: Visitor, another) -> None:
    known = "noted-down-beforehand-" + "x" * 8
    attacker = another()
    visitor.client.set_cookie("b", known)
    attacker.client.set_cookie("b", known)
    visitor.start()
    for slug in SLUGS[:-1]:
        visitor.reach(slug)
        for path in ("", *SLUGS, "slip", "selesai"):
            for method in ("get", "post"):
                answer = (
                    getattr(attacker.client, method)(
                        at(visitor, path), data={"step": "kode", "code": "000000"}, headers=visitor._headers()
                    )
                    if slug != "data-diri"
                    else attacker.client.get("/bpu")
                )
                assert PERSON["data-diri"]["nik"] not in answer.text
                assert PERSON["data-diri"]["name"] not in answer.text
                assert answer.status_code in (200, 303, 400, 403, 404, 405, 429)
        assert visitor.client.get_cookie("b").value != known or slug == "data-diri"
        visitor.answer()
    assert visitor.pay().number


def test_a_name_that_was_not_made_here_or_was_used_begins_nothing_under_it(visitor: Visitor, another) -> None:
    visitor.start()
    form = visitor.page.select('main form[method="post"]')[0]
    sent = {**visitor.form_values(form), **PERSON["data-diri"]}
    for spoilt in (
        {"given": ""},
        {"given": "A" * 8},
        {"given": sent["given"][:-1] + ("_" if sent["given"][-1] != "_" else "-")},
    ):
        assert (
            visitor.client.post(str(form["action"]), data={**sent, **spoilt}, headers=visitor._headers()).status_code
            == 404
        )
    assert visitor.client.post("/bpu/bcdfghjkmn/pemeriksaan", data=sent, headers=visitor._headers()).status_code == 404
    assert Draft.select().count() == 0
    visitor.fill(**PERSON["data-diri"])
    first = uid(visitor)
    visitor.open(at(visitor, "persetujuan"))
    stranger = another()
    answer = stranger.client.post(str(form["action"]), data=sent, headers=stranger._headers())
    assert answer.status_code == 303
    assert first not in answer.location, "a name that is taken is not given twice"
    with writing():
        Draft.delete().where(Draft.uid == first).execute()
    again = another()
    answer = again.client.post(str(form["action"]), data=sent, headers=again._headers())
    assert first not in answer.location, "nor after it was forgotten"


def test_a_client_that_says_nothing_of_where_it_comes_from_walks_with_the_token_of_its_forms(app) -> None:
    visitor = Visitor(app, browser=False).start()
    assert visitor.page.select("[name=csrf]")
    assert visitor.reach("selesai").number


def test_a_participant_can_print_a_slip(visitor: Visitor) -> None:
    visitor.reach("bayar").open(at(visitor, "slip"))
    assert visitor.sees("INI BUKAN BUKTI BAYAR")
    visitor.open(at(visitor, "bayar")).pay().open(at(visitor, "slip"))
    assert visitor.sees("LUNAS")
    assert visitor.sees(Registration.get().number)
    assert PERSON["data-diri"]["nik"] not in visitor.response.text

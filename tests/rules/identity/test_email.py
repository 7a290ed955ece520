import string
import time

import pytest
from email_validator import validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from bpu.rules.identity import email

ANYTHING = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text(st.sampled_from("abcAZ019@@..,;:<>'\"()-_+!? \t\n\u00a0\u200b＠．é\u212a"), max_size=40),
    st.emails(),
    st.from_regex(
        r"\A[ <'\"]*[a-zA-Z0-9._+-]{1,70}[ ]?@[ ]?(gmail|yahoo|xn--[a-z0-9-]{1,6})[.,]{1,2}com?[ .,;>'\"]*\Z"
    ),
)

OK = [
    # the reference's rows
    ("BUDI@GMAIL.COM", "budi@gmail.com", ()),
    ("budi@gmail,com", "budi@gmail.com", ("cleaned",)),
    ("budi@gmail. com", "budi@gmail.com", ("cleaned",)),
    ("budi＠gmail.com", "budi@gmail.com", ()),
    ("Budi <budi@gmail.com>", "budi@gmail.com", ("cleaned",)),
    ("budi@gmial.com", "budi@gmial.com", ("suggest",)),
    ("budi@gmail.co", "budi@gmail.co", ("suggest",)),
    ("budi@gmail.com.com", "budi@gmail.com.com", ("suggest",)),
    ("budi@yahoo.co.id", "budi@yahoo.co.id", ()),
    ("budi@outlook.co.id", "budi@outlook.co.id", ()),
    ("budi@koperasi.or.id", "budi@koperasi.or.id", ()),
    ("budi+bpjs@gmail.com", "budi+bpjs@gmail.com", ()),
    # our own
    ("  budi@gmail.com\t", "budi@gmail.com", ()),
    ("\u00a0budi@gmail.com\u3000", "budi@gmail.com", ()),
    ("budi@gmail.com\u200b", "budi@gmail.com", ()),
    ("bu\u00addi@\u2060gmail.com", "budi@gmail.com", ()),
    ("ｂｕｄｉ＠ｇｍａｉｌ．ｃｏｍ", "budi@gmail.com", ()),
    ("budi@gmail。com", "budi@gmail.com", ()),
    ("budi@gmail.com.", "budi@gmail.com", ("cleaned",)),
    ("budi@gmail.com,", "budi@gmail.com", ("cleaned",)),
    ("budi @gmail.com", "budi@gmail.com", ("cleaned",)),
    ("b u d i @ gmail . com", "budi@gmail.com", ("cleaned",)),
    ("mailto:budi@gmail.com", "budi@gmail.com", ("cleaned",)),
    ("MAILTO:<Budi@Gmail.com>", "budi@gmail.com", ("cleaned",)),
    ("E-mail: budi@gmail.com", "budi@gmail.com", ("cleaned",)),
    ('"budi@gmail.com"', "budi@gmail.com", ("cleaned",)),
    ("‘budi@gmail.com’", "budi@gmail.com", ("cleaned",)),
    ("(budi@gmail.com)", "budi@gmail.com", ("cleaned",)),
    ('"Santoso, Budi" <budi@gmail.com>;', "budi@gmail.com", ("cleaned",)),
    ("budi@gmail.com <budi@gmail.com>", "budi@gmail.com", ("cleaned",)),
    ("budi@yahoo,co,id", "budi@yahoo.co.id", ("cleaned",)),
    ("budi@gmial,com", "budi@gmial.com", ("cleaned", "suggest")),
    ("o'brien@gmail.com", "o'brien@gmail.com", ()),
    ("budi.santoso_1-2@contoh.go.id", "budi.santoso_1-2@contoh.go.id", ()),
    ("contoh@example.com", "contoh@example.com", ()),
    ("a@xn--caf-dma.com", "a@xn--caf-dma.com", ()),
    ("a" * 64 + "@gmail.com", "a" * 64 + "@gmail.com", ()),
]
NOT_OK = [
    # the reference's rows
    ("budi.gmail.com", "no_at_sign", {"suggestion": "budi@gmail.com"}),
    ("a" * 65 + "@gmail.com", "too_long", {"limit": 64}),
    ("budi@gmail.com;ani@gmail.com", "two_addresses", {}),
    # our own
    (None, "empty", {}),
    (" \u200b\n", "empty", {}),
    ("<>", "empty", {}),
    (".,;", "empty", {}),
    ("budigmail.com", "no_at_sign", {"suggestion": "budi@gmail.com"}),
    ("budi#yahoo.co.id", "no_at_sign", {"suggestion": "budi@yahoo.co.id"}),
    ("budi.rocketmail.com", "no_at_sign", {"suggestion": "budi@rocketmail.com"}),
    ("budi", "no_at_sign", {"suggestion": None}),
    ("gmail.com", "no_at_sign", {"suggestion": None}),
    ("081234567890", "no_at_sign", {"suggestion": None}),
    ("budi@gmail", "syntax", {"suggestion": "budi@gmail.com"}),
    ("budi@gmial", "syntax", {"suggestion": "budi@gmail.com"}),
    ("budi@yahoo", "syntax", {"suggestion": "budi@yahoo.com"}),
    ("budi@gmailcom", "syntax", {"suggestion": "budi@gmail.com"}),
    ("budi@gmail..com", "syntax", {"suggestion": "budi@gmail.com"}),
    ("budi@@gmail.com", "syntax", {"suggestion": "budi@gmail.com"}),
    ("budi.@gmail.com", "syntax", {"suggestion": "budi@gmail.com"}),
    ("bu..di@gmail.com", "syntax", {"suggestion": None}),
    ("bu:di@gmail.com", "syntax", {"suggestion": None}),
    ("budi,santoso@gmail.com", "syntax", {"suggestion": None}),
    ("@gmail.com", "syntax", {"suggestion": None}),
    ("budi@", "syntax", {"suggestion": None}),
    ("budi@kantor", "syntax", {"suggestion": None}),
    ("budi@contoh.test", "syntax", {"suggestion": None}),
    ("budi@[127.0.0.1]", "syntax", {"suggestion": None}),
    ('"budi s"@gmail.com', "syntax", {"suggestion": None}),
    ("budi\x00@gmail.com", "syntax", {"suggestion": None}),
    ("búdi@gmail.com", "not_ascii", {"char": "ú"}),
    ("budi@gmаil.com", "not_ascii", {"char": "а"}),
    ("budi@café.com", "not_ascii", {"char": "é"}),
    ("bud\u212a@gmail.com", "not_ascii", {"char": "\u212a"}),
    ("budi\ud800@gmail.com", "not_ascii", {"char": "U+D800"}),
    ("budi@gmail.com\nBcc: ani@gmail.com", "line_break", {}),
    ("budi@gmail.com\r\n", "line_break", {}),
    ("budi@\u2028gmail.com", "line_break", {}),
    ("budi@gmail.com, ani@gmail.com", "two_addresses", {}),
    ("budi@gmail.com ani@yahoo.com", "two_addresses", {}),
    ("budi@gmail.com/ani@yahoo.com", "two_addresses", {}),
    ("Budi <budi@gmail.com>, Ani <ani@gmail.com>", "two_addresses", {}),
    ("ani@gmail.com <budi@gmail.com>", "two_addresses", {}),
    ("budi@" + "a." * 130 + "com", "too_long", {"limit": 254}),
]
MISTYPED = {
    "gmail.com": """
        gmial.com gmai.com gmal.com gmil.com gmail.con gmail.cm gmail.om gmail.co gmail.c gmail.cim gmail.vom
        gmail.xom gmail.cpm gmail.comm gmail.coom gmail.ocm gmaill.com ggmail.com gmaiil.com gamil.com gnail.com
        gmsil.com gmaul.com gmailcom gmail.id gmail.co.id gmail.com.id gmail.com.com gmail.net g-mail.com
        gmeil.com
    """,
    "yahoo.com": """
        yaho.com yahooo.com yhoo.com yahho.com yahoo.con yahoo.cm yahoo.co yhaoo.com tahoo.com yajoo.com
    """,
    "yahoo.co.id": """
        yaho.co.id yahoo.co.od yahoo.coid yahoo.c.id yhoo.co.id yahooo.co.id yahoo.co.i yahoo.id yahoo.com.id
    """,
    "hotmail.com": """
        hotmal.com hotmial.com homail.com hotmail.con hotmail.co hotmai.com
    """,
    "outlook.com": """
        outlok.com outlook.con outllook.com otlook.com
    """,
    "icloud.com": """
        iclod.com icloud.con icould.com
    """,
    "ymail.com": """
        ymail.con ymai.com
    """,
    "rocketmail.com": """
        rocketmai.com roketmail.com
    """,
    "live.com": """
        live.con live.co
    """,
}
LEGITIMATE = """
    gmail.com yahoo.com yahoo.co.id hotmail.com outlook.com outlook.co.id icloud.com ymail.com rocketmail.com
    live.com mail.com email.com gmx.com gmx.net aol.com msn.com me.com mac.com googlemail.com proton.me
    protonmail.com zoho.com yandex.com foxmail.com yahoo.co.in yahoo.co.uk yahoo.co.jp hotmail.co.uk
    hotmail.co.id hotmail.fr live.co.uk live.com.my yahoo.com.sg yahoo.com.au yahoo.fr outlook.fr qmail.com
    cmail.com xmail.com tutanota.com hey.com fastmail.com mail.ru qq.com 163.com naver.com plasa.com telkom.net
    telkom.co.id cbn.net.id indo.net.id ui.ac.id mail.ugm.ac.id students.itb.ac.id koperasi.or.id kemnaker.go.id
    bpjsketenagakerjaan.go.id desa.id gojek.com grab.com pos.co.id bri.co.id sch.id rediffmail.com inbox.com
    hushmail.com line.com contoh.web.id contoh.my.id example.com
"""


@pytest.mark.parametrize(("typed", "value", "codes"), OK)
def test_addresses_are_cleaned_of_what_a_paste_brings(typed, value, codes):
    checked = email.check(typed)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(("typed", "code", "params"), NOT_OK)
def test_what_is_no_address_is_refused_for_one_reason_with_a_way_out(typed, code, params):
    checked = email.check(typed)
    assert (checked.value, checked.codes) == (None, (code,))
    assert checked.errors[0].params == params


def test_warnings_carry_what_the_page_offers():
    cleaned, suggest = email.check("Budi <budi@gmial.com>").warnings
    assert cleaned.params == {"value": "budi@gmial.com"}
    assert suggest.params == {"suggestion": "budi@gmail.com"}


@pytest.mark.parametrize(
    ("typo", "meant"), [(typo, meant) for meant, typos in MISTYPED.items() for typo in typos.split()]
)
def test_mistyped_domains_are_recognised(typo, meant):
    assert email.suggested(typo) == meant


@pytest.mark.parametrize("domain", LEGITIMATE.split())
def test_legitimate_domains_are_left_in_peace(domain):
    checked = email.check(f"budi@{domain}")
    assert (checked.value, checked.codes) == (f"budi@{domain}", ())


def test_the_tables_are_as_large_as_the_published_comparison():
    assert sum(len(typos.split()) for typos in MISTYPED.values()) >= 47
    assert len(set(LEGITIMATE.split())) >= 40


@given(
    st.sampled_from(email.KNOWN[:6]),
    st.integers(0, 30),
    st.sampled_from(string.ascii_lowercase),
    st.sampled_from("dits"),
)
def test_one_slip_in_a_known_domain_is_noticed_unless_the_result_is_a_real_domain(domain, place, letter, kind):
    at = place % (len(domain) - 1)
    typo = {
        "d": domain[:at] + domain[at + 1 :],
        "i": domain[:at] + letter + domain[at:],
        "t": domain[:at] + domain[at + 1] + domain[at] + domain[at + 2 :],
        "s": domain[:at] + letter + domain[at + 1 :],
    }[kind]
    settled = typo in email.KNOWN or typo in email.NEVER_FLAGGED
    assert (email.suggested(typo) is None) == settled


@given(ANYTHING)
@example("a@xn--" + "\u00ad" + "a.com")
@example("'" + "!" * 30 + "@" + "?" * 30)
def test_an_accepted_address_stays_and_is_one_the_validator_takes(typed):
    checked = email.check(typed)
    for finding in checked.errors + checked.warnings:
        if suggestion := finding.params.get("suggestion"):
            assert email.check(suggestion).value == suggestion
            assert email.check(suggestion).codes == ()
    if checked.value is None:
        assert len(checked.errors) == 1
        return
    assert not checked.errors
    again = email.check(checked.value)
    assert (again.value, "cleaned" in again.codes) == (checked.value, False)
    assert checked.value.isascii()
    assert checked.value == checked.value.lower()
    validate_email(checked.value, check_deliverability=False, allow_smtputf8=False)


def test_no_single_character_in_a_local_part_raises():
    for code in range(0x3000):
        email.check(f"bu{chr(code)}di@gmail.com")
        email.check(f"budi@gm{chr(code)}ail.com")


@pytest.mark.parametrize(
    "typed", ["<" * 20_000, "a@" * 10_000, " " * 20_000 + "@", "a" * 20_000 + "gmail.com", "@." * 9_000]
)
def test_a_flood_of_characters_is_judged_at_once(typed):
    begun = time.monotonic()
    assert email.check(typed).value is None
    assert time.monotonic() - begun < 2

import re
import time

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bpu.rules.identity import phone

ANYTHING = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.text(st.sampled_from("0123456789+-– ().,/;OolIxWAwahp#*\n\u00a0\u200b\u202a\u2011０８＋'"), max_size=30),
)
DIGITS = st.from_regex(r"\A(\+62|62|0062|00862|0|)[0-9]{1,14}\Z")

OK = [
    # the reference's rows
    ("0812-3456-7890", "+6281234567890", ()),
    ("+62 (0)812 3456 7890", "+6281234567890", ()),
    ("6281234567890", "+6281234567890", ()),
    ("0062 812 3456 7890", "+6281234567890", ()),
    ("WA: 0812–3456–7890", "+6281234567890", ()),
    ("\u202a+62 812\u20113456\u20117890\u202c", "+6281234567890", ()),
    ("'081234567890", "+6281234567890", ()),
    ("0812345678O0", "+6281234567800", ("letters_fixed",)),
    ("0811123456", "+62811123456", ()),
    ("0812345678901", "+62812345678901", ()),
    # our own
    ("81234567890", "+6281234567890", ()),
    ("+62 0812 3456 7890", "+6281234567890", ()),
    ("620812 3456 7890", "+6281234567890", ()),
    ("(+62) 812-3456-7890", "+6281234567890", ()),
    ("00862 81234567890", "+6281234567890", ()),
    ("0096281234567890", "+6281234567890", ()),
    ("+081234567890", "+6281234567890", ()),
    ("＋６２８１２３４５６７８９０", "+6281234567890", ()),
    ("٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890", ()),
    ("0812.3456.7890.", "+6281234567890", ()),
    ("0812/3456/7890", "+6281234567890", ()),
    ("0812_3456_7890", "+6281234567890", ()),
    ("“0812 3456 7890”", "+6281234567890", ()),
    (" 0812\u00a03456\u20097890\n", "+6281234567890", ()),
    ("081234567890,", "+6281234567890", ()),
    ("No. HP/WA: 0812 3456 7890", "+6281234567890", ()),
    ("No HP (WA): 081234567890", "+6281234567890", ()),
    ("Telp. 081234567890", "+6281234567890", ()),
    ("tel:+6281234567890", "+6281234567890", ()),
    ("wa081234567890", "+6281234567890", ()),
    ("0812-3456-7890 (WA)", "+6281234567890", ()),
    ("0812-3456-7890 hp/wa", "+6281234567890", ()),
    ("https://wa.me/6281234567890", "+6281234567890", ()),
    ("O812 3456 789O", "+6281234567890", ("letters_fixed",)),
    ("08l2-3456-7I90", "+6281234567190", ("letters_fixed",)),
    ("0868 0000 0001", "+6286800000001", ("prefix_unallocated",)),
    ("0884l234567", "+628841234567", ("letters_fixed", "prefix_unallocated")),
    ("0898 1234 567", "+628981234567", ()),
]
NOT_OK = [
    # the reference's rows
    ("081234567890 ext 12", "not_digits", {}),
    ("(021) 5551234", "landline", {}),
    ("1500910", "service_number", {}),
    ("0807 1 234567", "not_mobile", {}),
    ("081234567890 / 081398765432", "two_numbers", {}),
    # our own
    (None, "empty", {}),
    ("  \u200b ", "empty", {}),
    ("...", "empty", {}),
    ("-", "not_digits", {}),
    ("WA:", "not_digits", {}),
    ("OOlI", "not_digits", {}),
    ("0812ABCDEFG", "not_digits", {}),
    ("08123456789a", "not_digits", {}),
    ("++6281234567890", "not_digits", {}),
    ("62+81234567890", "not_digits", {}),
    ("081234567890x12", "not_digits", {}),
    ("081234567890#12", "not_digits", {}),
    ("*888#", "not_digits", {}),
    ("0812345678²", "not_digits", {}),
    ("budi@gmail.com", "not_digits", {}),
    ("081234567890\x00", "not_digits", {}),
    ("081234567890, 081398765432", "two_numbers", {}),
    ("081234567890 atau 081398765432", "two_numbers", {}),
    ("081234567890\n081398765432", "two_numbers", {}),
    ("081234567890 081398765432", "two_numbers", {}),
    ("081234567890-6281398765432", "two_numbers", {}),
    ("021 5551234 / 0812 3456 7890", "two_numbers", {}),
    ("0812345678/79", "two_numbers", {}),
    ("081234567890,12", "two_numbers", {}),
    ("+62 21 5551 2345", "landline", {}),
    ("0741 123456", "landline", {}),
    ("0912345678", "landline", {}),
    ("5551234", "landline", {}),
    ("2155512345", "landline", {}),  # ten digits without a 0 may be from here; eleven are from abroad
    ("21555123456", "foreign", {}),
    ("0800 1 234567", "not_mobile", {}),
    ("0841 2345 6789", "not_mobile", {}),
    ("0000000000", "not_mobile", {}),
    ("110", "service_number", {}),
    ("14045", "service_number", {}),
    ("+62 1500 910", "service_number", {}),
    ("+65 9123 4567", "foreign", {}),
    ("+81 234 567 890", "foreign", {}),
    ("0065 9123 4567", "foreign", {}),
    ("60123456789", "foreign", {}),
    ("0", "short", {"digits": 1}),
    ("+62", "short", {"digits": 1}),
    ("0812", "short", {"digits": 4}),
    ("081234567", "short", {"digits": 9}),
    ("08123456789012", "long", {"digits": 14}),
    ("3201990108900001", "long", {"digits": 16}),
    ("6201990108900001", "long", {"digits": 14}),
    ("0" * 5000, "long", {"digits": 5000}),
]


@pytest.mark.parametrize(("typed", "value", "codes"), OK)
def test_mobile_numbers_are_read_in_every_common_spelling(typed, value, codes):
    checked = phone.check(typed)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(("typed", "code", "params"), NOT_OK)
def test_what_cannot_receive_the_code_is_refused_for_one_reason(typed, code, params):
    checked = phone.check(typed)
    assert (checked.value, checked.codes) == (None, (code,))
    assert checked.errors[0].params == params


@given(st.one_of(ANYTHING, DIGITS))
@example("+0062 0 812 3456 7890")
def test_every_accepted_number_is_a_valid_mobile_number_and_stays_as_it_is(typed):
    checked = phone.check(typed)
    if checked.value is None:
        assert len(checked.errors) == 1
        return
    assert not checked.errors
    assert re.fullmatch(r"\+628[1-35-9][0-9]{7,10}", checked.value)
    number = phonenumbers.parse(checked.value)
    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    assert phone.check(checked.value).value == checked.value
    assert phone.check(phone.shown(checked.value)).value == checked.value


@given(st.from_regex(r"\A8[0-9]{5,14}\Z"), st.sampled_from(["+62", "62", "0062", "0", "+62 0", ""]))
def test_the_library_finds_a_mobile_number_exactly_where_we_do(national, prefix):
    number = phonenumbers.parse(f"+62{national}")
    mobile = phonenumbers.PhoneNumberType.MOBILE
    theirs = phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) == mobile
    assert phone.check(prefix + national).value == (f"+62{national}" if theirs else None)


@pytest.mark.parametrize("prefix", [f"{number:04}" for number in range(800, 900)])
def test_each_prefix_is_judged_as_the_library_judges_it(prefix):
    number = phonenumbers.parse(f"+62{prefix[1:]}12345678")
    theirs = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    checked = phone.check(f"{prefix}12345678")
    assert (checked.value is not None) == theirs
    assert ("prefix_unallocated" not in checked.codes) == (prefix in phone.OPERATORS or not theirs)


def test_the_38_prefixes_name_six_brands():
    assert len(phone.OPERATORS) == 38
    assert phone.OPERATORS["0812"] == "Telkomsel"
    assert set(phone.OPERATORS.values()) == {"Telkomsel", "IM3", "Tri", "XL", "Axis", "Smartfren"}


def test_a_repaired_number_is_shown_for_comparison():
    assert phone.check("0812345678O0").warnings[0].params == {"shown": "0812-3456-7800"}
    assert phone.check("086800000001").warnings[0].params == {"prefix": "0868"}


@pytest.mark.parametrize(
    ("e164", "shown", "masked"),
    [
        ("+62811123456", "0811-123-456", "****-***-456"),
        ("+628121234567", "0812-123-4567", "****-***-*567"),
        ("+6281234567890", "0812-3456-7890", "****-****-*890"),
        ("+62812345678901", "0812-3456-78901", "****-****-**901"),
        ("+6591234567", "+6591234567", "+*******567"),
        ("", "", ""),
    ],
)
def test_numbers_are_shown_in_groups_and_masked_to_their_last_three_digits(e164, shown, masked):
    assert phone.shown(e164) == shown
    assert phone.masked(e164) == masked


@given(st.from_regex(r"\A\+628[1-35-9][0-9]{7,10}\Z"))
def test_a_mask_leaves_three_digits(e164):
    assert re.sub(r"[^0-9]", "", phone.masked(e164)) == e164[-3:]


@pytest.mark.parametrize("typed", [" " * 20_000 + "x", "wa " * 9_000, "0 " * 9_000, "\n" * 20_000 + "0", "08" * 9_000])
def test_a_flood_of_characters_is_judged_at_once(typed):
    begun = time.monotonic()
    assert phone.check(typed).value is None
    assert time.monotonic() - begun < 2

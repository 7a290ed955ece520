import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bpu.rules.identity import names
from bpu.rules.identity.characters import APOSTROPHES, DASHES, INVISIBLE, ascii_digits, one_dash, without_invisible

# Any code point, lone surrogates too, with what matters to the rules made likely.
ANYTHING = st.text(
    st.one_of(
        st.sampled_from(sorted(INVISIBLE)[:40] + list(APOSTROPHES + DASHES + " .,'-/()\n\t\x00\u00a0\u0301")),
        st.sampled_from("abAZ019éøñ"),
        st.characters(exclude_categories=()),
    ),
    max_size=130,
)
NAMES = st.text(st.sampled_from("abAZ éñøŠ.,'-/()\u2019\u00b4\u2013\u200b\u00a0\u0301\u0323 "), max_size=110)

ACCEPTED = [
    # the reference's rows
    ("SUPARMAN", "SUPARMAN", ()),
    ("  Budi \u00a0Santoso ", "Budi Santoso", ()),
    ("Nur’aini", "Nur'aini", ()),
    ("Nur\u00b4aini", "Nur'aini", ()),
    ("Nuraini\u200b", "Nuraini", ()),
    ("Dr. H. Contoh Peserta, S.Pd., M.M.", "Dr. H. Contoh Peserta, S.Pd., M.M.", ()),
    ("Siti binti Abdullah", "Siti binti Abdullah", ()),
    ("José da Costa", "José da Costa", ()),
    ("Slamet/Selamet", "Slamet/Selamet", ()),
    ("Tidak ada", "Tidak ada", ("placeholder_word",)),
    # our own
    ("A", "A", ()),
    ("Yu", "Yu", ()),
    ("I Gusti Ngurah Rai", "I Gusti Ngurah Rai", ()),
    ("siti aminah", "siti aminah", ()),
    ("M. Ridwan", "M. Ridwan", ()),
    ("Muh.Abd.Rahman", "Muh.Abd.Rahman", ()),
    ("Jose\u0301 da Costa", "José da Costa", ()),
    ("Jose\u200d\u0301", "José", ()),
    ("Ma`ruf", "Ma'ruf", ()),
    ("Qur\u02bcani", "Qur'ani", ()),
    ("Ani–Lestari", "Ani-Lestari", ()),
    (", Budi Santoso ,", "Budi Santoso", ()),
    ("Budi\tSantoso\r\n", "Budi Santoso", ()),
    ("Budi (alias Bagong)", "Budi (alias Bagong)", ()),
    ("\u202eBudi\u202c", "Budi", ()),
    ("Contoh Peserta", "Contoh Peserta", ()),
    ("Uji Coba Satu", "Uji Coba Satu", ()),
    ("Van 't Hof", "Van 't Hof", ()),
    ("M\u0303arta", "M\u0303arta", ()),
    ("Na", "Na", ()),
    ("Budi 2", "Budi 2", ("digits",)),
    ("Budi 12", "Budi 12", ("digits",)),
    ("a" * 100, "a" * 100, ("long", "repeated_letters")),
    ("Abdi " * 12 + "Sa", "Abdi " * 12 + "Sa", ("long",)),
    ("Ab " * 19 + "Abc", "Ab " * 19 + "Abc", ()),
    ("TEST", "TEST", ("placeholder_word",)),
    ("Hamba Allah", "Hamba Allah", ("placeholder_word",)),
    ("N/A", "N/A", ("placeholder_word",)),
    ("Buuuudi", "Buuuudi", ("repeated_letters",)),
    ("Buuudi", "Buuudi", ()),
]
REFUSED = [
    # the reference's rows
    ("A" * 101, "length", {"length": 101, "limit": 100}),
    ("081234567890", "looks_like_number", {}),
    ("3201990108900001", "looks_like_number", {}),
    ("李小龙", "bad_char", {"char": "小李龙"}),
    ("-", "no_letter", {}),
    # our own
    (None, "empty", {}),
    ("", "empty", {}),
    (" \u00a0\u200b\ufeff", "empty", {}),
    (" , ", "empty", {}),
    ("Budi 123", "looks_like_number", {}),
    ("０８１２３４５６７", "looks_like_number", {}),
    ("budi@gmail.com", "bad_char", {"char": "@"}),
    ("budi123@gmail.com", "bad_char", {"char": "@"}),
    ("<b>Budi</b>", "bad_char", {"char": "<>"}),
    ("Budi & Ani", "bad_char", {"char": "&"}),
    ("=1+1", "bad_char", {"char": "+="}),
    ("Budi_Santoso", "bad_char", {"char": "_"}),
    ("Budi 😀", "bad_char", {"char": "😀"}),
    ("Βudi", "bad_char", {"char": "Β"}),
    ("Budi ٣", "bad_char", {"char": "٣"}),
    ("Budi\x00", "bad_char", {"char": "U+0000"}),
    ("Budi\ud800", "bad_char", {"char": "U+D800"}),
    ("\u0301Budi", "bad_char", {"char": "\u0301"}),
    ("Bm\u0303\u0303\u0303udi", "bad_char", {"char": "\u0303"}),
    ("*", "bad_char", {"char": "*"}),
    ("12", "no_letter", {}),
    ("...", "no_letter", {}),
]


@pytest.mark.parametrize(("typed", "value", "codes"), ACCEPTED)
def test_names_people_bear_are_kept_as_typed(typed, value, codes):
    checked = names.check(typed)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(("typed", "code", "params"), REFUSED)
def test_what_is_no_name_is_refused_for_one_reason(typed, code, params):
    checked = names.check(typed)
    assert (checked.value, checked.codes) == (None, (code,))
    assert checked.errors[0].params == params


@given(st.one_of(ANYTHING, NAMES))
@example("\u1fef\u1ffd")
def test_a_checked_name_stays_and_only_spaces_apostrophes_and_dashes_were_touched(typed):
    checked = names.check(typed)
    if checked.value is None:
        assert len(checked.errors) == 1
        checked.errors[0].params.get("char", "").encode()
        return
    assert not checked.errors
    assert names.check(checked.value) == checked
    marks = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(DASHES, "-"))
    seen = unicodedata.normalize("NFC", "".join(sign for sign in typed if sign not in INVISIBLE)).translate(marks)
    assert checked.value == re.sub(r"\s+", " ", seen).strip(" ,")


@given(st.one_of(ANYTHING, NAMES), st.integers(1, 60))
def test_an_address_or_free_text_stays_on_one_line_and_is_otherwise_left_alone(typed, limit):
    for checked, again in (
        (names.address(typed), names.address),
        (names.free(typed, limit), lambda text: names.free(text, limit)),
    ):
        if checked.value is None:
            checked.errors[0].params.get("char", "").encode()
            continue
        assert again(checked.value) == checked
        checked.value.encode()
        assert checked.value.isprintable()
        marks = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(DASHES, "-") | dict.fromkeys(INVISIBLE))
        left = "".join(sign for sign in typed.translate(marks) if not sign.isspace() and sign.isprintable())
        assert checked.value.replace(" ", "") == left


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("  Jl.  Melati No. 5 ", "Jl. Melati No. 5"),
        ("Jl. Mawar\r\nGg. II/3", "Jl. Mawar Gg. II/3"),
        ("Kp. Baru\tRT 01", "Kp. Baru RT 01"),
        ("Dsn. Ma’had — blok C", "Dsn. Ma'had - blok C"),
        ('Perum "Griya" Blok A#2 & B', 'Perum "Griya" Blok A#2 & B'),
        ("Jl.\x00Kenari\x1b 7", "Jl. Kenari 7"),
        ("ꦗꦭꦤ꧀ 5", "ꦗꦭꦤ꧀ 5"),
        ("A 1", "A 1"),
        ("x" * 200, "x" * 200),
    ],
)
def test_street_addresses_lose_only_what_cannot_stand_on_an_envelope(typed, value):
    checked = names.address(typed)
    assert (checked.value, checked.codes) == (value, ())


@pytest.mark.parametrize(
    ("typed", "code", "params"),
    [
        (None, "empty", {}),
        (" \n\u200b", "empty", {}),
        ("Jl", "length", {"length": 2, "limit": 3}),
        ("x" * 201, "length", {"length": 201, "limit": 200}),
        ("<script>", "bad_char", {"char": "<>"}),
        ("Jl. Mawar \ufffd", "bad_char", {"char": "\ufffd"}),
        ("Jl. Mawar \udfff", "bad_char", {"char": "U+DFFF"}),
        ("---", "no_letter", {}),
    ],
)
def test_what_is_no_address_is_refused_for_one_reason(typed, code, params):
    checked = names.address(typed)
    assert (checked.value, checked.codes) == (None, (code,))
    assert checked.errors[0].params == params


@pytest.mark.parametrize(
    ("typed", "value", "codes"),
    [
        ("Pasar  Minggu", "Pasar Minggu", ()),
        ("X", "X", ()),
        ("x" * 41, None, ("length",)),
        ("a>b", None, ("bad_char",)),
    ],
)
def test_free_text_is_held_to_its_limit(typed, value, codes):
    checked = names.free(typed, 40)
    assert (checked.value, checked.codes) == (value, codes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SITI NURAINI", "Siti Nur'aini"),
        ("Dr. H. Contoh Peserta, S.Pd., M.M.", "CONTOH PESERTA"),
        ("K.H. Ahmad Dahlan", "ahmad dahlan"),
        ("Prof.Dr.Ir. Budi Santoso", "Budi Santoso"),
        ("BUDI SANTOSO, SH", "Budi Santoso"),
        ("Ani Lestari, S.Kep. Ns.", "Ani Lestari"),
        ("Rini, A. Md. Keb", "Rini"),
        ("José da Costa", "JOSE DA COSTA"),
        ("Abd. Rahman", "ABD RAHMAN"),
        ("Hj Aminah", "Aminah"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hasan", "Asan"), ("Budi, Ani", "Budi"), ("Irwan", "Wan"), ("M. Ali", "Ali"), ("H", "I")]
)
def test_different_names_keep_different_keys(one, other):
    assert names.key(one) != names.key(other)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Siti Aminah", "Siti A."),
        ("SUPARMAN", "SUPARMAN"),
        ("Suparmaningtyas", "Suparmaningt"),
        ("Abdurrahmansyah Wahid", "Abdurrahm W."),
        ("Dr. H. Contoh Peserta, S.Pd., M.M.", "Contoh P."),
        ("M. Anwar Sadat", "Anwar S."),
        ("I Gusti Ngurah Rai", "Gusti N."),
        ("Siti binti Abdullah", "Siti A."),
        ("Slamet/Selamet", "Slamet S."),
        ("José da Costa", "Jose C."),
        ("Łukasz Ørsted", "Lukasz O."),
        ("Ǿ", "O"),
        ("., SE", "SE"),
        ("Dr. Ir. H.", "H."),
        ("Nur'aini Putri", "Nur'aini P."),
        ("A", "A"),
        ("Budi (alias Bagong)", "Budi A."),
        ("李小龙", ""),
        ("", ""),
    ],
)
def test_short_names_fit_a_list_and_an_sms(name, short):
    assert names.short(name) == short


@given(st.one_of(ANYTHING, NAMES))
def test_keys_and_short_names_come_of_any_text(text):
    assert names.key(names.key(text)) == names.key(text)
    assert len(names.short(text)) <= 12
    assert re.fullmatch(r"[A-Za-z0-9 .'-]*", names.short(text))


@given(NAMES)
def test_every_accepted_name_has_a_key_and_a_short_form(text):
    if value := names.check(text).value:
        assert names.key(value)
        assert names.short(value)


@given(st.characters(categories=("Nd",)))
def test_every_decimal_digit_becomes_its_ascii_form(digit):
    assert ascii_digits(digit) == str(unicodedata.decimal(digit))


@given(st.text(st.characters(exclude_categories=("Nd",))))
def test_signs_that_are_no_decimal_digit_are_left_alone(text):
    assert ascii_digits(text) == text


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text):
    for clean in (without_invisible, ascii_digits, one_dash):
        assert clean(clean(text)) == clean(text)
    assert not INVISIBLE & set(without_invisible(text))


def test_no_invisible_mark_is_a_space_a_letter_of_latin_or_a_dash():
    assert not {sign for sign in INVISIBLE if sign.isspace() or sign.isascii() or sign in DASHES + APOSTROPHES}


@pytest.mark.parametrize("typed", ["H. " * 9_000, "k" * 20_000, "A, " * 9_000, "Dr" + " " * 20_000, "\u0301" * 20_000])
def test_a_flood_of_characters_is_judged_at_once(typed):
    begun = time.monotonic()
    names.check(typed)
    names.address(typed)
    names.key(typed)
    assert len(names.short(typed)) <= 12
    assert time.monotonic() - begun < 2

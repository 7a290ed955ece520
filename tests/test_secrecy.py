"""Sealed values: readable where they belong with a live key, and nowhere else."""

import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.models import Draft, Registration, database, is_uid, open_database, writing
from bpu.secrecy import DIGITS, LETTERS, KeyRing, Unreadable, spoken_name, token_hash
from bpu.services.registration import drafts
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor

# The same in every process, since they name the cases of a table.
OLD, NEW = "1:" + "A" * 42 + "A=", "2:" + "B" * 42 + "A="
RING = KeyRing.parse(OLD)


@given(value=st.binary(max_size=300), place=st.text(max_size=40))
def test_what_is_sealed_opens_at_its_place_and_shows_nothing(value, place):
    blob = RING.seal(value, place)
    assert RING.open(blob, place) == value
    assert blob[:2] == b"\x01\x01"
    assert len(blob) == 2 + 12 + len(value) + 16
    assert len(value) < 4 or value not in blob


@pytest.mark.requirement("R44")
@given(value=st.binary(min_size=1, max_size=60), data=st.data())
def test_one_bit_changed_anywhere_makes_it_unreadable(value, data):
    blob = bytearray(RING.seal(value, "t.c|u"))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unreadable):
        RING.open(bytes(blob), "t.c|u")


@given(blob=st.binary(max_size=80))
def test_no_other_bytes_open(blob):
    with pytest.raises(Unreadable):
        RING.open(blob, "t.c|u")


@pytest.mark.requirement("R42")
@given(left=st.text(max_size=20), right=st.text(max_size=20))
def test_it_opens_at_no_other_place(left, right):
    blob = RING.seal(b"x", left)
    if left != right:
        with pytest.raises(Unreadable):
            RING.open(blob, right)


def test_the_same_value_never_looks_the_same_twice():
    assert len({RING.seal(b"3201014508900000", "t.c|u") for _ in range(100)}) == 100


def test_the_newest_key_seals_and_every_key_opens():
    both = KeyRing.parse(f"{NEW},{OLD}")
    old, new = RING.seal(b"x", "p"), both.seal(b"x", "p")
    assert both.ids == (2, 1)
    assert (old[1], new[1]) == (1, 2)
    assert both.open(old, "p") == both.open(new, "p") == b"x"
    with pytest.raises(Unreadable):
        KeyRing.parse(NEW).open(old, "p")
    with pytest.raises(Unreadable):
        KeyRing.parse(KeyRing.new_key(1)).open(old, "p")


def test_an_index_is_equal_for_equal_values_only_within_one_field_and_key():
    both = KeyRing.parse(f"{NEW},{OLD}")
    assert RING.index("nik", "1") == RING.index("nik", "1")
    assert len({RING.index("nik", "1"), RING.index("nik", "2"), RING.index("phone", "1"), both.index("nik", "1")}) == 4
    assert both.indexes("nik", "1") == [both.index("nik", "1"), RING.index("nik", "1")]
    assert len(RING.index("nik", "1")) == 33


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no data key"),
        (" , ,", "no data key"),
        ("abc", "data keys are written ID:BASE64, newest first"),
        ("²:AAAA", "data keys are written ID:BASE64, newest first"),
        ("1:%%%", "data key 1 is not base64"),
        ("1:AAAA", "data key 1: ids are 1 to 255, keys are 32 bytes"),
        (f"0{OLD[1:].replace('1:', ':', 1)}", "data key 0: ids are 1 to 255"),
        (f"256{OLD[1:]}", "data key 256: ids are 1 to 255"),
        (f"{OLD},{OLD}", "data key 1 is given twice"),
    ],
)
def test_keys_that_are_none_are_refused_in_one_line(text, words):
    with pytest.raises(ValueError, match=words) as caught:
        KeyRing.parse(text)
    assert "\n" not in str(caught.value)
    assert OLD[2:] not in str(caught.value)


def test_keys_may_stand_on_lines_of_their_own():
    assert KeyRing.parse(f"{NEW}\n{OLD}\n").ids == (2, 1)


def test_tokens_are_kept_as_hashes():
    assert token_hash("a") != token_hash("b")
    assert len(token_hash("a")) == 32


def test_a_value_moved_to_another_row_or_column_does_not_open(app):
    with writing():
        one, two = drafts.begin("draft001"), drafts.begin("draft002")
    two.answers_sealed = one.answers_sealed
    with pytest.raises(Unreadable, match=r"^draft.answers_sealed\|draft002$"):
        _ = two.answers
    one.typed_sealed = one.answers_sealed
    with pytest.raises(Unreadable):
        _ = one.typed


@pytest.mark.requirement("R44")
def test_a_damaged_draft_is_an_honest_page_and_the_rest_works(app):
    broken, whole = Visitor(app).reach("alamat"), Visitor(app, answers=person(4)).reach("alamat")
    uid = broken.path.split("/")[2]
    with writing():
        blob = bytearray(Draft.get(Draft.uid == uid).answers_sealed)
        blob[20] ^= 1
        Draft.update(answers_sealed=bytes(blob)).where(Draft.uid == uid).execute()
    answer = broken.client.get(broken.path)
    assert answer.status_code == 500
    assert "Isian Anda aman" in answer.text
    assert "Unreadable" not in answer.text
    assert whole.answer().step == "minta-kode"


def test_a_service_that_lost_its_key_reads_nothing(app):
    Visitor(app).reach("bayar")
    url = f"sqlite:///{database.obj.database}"
    database.close()
    open_database(url, KeyRing.parse(NEW))
    with pytest.raises(Unreadable):
        _ = Registration.get().nik
    assert PERSON["data-diri"]["nik"].encode() not in bytes(Registration.get().nik_sealed)


def test_names_that_people_see_survive_voices_spreadsheets_shells_and_addresses():
    for text in (spoken_name(10) for _ in range(5_000)):
        assert is_uid(text)
        assert text[0].isalpha()  # no number, formula or option
        assert not set(text) - set(LETTERS + DIGITS)
        assert not set(text) & set("aeiouy01l")  # no word, month or exponent, nothing that looks alike
        assert quote(text, safe="") == text == shlex.quote(text)
    assert len({spoken_name(10) for _ in range(5_000)}) == 5_000
    assert is_uid("-R6lh3Yf")  # of the first release
    assert not is_uid("ab'cd")

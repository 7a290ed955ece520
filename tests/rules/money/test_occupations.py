"""Occupations: the list itself, finding an entry by code, letters or free text, and the sector it falls in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.money.occupations import PACKAGED, Occupation, Occupations

OCCUPATIONS = Occupations.load()


def test_the_list_holds_44_occupations_each_under_one_heading() -> None:
    grouped = [occupation for group in OCCUPATIONS.groups() for occupation in group.occupations]
    assert len(grouped) == len(OCCUPATIONS.all) == 44
    assert grouped == list(OCCUPATIONS.all)
    assert grouped[-1].code == "lainnya"


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("ojek-online", "Ojek online (roda dua)"),
        ("pedagang-pasar", "Pedagang pasar"),
        ("petani", "Petani padi / palawija / sayur"),
        ("lainnya", "Lainnya (tulis sendiri)"),
    ],
)
def test_an_occupation_is_found_by_its_stable_code(code: str, label: str) -> None:
    assert OCCUPATIONS.find(code).label == label


@pytest.mark.parametrize("code", ["", "Petani", "petani ", "astronaut"])
def test_an_unknown_code_finds_nothing(code: str) -> None:
    assert OCCUPATIONS.find(code) is None


@pytest.mark.parametrize(
    ("code", "drives", "transport"),
    [
        ("ojek-online", None, True),
        ("ojek-online", False, True),
        ("kurir-paket", None, True),
        ("tukang-becak", None, True),
        ("petani", True, False),
        ("juru-parkir", None, False),
        ("lainnya", None, False),
        ("lainnya", False, False),
        ("lainnya", True, True),
        ("kernet", True, True),
    ],
)
def test_the_sector_follows_the_flag_and_asks_only_where_it_must(
    code: str, drives: bool | None, transport: bool
) -> None:
    assert OCCUPATIONS.transport(code, drives) is transport


def test_the_sector_of_an_unknown_code_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        OCCUPATIONS.transport("astronaut", None)


def test_whoever_counts_as_transport_by_reading_alone_is_marked() -> None:
    flags = {kind: {o.code for o in OCCUPATIONS.all if o.basis == kind} for kind in ("named", "reading")}
    assert len(flags["named"]) == 9
    assert flags["reading"] == {"tukang-becak", "kusir-delman", "pengemudi-perahu"}
    assert {o.code for o in OCCUPATIONS.all if o.transport == "ask"} == {"kernet", "lainnya"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tukang jahit", "penjahit"),
        ("gojek", "ojek-online"),
        ("OJOL (Grab)", "ojek-online"),
        ("Driver Gojek", "ojek-online"),
        ("tukang ojek", "ojek-pangkalan"),
        ("supir truk pasir", "sopir-truk"),
        ("Kurir J&T", "kurir-paket"),
        ("saya jualan bakso keliling", "pedagang-keliling"),
        ("dagang di pasar induk", "pedagang-pasar"),
        ("warung kopi", "warung-makan"),
        ("warung", "pemilik-warung"),
        ("buruh tani", "buruh-tani"),
        ("petani sawit", "pekebun"),
        ("petani", "petani"),
        ("petani dan ojek online", "petani"),
        ("Ustadz", "guru-ngaji"),
        ("kuli bangunan", "kuli-bangunan"),
        ("kuli", "kuli-panggul"),
    ],
)
def test_free_text_is_matched_by_the_first_and_longest_name_in_it(text: str, code: str) -> None:
    assert OCCUPATIONS.match(text).code == code


@pytest.mark.parametrize("text", ["", "   ", "sopir pribadi", "dokter gigi", "jahitan", "!!!"])
def test_free_text_without_a_known_name_matches_nothing(text: str) -> None:
    assert OCCUPATIONS.match(text) is None


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("tukang j", ["penjahit"]),
        ("GOJ", ["ojek-online"]),
        ("oj", ["ojek-online", "ojek-pangkalan"]),
        ("nela", ["nelayan"]),
        ("batik", ["perajin"]),
        ("zzz", []),
    ],
)
def test_typed_letters_find_labels_and_other_names(typed: str, codes: list[str]) -> None:
    assert [occupation.code for occupation in OCCUPATIONS.search(typed)] == codes


def test_labels_that_begin_with_the_letters_come_before_other_names() -> None:
    found = [occupation.code for occupation in OCCUPATIONS.search("pet")]
    assert found[:2] == ["petani", "peternak"]
    assert "pekebun" in found[2:]


def test_nothing_typed_shows_everything() -> None:
    assert OCCUPATIONS.search("  ") == OCCUPATIONS.all


@given(st.sampled_from(OCCUPATIONS.all), st.data())
def test_every_beginning_of_a_label_finds_its_occupation(occupation: Occupation, data: st.DataObject) -> None:
    beginning = occupation.label[: data.draw(st.integers(1, len(occupation.label)))]
    assert occupation in OCCUPATIONS.search(beginning)


@given(st.text())
def test_any_text_can_be_searched_and_matched(text: str) -> None:
    assert set(OCCUPATIONS.search(text)) <= set(OCCUPATIONS.all)
    assert OCCUPATIONS.match(text) in (None, *OCCUPATIONS.all)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('code = "ojek-online"', 'code = "Ojek Online"', "not a slug"),
        ('code = "ojek-online"', 'code = "petani"', "unique"),
        ('code = "lainnya"', 'code = "lain-lain"', "lainnya among them"),
        ('group = "kreatif"', 'group = "seni"', "unknown group seni"),
        ('transport = "yes"', 'transport = "maybe"', "yes, no or ask"),
        ('basis = "named"\n', "", "basis must be"),
        ('"ojol"', '"petani"', "'petani' names both"),
        ('source = "Daftar', 'origin = "Daftar', "source"),
    ],
)
def test_a_list_that_cannot_be_right_is_refused_in_one_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = PACKAGED.read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / "list.toml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as refusal:
        Occupations.load(copy)
    assert str(refusal.value).startswith("list.toml: ")

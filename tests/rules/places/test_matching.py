"""Typed names find their village, as it is now or as the card of years ago has it."""

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.places.regions import Regions
from bpu.rules.places.spelling import keys, one_edit_apart, sound, spellings

CIBINONG, PABUARAN = "320101", "3201011012"
# Pairs of the decree of 2019 that led nowhere: code of then, district, village, and the code of now.
OLDER_CARDS = list(csv.reader(Path(__file__).with_name("older_cards.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("district", "village", "near", "first"),
    [
        ("Cibinong", "Pabuaran", "3201", PABUARAN),
        ("Cibinong", "Pabuaran", None, PABUARAN),
        ("KEC. CIBINONG", "KEL. PABUARAN", None, PABUARAN),
        ("Kecamatan : cibi-nong", "Kel/Desa: Pabuaran", None, PABUARAN),
        ("Cibinong, Kab. Bogor", "Kelurahan Pabuaran,Cibinong", None, PABUARAN),
        ("Cibinonng", "Pabuarn", "3201", PABUARAN),  # a letter more, a letter less
        ("Cibniong", "Pabuatan", "3201990108900000", PABUARAN),  # two letters swapped, one other; near = a whole NIK
        ("Cibinomg", "Pabuaran", "3275", PABUARAN),  # a slip, and the NIK is of elsewhere in the province
        ("Cibinong", "Pabuaran Mekarsari", "3201", "3201011013"),  # no such village: the most similar one
        ("Tanah Abang", "Bendungan Hilir", None, "3171071002"),
        ("Ilir Timur II", "Lawang Kidul", None, "1671061009"),  # the decree of 2025 writes "Dua", the card "II"
        ("Ilir Timur 2", "Lawang Kidul", None, "1671061009"),
        ("Ilir Timur 2", "5 Ilir", "1671", "1671061005"),
        ("Nabirr", "Desa Kalibobo", "9104", "9401011002"),  # near = an abolished code
        ("Pondok Rajeg", "Cibinong", "3201", "3201011001"),  # each in the other's box
        ("Cibinong Kec.", "Pabuaran (Kel.)", None, PABUARAN),  # the label behind
        ("Cibinong Kab. Bogor", "Pabuaran RT 03 RW 04", None, PABUARAN),
        ("Pd. Aren", "Pondok Kacang Barat", None, "3674031006"),  # pondok or padang: each is tried
        ("Tj. Priok", "Sungai Bambu", None, "3172021004"),
        ("Tanjung Priok", "Sei Bambu", "3172", "3172021004"),
        ("Tjibinong", "Paboearan", "3201", PABUARAN),  # as it was spelt before 1972
        ("Wari", "Dorera", "9114", "9504292010"),  # Wari/Taiyeve II
        ("Seunagan", "Desa Gampong Cot", None, "1115022016"),  # a label before a name that begins like a label
    ],
)
def test_typed_names_find_the_village(regions: Regions, district: str, village: str, near: str, first: str) -> None:
    found = [place.code for place in regions.match(district, village, near)]
    assert found[:1] == [first], [regions.path(code) for code in found]


@pytest.mark.parametrize("near", ["3301", "3322", "35", None])
def test_equal_names_are_offered_all_and_the_nearest_first(regions: Regions, near: str | None) -> None:
    found = regions.match("Gondang", "Gondang", near)
    assert len(found) > 2
    assert all(place.name == "Gondang" for place in found)
    if near:
        same = [place.code.startswith(near[:2]) for place in found]
        assert same == sorted(same, reverse=True)


@pytest.mark.parametrize(
    ("district", "village", "near"),
    [
        ("", "Pabuaran", "3201"),
        ("Cibinong", "", "3201"),
        ("Kec.", "Kel.", "3201"),
        ("Cibinomg", "Pabuaran", None),  # slips are not sought in the whole country
        ("Cibinomg", "Pabuaran", "11"),
        ("Cibinong", "Zzyzx", "3201"),
        ("C" * 5_000, "P" * 5_000, "3201"),
        ("'; DROP TABLE place; --", "%", "%"),
        ("\ud800", "\udfff", "\ud83d"),
    ],
)
def test_names_that_mean_nothing_find_nothing(regions: Regions, district: str, village: str, near: str | None) -> None:
    assert regions.match(district, village, near) == []


@given(district=st.text(max_size=30), village=st.text(max_size=30), near=st.none() | st.text(max_size=12))
def test_no_typed_text_breaks_the_search(regions: Regions, district: str, village: str, near: str | None) -> None:
    assert len(regions.match(district, village, near)) <= 8
    assert len(regions.match("Cibinong", village, near)) <= 8
    assert regions.village(village) is None
    assert isinstance(regions.path(district) + regions.timezone(village), str)


@given(draw=st.randoms(use_true_random=False))
def test_every_village_is_found_by_its_own_names(regions: Regions, draw: random.Random) -> None:
    regency = draw.choice(regions.regencies(draw.choice(regions.provinces()).code))
    district = draw.choice(regions.districts(regency.code))
    village = draw.choice(regions.villages(district.code))
    assert village in regions.match(f"Kec. {district.name.upper()}", f"Desa {village.name.lower()}", regency.code)


@given(name=st.text("abcde", min_size=1, max_size=8), at=st.integers(0, 7), letter=st.sampled_from("abcx"))
def test_one_edit_is_one_letter_more_or_less_or_other_or_two_swapped(name: str, at: int, letter: str) -> None:
    at %= len(name)
    more, less, other = name[:at] + letter + name[at:], name[:at] + name[at + 1 :], name[:at] + letter + name[at + 1 :]
    swapped = name[:at] + name[at : at + 2][::-1] + name[at + 2 :]
    for changed in (more, less, other, swapped):
        assert one_edit_apart(name, changed) == one_edit_apart(changed, name) == (name != changed)
    assert not one_edit_apart(name, name + "xx")
    assert not one_edit_apart("y" + name + "b", "z" + name + "c")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Alang-alang Lebar", ["alangalanglebar"]),
        ("Kel. Ma'rang", ["kelmarang", "marang"]),
        ("Desa Kampung Baru", ["desakampungbaru", "kampungbaru", "baru"]),
        ("Desa", ["desa"]),
        ("Desapura", ["desapura"]),
        ("Ds " * 20, ["ds" * n for n in range(20, 13, -1)]),
        ("Blok 15", ["blok15", "blokxv"]),
        ("Tualang Cut II", ["tualangcutii", "tualangcut2", "tualangcutdua"]),
        ("Pd. Aren", ["pdaren", "pondokaren", "padangaren"]),
        ("Sako 2", ["sako2", "sakoii", "sakodua"]),
        (" .,- ", []),
    ],
)
def test_a_typed_name_may_stand_for_several_keys(typed: str, expected: list[str]) -> None:
    assert spellings(typed) == expected


def test_of_many_similar_villages_eight_are_offered(regions: Regions) -> None:
    found = regions.match("Bilah Hulu", "Aek Nabara", "1210")  # there are N-1 to N-8 and S-1 to S-6
    assert len({place.code for place in found}) == len(found) == 8
    assert all(place.name.endswith("Aek Nabara") for place in found)


@pytest.mark.parametrize("where", ["by the NIK of there", "with no NIK", "by a NIK of elsewhere"])
def test_every_older_card_finds_its_village(regions: Regions, where: str) -> None:
    lost = []
    for then, district, village, now in OLDER_CARDS:
        near = {"with no NIK": None, "by a NIK of elsewhere": "327301"}.get(where, then)
        found = [place.code for place in regions.match(district, village, near)]
        if now not in found or len(found) > 3:
            lost.append((district, village, [regions.path(code) for code in found]))
    assert len(OLDER_CARDS) == 336
    assert not lost


@pytest.mark.parametrize(
    ("district", "village", "near", "now"),
    [
        ("Tenayan Raya", "Pebatuan", "1471", "1471141004"),  # the district was divided
        ("Rumbai Pesisir", "Lembah Sari", "1471", "1471151004"),  # divided, and what was left renamed
        ("Poco Ranaka Timur", "Ulu Wae", "5319", "5319082008"),  # renamed to another name altogether
        ("Mndona Hiera", "Lelang", None, "8108032005"),
        ("Girimaya", "Bukitintan", "1971", "1971071002"),  # the village was renamed
        ("Amberbaken", "Serayo", "9209", "9604262007"),  # another province, another regency's code, divided
        ("Akat", "Fakan", "9118", "9304252006"),  # that, and the village has two names now
        ("Kepulauan Ayau", "Dorehkar", "9205", "9603052001"),  # two districts changed names
        ("Seberang Ulu I", "8 Ulu", "1671", "1671171001"),  # divided, and the number is a word now
        ("Batang Angkola", "Muara Nauli", "1203", "1203322014"),  # moved and renamed
        ("Ujung Tanah", "P. Kondingareng", None, "7371151003"),
        ("Tj. Palas", "Karang Anyar", "6404", "6501011004"),  # the NIK is from before the province
    ],
)
def test_each_way_in_which_an_address_grows_old_is_known(
    regions: Regions, district: str, village: str, near: str, now: str
) -> None:
    found = [place.code for place in regions.match(district, village, near)]
    assert now in found, [regions.path(code) for code in found]


@given(draw=st.randoms(use_true_random=False))
def test_an_older_card_is_read_with_labels_in_the_wrong_boxes_and_with_a_slip(
    regions: Regions, draw: random.Random
) -> None:
    then, district, village, now = draw.choice(OLDER_CARDS)
    at = draw.randrange(1, len(village))
    slip = village[:at] + draw.choice("aeioun") + village[at:]
    for names in (
        (f"KEC. {district.upper()}", f"Desa/Kel. {village.lower()}"),
        (village, district),
        (district, slip),
    ):
        assert now in [place.code for place in regions.match(*names, then)], names


def test_a_pair_of_now_is_not_joined_by_others_that_only_look_like_it(regions: Regions) -> None:
    assert [place.code for place in regions.match("Cibinong", "Pabuaran", "1471")] == [PABUARAN]


def test_a_pair_of_elsewhere_is_joined_by_the_one_that_home_had(regions: Regions) -> None:
    # Gondang / Gondang stands in three regencies; Nganjuk has a district and, in another district, a village so called.
    found = [place.code for place in regions.match("Gondang", "Gondang", "3518")]
    assert {code[:4] for code in found} == {"3504", "3516", "3522", "3314", "3518"}
    assert "3518052003" not in [place.code for place in regions.match("Gondang", "Gondang", None)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Perkebunan Sei Dadap I/II", "Perk. Sungai Dadap 1/2"),
        ("Meunasah Dayah", "Mns. Dayah"),
        ("Gampong Baro", "Kampung Baro"),
        ("Soekamadjoe", "Sukamaju"),
        ("Ilir Timur Dua", "Ilir Timur II"),
        ("Sukamulyo", "Sukamulio"),
        ("Ma'rang", "Marang"),
    ],
)
def test_two_ways_of_writing_one_name_sound_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other) != ""


def test_a_name_of_two_halves_is_found_by_each(regions: Regions) -> None:
    assert keys("Wari/Taiyeve II") == {"waritaiyeveii", "wari", "taiyeveii"}
    assert keys("Sukamaju") == {"sukamaju"}

"""The region file holds what the decree says, and typed names find their village."""

import csv
import multiprocessing
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpu.rules.places.data.build import CURRENT, FORMER, HERE, as_csv, regency_key, retired_rows, successor
from bpu.rules.places.regions import Regions
from bpu.rules.places.spelling import key, one_edit_apart, spellings

RETIRED_REGENCIES = (  # old and new code, from the reference
    "9101>9301 9116>9302 9117>9303 9118>9304 9104>9401 9107>9402 9108>9403 9109>9404 9125>9405 9126>9406 9127>9407 "
    "9128>9408 9102>9501 9112>9502 9113>9503 9114>9504 9121>9505 9122>9506 9123>9507 9124>9508 9201>9601 9204>9602 "
    "9205>9603 9209>9604 9210>9605 9271>9671"
)
GAPS = ["6404", "6405", "6406", "6410", "6473", "7319", "7320", "7321", "7323", "7325"]
CIBINONG, PABUARAN = "320101", "3201011012"


@pytest.fixture(scope="module")
def region_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("regions") / "regions.sqlite3"


@pytest.fixture(scope="module")
def regions(region_file: Path) -> Regions:
    return Regions.load(region_file)


def test_every_level_has_as_many_places_as_the_decree(regions: Regions) -> None:
    regencies = [each for province in regions.provinces() for each in regions.regencies(province.code)]
    districts = [each for regency in regencies for each in regions.districts(regency.code)]
    villages = [each for district in districts for each in regions.villages(district.code)]
    assert [len(regions.provinces()), *map(len, (regencies, districts, villages))] == [38, 514, 7_285, 83_762]
    assert sum(each.name.startswith("Kota ") for each in regencies) == 98
    assert all(each.postal and len(each.postal) == 5 and each.postal.isdecimal() for each in villages)
    assert not any(each.postal for each in districts)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("11", "Prov. Aceh"),
        ("31", "Prov. Daerah Khusus Ibukota Jakarta"),
        ("96", "Prov. Papua Barat Daya"),
        ("1101", "Kab. Aceh Selatan, Prov. Aceh"),
        ("3173", "Kota Administrasi Jakarta Barat, Prov. Daerah Khusus Ibukota Jakarta"),
        ("3578", "Kota Surabaya, Prov. Jawa Timur"),
        ("6571", "Kota Tarakan, Prov. Kalimantan Utara"),
        ("9401", "Kab. Nabire, Prov. Papua Tengah"),
        (CIBINONG, "Kec. Cibinong, Kab. Bogor, Prov. Jawa Barat"),
        ("327301", "Kec. Sukasari, Kota Bandung, Prov. Jawa Barat"),
        (PABUARAN, "Kel./Desa Pabuaran, Kec. Cibinong, Kab. Bogor, Prov. Jawa Barat"),
        ("1101012001", "Kel./Desa Keude Bakongan, Kec. Bakongan, Kab. Aceh Selatan, Prov. Aceh"),
        ("3201999999", "Kab. Bogor, Prov. Jawa Barat"),
        ("9999999999", ""),
        ("", ""),
    ],
)
def test_a_place_is_shown_with_all_that_it_lies_in(regions: Regions, code: str, path: str) -> None:
    assert regions.path(code) == path


def test_a_village_carries_its_postal_code(regions: Regions) -> None:
    village = regions.village("1101012001")
    assert village is not None
    assert (village.name, village.postal) == ("Keude Bakongan", "23773")


def test_lists_come_in_order_of_name_and_only_from_the_parent_asked_for(regions: Regions) -> None:
    for children in (
        regions.provinces(),
        regions.regencies("35"),
        regions.districts("3205"),
        regions.villages(CIBINONG),
    ):
        assert [each.name for each in children] == sorted(each.name for each in children)
    assert {each.code[:4] for each in regions.districts("3205")} == {"3205"}
    assert len(regions.districts("3205")) == 42


def test_each_level_answers_only_to_codes_of_its_own_length(regions: Regions) -> None:
    assert regions.province("3201") is None
    assert regions.regency("32") is None
    assert regions.district(PABUARAN) is None
    assert regions.village(CIBINONG) is None
    assert regions.districts("32") == regions.villages("3201") == regions.regencies("") == []


@pytest.mark.parametrize("pair", RETIRED_REGENCIES.split())
def test_an_abolished_regency_is_known_and_its_districts_lead_to_the_new_one(regions: Regions, pair: str) -> None:
    old, new = pair.split(">")
    assert regions.regency(old) is None
    assert regions.knows_regency(old)
    found = [regions.district_of_nik(f"{old}{district:02d}0101900001") for district in range(100)]
    assert {place.code[:4] for place in found if place} == {new}


@pytest.mark.parametrize(
    ("nik", "district"),
    [
        ("3201010108900001", CIBINONG),
        ("9104010108900001", "940101"),
        ("9101020108900001", "930102"),
        ("9118180108900001", "930418"),  # Ayip, now spelt Ayib
        ("9271100108900001", "967110"),
        ("3201990108900001", None),
        ("9104990108900001", None),
        ("6473010108900001", None),
        ("9701010108900001", None),
        ("", None),
    ],
)
def test_a_nik_leads_to_the_district_as_it_is_coded_today(regions: Regions, nik: str, district: str | None) -> None:
    found = regions.district_of_nik(nik)
    assert (found.code if found else None) == district


def test_gaps_in_the_numbering_count_as_known_regencies_and_holes_beside_them_do_not(regions: Regions) -> None:
    assert all(regions.knows_regency(code) for code in GAPS)
    assert not any(regions.knows_regency(code) for code in ("6475", "7327", "3299", "9401x", "940101", "65", ""))


def test_exactly_38_province_codes_are_known(regions: Regions) -> None:
    assert sum(regions.knows_province(f"{code:02d}") for code in range(100)) == 38
    assert not any(regions.knows_province(code) for code in ("97", "09", "3201", ""))


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("31", "WIB"),
        ("6101", "WIB"),
        (PABUARAN, "WIB"),
        ("63", "WITA"),
        ("65", "WITA"),
        ("5171", "WITA"),
        ("81", "WIT"),
        ("940101", "WIT"),
        ("99", "WIB"),
        ("", "WIB"),
    ],
)
def test_the_clock_follows_the_province(regions: Regions, code: str, zone: str) -> None:
    assert regions.timezone(code) == zone


def test_every_province_keeps_one_of_the_three_clocks(regions: Regions) -> None:
    zones = [regions.timezone(province.code) for province in regions.provinces()]
    assert (zones.count("WIB"), zones.count("WITA"), zones.count("WIT")) == (18, 12, 8)


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
        ("Ds " * 20, ["ds" * n for n in (20, 19, 18, 17)]),
        ("Blok 15", ["blok15"]),
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


def test_a_file_of_other_data_is_replaced_and_a_current_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "regions.sqlite3"
    Regions.load(path)
    first = path.stat().st_ino
    Regions.load(path)
    assert path.stat().st_ino == first
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 1")
    assert Regions.load(path).province("11") is not None
    assert path.stat().st_ino != first
    path.write_bytes(b"not a database at all" * 100)
    assert Regions.load(path).province("11") is not None
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "regions.sqlite3"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        Regions.load(path)
    assert list(tmp_path.iterdir()) == [path]


def _provinces(path: Path) -> int:
    return len(Regions.load(path).provinces())


def test_two_processes_may_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "regions.sqlite3"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_provinces, [path, path], chunksize=1) == [38, 38]
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_cannot_be_written_through_the_look_ups(regions: Regions) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        regions._db.execute("DELETE FROM place")


def test_one_object_serves_many_threads(regions: Regions) -> None:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(regions.path(PABUARAN))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [regions.path(PABUARAN)] * 8


def test_the_shipped_list_of_old_codes_is_whole_and_leads_to_codes_in_force(regions: Regions) -> None:
    with (HERE / "retired.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    districts = [(old, new) for old, _, new in rows if len(old) == 6 and old != new]
    assert [f"{old}>{new}" for old, _, new in rows if len(old) == 4 and old not in GAPS] == sorted(
        RETIRED_REGENCIES.split()
    )
    assert len(districts) == len({new for _, new in districts}) == 588
    assert [old for old, name, _ in rows if not name] == sorted(GAPS)
    lookup = {2: regions.province, 4: regions.regency, 6: regions.district}
    assert all(lookup[len(new)](new) for _, _, new in rows)
    assert not any(lookup[len(old)](old) for old, _, new in rows if old != new)


def test_the_notices_name_the_wheels_that_the_build_takes() -> None:
    notices = (HERE / "LICENCES.md").read_text(encoding="utf-8")
    for requirement, sha256 in (CURRENT, FORMER):
        assert requirement.replace("==", " ") in notices
        assert sha256 in notices
    assert notices.count("Permission is hereby granted") == 3
    assert all(f"Copyright (c) {who}" in notices for who in ("2017-2025 Cahya DSN", "2024 Cahya DSN", "2026 Lokal"))


def test_old_codes_are_given_to_the_heir_of_the_same_or_the_only_similar_name() -> None:
    places = {"9301": ("Kabupaten Merauke", ""), "930101": ("Merauke", ""), "930102": ("Ayib", ""), "1101": ("X", "")}
    former = {"9101": "KAB. MERAUKE", "910101": "MERAUKE", "910107": "Ayip", "1101": "KAB. X"}
    rows = [row for row in retired_rows(places, former) if row[0] not in GAPS]
    assert rows == [("9101", "KAB. MERAUKE", "9301"), ("910101", "MERAUKE", "930101"), ("910107", "Ayip", "930102")]
    with pytest.raises(ValueError, match="already succeeds"):
        list(retired_rows(places, former | {"910199": "Merauke"}))
    with pytest.raises(ValueError, match="0 possible"):
        successor("nowhere", {"merauke": ["9301"]})
    with pytest.raises(ValueError, match="2 possible"):
        successor("sorong", {"sorong": ["9601", "9671"]})


def test_a_city_is_not_taken_for_the_regency_around_it() -> None:
    assert regency_key("KAB PEGUNUNGAN BINTANG") == regency_key("Kabupaten Pegunungan Bintang") == "pegununganbintang"
    assert regency_key("KOTA SORONG") == key("Kota Sorong") != regency_key("KAB. SORONG")


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = [("12", "Sumatera, Utara", ""), ("11", "Aceh", "")]
    assert as_csv(rows) == as_csv(reversed(rows)) == b'11,Aceh,\n12,"Sumatera, Utara",\n'

"""The region file holds what the decree says, and what older decrees said."""

import csv
import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest

from bpu.rules.places.data.build import HERE, LEFT
from bpu.rules.places.regions import Regions

RETIRED_REGENCIES = (  # old and new code, from the reference
    "9101>9301 9116>9302 9117>9303 9118>9304 9104>9401 9107>9402 9108>9403 9109>9404 9125>9405 9126>9406 9127>9407 "
    "9128>9408 9102>9501 9112>9502 9113>9503 9114>9504 9121>9505 9122>9506 9123>9507 9124>9508 9201>9601 9204>9602 "
    "9205>9603 9209>9604 9210>9605 9271>9671"
)
CIBINONG, PABUARAN = "320101", "3201011012"


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
        ("6406010108900001", "650201"),  # Malinau, before North Kalimantan was a province
        ("6473040108900001", "657104"),
        ("6404110108900001", None),
        ("7320010108900001", "760501"),  # Majene, before West Sulawesi was one
        ("9701010108900001", None),
        ("", None),
    ],
)
def test_a_nik_leads_to_the_district_as_it_is_coded_today(regions: Regions, nik: str, district: str | None) -> None:
    found = regions.district_of_nik(nik)
    assert (found.code if found else None) == district


def test_regencies_that_left_for_a_new_province_are_known_and_holes_beside_them_are_not(regions: Regions) -> None:
    assert all(regions.knows_regency(code) and regions.today(code) == heir for code, heir in LEFT.items())
    assert sorted(regions.path(heir).split(", Prov. ")[1] for heir in LEFT.values()) == (
        ["Kalimantan Utara"] * 5 + ["Sulawesi Barat"] * 5
    )
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
    assert [f"{old}>{new}" for old, _, new in rows if len(old) == 4 and old not in LEFT] == sorted(
        RETIRED_REGENCIES.split()
    )
    named = {(old, new) for old, new in districts if old[:4] not in LEFT}
    assert len(dict(named)) == len(named) == 594
    assert all(old[4:] == new[4:] and LEFT[old[:4]] == new[:4] for old, new in districts if old[:4] in LEFT)
    lookup = {2: regions.province, 4: regions.regency, 6: regions.district}
    assert all(len(old) == len(new) and lookup[len(new)](new) for old, _, new in rows)
    assert not any(lookup[len(old)](old) for old, _, new in rows if old != new)


def test_a_divided_district_still_names_the_villages_that_left_it(regions: Regions) -> None:
    left = regions.moved("531903")  # Lamba Leda, of which Lamba Leda Utara was made
    assert [village.name for village in left] == sorted(village.name for village in left)
    assert {village.code[:6] for village in left} == {"531911"}
    assert not {village.code for village in left} & {village.code for village in regions.villages("531903")}
    assert regions.moved(CIBINONG) == []

"""Old codes and names are followed through the decrees, from sources that are the reviewed ones."""

import hashlib
from pathlib import Path

import pytest

from bpu.rules.places.data.build import (
    CURRENT,
    FORMER,
    HERE,
    LEFT,
    as_csv,
    former_places,
    moved_rows,
    renamed_rows,
    retired_rows,
    reviewed,
)
from bpu.rules.places.data.lineage import descend, regency_key, successor, villages
from bpu.rules.places.spelling import key

# Kecamatan Satu of the old regency 9101, and what happened to its villages.
OLD = {
    "9101": "KAB. MERAUKE",
    "910101": "Satu",
    "9101012001": "Tetap",
    "9101012002": "Pindah",
    "9101012003": "Ganti",
    "9101012004": "Muara Salah Eja",
    "9101012005": "Hilang",
    "910102": "Dua",
    "9101022001": "Pindah Jauh",
}
NEW = {
    "9301": "Kabupaten Merauke",
    "930101": "Satoe",
    "9301012001": "Tetap",
    "9301012003": "Baru",
    "9301012009": "Muara Salah Ejaan",
    "930103": "Tiga",
    "9301032001": "Pindah",
    "9301032002": "Pindah Jauh",
}
LINE = {
    "9101012001": "9301012001",
    "9101012002": "9301032001",
    "9101012003": "9301012003",
    "9101012004": "9301012009",
    "9101022001": "9301032002",
}


def test_a_village_is_followed_by_number_by_name_and_by_likeness_and_else_is_lost() -> None:
    assert villages(OLD, NEW) == LINE


def test_of_two_villages_of_one_name_each_goes_where_its_neighbours_went() -> None:
    old = {"1101": "A", "1101012001": "Teman", "1101012002": "Sama", "1101022001": "Kawan", "1101022002": "Sama"}
    new = {"1101": "A", "1101032001": "Teman", "1101032002": "Sama", "1101042001": "Kawan", "1101042002": "Sama"}
    assert villages(old, new) == {
        "1101012001": "1101032001",
        "1101012002": "1101032002",
        "1101022001": "1101042001",
        "1101022002": "1101042002",
    }


def test_lines_run_through_every_table_to_the_last() -> None:
    middle = {"9301": "Kabupaten Merauke", "9301012001": "Tetap", "9301012002": "Pindah"}
    assert descend([OLD, middle, NEW]) == [
        {"9101012001": "9301012001", "9101012002": "9301032001"},
        {"9301012001": "9301012001", "9301012002": "9301032001"},
    ]


def test_the_lists_say_what_a_line_shows() -> None:
    retired = [row for row in retired_rows([OLD], [LINE], NEW) if row[0] not in LEFT]
    assert sorted(retired) == [
        ("9101", "KAB. MERAUKE", "9301"),
        ("910101", "Satu", "930101"),
        ("910102", "Dua", "930103"),
    ]
    assert list(moved_rows([LINE], NEW)) == [("930101", "9301032001")]
    assert list(renamed_rows([OLD], [LINE], NEW)) == [("9301012003", "Ganti"), ("9301012009", "Muara Salah Eja")]


def test_a_regency_without_a_clear_heir_stops_the_build() -> None:
    assert successor("meraukee", {"merauke": ["9301"]}) == "9301"
    with pytest.raises(ValueError, match="0 possible"):
        successor("nowhere", {"merauke": ["9301"]})
    with pytest.raises(ValueError, match="2 possible"):
        successor("sorong", {"sorong": ["9601", "9671"]})


def test_a_city_is_not_taken_for_the_regency_around_it() -> None:
    assert regency_key("KAB PEGUNUNGAN BINTANG") == regency_key("Kabupaten Pegunungan Bintang") == "pegununganbintang"
    assert regency_key("KOTA SORONG") == key("Kota Sorong") != regency_key("KAB. SORONG")


def test_the_same_rows_give_the_same_bytes_however_often_they_come() -> None:
    rows = [("12", "Sumatera, Utara", ""), ("11", "Aceh", "")]
    assert as_csv(rows) == as_csv([*reversed(rows), *rows]) == b'11,Aceh,\n12,"Sumatera, Utara",\n'


def test_a_dump_is_read_with_either_quotes_and_with_names_that_hold_them() -> None:
    dump = """INSERT INTO wilayah VALUES
("11.01.01","Kota Bahagia"), ('11.01.02.2001' , 'Ma\\'rang'),
('11.01.02.2002', 'Jum''at'),("11.01.02.2003","O'o ");"""
    assert former_places(dump) == {
        "110101": "Kota Bahagia",
        "1101022001": "Ma'rang",
        "1101022002": "Jum'at",
        "1101022003": "O'o",
    }


def test_a_source_of_other_bytes_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "wilayah.sql"
    file.write_bytes(b"one")
    assert reviewed(file, hashlib.sha256(b"one").hexdigest()) == b"one"
    with pytest.raises(ValueError, match=r"wilayah\.sql: SHA-256"):
        reviewed(file, hashlib.sha256(b"two").hexdigest())


def test_the_notices_name_the_sources_that_the_build_takes() -> None:
    notices = (HERE / "LICENCES.md").read_text(encoding="utf-8")
    requirement, sha256 = CURRENT
    assert requirement.replace("==", " ") in notices
    assert all(each in notices for each in (sha256, *FORMER, *FORMER.values()))
    assert notices.count("Permission is hereby granted") == 3
    assert all(f"Copyright (c) {who}" in notices for who in ("2017-2025 Cahya DSN", "2024 Cahya DSN", "2026 Lokal"))

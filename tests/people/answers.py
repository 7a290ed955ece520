"""One valid answer for each step of the registration, for a person who does not exist."""

from typing import Any

NIK = "3201014508900000"
PERSON: dict[str, dict[str, Any]] = {
    "data-diri": {
        "nik": NIK,
        "name": "Siti Aminah",
        "birth_day": "5",
        "birth_month": "8",
        "birth_year": "1990",
        "phone": "0812 3456 7890",
    },
    "pemeriksaan": {"captcha": "benar"},
    "persetujuan": {"terms": "yes", "privacy": "yes"},
    "alamat": {
        "gender": "P",
        "email": "siti@example.com",
        "address": "Jl. Melati 7",
        "rt": "3",
        "rw": "5",
        "region": "nik",
        "village": "3201011001",
    },
    "minta-kode": {},
    "kode": {"code": "?"},
    "pekerjaan": {
        "occupation": "pedagang-pasar",
        "workplace": "Pasar Baru, Bogor",
        "income": "1.500.000",
        "employs_others": "no",
    },
    "program": {"programmes": ["JKK", "JKM"], "months": "1"},
    "periksa": {"declare": "yes"},
}
PHONE, EMAIL = "+6281234567890", "siti@example.com"


def person(number: int) -> dict[str, dict[str, Any]]:
    """Another person: an own NIK, name, phone and e-mail address for each number from 0 to 999."""
    born = 1 + number % 28
    month = 1 + number // 28 % 12
    year = 1985 + number // 336
    answers = {slug: dict(fields) for slug, fields in PERSON.items()}
    answers["data-diri"] |= {
        "nik": f"320101{born + 40:02d}{month:02d}{year % 100:02d}0000",
        "name": "Contoh Peserta "
        + "".join(
            letters[number // unit % 10]
            for letters, unit in (("ABCDEFGHIJ", 1), ("abcdefghij", 10), ("klmnopqrst", 100))
        ),
        "birth_day": str(born),
        "birth_month": str(month),
        "birth_year": str(year),
        "phone": f"0812{number:03d}00001",
    }
    answers["alamat"] |= {"email": f"peserta{number}@example.com"}
    return answers

"""Made-up people for tests: registrations as they are once sent, with NIKs whose serial 0000 belongs to nobody."""

import itertools
from datetime import date, timedelta
from typing import Any

from bpu import clock
from bpu.models import Registration, keyring, new_uid, writing

_serial = itertools.count()


def nik_born(born: date, gender: str = "L") -> str:
    """A NIK of Jakarta Selatan that nobody has: women add 40 to the day."""
    return f"317402{born.day + (40 if gender == 'P' else 0):02d}{born:%m%y}0000"


def job(income: int = 1_000_000, **more: Any) -> dict[str, Any]:
    """Work whose month costs Rp16.800 on any day: where the state pays there is no relief that begins or ends."""
    return {
        "occupation": "pedagang-pasar",
        "income": income,
        "workplace": "3174",
        "employs_others": "no",
        "state_paid": "yes",
    } | more


def registered(**changes: Any) -> Registration:
    """A saved registration that awaits payment, of somebody new each time; `changes` are columns and properties."""
    number = next(_serial)
    born, gender = date(1975, 1, 1) + timedelta(days=number // 2), "LP"[number % 2]
    phone = f"+62812{number:08d}"
    values = {
        "draft": new_uid(),
        "nik": nik_born(born, gender),
        "name": "SITI AMINAH",
        "birth_date": born.isoformat(),
        "gender": gender,
        "phone": phone,
        "email": f"siti{number}@contoh.id",
        "address": {
            "street": "JL. MELATI 1",
            "rt": "001",
            "rw": "002",
            "village": "3174021001",
            "postal_code": "12710",
        },
        "job": job(),
        "zone": "WIB",
        "transport": False,
        "discount": True,
        "programmes": "JKK,JKM",
        "first_month": "2026-11-01",
        "months": 1,
        "submitted": clock.now(),
    } | changes
    registration = Registration()
    for name, value in values.items():
        setattr(registration, name, value)
    registration.nik_index = keyring().index("nik", registration.nik)
    registration.phone_index = keyring().index("phone", registration.phone)
    with writing():
        registration.save(force_insert=True)
    return registration

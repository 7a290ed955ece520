"""What small printers print: plain text, 32 columns, in signs that every printer has."""

import io
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import segno

from bpu import clock
from bpu.models import Bill, Registration
from bpu.rules.money.rupiah import rupiah
from bpu.services.desk.queue import Entry, Totals
from bpu.services.messages.texts import grouped, gsm7

COLUMNS = 32


@dataclass(frozen=True)
class Shop:
    """What every slip says of where it was printed, and whom to call."""

    name: str
    assistant: str
    site: str
    help_phone: str


def person(shop: Shop, one: Registration, bill: Bill, amount: int, resume: str, fee: int, name: str) -> str:
    """The slip that a worker takes home; `amount` and `fee` are whole rupiah, `name` is how the person is listed."""
    lines = [*_head("BUKTI PENDAFTARAN BPU", shop), _pair("Nama", name), _pair("NIK", _hidden(one.nik))]
    lines += [_pair("Program", one.programmes.replace(",", "+")), _pair("Lama", f"{one.months} bulan")]
    lines += [_pair("Jumlah bayar", rupiah(amount)), "", "Kode bayar:", _middle(grouped(bill.code).replace("-", " "))]
    if one.paid:
        lines += ["", _middle(f"LUNAS {_moment(one.paid, one.zone)}")]
        lines += [_pair("Nomor peserta", one.number)] if one.number else []
    else:
        lines += [
            _pair("Bayar sebelum", ""),
            _middle(_moment(bill.expires, one.zone)),
            "",
            _middle("INI BUKAN BUKTI BAYAR"),
        ]
    lines += ["-" * COLUMNS, *([_pair("Kode lanjut", grouped(resume))] if resume else [])]
    return _text([*lines, *_foot(shop, fee)])


def group(shop: Shop, bill: Bill, shares: Sequence[tuple[str, str, int]], fees: int) -> str:
    """One slip for people who pay together: `shares` are listed name, NIK and whole rupiah."""
    lines = _head("BAYAR BERSAMA", shop)
    for name, nik, amount in shares:
        lines += [_pair(f"{name} {nik[-4:]}", rupiah(amount))]
    lines += ["-" * COLUMNS, _pair(f"{len(shares)} orang", rupiah(bill.amount)), "", "Kode bayar:"]
    lines += [_middle(grouped(bill.code).replace("-", " "))]
    if bill.paid:
        lines += ["", _middle(f"LUNAS {_moment(bill.paid, 'WIB')}")]
    else:
        lines += [
            _pair("Bayar sebelum", ""),
            _middle(_moment(bill.expires, "WIB")),
            "",
            _middle("INI BUKAN BUKTI BAYAR"),
        ]
    return _text([*lines, "-" * COLUMNS, *_foot(shop, fees)])


def closing(shop: Shop, day: date, found: Iterable[Entry], sums: Totals) -> str:
    """The sheet that ends a day: who was registered, what was paid and what is not, fees."""
    lines = [*_head(f"TUTUP HARI {day:%d-%m-%Y}", shop)]
    for entry in found:
        if entry.registration:
            lines.append(_pair(f"{entry.name} {entry.tail}", rupiah(entry.amount)))
            lines.append(_pair("  lunas" if entry.registration.paid else "  belum bayar", f"jasa {rupiah(entry.fee)}"))
    lines += [
        "-" * COLUMNS,
        _pair("Orang terkirim", str(sums.sent)),
        _pair("Iuran dibayar hari ini", rupiah(sums.paid)),
    ]
    lines += [_pair("Belum dibayar", rupiah(sums.due)), _pair("Jasa", rupiah(sums.fees))]
    return _text(lines)


def qr(resume: str) -> bytes:
    """The continue code as a PNG of one dot a module; the slip says in words what to do with it."""
    picture = io.BytesIO()
    segno.make(grouped(resume), error="m", micro=False).save(picture, kind="png", scale=1, border=2)
    return picture.getvalue()


def _head(title: str, shop: Shop) -> list[str]:
    return [_middle(title), _middle(shop.site), _middle("bukan situs resmi BPJS"), "-" * COLUMNS]


def _foot(shop: Shop, fee: int) -> list[str]:
    return [
        _pair("Dibantu oleh", shop.name),
        _pair("Biaya jasa", rupiah(fee)),
        *_wrapped("Pendaftaran sendiri gratis."),
        *_wrapped(f"Ada masalah? Telepon {shop.help_phone}"),
        "",
        "Tanda tangan: __________________",
    ]


def _hidden(nik: str) -> str:
    return f"{nik[:4]} **** **** {nik[-4:]}"


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(clock.ZONES[zone]):%d-%m-%Y %H.%M} {zone}"


def _middle(text: str) -> str:
    return gsm7(text)[:COLUMNS].center(COLUMNS).rstrip()


def _pair(left: str, right: str) -> str:
    left, right = gsm7(left), gsm7(right)
    room = COLUMNS - len(right) - 1
    return f"{left[:room]:<{room}} {right}".rstrip() if room > 0 else right[:COLUMNS]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(gsm7(text), COLUMNS)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"

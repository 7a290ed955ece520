"""What people are told: it fits, it is theirs, and it can be read without pictures, links or luck."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bpu import clock
from bpu.models import Bill, BillStatus, Draft, Outgoing, Share, Simulated, Status, new_uid, writing
from bpu.rules.months.allocation import Allocation, Held
from bpu.services.messages import sandbox
from bpu.services.messages.delivery import open_deliverers
from bpu.services.messages.texts import Messages, grouped, gsm7, short_name
from bpu.services.messages.worker import Worker
from bpu.settings import Settings
from tests.people.registered import registered

NOON = "2026-11-22 05:05:00+00:00"
NAME = "MUHAMMADSYARIFUDDIN KUSUMAWARDHANI"
HOSTILE = '"><script>=1+1{{7*7}}'
SITES = {
    "short": Settings(site_url="https://daftar.contoh.id", secret_key="k"),
    "none": Settings(secret_key="k"),
    "longest": Settings(
        site_name="Payung Kerja Kabupaten Pegunungan",
        site_url="https://pendaftaran-pekerja-mandiri.kabupaten-pegunungan-arfak.go.id",
        help_phone="(0800) 1-500-910",
        secret_key="k",
    ),
}


@pytest.fixture(params=SITES)
def site(request):
    return SITES[request.param]


def billed(**changes):
    """A registration of somebody with a draft and a bill."""
    values = {"name": "SITI AMINAH", "first_month": "2026-12-01"} | changes
    person = registered(**values)
    draft = Draft(uid=person.draft, resume_index=new_uid().encode(), created=1, seen=1, expires=1)
    draft.answers, draft.typed, draft.resume = {}, {}, "7KQ42MXA"
    bill = Bill(code="8808001234567890", amount=16_800 * person.months, created=clock.now())
    bill.expires = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
    with writing():
        draft.save(force_insert=True)
        bill.save(force_insert=True)
        Share.create(bill=bill, registration=person, amount=bill.amount)
    return person, bill


def active(person, bill):
    person.status, person.number, person.paid = Status.ACTIVE, "CONTOH-12345678", clock.now()
    bill.status = BillStatus.PAID
    with writing():
        person.save()
        bill.save()


def every_message(site, assistant="WARNET MELATI", **changes):
    """Every message that there is, as {key's first words: payload}."""
    messages = Messages(site)
    person, bill = billed(**changes)
    messages.otp(person.phone, "482913", key="sms:otp:1", valid_until=clock.now() + timedelta(minutes=10))
    messages.otp(
        person.phone,
        "482913",
        key="sms:otp_helper:1",
        valid_until=clock.now() + timedelta(minutes=10),
        assistant=assistant,
    )
    messages.resume(person.phone, "7KQ42MXA", key="sms:resume:1", until=clock.now() + timedelta(days=7))
    messages.already_registered(person.phone, key="sms:already_registered:1")
    messages.helped(person, bill, assistant)
    messages.approve(
        person.phone,
        "7KQ42MXA23",
        key="sms:approve:1",
        valid_until=clock.now() + timedelta(minutes=30),
        assistant=assistant,
    )
    messages.bill(person, bill)
    messages.expired(person, bill)
    active(person, bill)
    messages.paid(person)
    messages.paid_waiting(person)
    messages.renewed(person, bill, 16_800)
    messages.credited(person, "payment001", 5_000, Allocation((), (), (), 5_000, Held.SHORT), bill)
    return {row.key.rsplit(":", row.key.count(":") - 1)[0]: row.payload for row in Outgoing.select()}


@time_machine.travel(NOON, tick=False)
def test_the_words_of_every_sms(sqlite_store):
    texts = {key[4:]: said["text"] for key, said in every_message(SITES["short"]).items() if key.startswith("sms:")}
    assert texts == {
        "otp": (
            "Payung Kerja: kode Anda 482913, berlaku 10 menit. Jangan beri tahu siapa pun.\n@daftar.contoh.id #482913"
        ),
        "otp_helper": (
            "Payung Kerja: kode 482913 untuk daftar BPJS TK di WARNET MELATI. Sebutkan hanya kalau Anda sedang di sana."
            " Tidak mendaftar? Abaikan SMS ini."
        ),
        "resume": (
            "Payung Kerja: isian Anda tersimpan. Lanjutkan di daftar.contoh.id/lanjut dengan kode 7KQ4-2MXA "
            "sampai 29 November 2026."
        ),
        "bill": (
            "Payung Kerja: Siti A., bayar Rp16.800 dengan kode 8808001234567890 sebelum 23 Nov 2026 pukul 14.05 WIB. "
            "Bisa di minimarket, ATM, atau QRIS."
        ),
        "paid": (
            "Payung Kerja: iuran Rp16.800 dari Siti A. sudah masuk. Nomor peserta CONTOH-12345678. "
            "Anda terlindungi sampai 31 Des 2026. Simpan SMS ini."
        ),
        "renewed": (
            "Payung Kerja: iuran Rp16.800 dari Siti A. untuk Desember 2026 sudah masuk. "
            "Nomor peserta tetap CONTOH-12345678."
        ),
        "credited": (
            "Payung Kerja: Rp5.000 dari Siti A. masuk. Kurang Rp16.800: bayar kode 8808001234567890 sampai 23 Nov 2026."
        ),
        "paid_waiting": (
            "Payung Kerja: iuran Rp16.800 dari Siti A. sudah masuk. Terima kasih. Nomor peserta menyusul lewat SMS."
        ),
        "expired": (
            "Payung Kerja: Siti A., kode bayar Anda sudah lewat waktu. Buat kode baru di daftar.contoh.id/lanjut "
            "dengan kode lanjut 7KQ4-2MXA."
        ),
        "helped": (
            "Payung Kerja: WARNET MELATI mendaftarkan Anda 22 Nov 2026, iuran Rp16.800. Ambil alih: kode 7KQ4-2MXA "
            "di daftar.contoh.id/lanjut. Bukan Anda? Telepon 175."
        ),
        "approve": (
            "Payung Kerja: WARNET MELATI membantu Anda daftar BPJS TK. Setuju? Buka daftar.contoh.id/setuju/7KQ42MXA23 "
            "lalu tekan Setuju. Tidak kenal? Abaikan."
        ),
        "already_registered": (
            "Payung Kerja: NIK yang baru diisi sudah terdaftar. Lihat kepesertaan di daftar.contoh.id/peserta. "
            "Bukan Anda yang mengisi? Telepon 175."
        ),
    }


@pytest.mark.requirement("R24")
@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("name", [NAME, "ÉÑ Ünal ~[x]€", HOSTILE, "Siti"])
def test_every_sms_is_one_plain_segment_that_begins_with_the_brand(sqlite_store, site, name):
    said = every_message(site, assistant="KOPERASI SEJAHTERA BERSAMA", name=name, months=24, zone="WITA")
    texts = [message["text"] for key, message in said.items() if key.startswith("sms:")]
    assert len(texts) == 12
    for text in texts:
        assert len(text) <= 160, f"{len(text)}: {text}"
        assert re.fullmatch(r"[A-Za-z0-9 \n!\"#$%&'()*+,\-./:;<=>?@_]+", text)
        assert text.startswith(site.site_name[:20] + ": ")


@time_machine.travel(NOON, tick=False)
def test_only_a_code_for_our_own_page_carries_the_origin_line(sqlite_store, site):
    said = every_message(site)
    last = said["sms:otp"]["text"].split("\n")[-1]
    host = site.site_url.removeprefix("https://")
    assert (last == f"@{host} #482913") is bool(host)
    assert said["sms:otp"]["otp"] == "482913"
    assert [key for key, message in said.items() if "\n@" in message["text"]] == (["sms:otp"] if host else [])


@pytest.mark.parametrize(("left", "words"), [(600, "10 menit"), (185, "3 menit"), (20, "1 menit")])
def test_a_repeated_code_says_how_long_it_still_holds(sqlite_store, left, words):
    with time_machine.travel(NOON, tick=False):
        until = clock.now() + timedelta(seconds=left)
        Messages(SITES["none"]).otp("+628123456789", "004213", key="otp:1", valid_until=until)
    row = Outgoing.select().get()
    assert f"kode Anda 004213, berlaku {words}." in row.payload["text"]
    assert row.valid_until == until


@pytest.mark.parametrize(("zone", "hour"), [("WIB", "14.05"), ("WITA", "15.05"), ("WIT", "16.05")])
def test_deadlines_are_in_the_persons_own_time(sqlite_store, zone, hour):
    person, bill = billed(zone=zone)
    Messages(SITES["short"]).bill(person, bill)
    for row in Outgoing.select():
        assert f"pukul {hour} {zone}" in row.payload["text"]
        assert row.valid_until == bill.expires


@time_machine.travel(NOON, tick=False)
def test_the_words_of_a_bill_by_mail(sqlite_store):
    mail = every_message(SITES["short"])["email:bill"]
    assert mail["subject"] == "Tinggal bayar Rp16.800 sebelum 23 November 2026"
    assert mail["text"].split("\n\n") == [
        "Yth. Siti Aminah,",
        "Pendaftaran Anda sudah kami terima. Tinggal satu langkah: membayar iuran.",
        "Jumlah: Rp16.800 (1 bulan, Desember 2026)\nKode bayar: 8808 0012 3456 7890\n"
        "Bayar sebelum: Senin, 23 November 2026, pukul 14.05 WIB",
        "Cara membayar: sebutkan kode bayar di minimarket atau kantor pos, ketik di ATM atau aplikasi bank, "
        "atau pindai QRIS di halaman pendaftaran.",
        "Kembali ke pendaftaran: https://daftar.contoh.id/lanjut\nKode lanjut: 7KQ4-2MXA",
        "Anda terlindungi setelah iuran masuk. Butuh bantuan? Telepon 175.",
        "Salam,\nPayung Kerja",
        "Ini uji coba. Tidak ada yang benar-benar terdaftar.\n",
    ]


@time_machine.travel(NOON, tick=False)
def test_the_words_of_a_number_by_mail(sqlite_store):
    mail = every_message(SITES["short"], months=3)["email:paid"]
    assert mail["subject"] == "Anda sudah terlindungi. Ini nomor peserta Anda"
    for fact in (
        "Iuran Rp50.400 sudah kami terima pada 22 November 2026.",
        "Nomor peserta: CONTOH-12345678",
        "Terlindungi sampai: 28 Februari 2027",
        "Perlindungan: kecelakaan kerja (JKK) dan kematian (JKM)",
    ):
        assert fact in mail["text"]


class Words(HTMLParser):
    """The words of a page, its tags and its links."""

    def __init__(self, html):
        super().__init__()
        self.words, self.tags, self.links = "", [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]
        self.words += "\n" if tag == "br" else ""

    def handle_data(self, data):
        self.words += data


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("name", ["SITI AMINAH", HOSTILE])
def test_the_html_of_a_mail_says_the_same_words_in_a_kilobyte_or_two_and_shows_no_picture(sqlite_store, site, name):
    mails = [said for key, said in every_message(site, name=name).items() if key.startswith("email:")]
    assert len(mails) == 6
    for mail in mails:
        seen = Words(mail["html"])
        assert set(seen.tags) <= {"html", "title", "p", "br", "a"}
        assert set(seen.links) <= {f"{site.site_url}/lanjut"}
        assert " ".join(seen.words.split()) == " ".join(f"{mail['subject']} {mail['text']}".split())
        assert len(mail["html"].encode()) < 2000
        assert "\n\n\n" not in mail["text"]


def test_someone_without_email_is_told_by_sms_alone(sqlite_store):
    person, bill = billed(email=None)
    Messages(SITES["short"]).bill(person, bill)
    assert [row.kind for row in Outgoing.select()] == ["sms"]


def test_telling_twice_sends_once(sqlite_store):
    person, bill = billed()
    for _ in range(2):
        Messages(SITES["short"]).bill(person, bill)
    assert Outgoing.select().count() == 2


@given(st.text())
def test_plain_text_stays_and_everything_else_becomes_plain(text):
    assert set(gsm7(text)) <= set(gsm7("".join(map(chr, range(128)))))
    assert gsm7(gsm7(text)) == gsm7(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [("Siti Aminah", "Siti A."), ("Siti", "Siti"), (NAME.title(), "Muhammads K."), ("Kusumawardhani", "Kusumawardha")],
)
def test_names_are_short(name, short):
    assert short_name(name) == short
    assert len(short) <= 12


@pytest.mark.parametrize(("code", "read"), [("7KQ42MXA", "7KQ4-2MXA"), ("7KQ4-2MXA", "7KQ4-2MXA"), ("", "")])
def test_codes_are_grouped_for_reading_aloud(code, read):
    assert grouped(code) == read


@time_machine.travel(NOON, tick=False)
def test_the_sandbox_receives_everything_that_would_have_left(sqlite_store):
    person, bill = billed(phone="+628111", email="Siti@Contoh.ID")
    Messages(SITES["short"]).bill(person, bill)
    worker = Worker(open_deliverers(SITES["short"]))
    while worker.run_once():
        pass
    (sms,) = sandbox.messages("+628111")
    (mail,) = sandbox.messages("siti@contoh.id")
    assert sms.keys() == mail.keys() == {"channel", "to", "text", "sent_at"}
    assert (sms["channel"], sms["to"], mail["channel"], mail["to"]) == ("sms", "+628111", "email", "Siti@Contoh.ID")
    assert "8808001234567890" in sms["text"]
    assert mail["text"].startswith("Tinggal bayar Rp16.800 sebelum 23 November 2026\n\nYth. Siti Aminah,")
    assert datetime.fromisoformat(sms["sent_at"]).tzinfo is not None
    assert b"8808001234567890" not in b"".join(row.message_sealed for row in Simulated.select())


def test_the_sandbox_shows_the_newest_first_and_only_so_many(sqlite_store):
    for number in range(5):
        with time_machine.travel(datetime(2026, 11, 22, 5, number, tzinfo=UTC), tick=False):
            sandbox.deposit("sms", "+628111", {"text": str(number)})
    assert [message["text"] for message in sandbox.messages(limit=3)] == ["4", "3", "2"]
    assert sandbox.messages("+628112") == []

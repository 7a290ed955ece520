"""Paying together: one bill with a list of names, settled in one go; people who leave it; money that comes late."""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from bpu import clock
from bpu.models import Bill, BillStatus, Registration, Share, Status
from bpu.rules.money.rupiah import rupiah
from tests.web.desk.conftest import Helper, audit, price

Make = Callable[..., Helper]


def together(helper: Helper, *uids: str) -> Bill:
    """Tick people, look at the sum, make the bill."""
    helper.open("/asisten").press("/bayar/pilih", p=list(uids))
    assert helper.step == "desk-bersama"
    helper.press("/asisten/bayar")
    assert helper.step == "desk-tagihan", helper.response.text
    return Bill.get(Bill.code == helper.one("#bill-code").text)


def statuses(*uids: str) -> list[str]:
    """How far people are."""
    return [Registration.get(Registration.draft == uid).status for uid in uids]


def test_one_bill_for_three_people_settles_each_of_them(helper: Helper) -> None:
    uids = [helper.register(number) for number in (1, 2, 3)]
    bill = together(helper, *uids)
    assert bill.amount == 3 * price()
    assert helper.one("#bill-code")["data-amount"] == str(bill.amount)
    assert Share.select().where(Share.bill == bill).count() == 3
    assert together(helper, *uids).uid == bill.uid, "the same people get the same bill"
    assert helper.client.post("/simulator/pay", data={"bill": bill.code}).status_code == 303
    helper.messages()
    assert set(statuses(*uids)) <= {Status.PAID, Status.ACTIVE}
    helper.open("/asisten")
    assert len(helper.page.select(".tag.g")) == 3
    assert helper.sees("Tutup hari: 3 orang, jasa Rp15.000")


def test_the_fee_is_printed_and_never_part_of_the_bill(helper: Helper) -> None:
    uids = [helper.register(number) for number in (1, 2)]
    bill = together(helper, *uids)
    assert bill.amount == 2 * price()
    assert helper.sees("Jasa Rp10.000 (di luar iuran; mendaftar sendiri gratis)")
    slip = helper.open(f"/asisten/bayar/{bill.uid}/slip.txt").response.text
    assert max(map(len, slip.splitlines())) <= 32
    assert "Biaya jasa              Rp10.000" in slip
    assert "INI BUKAN BUKTI BAYAR" in slip
    closing = helper.open("/asisten/tutup.txt").response.text
    assert max(map(len, closing.splitlines())) <= 32
    assert "Jasa                    Rp10.000" in closing


def test_one_who_drops_out_gets_an_own_bill_and_the_others_a_new_one(helper: Helper) -> None:
    uids = [helper.register(number) for number in (1, 2, 3)]
    before = together(helper, *uids)
    helper.press(f"/{before.uid}/keluar", p=uids[0])
    after = Bill.get(Bill.code == helper.one("#bill-code").text)
    assert after.amount == 2 * price()
    assert Bill.get(Bill.uid == before.uid).status == BillStatus.EXPIRED
    alone = Registration.get(Registration.draft == uids[0])
    own = [share.bill for share in Share.select().where(Share.registration == alone)]
    assert [bill.amount for bill in own if bill.status == BillStatus.OPEN] == [price()]
    helper.client.post("/simulator/pay", data={"bill": after.code})
    assert statuses(uids[0]) == [Status.AWAITING]
    assert set(statuses(*uids[1:])) <= {Status.PAID, Status.ACTIVE}


def test_nobody_is_taken_off_a_bill_that_is_paid(helper: Helper) -> None:
    uids = [helper.register(number) for number in (1, 2)]
    bill = together(helper, *uids)
    shown = helper.page.select(f'form[action$="/{bill.uid}/keluar"]')
    assert len(shown) == 2
    helper.client.post("/simulator/pay", data={"bill": bill.code})
    late = helper.client.post(
        f"/asisten/bayar/{bill.uid}/keluar", data={"p": uids[0]}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert late.headers["Location"] == f"/asisten/bayar/{bill.uid}"
    assert audit("desk.drop") == []
    assert Bill.get(Bill.uid == bill.uid).status == BillStatus.PAID
    assert {share.registration.draft for share in Share.select().where(Share.bill == bill)} == set(uids)
    assert set(statuses(*uids)) <= {Status.PAID, Status.ACTIVE}
    assert helper.open(f"/asisten/bayar/{bill.uid}").page.select("main form [name=p]") == []


def test_a_bill_that_ran_out_is_made_again_for_whoever_still_owes(helper: Helper) -> None:
    uids = [helper.register(number) for number in (1, 2)]
    before = together(helper, *uids)
    with time_machine.travel(clock.now() + timedelta(hours=49)):
        helper.sign_in()
        helper.open(f"/asisten/bayar/{before.uid}")
        assert helper.sees("Kode bayar ini sudah lewat waktu")
        helper.press("/lagi")
        after = Bill.get(Bill.code == helper.one("#bill-code").text)
        assert after.uid != before.uid
        assert after.amount == 2 * price()


def test_who_is_not_ready_cannot_be_paid_for(helper: Helper) -> None:
    ready = helper.register(1)
    unready = helper.new()
    helper.type({"name": "Wati Contoh"})
    helper.open(f"/asisten/bayar?orang={ready},{unready}")
    assert helper.errors == ["Wati C. belum bisa dibayar: belum selesai diisi, atau sudah dibayar."]
    assert helper.open("/asisten/bayar?orang=").errors == ["Pilih paling sedikit satu orang."]


def test_nobody_pays_for_people_of_another_desk(helpers: Make) -> None:
    mine, other = helpers().sign_in(), helpers("KIOS LAIN").sign_in()
    uids = [mine.register(1), mine.register(2)]
    bill = together(mine, *uids)
    for path in (f"/asisten/bayar/{bill.uid}", f"/asisten/bayar/{bill.uid}/slip.txt"):
        assert other.open(path).step == "desk-nobody"
    assert other.open(f"/asisten/bayar?orang={uids[0]}").errors == ["Pilih paling sedikit satu orang."]
    assert len(audit("desk.refused")) == 2


def test_a_slip_says_what_a_worker_needs_in_32_columns(helper: Helper) -> None:
    uid = helper.register(1)
    slip = helper.at(uid, "slip.txt").response.text
    assert max(map(len, slip.splitlines())) <= 32
    assert slip.isascii()
    for wanted in (
        "Contoh P.",
        "3201 **** **** 0000",
        rupiah(price()),
        "Kode lanjut",
        "WARNET MELATI",
        "Rp5.000",
        "gratis",
    ):
        assert wanted in slip
    assert helper.response.headers["Content-Disposition"] == f'inline; filename="slip-{uid}.txt"'
    assert helper.at(uid, "slip").one(".qr img")["src"].startswith("data:image/png")
    helper.client.post("/simulator/pay", data={"bill": Bill.select().get().code})
    helper.messages()
    assert "LUNAS" in helper.at(uid, "slip.txt").response.text


def test_a_finished_person_is_listed_for_a_day_and_then_only_counted(helper: Helper) -> None:
    uid = helper.register(1)
    helper.client.post("/simulator/pay", data={"bill": Bill.select().get().code})
    helper.messages()
    assert helper.open("/asisten").sees("Contoh P.")
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=5)):
        helper.sign_in()
        assert not helper.open("/asisten").sees("Contoh P.")
        answer = helper.client.post(f"/asisten/orang/{uid}/buka", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 404

"""QRIS: the vectors, what is refused, and a picture that a real decoder reads."""

import io
from binascii import crc_hqx

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bpu.providers.money.qris import NoQris, example, parse, png, problems, template

NMID = "ID2099000000001"
HEAD = (
    "26690017ID.CO.EXAMPLE.WWW011893600999000000001602150000000000000010303UBE"
    "51440014ID.CO.QRIS.WWW0215ID20990000000010303UBE520493995303360"
)
TAIL = "5802ID5916CONTOH IURAN BPU6015JAKARTA SELATAN61051293062250114BPU261100000010703A016304"
DYNAMIC = f"000201010212{HEAD}540516800{TAIL}2A50"
YEAR = f"000201010212{HEAD}5406201600{TAIL}81AE"
STATIC = f"000201010211{HEAD}{TAIL}8287"


def sealed(content: str) -> str:
    return f"{content}{crc_hqx(content.encode(), 0xFFFF):04X}"


def changed(old: str, new: str) -> str:
    assert old in DYNAMIC
    return sealed(DYNAMIC[:-4].replace(old, new, 1))


@pytest.mark.parametrize(
    ("bill_number", "amount", "content", "length"),
    [("BPU26110000001", 16_800, DYNAMIC, 248), ("BPU26110000001", 201_600, YEAR, 249)],
)
def test_the_sandbox_builds_the_vectors(bill_number, amount, content, length):
    assert example(bill_number, amount) == content
    assert len(content) == length


@pytest.mark.parametrize("content", [DYNAMIC, YEAR, STATIC])
def test_the_vectors_are_read(content):
    tags = parse(content)
    assert (tags["53"], tags["59"], tags["63"]) == ("360", "CONTOH IURAN BPU", content[-4:])
    assert template(tags, "51") == {"00": "ID.CO.QRIS.WWW", "02": NMID, "03": "UBE"}
    assert template(tags, "62")["01"] == "BPU26110000001"
    assert template(tags, "64") == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "0002010",
        DYNAMIC[:-1],
        DYNAMIC[:-4] + "2a50",
        DYNAMIC[:-4] + "2A51",
        DYNAMIC.replace("16800", "16801"),
        DYNAMIC + "0",
        DYNAMIC.replace("CONTOH", "CÖNTOH"),
        sealed(DYNAMIC[:-8] + "5802ID" + "6304"),
        sealed(DYNAMIC[6:-4]),
        sealed("0002010199" + DYNAMIC[10:-4]),
        sealed("0002" + "6304"),
        sealed("000201" + "5950" + "6304"),
        sealed("000201" + "٠٣٠١١" + "6304"),
        sealed("000201" + "9900" * 200 + "6304"),
    ],
)
def test_what_is_no_whole_code_is_refused(content):
    with pytest.raises(NoQris):
        parse(content)
    assert problems(content, 16_800, NMID) == ["unreadable"]


@given(st.text(alphabet="0123456789AZ ", max_size=60))
def test_nothing_typed_at_it_raises_anything_else(text):
    assert problems(sealed(text + "6304"), 16_800, NMID)


@pytest.mark.parametrize(
    ("content", "amount", "merchant", "found"),
    [
        (DYNAMIC, 16_800, NMID, []),
        (DYNAMIC, 16_800, "contoh iuran bpu", []),
        (changed("540516800", "540816800.00"), 16_800, NMID, []),
        (DYNAMIC, 16_801, NMID, ["amount"]),
        (DYNAMIC, 16_800, "ID2099000000002", ["merchant"]),
        (DYNAMIC, 16_800, "", ["merchant"]),
        (STATIC, 16_800, NMID, ["static", "amount"]),
        (changed("5303360", "5303840"), 16_800, NMID, ["currency"]),
        (changed("5802ID", "5802SG"), 16_800, NMID, ["currency"]),
        (changed("5802ID", "55020256035005802ID"), 16_800, NMID, ["amount"]),
        (changed("540516800", "5406-16800"), 16_800, NMID, ["amount"]),
        (changed("5144", "5044"), 16_800, NMID, ["merchant"]),
        (changed("0215ID2099", "0299ID2099"), 16_800, NMID, ["unreadable"]),
    ],
)
def test_a_code_is_shown_only_for_its_bill(content, amount, merchant, found):
    assert problems(content, amount, merchant) == found


@pytest.mark.parametrize("content", [DYNAMIC, YEAR, STATIC])
def test_the_picture_is_small_and_a_decoder_reads_it_back(content):
    picture = png(content)
    assert 400 < len(picture) <= 491
    image = Image.open(io.BytesIO(picture))
    assert image.mode == "1"
    assert image.size == (49 + 8, 49 + 8)
    enlarged = image.convert("L").resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)
    (read,) = zxingcpp.read_barcodes(enlarged)
    assert read.text == content

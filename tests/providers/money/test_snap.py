"""SNAP signatures against vectors made elsewhere, the openssl command, and what known libraries make of a body."""

import base64
import contextlib
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from bpu.providers.money.bankjson import Malformed, money, parse, written
from bpu.providers.money.notices import midtrans_signature
from bpu.providers.money.signatures import (
    asymmetric,
    decoded,
    matching,
    minify,
    sign_asymmetric,
    sign_symmetric,
    signed_text,
    symmetric,
)
from bpu.providers.money.snap import Case, Service, admitted, networks

SECRET, TOKEN = "snap-test-secret-0001", "tok-test-0001"
PAYMENT, INQUIRY = "/snap/v1.0/transfer-va/payment", "/snap/v1.0/transfer-va/inquiry"
AT = "2026-11-22T09:30:00+07:00"
V1 = (
    b'{"partnerServiceId":"   99001","customerNo":"26110000001","virtualAccountNo":"   9900126110000001",'
    b'"virtualAccountName":"SITI AMINAH","paymentRequestId":"PJP-20261122-0001",'
    b'"paidAmount":{"value":"16800.00","currency":"IDR"},"trxDateTime":"2026-11-22T09:29:58+07:00",'
    b'"referenceNo":"000111222333","flagAdvise":"N"}'
)
V1_SHA = "04ee7ebeb4e671a8c9781cb0a6258b07ec00b2c949eb770864c3a62a68601523"
V1_MAC = "KoJuJAfrexg11xgJ8yRNCgeml7S2x+7VVFf/t8N8HfErmU0AcC8eLL4YVVgjaH+elApmnm+fGsj6APsjOuoR8A=="
V1_HEX = (
    "2a826e2407eb7b1835d71809f3244d0a07a697b4b6c7eed55457ffb7c37c1df1"
    "2b994d00702f1e2cbe18555823687f9e940a669e6f9f1ac8fa00fb233aea11f0"
)
V2 = (
    b'{"partnerServiceId":"   99001","customerNo":"26110000001","virtualAccountNo":"   9900126110000001",'
    b'"channelCode":6011,"inquiryRequestId":"PJP-20261122-0001"}'
)
RAW_UTF8 = '{"virtualAccountName":"SITI Ñ é","x":1}'.encode()


@pytest.mark.parametrize(
    ("method", "path", "at", "body", "digest", "mac"),
    [
        ("POST", PAYMENT, AT, V1, V1_SHA, V1_MAC),
        (
            "POST",
            INQUIRY,
            "2026-11-22T09:29:00+07:00",
            V2,
            "0cde47b14d968f3138ef50d0b85a1273d9c4e06bb2eb6541c1224a45d0f040de",
            "u6G+DAvPrQgYAMY5O1XOAG8PRvf35wmTluCW8E8ZiuVUoO1ZJOYslBxiHh/C4Ahz+OLbqChG+8HIAb6V6lDzxQ==",
        ),
        (
            "get",
            "/snap/v1.0/transfer-va/report?a=1",
            AT,
            b"",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "XD5QvhAO7m54mWY1uC2CFP5nserh1UQKriOeKHzDP2RwztYh27uE6WwqIZsSA9v75XO7FgHIZf99KU6y676B9g==",
        ),
        (
            "POST",
            PAYMENT,
            AT,
            rb'{"u":"a\/b"}',
            "bcbd4815081dcaa9871009f2543c8124389e8c838cfb2e28867a4489dca30aa8",
            "3zQAvYo6s/GWmgroLQoaeZw6d1oNsrgAJwgVwidUXz6Yx5hfmlk4fkyBQP4cu3NrjRGej/0bkPrpEJA5obpDQg==",
        ),
        (
            "POST",
            PAYMENT,
            AT,
            rb'{"virtualAccountName":"SITI \u00d1","x":1}',
            "0c391c7fce7f8e168b6010b0d7de9f9d4ed192a5685a3ccf9cc98ad490d009df",
            "gZPIlOg3wzSpVBnNFaE99RjqvxtloGJLdbpeTfn2G6A9Nz2kvesgt2mPN3+O9Ya3xrGXbB9zgSc2KFDFJYjMbg==",
        ),
        ("POST", PAYMENT, AT, RAW_UTF8, "fd414605b6086d17aa0ccea89caa53380fbbac445fc8a8e2b0fed833ccc43ff4", None),
    ],
)
def test_vectors_one_to_four_come_out(method, path, at, body, digest, mac):
    assert hashlib.sha256(minify(body)).hexdigest() == digest
    text = signed_text(method, path, minify(body), at, TOKEN)
    if mac:
        assert sign_symmetric(SECRET, text) == mac
        assert matching(symmetric(SECRET, mac), method, path, body, at, TOKEN) == "lexical"


def test_the_first_vector_holds_in_hex_too_and_has_312_bytes():
    assert len(V1) == 312
    for signature in (V1_HEX, V1_HEX.upper(), V1_MAC):
        assert matching(symmetric(SECRET, signature), "POST", PAYMENT, V1, AT, TOKEN) == "lexical"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_an_indented_body_is_signed_the_same(newline):
    indented = json.dumps(json.loads(V1), indent=3).encode().replace(b"\n", newline)
    assert minify(indented) == V1
    assert matching(symmetric(SECRET, V1_MAC), "POST", PAYMENT, indented, AT, TOKEN) == "lexical"


@pytest.mark.requirement("R58")
@pytest.mark.parametrize(
    "change",
    [
        {"secret": SECRET + "x"},
        {"path": INQUIRY},
        {"method": "PUT"},
        {"raw": V1.replace(b"16800", b"16801")},
        {"raw": V1.replace(b"   99001", b"  99001")},
        {"timestamp": "2026-11-22T09:30:01+07:00"},
        {"token": TOKEN + "x"},
        {"token": ""},
        {"signature": ""},
        {"signature": V1_MAC[:-4]},
        {"signature": V1_HEX[:-2]},
        {"signature": "not base64!"},
    ],
)
def test_a_signature_holds_for_nothing_else(change):
    good = {"method": "POST", "path": PAYMENT, "raw": V1, "timestamp": AT, "token": TOKEN} | change
    check = symmetric(good.pop("secret", SECRET), good.pop("signature", V1_MAC))
    assert matching(check, **good) == ""


# What peers hash for a body as it is sent: our reading, DOKU's json.dumps, Midtrans' JSON.stringify (reference 2.3).
PEERS = [
    ('{"a": "plain",\r\n "b": 1}', '{"a":"plain","b":1}', "lexical"),
    ('{"a":"SITI Ñ é"}', '{"a":"SITI \\u00d1 \\u00e9"}', "compact-ascii"),
    ('{"a":"SITI \\u00e9"}', '{"a":"SITI é"}', "compact"),
    ('{"a":"a\\/b"}', '{"a":"a/b"}', "compact"),
    ('{"a":10.00}', '{"a":10.0}', "compact"),
    ('{"a": "b"}', '{"a": "b"}', "raw"),
    ('{"a":12345678901234567890}', '{"a":12345678901234567890}', "lexical"),
    ('{"a":"b"}', '{"a":"c"}', ""),
    ('{"a":1,"a":2}', '{"a":2}', ""),
]


@pytest.mark.parametrize(("sent", "hashed", "form"), PEERS)
def test_the_form_that_a_peer_hashed_is_found_and_named(sent, hashed, form):
    text = signed_text("POST", PAYMENT, hashed.encode(), AT, TOKEN)
    check = symmetric(SECRET, sign_symmetric(SECRET, text))
    assert matching(check, "POST", PAYMENT, sent.encode(), AT, TOKEN) == form


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([None, 0, 1, 3]))
def test_minify_takes_out_exactly_what_a_compact_writer_leaves_out(value, indent):
    compact = json.dumps(value, separators=(",", ":")).encode()
    assert minify(json.dumps(value, indent=indent).encode()) == compact
    assert minify(compact) == compact


@given(st.binary(max_size=200))
def test_minify_and_parse_take_any_bytes(raw):
    assert len(minify(raw)) <= len(raw)
    with contextlib.suppress(Malformed):
        assert isinstance(parse(raw), dict)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b" {} ", {}),
        (b'{"a":{"b":[1,{"c":null}]}}', {"a": {"b": [1, {"c": None}]}}),
        (b'{"a":' * 16 + b"1" + b"}" * 16, ...),
        (b'{"a":' * 15 + b"{}" + b"}" * 15, ...),
        (b'{"a":' * 16 + b"{}" + b"}" * 16, None),
        (b'{"a":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}', None),
        (b'{"a":1,"b":{"x":1,"x":1}}', None),
        (b'{"a":NaN}', None),
        (b'{"a":Infinity}', None),
        (b'{"a":01}', None),
        (b"{'a':1}", None),
        (b"[" * 60_000, None),
        (b'{"a":"' + b"x" * 65_530 + b'"}', None),
    ],
    ids=range(13),
)
def test_json_is_read_strictly(raw, told):
    if told is None:
        with pytest.raises(Malformed):
            parse(raw)
    else:
        assert told is ... or parse(raw) == told


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("16800.00", 16_800),
        ("12500", 12_500),
        ("0.5", 0.5),
        ("9999999999999999.99", ...),
        ("99999999999999999", None),
        ("1.", None),
        (".5", None),
        ("1.000", None),
        ("+1", None),
        ("1e3", None),
        (" 1", None),
        ("1\n", None),
        ("١", None),
        ("NaN", None),
        ("", None),
        (16800, None),
        (None, None),
    ],
)
def test_money_is_a_plain_decimal_string(text, worth):
    assert (money(text) is not None) if worth is ... else (money(text) == worth)


def test_money_is_written_as_it_is_read():
    assert written(16_800) == {"value": "16800.00", "currency": "IDR"}
    assert money(written(16_800)["value"]) == 16_800


# The openssl command, which shares nothing with our code


@pytest.fixture(scope="module")
def openssl(tmp_path_factory):
    program = shutil.which("openssl")
    if not program:
        pytest.skip("openssl is not on this machine (apt-get install openssl)")
    home = tmp_path_factory.mktemp("openssl")

    def run(*arguments: str, stdin: bytes = b"") -> bytes:
        return subprocess.run([program, *arguments], input=stdin, capture_output=True, check=True, cwd=home).stdout

    run("genrsa", "-out", "key.pem", "2048")
    run("rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
    run.home = home
    return run


@pytest.mark.parametrize("body", [V1, V2, RAW_UTF8, b"", rb'{"u":"a\/b"}'], ids=range(5))
def test_openssl_makes_the_same_hmac(openssl, body):
    digest = openssl("dgst", "-sha256", "-r", stdin=body).split()[0].decode()
    text = f"POST:{PAYMENT}:{TOKEN}:{digest}:{AT}"
    mac = openssl("dgst", "-sha512", "-hmac", SECRET, "-binary", stdin=text.encode())
    assert base64.b64encode(mac).decode() == sign_symmetric(SECRET, signed_text("POST", PAYMENT, body, AT, TOKEN))
    assert matching(symmetric(SECRET, mac.hex()), "POST", PAYMENT, body, AT, TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        f"client-0001|{AT}",
        f"POST:{PAYMENT}:{V1_SHA}:{AT}",
    ],
)
def test_openssl_and_we_verify_what_the_other_signed(openssl, text):
    key = load_pem_private_key((openssl.home / "key.pem").read_bytes(), None)
    theirs = openssl("dgst", "-sha256", "-sign", "key.pem", stdin=text.encode())
    for signature in (base64.b64encode(theirs).decode(), theirs.hex()):
        assert asymmetric(key.public_key(), signature)(text)
        assert not asymmetric(key.public_key(), signature)(text + "x")
    assert not asymmetric(key.public_key(), base64.b64encode(theirs[:-1] + b"\0").decode())(text)
    (Path(openssl.home) / "ours.sig").write_bytes(base64.b64decode(sign_asymmetric(key, text)))
    said = openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "ours.sig", stdin=text.encode())
    assert said == b"Verified OK\n"


def test_the_asymmetric_text_of_the_first_vector_has_no_token():
    assert signed_text("post", PAYMENT, V1, AT) == f"POST:{PAYMENT}:{V1_SHA}:{AT}"


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def test_the_known_answer_of_rfc_7515_verifies():
    modulus = (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR"
        "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB"
        "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
        "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    )
    signature = (
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
        "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
        "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
        "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    )
    text = (
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
        "Ijp0cnVlfQ"
    )
    key = RSAPublicNumbers(65537, number(modulus)).public_key()
    standard = base64.b64encode(base64.urlsafe_b64decode(signature + "==")).decode()
    assert asymmetric(key, standard)(text)


def test_the_sixth_vector_is_midtrans():
    assert midtrans_signature("BPU26110000001", "200", "16800.00", "server-key-test-0001") == (
        "6036f612b75521a338ccf01b9f19876e1289a4789d6331502ca14b47128e710953667344d279d5046a9b2503a78dcfe8"
        "cbdaf3237c9f3bc833037360fb129b58"
    )


@pytest.mark.parametrize(("text", "length"), [("é", 0), ("AA==", 1), ("AA=", 0), ("AA==\n", 0), ("ab" * 64, 64)])
def test_what_is_no_signature_is_empty(text, length):
    assert len(decoded(text)) == length


@pytest.mark.parametrize(
    ("case", "service", "code", "message"),
    [
        (Case.SUCCESSFUL, Service.PAYMENT, "2002500", "Successful"),
        (Case.FIELD_MISSING, Service.TOKEN, "4007302", "Invalid Mandatory Field x"),
        (Case.FIELD_FORMAT, Service.INQUIRY, "4002401", "Invalid Field Format x"),
        (Case.UNAUTHORIZED, Service.TOKEN, "4017300", "Unauthorized. [x]"),
        (Case.NO_BILL, Service.INQUIRY, "4042412", "Invalid Bill/Virtual Account [Not Found]"),
        (Case.CONFLICT, Service.PAYMENT, "4092500", "Conflict"),
        (Case.TIMEOUT, Service.QR_NOTICE, "5045200", "Timeout"),
    ],
)
def test_a_code_is_status_service_and_case(case, service, code, message):
    assert case.answer(service, "x", more=1) == (
        int(code[:3]),
        {"responseCode": code, "responseMessage": message, "more": 1},
    )


@pytest.mark.parametrize(
    ("allowed", "address", "may"),
    [
        ([], "anything", True),
        (["10.0.0.0/8"], "10.9.8.7", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.0/8"], "", False),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    ],
)
def test_a_list_of_addresses_lets_in_only_those(allowed, address, may):
    assert admitted(networks(allowed), address) is may

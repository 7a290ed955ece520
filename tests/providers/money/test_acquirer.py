"""The acquirer: calls signed in both ways, tokens used again, and failures that say whether asking again can help."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.providers import ProviderError, documented, names
from bpu.providers.money import acquirer, qris
from bpu.providers.money.notices import Told
from bpu.settings import Misconfigured, Settings
from tests.parts.banks import SECRET, partner
from tests.parts.partners import ACQUIRER, Acquirer, serving

CODE, SUM = "8808012345678903", 16_800


@pytest.fixture
def issuer() -> Acquirer:
    return Acquirer()


@pytest.fixture
def url(issuer: Acquirer) -> Iterator[str]:
    with serving(issuer.serve) as address:
        yield f"{address}/qris/v1.0"


def configured(issuer: Acquirer, url: str, mode: str = "symmetric", **changes: str) -> Settings:
    known = {"BPU_SNAP_PARTNERS": partner(ACQUIRER, secret=SECRET)}
    return Settings(payment=("simulator", "snap"), provider=issuer.settings(url, mode) | known | changes)


def issued(settings: Settings) -> acquirer.Code:
    return acquirer.open_acquirer(settings).issue(CODE, SUM, clock.now() + timedelta(hours=24))


@pytest.mark.parametrize("mode", ["symmetric", "asymmetric"])
def test_a_code_is_issued_for_this_sum_until_the_bill_ends(issuer, url, mode):
    with time_machine.travel("2026-11-22 03:00:00+00:00", tick=False):
        code = issued(configured(issuer, url, mode))
    assert qris.problems(code.content, SUM, "ID2099000000001") == []
    assert code.reference == f"QR-{CODE}"
    assert issuer.asked == [
        (
            "/qris/v1.0/qr/qr-mpm-generate",
            {
                "partnerReferenceNo": CODE,
                "amount": {"value": "16800.00", "currency": "IDR"},
                "merchantId": "000000000000001",
                "validityPeriod": "2026-11-23T10:00:00+07:00",
            },
        )
    ]
    assert len(issuer.tokens) == (mode == "symmetric")


@pytest.mark.parametrize("mode", ["symmetric", "asymmetric"])
def test_whether_a_code_was_paid_can_be_asked(issuer, url, mode):
    asked = acquirer.open_acquirer(configured(issuer, url, mode))
    assert asked.paid(f"QR-{CODE}", CODE) is None
    issuer.paid[CODE] = SUM
    assert asked.paid(f"QR-{CODE}", CODE) == Told(f"QR-{CODE}", CODE, SUM)


def test_a_token_is_used_until_it_ends_or_is_forgotten(issuer, url):
    asked = acquirer.open_acquirer(configured(issuer, url))
    with time_machine.travel("2026-11-22 03:00:00+00:00", tick=False) as traveller:
        for seconds, tokens in ((0, 1), (800, 1), (60, 2)):
            traveller.shift(timedelta(seconds=seconds))
            asked.paid("-", CODE)
            assert len(issuer.tokens) == tokens
        issuer.tokens.append("made void by a restart over there")
        asked.paid("-", CODE)
        assert len(issuer.tokens) == 4


@pytest.mark.parametrize("name", ["BPU_QRIS_SECRET", "BPU_QRIS_CLIENT_ID"])
def test_a_wrong_signature_gets_nothing(issuer, url, name):
    wrong = configured(issuer, url, **{name: "another-one-than-theirs"})
    if name == "BPU_QRIS_CLIENT_ID":
        issuer.moods = [(403, {"responseCode": "4034701"})]
    with pytest.raises(ProviderError) as caught:
        issued(wrong)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("status", "said", "permanent"),
    [
        (503, {}, False),
        (504, {"responseCode": "5044700"}, False),
        (429, {}, False),
        (200, {"responseCode": "2024700"}, False),
        (200, {"responseCode": 2004700}, False),
        (200, {"responseCode": "2004700", "qrContent": 5}, False),
        (200, [], False),
        (409, {"responseCode": "4094701"}, True),
        (404, {"responseCode": "4044708"}, True),
        (400, "<html>", True),
    ],
)
def test_a_failure_says_whether_asking_again_can_help(issuer, url, status, said, permanent):
    issuer.moods = [(status, said)]
    with pytest.raises(ProviderError) as caught:
        issued(configured(issuer, url, "asymmetric"))
    assert caught.value.permanent is permanent
    assert "html" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"BPU_QRIS_URL": "http://bank.contoh.id"}, "BPU_QRIS_URL must begin with https://"),
        ({"BPU_QRIS_URL": ""}, "BPU_QRIS_URL is no http address"),
        ({"BPU_QRIS_MODE": "both"}, "BPU_QRIS_MODE='both' is neither"),
        ({"BPU_QRIS_SECRET": ""}, "BPU_QRIS_SECRET is missing"),
        ({"BPU_QRIS_MERCHANT": ""}, "BPU_QRIS_MERCHANT is missing"),
        ({"BPU_QRIS_KEY": "-----BEGIN"}, "BPU_QRIS_KEY is no RSA private key"),
        ({"BPU_QRIS_PARTNER": "somebody"}, "BPU_QRIS_PARTNER is no client_id"),
    ],
)
def test_an_acquirer_that_is_half_described_stops_the_start(issuer, changes, line):
    with pytest.raises(Misconfigured) as caught:
        acquirer.open_acquirer(configured(issuer, "https://bank.contoh.id/v1.0", **changes))
    assert [problem for problem in caught.value.problems if problem.startswith(line)]


def test_without_an_acquirer_only_the_sandbox_has_codes():
    assert acquirer.open_acquirer(Settings(mode="live")) is None
    assert qris.problems(issued(Settings()).content, SUM, "CONTOH IURAN BPU") == []


def test_every_setting_of_a_partner_has_a_name_and_a_meaning():
    pairs = documented()
    assert len({name for name, _ in pairs}) == len(pairs) == len(names())
    assert all(name.startswith("BPU_") and len(meaning) > 10 for name, meaning in pairs)
    assert acquirer.NAMES.keys() <= names()

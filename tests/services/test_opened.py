"""A place whose partners are not fully described does not start, and says all that is missing at once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bpu.services.opened import open_services
from bpu.settings import Misconfigured, Settings
from tests.test_settings import LIVE

ROOT = Path(__file__).parents[2]
CHOSEN = {"BPU_PAYMENT": "snap,midtrans,xendit", "BPU_CORE": "http", "BPU_QRIS_MODE": "asymmetric"}
MISSING = (
    "BPU_CORE_URL",
    "BPU_CORE_SECRET",
    "BPU_QRIS_URL",
    "BPU_QRIS_CLIENT_ID",
    "BPU_QRIS_KEY",
    "BPU_QRIS_MERCHANT_ID",
    "BPU_QRIS_MERCHANT",
    "BPU_QRIS_PARTNER",
    "BPU_MIDTRANS_SERVER_KEY",
    "BPU_XENDIT_CALLBACK_TOKEN",
    "BPU_SNAP_PARTNERS",
    "BPU_SMS_KANNEL_PASSWORD",
    "BPU_SMS_KANNEL_URL",
    "BPU_SMS_KANNEL_USER",
    "BPU_SMTP_HOST",
    "BPU_MAIL_FROM",
)


def test_live_refuses_to_start_with_one_line_for_each_thing_that_a_partner_lacks(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")}
    environ = kept | LIVE | CHOSEN | {"BPU_DATABASE_URL": f"sqlite:///{tmp_path}/bpu.sqlite3"}
    started = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )
    head, *lines = started.stderr.splitlines()
    assert (started.returncode, head) == (1, "does not start:")
    for name in MISSING:
        assert [line for line in lines if re.search(rf"\b{name}\b", line)], name
    assert len(lines) == len(MISSING)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"mail": "fax"}, "BPU_MAIL='fax'"),
        ({"sms": ("pos",)}, "BPU_SMS='pos'"),
        ({"sms": ()}, "BPU_SMS is empty"),
        ({"core": "fax"}, "BPU_CORE='fax'"),
        ({"payment": ("snap",)}, "BPU_SNAP_PARTNERS has no"),
    ],
)
def test_the_web_does_not_start_with_what_would_only_stop_the_worker(changes, line):
    with pytest.raises(Misconfigured) as caught:
        open_services(Settings(secret_key="k", **changes))
    assert [problem for problem in caught.value.problems if problem.startswith(line)]

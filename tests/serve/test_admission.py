"""What must not be served is not: an empty or damaged database in live, a second service on one port or one file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bpu.secrecy import KeyRing
from bpu.services.upkeep.soundness import UNFIT
from tests.parts.servers import free_port
from tests.whole.browser.driver import ROOT, running

LIVE = {
    "BPU_MODE": "live",
    "BPU_SECRET_KEY": "s" * 32,
    "BPU_SITE_URL": "https://daftar.contoh.id",
    "BPU_SMS": "kannel",
    "BPU_SMS_KANNEL_URL": "http://127.0.0.1:1/sendsms",
    "BPU_SMS_KANNEL_USER": "bpu",
    "BPU_SMS_KANNEL_PASSWORD": "uji-coba",
    "BPU_MAIL": "smtp",
    "BPU_SMTP_HOST": "127.0.0.1",
    "BPU_SMTP_SECURITY": "none",
    "BPU_MAIL_FROM": "daftar@contoh.id",
    "BPU_PAYMENT": "xendit",
    "BPU_XENDIT_CALLBACK_TOKEN": "x" * 32,
    "BPU_CORE": "file",
}


class Place:
    """A place in live with its keys in a file, and what its commands say."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir()
        (folder / "keys").mkdir()
        (folder / "keys/data-keys").write_text(KeyRing.new_key(1))
        self.database = folder / "data/bpu.sqlite3"
        self.marker = folder / "keys/daftar-bpu.database"
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")} | LIVE
        self.environ |= {
            "BPU_DATABASE_URL": f"sqlite:///{self.database}",
            "BPU_DATA_KEYS_FILE": str(folder / "keys/data-keys"),
            "PORT": str(free_port()),
        }

    def bpu(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return self.told(sys.executable, "-m", "flask", "--app", "app", "bpu", *words)

    def refusal(self) -> tuple[int, str]:
        """The status and the only line of a start that fails."""
        ended = self.told(sys.executable, "app.py")
        lines = ended.stderr.splitlines()
        assert len(lines) == 1, ended.stderr
        return ended.returncode, lines[0]

    def told(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_live_begins_with_nothing_only_when_somebody_says_so_once(place: Place) -> None:
    status, line = place.refusal()
    assert (status, "flask --app app bpu init" in line, "There was one" in line) == (UNFIT, True, False)
    assert place.bpu("init").returncode == 0
    assert place.bpu("init").returncode == 1, "it is there already"
    for lost in (place.database.unlink, lambda: place.database.write_bytes(b"")):
        lost()
        status, line = place.refusal()
        assert (status, "There was one" in line, "bpu restore" in line) == (UNFIT, True, True)
    again = place.bpu("init")
    assert (again.returncode, "give it up with --anew" in again.stderr) == (1, True)
    assert place.bpu("init", "--anew").returncode == 0
    assert place.marker.read_text() == f"{place.database}\n"


@pytest.mark.requirement("R69")
def test_a_damaged_database_is_told_in_one_line_that_says_the_way_back(place: Place) -> None:
    assert place.bpu("init").returncode == 0
    whole = place.database.read_bytes()
    inside = bytearray(whole)
    inside[4096 * 3 : 4096 * 9] = os.urandom(4096 * 6)
    for damaged in (whole[: len(whole) // 2], b"\0" * 100 + whole[100:], bytes(inside)):
        place.database.write_bytes(damaged)
        status, line = place.refusal()
        assert (status, "is damaged" in line, "bpu restore" in line) == (UNFIT, True, True), line


def test_the_unit_does_not_start_again_what_only_somebody_can_mend() -> None:
    unit = (ROOT / "deploy/daftar-bpu.service").read_text()
    assert f"RestartPreventExitStatus={UNFIT}\n" in unit


def test_a_second_service_on_one_port_or_one_file_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        port = service.base.rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        shutil.copy(tmp_path / "regions.sqlite3", other)
        cases = [
            ({"PORT": str(free_port()), "BPU_DATABASE_URL": f"sqlite:///{tmp_path}/bpu.sqlite3"}, "runs on"),
            ({"PORT": port, "BPU_DATABASE_URL": f"sqlite:///{other}/bpu.sqlite3"}, "listens on"),
        ]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")}
        starts = [
            subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=kept | changed, stderr=subprocess.PIPE, text=True
            )
            for changed, _ in cases
        ]
        for start, (_, words) in zip(starts, cases, strict=True):
            (line,) = start.communicate(timeout=60)[1].splitlines()
            assert (start.returncode, words in line, "BPU_BESIDE=yes" in line) == (1, True, True)
        with running(tmp_path, tls=False, BPU_BESIDE="yes") as second:
            assert second.fetch("/health")


def test_a_web_process_begins_anew_and_inherits_no_lock_that_a_thread_held(tmp_path: Path) -> None:
    with running(tmp_path, tls=False) as service:
        threads = len(os.listdir(f"/proc/{service.process.pid}/task"))
        children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
        commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
        assert threads > 1
        assert any(b"multiprocessing.spawn" in command for command in commands)
        assert not any(b"app.py" in command for command in commands), "a copy of a process that has threads"

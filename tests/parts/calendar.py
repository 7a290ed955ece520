"""The tests on any day, at any hour: every Python that starts, services too, believes that it is then.

    python -m tests.parts.calendar +400d -- tests/rules
    python -m tests.parts.calendar +1d 23.59 29-02 --times 10 -- -n 2 --dist loadfile

What stands after ``--`` goes to pytest. Each run has an order and a hash seed of its own; both are printed, and given
back as `PYTHONHASHSEED` and ``--randomly-seed`` they repeat the run.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from bpu import clock

ROOT = Path(__file__).parents[2]
MOVED = Path(__file__).with_name("moved")
# time_machine has a part for pytest, which has to move the clock before pytest is there.
EARLY = "ignore:Module already imported so cannot be rewritten; time_machine:pytest.PytestAssertRewriteWarning"
DAYS = ("now", "+1d", "+40d", "+400d", "+4000d", "23.59", "00.01", "28-02", "29-02")


def moment(text: str, now: datetime) -> datetime:
    """When that is: ``+40d``, the next ``23.59`` or ``29-02`` (a little before midnight), or an ISO time; all WIB."""
    now = now.astimezone(clock.WIB)
    if text == "now":
        return now
    if found := re.fullmatch(r"\+([0-9]+)d", text):
        return now + timedelta(days=int(found[1]))
    if found := re.fullmatch(r"([0-9]{2})\.([0-9]{2})", text):
        at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        return at if at > now else at + timedelta(days=1)
    if found := re.fullmatch(r"([0-9]{2})-([0-9]{2})", text):
        at = (now + timedelta(days=1)).replace(hour=23, minute=59, second=0, microsecond=0)
        while (at.day, at.month) != (int(found[1]), int(found[2])):
            at += timedelta(days=1)
        return at
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.WIB)


def moved(seconds: int) -> dict[str, str]:
    """The environment in which every Python that starts is so many seconds ahead."""
    ahead = {"MOVED_BY": str(seconds), "PYTHONPATH": os.pathsep.join((str(MOVED), str(ROOT)))}
    return {**os.environ, **(ahead if seconds else {})}


def kept() -> dict[str, str]:
    """What a service that gets its own settings still needs of this process: programs and the calendar."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "MOVED_BY") if name in os.environ}


def present() -> datetime:
    """This moment as programs see it that are not Python: a database server, a browser."""
    return clock.now() - timedelta(seconds=int(os.environ.get("MOVED_BY", "0")))


def run(text: str, words: list[str]) -> bool:
    """One run of pytest then; whether it was green."""
    now = clock.now()
    at = moment(text, now)
    seed, order = random.randrange(2**32), random.randrange(2**32)
    print(f"=== {text}: {at:%A %Y-%m-%d %H.%M} WIB, PYTHONHASHSEED={seed} --randomly-seed={order}", flush=True)
    environ = moved(round((at - now).total_seconds())) | {"PYTHONHASHSEED": str(seed)}
    began = time.monotonic()
    options = ["-p", "no:cacheprovider", "-W", EARLY, f"--randomly-seed={order}"]
    command = [sys.executable, "-m", "pytest", *options, *words]
    status = subprocess.run(command, cwd=ROOT, env=environ).returncode
    print(f"=== {text}: {'red' if status else 'green'} after {time.monotonic() - began:.0f} s", flush=True)
    return status == 0


def main() -> int:
    """Run on each day as often as was asked for; 1 when any run was red."""
    typed = sys.argv[1:]
    end = typed.index("--") if "--" in typed else len(typed)
    parser = argparse.ArgumentParser(prog="python -m tests.parts.calendar", epilog="-- and what pytest is to be told")
    parser.add_argument("when", nargs="*", default=DAYS, help=f"{', '.join(DAYS)} (all of them), or an ISO time")
    parser.add_argument("--times", type=int, default=1, help="runs on each day")
    chosen = parser.parse_args(typed[:end])
    red = [day for day in chosen.when for _ in range(chosen.times) if not run(day, typed[end + 1 :])]
    print("=== " + (f"red: {' '.join(red)}" if red else "green on every day"), flush=True)
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())

"""Our form beside those of other systems, the same questions in all, in one run: bytes, requests, and time on GPRS.

``python -m bench.peers [FOLDER]`` sets the peers up in FOLDER (or `$PEERS_WORK`, or a folder beside other temporary
ones) with the scripts in `$PEERS_SCRIPTS` (`../shared/bench/peers`). Where these or npm are missing it says so.
Nothing of theirs is kept here.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PORT = 7120
OURS = {
    "url": f"http://127.0.0.1:{PORT}/bpu/bench/",
    "date": [f"[name='{{name}}-{part}']" for part in "dmy"],
    "check": "#check",
    "done": "#done",
}
SERVED = ("django-bare", "django-bootstrap", "hmpo-nofont", "hmpo", "defra", "floor-next")
DRAWN = ("surveyjs", "formio", "odk", "enketo")  # in the browser, by a script
RUNS = (  # title, targets, arguments
    ("cold, no script", ("ours", *SERVED), ("--nojs",)),
    ("cold", ("ours", *SERVED, *DRAWN), ()),
    ("gprs", ("ours", *SERVED), ("--net", "gprs", "--cpu", "6")),
)
FIGURES = {
    "first_bytes": "B",
    "first_requests": "requests",
    "total_bytes": "B",
    "total_up": "B",
    "requests": "requests",
    "wait_s": "s",
}


def skipped(reason: str) -> None:
    """Nothing measured, and why."""
    print(json.dumps({"name": "peers", "value": None, "unit": "", "baseline": None, "skipped": reason}))


def ready(scripts: Path, work: Path) -> str:
    """Set the peers up unless they are; returns what is in the way."""
    if not (scripts / "setup.sh").exists():
        return f"no scripts in {os.path.relpath(scripts, ROOT)}"
    if missing := [name for name in ("npm", "node", "chromium") if shutil.which(name) is None]:
        return f"missing: {', '.join(missing)}"
    if not (work / "enk").exists():
        done = subprocess.run(
            ["sh", str(scripts / "setup.sh"), str(work)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if done.returncode:
            return "setup failed: " + done.stderr.decode(errors="replace").strip().splitlines()[-1][:200]
    return ""


@contextmanager
def started(scripts: Path, work: Path) -> Iterator[Path]:
    """All servers, ours among them; a folder with the measuring scripts that know ours too."""
    copy = Path(tempfile.mkdtemp(prefix="bpu-peers-"))
    for name in ("measure.py", "form.json"):
        shutil.copy(scripts / name, copy)
    targets = json.loads((scripts / "targets.json").read_text())
    (copy / "targets.json").write_text(json.dumps(targets | {"ours": OURS}))
    own = {name: value for name, value in os.environ.items() if not name.startswith("BPU_")}
    own |= {"FORM_JSON": str(copy / "form.json"), "PORT": str(PORT)}
    subprocess.run(["sh", str(scripts / "start.sh"), str(work), *SERVED, *DRAWN], check=True, stdout=subprocess.DEVNULL)
    ours = subprocess.Popen(
        [sys.executable, "-m", "bench.ourform"], env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for name in ("ours", *SERVED, *DRAWN):
            answering(OURS["url"] if name == "ours" else targets[name]["url"])
        yield copy
    finally:
        ours.send_signal(signal.SIGTERM)
        ours.wait(30)
        subprocess.run(["sh", str(scripts / "start.sh"), str(work), "stop"], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(copy)


def answering(url: Any) -> None:
    """Wait until somebody answers there."""
    for _ in range(200):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def measured(copy: Path, targets: tuple[str, ...], arguments: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What the peers' own script measures, one target after the other."""
    command = [sys.executable, str(copy / "measure.py"), *targets, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    yield from map(json.loads, done.stdout.decode().splitlines())


def main() -> None:
    """Every figure; the baseline is the best of the peers (without `floor`, which is a yardstick and no product)."""
    scripts = Path(os.environ.get("PEERS_SCRIPTS", ROOT.parent / "shared" / "bench" / "peers"))
    usual = str(Path(tempfile.gettempdir()) / "bpu-peers")
    work = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PEERS_WORK", usual))
    if reason := ready(scripts, work):
        return skipped(reason)
    with started(scripts, work) as copy:
        for title, targets, arguments in RUNS:
            found = {one["target"]: one for one in measured(copy, targets, arguments) if "target" in one}
            peers = {
                name: one for name, one in found.items() if name not in ("ours", "floor-next") and "failed" not in one
            }
            for name, one in found.items():
                if "failed" in one:
                    print(
                        json.dumps(
                            {
                                "name": f"{title}: {name}",
                                "value": None,
                                "unit": "",
                                "baseline": None,
                                "failed": one["failed"],
                            }
                        )
                    )
                    continue
                for key, unit in FIGURES.items():
                    best = min(peer[key] for peer in peers.values())
                    print(
                        json.dumps(
                            {"name": f"{title}: {name}: {key}", "value": one[key], "unit": unit, "baseline": best}
                        )
                    )
    return None


if __name__ == "__main__":
    main()

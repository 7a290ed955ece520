"""The command that looks over a running place."""

import subprocess
import sys
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from bpu.services.upkeep.doctor import Finding, State, examine
from bpu.web import services

ROOT = Path(__file__).parents[2]
LEAST_HELD = 0.9  # of the text of today's pages, below which the dictionary saves too little


@click.option("--quick", is_flag=True, help="Leave out the dictionary, for which every page is rendered once.")
def doctor(quick: bool) -> None:
    """Look over the database, the outbox, keys, disk, clock, data and dictionary.

    A line each: FINE, NOTE (worth knowing) or WRONG. Ends with status 1 when something is wrong.
    """
    findings = examine(services())
    if not quick:
        share = _held()
        findings.append(
            Finding("dictionary", State.FINE if share >= LEAST_HELD else State.NOTE, {"held": f"{share:.0%}"})
        )
    for finding in findings:
        click.echo(finding)
    if any(finding.state is State.WRONG for finding in findings):
        raise SystemExit(1)


def _held() -> float:
    """The share that the dictionary's own command tells: in a process of its own, as it opens another database."""
    command = [sys.executable, "-m", "bpu.cli.dictionary", "--held"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return float(told.stdout)


def register(group: AppGroup) -> None:
    """Add the command to `group`."""
    group.command("doctor")(with_appcontext(doctor))

"""`flask bpu …`: what an operator does by hand or by clock.

May know every room. The shell, cron and systemd knock.
"""

import logging
import signal
import threading
from types import FrameType

import click
from flask.cli import AppGroup, with_appcontext

from bpu.cli import assistants, database, doctor, membership, messages, money
from bpu.services.upkeep import alone, heart
from bpu.web import services

group = AppGroup("bpu", help="Operate the registration service.")
assistants.register(group)
money.register(group)
doctor.register(group)
database.register(group)
membership.register(group)
messages.register(group)


@group.command()
@click.option("--kept", type=int, hidden=True, help="The process that keeps it, and that it ends with.")
@with_appcontext
def work(kept: int | None) -> None:
    """Send what waits in the outbox and do what is due, until told to stop."""
    from bpu.services.clockwork import worker
    from bpu.services.messages import outbox

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        outbox.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if kept:
        heart.follow_parent(signal.SIGTERM, kept)
    with alone.held(services().settings.var / alone.WORKING, shared=True, patience=5):
        working = worker(services())
        heart.beating(working.alive)
        working.run(stop)


@group.command()
@with_appcontext
def purge() -> None:
    """Forget drafts, codes and counts whose time is over."""
    from bpu.services.upkeep.purge import drafts

    click.echo(f"{drafts()} drafts forgotten")


@group.group()
def keys() -> None:
    """Data keys: make one, seal everything anew."""


@keys.command()
@click.option("--number", default=1, type=click.IntRange(1, 255), help="the key's id; one more than the newest")
def new(number: int) -> None:
    """Print a new data key for BPU_DATA_KEYS; put it first."""
    from bpu.secrecy import KeyRing

    click.echo(KeyRing.new_key(number))


@keys.command()
@with_appcontext
def reseal() -> None:
    """Write every sealed value and blind index anew with the newest key; may be stopped and started again."""
    from bpu.services.upkeep.rotation import reseal_everything

    for table, rows in reseal_everything():
        click.echo(f"{table}: {rows} rows sealed anew")

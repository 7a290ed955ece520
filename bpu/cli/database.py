"""The commands that make, copy and bring back the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from bpu import clock
from bpu.migrations import migrate
from bpu.models import close_all, database, on_postgres
from bpu.services.upkeep import alone, copies, soundness
from bpu.web import services


@contextmanager
def told() -> Iterator[None]:
    """Say in one line why something is refused, and end with status 1."""
    try:
        yield
    except (copies.Refused, soundness.Unfit, OSError) as refused:
        raise click.ClickException(str(refused)) from None
    except alone.Taken:
        raise click.ClickException("the service or a worker runs on this database; stop them first") from None


@contextmanager
def nobody_else() -> Iterator[None]:
    """While nobody uses the database; only SQLite's cannot be put in place below a running service."""
    if on_postgres():
        yield
        return
    var = services().settings.var
    with alone.held(var / alone.SERVING), alone.held(var / alone.WORKING):
        yield


@click.option("--anew", is_flag=True, help="There was a database, and it is given up.")
def init(anew: bool) -> None:
    """Say once that this place begins with an empty database: live does not start on one by itself."""
    marker = soundness.marker(dict(os.environ))
    with told():
        if not soundness.empty(database.obj):
            raise copies.Refused(f"the database {soundness.place(database.obj)} is there already")
        if marker and marker.exists() and not anew:
            raise copies.Refused(f"there was a database ({marker}): restore it, or give it up with --anew")
        migrate(database.obj)
    kept = soundness.remember(marker, database.obj)
    click.echo(f"begun: {soundness.place(database.obj)}" + (f"; {marker} remembers it" if kept else ""))


@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a whole copy of the database to FILE while the service runs; an SQLite file, also of PostgreSQL."""
    with told():
        copies.backup(database.obj, file)
    click.echo(f"{file}: {file.stat().st_size} bytes, whole")


@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put the copy in FILE in the place of the database, which is moved aside. The service must not run."""
    with told(), nobody_else():
        close_all()
        aside = copies.restore(database.obj, file, clock.now())
    for each in aside:
        click.echo(f"moved aside: {each}")
    click.echo(f"restored from {file}; start, then `flask bpu doctor` and `flask bpu reconcile … --book`")


@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy_database(source: str, target: str) -> None:
    """Copy all rows from the database at the URL FROM into the empty one at TO, of whichever kind."""
    for url in (source, target):
        if not url.startswith(("sqlite:///", "psycopg3+pool://")):
            raise click.ClickException("a database is sqlite:///path or psycopg3+pool://user:password@host/name")
    with told(), copies.opened(source) as there, copies.opened(target) as here:
        counts = copies.carry(there, here)
    for name, rows in counts.items():
        click.echo(f"{name}: {rows} rows")


def register(group: AppGroup) -> None:
    """Add the commands to `group`."""
    group.command("init")(with_appcontext(init))
    group.command("backup")(with_appcontext(backup))
    group.command("restore")(with_appcontext(restore))
    group.command("copy-database")(with_appcontext(copy_database))

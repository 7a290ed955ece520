"""The command that answers an office's "what if", and by which tools from outside check the rules of membership."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from bpu.rules.money.benefits import Benefits
from bpu.rules.months.cases.answers import answer
from bpu.rules.months.cases.reading import Odd, Reader, label, raw_cases
from bpu.web import services


@click.argument("file", type=click.Path(path_type=Path))
def membership(file: Path) -> None:
    """Tell status, sums and days for each case of FILE (JSON), one JSON object a line.

    What is odd in the file or in a case is told on stderr in a line of its own, and the status is 1 then.
    """
    try:
        raws = raw_cases(file.read_bytes())
    except OSError as problem:
        raise click.ClickException(f"{file}: {problem.strerror}") from problem
    except Odd as problem:
        raise click.ClickException(f"{file}: {problem}") from problem
    opened = services()
    reader, benefits, odd, seen = Reader(opened.catalogue, opened.occupations), Benefits.load(), 0, set()
    for number, raw in enumerate(raws, start=1):
        name = label(raw, number)
        try:
            if name in seen:
                raise Odd("this id stands in the file twice")
            seen.add(name)
            case = reader.case(raw)
            click.echo(json.dumps(answer(case, opened.catalogue, benefits)))
        except ValueError as problem:
            odd += 1
            click.echo(f"{name}: {problem}", err=True)
        else:
            for note in case.notes:
                click.echo(f"{name}: note: {note}", err=True)
    if odd:
        raise SystemExit(1)


def register(group: AppGroup) -> None:
    """Add the command to `group`."""
    group.command("membership")(with_appcontext(membership))

"""Commands for the office: who may help others register."""

import click
from flask.cli import AppGroup

from bpu.models import Assistant
from bpu.rules.identity import phone
from bpu.services.desk.assistants import Invalid
from bpu.web import services

commands = AppGroup("assistants", help="Invite, pause and list assistants.")


@commands.command()
@click.argument("number")
@click.option("--name", required=True)
@click.option("--shop", required=True, help="As it stands on slips and in messages, such as WARNET MELATI.")
@click.option("--regency", required=True, help="Its code of four digits, such as 3201.")
@click.option("--fee", default=0, type=click.IntRange(0, 1_000_000), help="The usual fee for one person, in rupiah.")
@click.option("--fee-most", default=0, type=click.IntRange(0, 1_000_000), help="The highest fee that is allowed.")
def invite(number: str, name: str, shop: str, regency: str, fee: int, fee_most: int) -> None:
    """Let whoever has the phone NUMBER register others; prints the PIN, to be told in person and changed."""
    if services().regions.regency(regency) is None:
        raise click.BadParameter("no such regency", param_hint="--regency")
    try:
        one, pin = services().assistants.invite(_phone(number), name, shop, regency, fee=fee, fee_most=fee_most)
    except Invalid as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{one.uid} {one.shop}: PIN {pin}")


@commands.command()
@click.argument("number")
@click.option("--end", is_flag=True, help="Let them come back.")
def pause(number: str, end: bool) -> None:
    """Shut the assistant with the phone NUMBER out, at once and everywhere."""
    one = _assistant(number)
    services().assistants.pause(one, not end)
    click.echo(f"{one.uid} {one.shop}: {'may sign in' if end else 'paused'}")


@commands.command("list")
def listed() -> None:
    """Everybody who may help, with their shops; no phone numbers."""
    for one in Assistant.select().order_by(Assistant.shop):
        click.echo(f"{one.uid} {one.shop} {one.regency} fee {one.fee}-{one.fee_most}{' paused' if one.paused else ''}")


def _phone(number: str) -> str:
    checked = phone.check(number)
    if checked.errors:
        raise click.BadParameter(f"no mobile number: {checked.errors[0].code}", param_hint="NUMBER")
    return str(checked.value)


def _assistant(number: str) -> Assistant:
    one = services().assistants.find(_phone(number))
    if one is None:
        raise click.ClickException("no assistant has this phone")
    return one


def register(group: AppGroup) -> None:
    """Add these commands to `group`."""
    group.add_command(commands)

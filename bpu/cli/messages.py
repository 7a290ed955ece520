"""Commands for what phones write to the office."""

import click
from flask.cli import AppGroup, with_appcontext

from bpu.web import services


def sms_in() -> None:
    """Print where each gateway of BPU_SMS_IN is to bring what phones write: whoever knows it can pretend to be one."""
    for gateway, address in services().inbound.addresses().items():
        click.echo(f"{gateway}: {address}")


def register(group: AppGroup) -> None:
    """Add the command to `group`."""
    group.command("sms-in")(with_appcontext(sms_in))

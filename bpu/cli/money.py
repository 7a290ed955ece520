"""Commands for whoever keeps the books: compare with the bank, carry files to the agency's core and back."""

from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from bpu import clock
from bpu.models import Registration
from bpu.services.membership import numbers
from bpu.services.money import credits, reconcile
from bpu.web import services

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@click.argument("file", type=FILE)
@click.option(
    "--provider", required=True, help="Whose settlement this is, as payment rows say: `snap:CLIENT`, `midtrans` …"
)
@click.option("--from", "first", type=DAY, help="First WIB day of the file; yesterday unless given.")
@click.option("--to", "last", type=DAY, help="Last WIB day of the file; the first unless given.")
@click.option(
    "--column", "columns", multiple=True, metavar="OURS=THEIRS", help="How the file calls reference, code, amount."
)
@click.option("--book", is_flag=True, help="Also take in the money that only the file has.")
def reconciled(
    file: Path,
    provider: str,
    first: datetime | None,
    last: datetime | None,
    columns: tuple[str, ...],
    book: bool,
) -> None:
    """Compare payments with a settlement FILE (CSV): ours not theirs, theirs not ours, different amounts.

    Ends with status 1 when the books differ.
    """
    named = {ours: theirs for ours, _, theirs in (pair.partition("=") for pair in columns)}
    if unknown := set(named) - set(reconcile.COLUMNS):
        raise click.BadParameter(f"unknown {', '.join(sorted(unknown))}", param_hint="--column")
    begin = first.date() if first else date.fromordinal(clock.today().toordinal() - 1)
    try:
        lines = reconcile.settlement(file, {**reconcile.COLUMNS, **named})
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    found = reconcile.compare(lines, provider, begin, last.date() if last else begin)
    click.echo(f"agreed: {found.agreed}")
    for title in ("only_ours", "only_theirs", "different"):
        differences = getattr(found, title)
        click.echo(f"{title.replace('_', ' ')}: {len(differences)}")
        for each in differences:
            click.echo(f"  {each.reference} bill {each.code} ours {each.ours} theirs {each.theirs}")
    click.echo(f"unpaid past expiry: {len(found.overdue)}")
    for bill in found.overdue:
        click.echo(f"  bill {bill.code} amount {bill.amount} ended {bill.expires:%Y-%m-%d %H:%M} UTC")
    if book:
        for receipt in reconcile.book(found, provider, services().payments):
            click.echo(f"booked: {receipt.outcome}")
    if found.only_ours or found.only_theirs or found.different:
        raise SystemExit(1)


@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--new", is_flag=True, help="Only those that no batch had yet; otherwise everyone paid without a number.")
@click.option("--format", "form", type=click.Choice(numbers.FORMATS), default="csv", show_default=True)
def exported(file: Path, new: bool, form: str) -> None:
    """Write paid registrations that have no number to FILE, for the agency's core."""
    click.echo(f"{numbers.export(file, form, new=new)} registrations in {file}")


@click.argument("file", type=FILE)
def imported(file: Path) -> None:
    """Read participant numbers back from FILE (CSV or JSON): all of them, or none when a line is wrong."""
    report = numbers.import_numbers(file, services().enrolment)
    if report.problems:
        for problem in report.problems:
            click.echo(f"line {problem.line}: {problem.flaw}", err=True)
        raise click.ClickException(f"nothing was taken: {len(report.problems)} lines are wrong")
    click.echo(f"{report.taken} numbers taken, {report.known} known before")


def credited() -> None:
    """List the money that no month has used: of registrations first, then what is nobody's yet."""
    total = 0
    for each in credits.credits():
        total += each.amount
        owner = each.registration or "nobody"
        click.echo(
            f"{owner} {each.amount} since {each.since:%Y-%m-%d %H:%M} UTC, last by {each.reference or 'the office'}"
        )
    click.echo(f"total: {total}")


@click.argument("registration")
@click.argument("amount", type=int)
def paid_back(registration: str, amount: int) -> None:
    """Write down that AMOUNT rupiah of the credit of a REGISTRATION were paid back to the person."""
    found = Registration.get_or_none(Registration.uid == registration)
    if found is None:
        raise click.BadParameter("no such registration")
    try:
        click.echo(f"left: {credits.pay_back(found, amount)}")
    except credits.TooMuch as refused:
        raise click.ClickException(str(refused)) from refused


def register(group: AppGroup) -> None:
    """Add these commands to `group`; each runs within the application."""
    group.command("reconcile")(reconciled)
    group.command("export")(exported)
    group.command("import-numbers")(imported)
    group.command("credits")(credited)
    group.command("pay-back")(paid_back)

"""The pages around the registration: front page, texts, help, benefits."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from bpu import clock
from bpu.forms import words
from bpu.rules.money.benefits import Benefits
from bpu.rules.money.income import read as read_income
from bpu.steps.work import told_in_rupiah
from bpu.web import page, services

bp = Blueprint("pages", __name__)
INSURED = Benefits.load()


@bp.get("/")
@bp.get("/bpu")
def front() -> Response:
    """What this is, what it costs from, what to have at hand."""
    today = clock.today()
    least = services().catalogue.cheapest(today)
    closed = request.args.get("closed") == "1"
    return page("site/front.html", least=least, closed=closed, email_required=services().settings.email_required)


@bp.get("/bpu/")
def front_again() -> Response:
    """The same with a slash at the end."""
    return redirect(url_for(".front"), 308)


@bp.get("/syarat", defaults={"kind": "terms"})
@bp.get("/privasi", defaults={"kind": "privacy"})
def text(kind: str) -> Response:
    """A text that people agree to, in full."""
    return page("site/text.html", text=services().consents.current(kind, clock.today()))


@bp.get("/bantuan")
def help_page() -> Response:
    """Answers to what goes wrong most."""
    return page("site/help.html")


@bp.get("/manfaat")
def benefits() -> Response:
    """What is insured, and what it costs for an income."""
    today, catalogue = clock.today(), services().catalogue
    typed = "".join(filter(str.isprintable, request.args.get("penghasilan", "")[:60]))
    checked = told_in_rupiah(read_income(typed))
    problem = next((words.INCOME[found.code] % found.params for found in checked.errors), None) if typed else None
    income = checked.value if typed and checked.value else 0
    offered = tuple(one.code for one in catalogue.offered(today))
    first = catalogue.first_month(today)
    quote = catalogue.quote(offered, income, transport=False, discount=True, first_month=first, months=1)
    base = catalogue.base(income, today)
    return page(
        "site/benefits.html",
        typed=typed,
        problem=problem,
        month=quote.months[0],
        base=base,
        insured=[(one, INSURED.listed(one.code, today)) for one in catalogue.offered(today)],
        events=INSURED.estimate(offered, base, today),
    )

"""What a choice costs: one home for the price of a month, whoever asks and whenever."""

from datetime import date
from typing import Any

from bpu import clock
from bpu.models import Registration
from bpu.rules.money.contributions import Catalogue, Quote
from bpu.rules.money.occupations import Occupations
from bpu.rules.months.purchase import Purchase, purchase
from bpu.services.membership.members import Member, Members


class Prices:
    """Prices a job and a choice by the dated tables."""

    def __init__(self, catalogue: Catalogue, occupations: Occupations) -> None:
        self.catalogue = catalogue
        self.occupations = occupations
        self.members = Members(catalogue, occupations)

    def transport(self, job: dict[str, Any]) -> bool:
        """Whether the job counts as transport for the relief of PP 50/2025."""
        drives = job.get("drives")
        return self.occupations.transport(job["occupation"], None if drives is None else drives == "yes")

    def relieved(self, job: dict[str, Any], on: date) -> bool:
        """Whether somebody with this job has a right to the relief of a day."""
        return self.catalogue.excluded(on, employs_others=job["employs_others"] == "yes") is None

    def quote(self, job: dict[str, Any], programmes: tuple[str, ...], months: int, on: date) -> Quote:
        """The price for somebody with this job who pays on a day, month by month."""
        return self.catalogue.quote(
            programmes,
            job["income"],
            transport=self.transport(job),
            discount=self.relieved(job, on),
            first_month=self.catalogue.first_month(on),
            months=months,
        )

    def due(self, registration: Registration) -> Purchase:
        """What a registration costs if it is billed now: the months that were chosen, from the chosen one on."""
        chosen = date.fromisoformat(f"{registration.first_month[:7]}-01")
        begin = chosen if chosen > clock.today() else None
        return self.purchase(self.members.find(registration), registration.months, begin)

    def purchase(self, member: Member, count: int | None = None, begin: date | None = None) -> Purchase:
        """What so many months would cost a member at the member's moment, or, without a count, all that is owed.

        Where nothing is owed that is the next month. Raises what the rule of that name raises.
        """
        count = count or len(member.membership.owed) or 1
        moment = member.membership.moment
        return purchase(member.person, member.ledger, moment, self.catalogue, count, credit=member.credit, begin=begin)

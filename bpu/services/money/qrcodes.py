"""A bill as a QRIS code: issued by the acquirer when somebody asks to see it, checked, and kept with the bill."""

import logging
from dataclasses import dataclass

from bpu import clock
from bpu.models import Bill, Qr, writing
from bpu.providers import ProviderError
from bpu.providers.money import qris
from bpu.providers.money.acquirer import Acquirer
from bpu.services.money.judging import Notice

log = logging.getLogger(__name__)


class NoCode(Exception):
    """There is no code to show now; the bill can be paid by its number all the same."""


@dataclass(frozen=True)
class Drawn:
    """A code as it is shown: the picture, its side in modules, and whom the app of a bank will name."""

    png: bytes
    side: int
    merchant: str


class QrCodes:
    """The codes of bills, one for each, from an acquirer or (where there is none) not at all."""

    def __init__(self, acquirer: Acquirer | None) -> None:
        self.acquirer = acquirer

    def kept(self, bill: Bill) -> str | None:
        """The content of the code that this bill has."""
        row = Qr.get_or_none(Qr.bill == bill.uid)
        return row.content if row else None

    def drawn(self, bill: Bill) -> Drawn | None:
        """The code that this bill has, as a picture."""
        content = self.kept(bill)
        if content is None:
            return None
        picture = qris.png(content)
        return Drawn(picture, qris.side(picture), qris.parse(content)["59"])

    def issue(self, bill: Bill) -> str:
        """The content of the bill's code: the one it has, else a new one. Call it outside any transaction.

        Raises `NoCode`, whatever the reason; the log has it.
        """
        if content := self.kept(bill):
            return content
        if self.acquirer is None or not bill.payable(clock.now()):
            raise NoCode
        try:
            code = self.acquirer.issue(bill.code, bill.amount, bill.expires)
        except ProviderError as error:
            if content := self.kept(bill):
                return content  # asked for twice at the same moment: the acquirer gives each name one code
            log.warning("qris bill=%s %s", bill.uid, error)
            raise NoCode from None
        if problems := qris.problems(code.content, bill.amount, self.acquirer.merchant):
            log.error("qris bill=%s refused=%s", bill.uid, ",".join(problems))
            raise NoCode
        row = {"bill": bill.uid, "content": code.content, "reference": code.reference, "at": clock.now()}
        with writing():
            Qr.insert(row).on_conflict_ignore().execute()
        return str(self.kept(bill))

    def ask(self, bill: Bill) -> Notice | None:
        """The money that came by this bill's code, as its acquirer says when asked; raises `ProviderError`."""
        row = Qr.get_or_none(Qr.bill == bill.uid)
        told = self.acquirer.paid(row.reference, bill.code) if row and self.acquirer else None
        if told is None or self.acquirer is None:
            return None
        return Notice(self.acquirer.source, told.reference, told.code, told.amount, clock.now(), pushed=True)

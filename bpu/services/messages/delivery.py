"""Hands messages over: the outbox's rows on one side, the gateways and the mail relay on the other."""

from collections.abc import Mapping, Sequence

from bpu.models import Outgoing
from bpu.providers import ProviderError
from bpu.providers.messages.mail import Mail, Mailer, open_mail
from bpu.providers.messages.sms import Gateway, Sms, open_gateways
from bpu.services.messages.reports import Receipts
from bpu.services.messages.sandbox import deposit
from bpu.services.messages.worker import Deliverer, Delivery
from bpu.settings import Refusals, Settings

TRIES_EACH = 2  # transient failures after which the next gateway has its turn


def open_deliverers(settings: Settings) -> Mapping[str, Deliverer]:
    """What delivers ``sms`` and ``email`` rows under these settings; raises `Misconfigured`."""
    refusals = Refusals()
    with refusals:
        gateways = open_gateways(settings, deposit)
    with refusals:
        mailer = open_mail(settings, deposit)
    refusals.tell()
    texting, posting = Texting(gateways, Receipts(settings)), Posting(mailer)
    return {"sms": texting.deliver, "email": posting.deliver}


class Texting:
    """Sends an SMS through the first gateway, or the next: at once when one refuses for good or rests."""

    def __init__(self, gateways: Sequence[Gateway], receipts: Receipts) -> None:
        self.gateways = gateways
        self.receipts = receipts

    def deliver(self, row: Outgoing) -> Delivery:
        """Deliver one row; its count of tries says whose turn it is. Raises what the last gateway asked said.

        It is permanent only when every gateway refused for good.
        """
        payload = row.payload
        turn = (row.attempts - 1) // TRIES_EACH % len(self.gateways)
        problems: list[str] = []
        for gateway in (*self.gateways[turn:], *self.gateways[:turn]):
            if gateway.resting:
                problems.append(f"{gateway.name}: resting")
                continue
            sms = Sms(payload["to"], payload["text"], payload.get("otp", ""), row.uid, self._receipts_to(row, gateway))
            try:
                return Delivery(gateway.name, gateway.send(sms))
            except ProviderError as error:
                problems.append(str(error))
                if not error.permanent:
                    raise ProviderError("; ".join(problems), permanent=False) from None
        only_refused = not any(problem.endswith(": resting") for problem in problems)
        raise ProviderError("; ".join(problems), permanent=only_refused)

    def _receipts_to(self, row: Outgoing, gateway: Gateway) -> str:
        return self.receipts.address(row.uid, gateway.name)


class Posting:
    """Sends an e-mail."""

    def __init__(self, mailer: Mailer) -> None:
        self.mailer = mailer

    def deliver(self, row: Outgoing) -> Delivery:
        """Deliver one row; raises `ProviderError`."""
        return Delivery(self.mailer.name, self.mailer.send(Mail(ref=row.uid, **row.payload)))

"""The worker: who delivers what leaves, and what is done by the clock."""

from bpu import clock
from bpu.services.messages.delivery import open_deliverers
from bpu.services.messages.worker import Worker
from bpu.services.money import reconcile
from bpu.services.opened import Services
from bpu.services.upkeep import purge, retention, soundness


def worker(services: Services) -> Worker:
    """A worker that delivers messages, asks the core for numbers, ends bills and forgets drafts in time."""
    payments = services.payments
    asks = reconcile.askable(services.gateways, services.qrcodes)
    return Worker(
        deliver={**open_deliverers(services.settings), "core": services.enrolment.deliver},
        ticks={
            "expire": (1, lambda: services.bills.expire(clock.now())),
            "lapse": (60, lambda: services.bills.lapse(clock.now())),
            "ask_providers": (60, lambda: reconcile.ask(asks, payments, clock.now())),
            "purge": (60, purge.drafts),
            "retention": (60, lambda: retention.forget(clock.now(), services.settings.kept_days, services.catalogue)),
            "soundness": (1440, soundness.look),
            "desk": (60, purge.desk),
            "ask_again": (60, lambda: services.enrolment.ask_again(clock.now())),
        },
    )

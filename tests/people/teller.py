"""A bank's side in a process of its own: tells of payments from many threads and prints what it was answered.

``python tests/services/teller.py URL KEYS THREADS`` reads ``CODE AMOUNT REFERENCE`` lines; every thread tells of all of
them, and each answer is printed at once, so that what was acknowledged before a kill is known. A reference that ends in
``*`` is another one in every thread: money that was really sent so many times.
"""

import sys
import threading

from bpu import clock
from bpu.models import database, new_uid, open_database
from bpu.providers.agency import Sandbox
from bpu.secrecy import KeyRing
from bpu.services.membership.enrolment import Enrolment
from bpu.services.messages.texts import Messages
from bpu.services.money.payments import Notice, Payments
from bpu.settings import Settings


def tell(url: str, keys: str, threads: int) -> None:
    """Tell of every line on standard input, from so many threads at the same time."""
    open_database(url, KeyRing.parse(keys))
    settings = Settings()
    messages = Messages(settings)
    payments = Payments(settings, Enrolment(settings, Sandbox(), messages), messages)
    lines = [line.split() for line in sys.stdin]
    start = threading.Barrier(threads)

    def one(name: str) -> None:
        start.wait()
        for code, amount, reference in lines:
            with database.connection_context():
                receipt = payments.receive(
                    Notice("psp", reference.replace("*", name), code, int(amount), clock.now(), pushed=True)
                )
            sys.stdout.write(f"{code} {receipt.outcome} {receipt.registrations[0].number}\n")
            sys.stdout.flush()

    crowd = [threading.Thread(target=one, args=(new_uid(),)) for _ in range(threads)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()


if __name__ == "__main__":
    tell(sys.argv[1], sys.argv[2], int(sys.argv[3]))

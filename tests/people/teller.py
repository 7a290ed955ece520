"""A bank's side in a process of its own: tells of payments from many threads and prints what it was answered.

``python -m tests.people.teller URL KEYS THREADS`` reads ``CODE AMOUNT REFERENCE`` lines; every thread tells of all of
them, and each answer is printed at once, so that what was acknowledged before a kill is known. A reference that ends in
``*`` is another one in every thread: money that was really sent so many times.
"""

import sys
import threading

from bpu import clock
from bpu.models import database, new_uid, open_database
from bpu.secrecy import KeyRing
from bpu.services.money.judging import Notice
from bpu.settings import Settings
from tests.parts.till import till


def tell(url: str, keys: str, threads: int) -> None:
    """Tell of every line on standard input, from so many threads at the same time."""
    open_database(url, KeyRing.parse(keys))
    payments = till(Settings())
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

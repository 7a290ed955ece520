"""People whose phones keep lines open, and whoever does so on purpose: everybody else is served all the while."""

import threading
from pathlib import Path

import pytest

from tests.parts.browsing import Browser, Passer
from tests.parts.crowd import crowd
from tests.people.answers import person
from tests.whole.browser.driver import Service, running

PATIENCE = 15  # seconds for one page


def registered(service: Service, people: int, first: int = 0) -> int:
    """How many of so many people who come at once get their number."""
    numbers: list[str] = []

    def register(number: int) -> None:
        home = f"127.0.1.{1 + number % 200}"
        numbers.append(Passer(service.base, person(first + number), service.authority, PATIENCE, home).register())

    everybody = [threading.Thread(target=register, args=(number,)) for number in range(people)]
    for one in everybody:
        one.start()
    for one in everybody:
        one.join()
    return len(set(numbers))


def seen(service: Service, times: int) -> int:
    """How many of so many looks at the front page, one after the other, were answered in time."""
    found = 0
    for _ in range(times):
        try:
            found += Browser(service.base, service.authority, PATIENCE).get("/bpu").status_code == 200
        except OSError:
            continue
    return found


# A few more than the 256 lines that once were all; and the storm that it was measured against.
CROWDS = [
    pytest.param(60, 300, id="a busy evening"),
    pytest.param(500, 2000, id="a storm", marks=pytest.mark.soak),
    pytest.param(1200, 1000, id="more slow bodies than threads", marks=pytest.mark.soak),
]


@pytest.mark.requirement("R57")
@pytest.mark.parametrize(("slow", "idle"), CROWDS)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_honest_people_are_served_beside_slow_and_idle_ones(tmp_path: Path, tls: bool, slow: int, idle: int) -> None:
    with running(tmp_path, tls=tls) as service, crowd(service.base, slow=slow, idle=idle):
        assert seen(service, 8) == 8
        assert registered(service, 6) == 6

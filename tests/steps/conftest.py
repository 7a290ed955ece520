"""One service and one person for all the rows of a table: a page refuses as often as it is asked."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bpu.models import Draft, Tally, database, writing
from bpu.settings import Settings, with_sandbox_secrets
from tests.conftest import binder, running
from tests.people.answers import PERSON, person
from tests.people.visitor import Visitor


def fearless() -> None:
    """Forget how much was sent: a table sends more in a minute than any person."""
    with writing():
        Tally.delete().where(Tally.key.startswith("LIMITER")).execute()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Visitor]]:
    """`at(slug)`: a person at a page of the registration that they reached once, with answers given so far."""
    folder: Path = tmp_path_factory.mktemp("steps")
    settings = with_sandbox_secrets(Settings(database_url=f"sqlite:///{folder}/bpu.sqlite3", captcha_answer="benar"))
    # The rules of live over the same database; no partner is called by the first pages.
    apps = {True: running(replace(settings, mode="live")), False: running(settings)}
    bind = binder()
    people: dict[tuple, tuple[Visitor, str]] = {}

    def arrive(slug: str, name: str = "", *, live: bool = False, answers: dict = PERSON) -> Visitor:
        bind()
        fearless()
        if (slug, name, live) not in people:
            visitor = Visitor(apps[live], answers=answers).reach(slug)
            uid = visitor.path.split("/")[2] if visitor.path.count("/") > 2 else ""
            people[slug, name, live] = visitor, uid
        visitor, uid = people[slug, name, live]
        return visitor.open(f"/bpu/{uid}/{slug}" if uid else f"/bpu/{slug}")

    yield arrive
    bind()
    if not database.is_closed():
        database.close()


@pytest.fixture
def app_person(at: Callable[..., Visitor]) -> Callable[[str], Visitor]:
    """`app_person(slug)`: somebody whom no other test knows."""
    numbers = count(random.randrange(900))

    def arrive(slug: str) -> Visitor:
        number = next(numbers) % 1000
        return at(slug, f"person {number}", answers=person(number))

    return arrive


def kept(visitor: Visitor, slug: str) -> dict:
    """The answer that was accepted for a step, as the draft holds it."""
    uid = visitor.path.split("/")[2]
    answer: dict = Draft.get(Draft.uid == uid).answers.get(slug, {})
    return answer


def beside(visitor: Visitor, name: str) -> list[str]:
    """What the page says at a field, errors and warnings."""
    found = visitor.page.find(id=f"{name}-e")
    return list(found.stripped_strings) if found else []

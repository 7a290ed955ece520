"""PostgreSQL that is busy, gone, silent or behind a pooler: people wait a little, and no page breaks."""

import socket
import threading
import time
from pathlib import Path

import psycopg
import pytest
from peewee import OperationalError

from bpu.models import Tally, close_all, database, hurry, open_database, writing
from bpu.models.opening import CONNECTIONS
from bpu.secrecy import KeyRing
from tests.parts.browsing import Passer
from tests.parts.servers import KEY, Postgres, opened, running_pgbouncer
from tests.whole.browser.driver import running
from tests.whole.faults.test_connections import registered

RING = KeyRing.parse(KEY)
SELF = "host=127.0.0.1 port=%d user=postgres password=uji-coba dbname=%s"


def plain(url: str) -> str:
    """The URL without anything that we would not say ourselves."""
    return url.partition("?")[0]


def test_whoever_finds_every_connection_taken_waits_and_is_told_when_it_takes_too_long(postgres: Postgres) -> None:
    open_database(f"{plain(postgres.fresh())}?max_connections=2&timeout=1", RING)
    inside, go = threading.Barrier(3), threading.Event()

    def keep() -> None:
        with database.connection_context():
            inside.wait(10)
            go.wait(10)

    keepers = [threading.Thread(target=keep) for _ in range(2)]
    try:
        for keeper in keepers:
            keeper.start()
        inside.wait(10)
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            database.connect()
        assert 0.9 < time.monotonic() - begun < 2
        hurry(time.monotonic() + 0.2)
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            database.connect()
        assert time.monotonic() - begun < 0.8, "who is late already waits less"
        hurry(None)
        threading.Timer(0.3, go.set).start()
        with database.connection_context():
            assert database.execute_sql("SELECT 1").fetchone() == (1,)
    finally:
        go.set()
        hurry(None)
        for keeper in keepers:
            keeper.join()
        close_all()


def test_a_server_that_says_nothing_keeps_a_crowd_no_longer_than_one(postgres: Postgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        open_database(f"psycopg3+pool://a:b@127.0.0.1:{silent.getsockname()[1]}/c?connect_timeout=2", RING)
        took: list[float] = []

        def ask() -> None:
            begun = time.monotonic()
            with pytest.raises(OperationalError), database.connection_context():
                pass
            took.append(time.monotonic() - begun)

        asking = [threading.Thread(target=ask) for _ in range(30)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert len(took) == 30
        assert max(took) < 4


def test_a_row_that_somebody_else_keeps_is_waited_for_a_bounded_time(postgres: Postgres) -> None:
    with opened(plain(postgres.fresh())):
        with writing():
            Tally.create(key="a", count=1, expires=0)
        other = psycopg.connect(SELF % (postgres.port, database.obj.database))
        other.execute("SELECT * FROM tally FOR UPDATE")
        begun = time.monotonic()
        with pytest.raises(OperationalError), writing():
            Tally.update(count=2).execute()
        assert 5 < time.monotonic() - begun < 8
        other.close()
        with writing():
            assert Tally.update(count=2).execute() == 1


PEOPLE = [pytest.param(24, 3, id="24"), pytest.param(200, 24, id="200", marks=pytest.mark.soak)]


@pytest.mark.parametrize(("people", "connections"), PEOPLE)
def test_more_people_than_connections_are_all_registered(
    postgres: Postgres, tmp_path: Path, people: int, connections: int
) -> None:
    url = f"{plain(postgres.fresh())}?max_connections={connections}"
    with running(tmp_path, tls=False, BPU_DATABASE_URL=url, BPU_WORKERS="2") as service:
        for first in range(0, people, 100):
            assert registered(service, min(people, 100), first) == min(people, 100)
    assert CONNECTIONS * 2 < 100, "two web processes fit into the server as it comes"


def test_a_pooler_in_transaction_mode_is_reached_by_the_url_that_the_documents_name(
    postgres: Postgres, tmp_path: Path
) -> None:
    with running_pgbouncer(plain(postgres.fresh()), default_pool_size=5) as url:
        told = (Path(__file__).parents[3] / "docs/operating.md").read_text()
        assert f"?{url.partition('?')[2]}" in told
        with running(tmp_path, tls=False, BPU_DATABASE_URL=url, BPU_WORKERS="2") as service:
            assert registered(service, 12) == 12
            assert Passer(service.base, {}).open("/health").response.status_code == 200

"""From paid to participant: one number each, given once, never by chance the wrong one."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine

from bpu import clock
from bpu.models import Outgoing, Registration, database, writing
from bpu.providers import ProviderError
from bpu.providers.agency import File, Sandbox, Way
from bpu.services.membership.enrolment import Enrolment, Flaw, Refused, application
from bpu.services.messages.texts import Messages
from bpu.settings import Settings
from tests.people.registered import registered


class Called(File):
    """A core on a network of its own: answers each application as it was told to."""

    way = Way.CALL

    def __init__(self, *answers: str | None) -> None:
        super().__init__(Settings())
        self.answers = list(answers)
        self.applications: list[dict] = []

    def number(self, application: dict) -> str | None:
        self.applications.append(application)
        return self.answers.pop(0)


def enrolled(core) -> Enrolment:
    configured = Settings()
    return Enrolment(configured, core, Messages(configured))


def paid(enrolment: Enrolment) -> Registration:
    person = registered()
    with writing():
        enrolment.paid(person, clock.now())
    return person


def fresh(row):
    return type(row).get(type(row).uid == row.uid)


def rows(kind: str) -> list[Outgoing]:
    return list(Outgoing.select().where(Outgoing.kind == kind).order_by(Outgoing.created, Outgoing.key))


def told(name: str) -> int:
    return Outgoing.select().where(Outgoing.key.startswith(f"sms:{name}:")).count()


def test_the_sandbox_gives_its_number_in_the_paying_transaction(store):
    person = paid(enrolled(Sandbox()))
    assert (person.status, fresh(person).status) == ("active", "active")
    assert re.fullmatch(r"CONTOH-[0-9]{8}", fresh(person).number)
    assert (told("paid"), told("paid_waiting"), rows("core")) == (1, 0, [])


def test_a_paying_transaction_that_fails_gives_nothing(store):
    person, enrolment = registered(), enrolled(Sandbox())

    def fail() -> None:
        with writing():
            enrolment.paid(person, clock.now())
            assert person.number
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (fresh(person).status, fresh(person).number, told("paid")) == ("awaiting", None, 0)


def test_a_number_drawn_for_someone_before_is_drawn_again(store):
    draws = ["CONTOH-00000001", "CONTOH-00000001", "CONTOH-00000001", "CONTOH-00000002"]

    class Unlucky(Sandbox):
        def number(self, application: dict) -> str:
            return draws.pop(0)

    enrolment = enrolled(Unlucky())
    assert [paid(enrolment).number, paid(enrolment).number] == ["CONTOH-00000001", "CONTOH-00000002"]


def test_a_core_that_draws_only_numbers_of_others_is_no_endless_loop(sqlite_store):
    class Stuck(Sandbox):
        def number(self, application: dict) -> str:
            return "CONTOH-00000001"

    enrolment = enrolled(Stuck())
    paid(enrolment)
    with pytest.raises(RuntimeError, match="free"):
        paid(enrolment)


def test_only_what_awaits_payment_can_be_paid(sqlite_store):
    enrolment = enrolled(Sandbox())
    person = paid(enrolment)
    with pytest.raises(ValueError, match="awaits payment"), writing():
        enrolment.paid(person, clock.now())


def test_until_the_core_answers_the_number_is_on_its_way(store):
    core = Called("26110000001")
    enrolment = enrolled(core)
    person = paid(enrolment)
    assert (fresh(person).status, fresh(person).number, told("paid_waiting")) == ("paid", None, 1)
    (row,) = rows("core")
    assert (row.key, row.payload) == (f"core:{person.uid}", {"registration": person.uid})
    enrolment.deliver(row)
    assert (fresh(person).status, fresh(person).number, told("paid")) == ("active", "26110000001", 1)
    enrolment.deliver(row)  # the worker died before it could say so
    assert len(core.applications) == 1
    said = core.applications[0]
    assert (said["registration"], said["nik"], said["name"]) == (person.uid, person.nik, person.name)
    assert said == application(fresh(person)) | {"paid": said["paid"]}


def test_a_core_that_accepts_first_numbers_later(sqlite_store):
    enrolment = enrolled(Called(None))
    person = paid(enrolment)
    enrolment.deliver(rows("core")[0])
    assert fresh(person).status == "paid"
    assert enrolment.number(person, "26110000001") is True
    assert enrolment.number(person, "26110000001") is False
    assert told("paid") == 1


@pytest.mark.parametrize("number", ["CONTOH-00000001", "2611000000", "261100000012", "", "2611000000１"])
def test_an_answer_that_is_no_number_is_given_to_nobody(sqlite_store, number):
    enrolment = enrolled(Called(number))
    person = paid(enrolment)
    with pytest.raises(ProviderError, match="form") as caught:
        enrolment.deliver(rows("core")[0])
    assert caught.value.permanent
    assert fresh(person).status == "paid"


def test_a_number_is_refused_with_the_reason(store):
    enrolment = enrolled(Called())
    first, second, unpaid = paid(enrolment), paid(enrolment), registered()
    enrolment.number(first, "26110000001")
    gone = registered()
    gone.delete_instance()
    cases = [
        (first, "26110000002", Flaw.OTHER),
        (second, "26110000001", Flaw.TAKEN),
        (unpaid, "26110000003", Flaw.UNPAID),
        (second, "26110000003\n", Flaw.FORM),
        (gone, "26110000003", Flaw.UNKNOWN),
    ]
    for person, number, flaw in cases:
        with pytest.raises(Refused) as caught:
            enrolment.number(person, number)
        assert caught.value.flaw is flaw
    assert [fresh(each).number for each in (first, second, unpaid)] == ["26110000001", None, None]
    assert enrolment.number(second, "26110000003")


def test_who_waits_for_a_number_is_asked_for_again_the_next_day_and_once(store):
    enrolment = enrolled(Called(None))
    lost, still_asked = paid(enrolment), paid(enrolment)
    Outgoing.update(state="sent").where(Outgoing.key == f"core:{lost.uid}").execute()
    assert enrolment.ask_again(clock.now()) == 0
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        assert enrolment.ask_again(clock.now()) == 1
        assert enrolment.ask_again(clock.now()) == 0
    asked = {row.key.split(":")[1] for row in rows("core") if row.state == "new"}
    assert asked == {lost.uid, still_asked.uid}
    assert enrolled(Sandbox()).ask_again(clock.now() + timedelta(days=9)) == 0


def test_a_number_called_back_by_many_at_once_is_taken_once(store):
    enrolment = enrolled(Called())
    person = paid(enrolment)
    results: list[object] = []
    start = threading.Barrier(12)

    def call(number: str) -> None:
        start.wait()
        with database.connection_context():
            try:
                results.append(enrolment.number(person, number))
            except Refused as refused:
                results.append(refused.flaw)

    database.close()
    crowd = [threading.Thread(target=call, args=(f"2611000000{at % 2}",)) for at in range(12)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sorted(map(str, results)) == ["False"] * 5 + ["True"] + ["other"] * 6
    assert told("paid") == 1

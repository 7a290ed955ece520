"""A room says itself what the frame has to know of it."""

import pytest
from flask import Blueprint, Flask

from bpu import ROOMS
from bpu.web.frame.room import Room


def added(app: Flask, **said: object) -> Flask:
    """The application with one more room, whose only page takes a form and shows it."""
    file = Blueprint("page", __name__, url_prefix="/coba")

    @file.route("", methods=["GET", "POST"])
    def view() -> str:
        return "<p>coba</p>"

    app.register_blueprint(Room("coba", file, **said))
    return app


def test_an_address_is_answered_by_the_file_that_its_endpoint_names(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "wire.static":
            continue
        room, file, _view = rule.endpoint.split(".")
        assert room in ROOMS
        assert app.view_functions[rule.endpoint].__module__ == f"bpu.web.{room}.{file}"


@pytest.mark.parametrize(("said", "status"), [({}, 400), ({"tools": True}, 200), ({"machine": True}, 200)])
def test_a_form_without_proof_of_where_it_comes_from_is_taken_where_no_person_sends(app, said, status) -> None:
    assert added(app, **said).test_client().post("/coba").status_code == status


@pytest.mark.parametrize(("said", "status"), [({"tools": True}, 400), ({"machine": True}, 200)])
def test_what_a_machine_sends_is_not_measured_as_a_form(app, said, status) -> None:
    assert added(app, **said).test_client().post("/coba", data={"a": ["1", "2"]}).status_code == status


def test_whoever_is_signed_in_may_send_what_the_room_allows(app) -> None:
    signed = ["somebody"]
    here = added(app, tools=True, signed_in=lambda: signed[0], allowance="2 per minute").test_client()
    assert [here.post("/coba").status_code for _ in range(3)] == [200, 200, 429]
    signed[0] = None
    assert here.post("/coba").status_code == 200


@pytest.mark.parametrize(("said", "kept"), [({}, "private, no-cache"), ({"alike": True}, "public, max-age=600")])
def test_pages_that_are_alike_for_everybody_may_be_kept_by_anyone(app, said, kept) -> None:
    assert added(app, **said).test_client().get("/coba").headers["Cache-Control"] == kept


@pytest.mark.parametrize(("said", "lent"), [({}, None), ({"entrance": "page.view"}, 'match="/*"')])
def test_the_page_by_which_people_come_in_serves_as_a_dictionary(app, said, lent) -> None:
    answer = added(app, **said).test_client().get("/coba", headers={"Accept-Encoding": "br"})
    assert answer.headers.get("Use-As-Dictionary") == lent

"""A room: a part of the site that says itself what the frame has to know of it, so that the frame knows no names."""

from collections.abc import Callable

from flask import Blueprint, current_app, request


def nobody() -> str | None:
    """The token of whoever is signed in, in a room without a door."""
    return None


class Room(Blueprint):
    """The blueprint that holds those of a room's files; a file with needs of its own is a room inside the room.

    `machine`: who calls signs what it says, so that nothing but its address is counted, and no form of it is ours.
    `tools`: programs may send its forms without having loaded a page.
    `alike`: its pages are the same for everybody, so they may be kept by anyone, and send nothing that needs a script.
    `entrance`: the view by which people come in, as `file.view`; it carries what the pages after it will need.
    `signed_in`: the token of whoever has come through the room's own door, who may send `allowance`.
    """

    def __init__(
        self,
        name: str,
        *files: Blueprint,
        url_prefix: str | None = None,
        machine: bool = False,
        tools: bool = False,
        alike: bool = False,
        entrance: str = "",
        signed_in: Callable[[], str | None] = nobody,
        allowance: str = "",
    ) -> None:
        super().__init__(name, __name__, url_prefix=url_prefix)
        self.machine, self.tools, self.alike = machine, tools, alike
        self.entrance = f"{name}.{entrance}" if entrance else ""
        self.signed_in, self.allowance = signed_in, allowance
        for file in files:
            self.register_blueprint(file)


OUTDOORS = Room("outdoors")


def here() -> Room:
    """The room that answers this request, or what holds for an address that no room has."""
    holding = (current_app.blueprints[name] for name in request.blueprints)
    return next((each for each in holding if isinstance(each, Room)), OUTDOORS)


def entrances() -> set[str]:
    """The addresses by which people come in."""
    ends = [each.entrance for each in current_app.blueprints.values() if isinstance(each, Room) and each.entrance]
    return {rule.rule for end in ends for rule in current_app.url_map.iter_rules(end)}

"""An app with nothing but the doors for banks and payment providers, for tests of what comes in over HTTP."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Flask

from bpu.providers.money.notices import open_gateways
from bpu.providers.money.snap import PATHS, ROOT, Service
from bpu.services.banks.door import Snap
from bpu.services.money.payments import Payments
from bpu.web import partners
from tests.parts.banks import Knock


def doors(payments: Payments) -> Flask:
    """The doors, and the books behind them."""
    flask = Flask(__name__)
    settings = payments.bills.settings
    flask.register_blueprint(partners.room(settings))
    flask.extensions["bpu"] = SimpleNamespace(
        settings=settings,
        payments=payments,
        snap=Snap(settings, payments),
        gateways=open_gateways(settings),
    )
    return flask


def over_http(flask: Flask) -> Knock:
    """The way to the SNAP door through HTTP."""
    client = flask.test_client()

    def knock(service: Service, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        response = client.post(ROOT + PATHS[service], headers=dict(headers), data=body)
        return response.status_code, response.get_json()

    return knock

"""Applications that say what they were asked, for tests of the gate: ``granian tests.serve.echo:opened --factory``."""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bpu.serve import gate


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the request as WSGI told it, after as many seconds as the query says; or with the status turned."""
    turned = environ.get("bpu.turned")
    query = environ["QUERY_STRING"]
    time.sleep(float(query[5:]) if query.startswith("wait=") else 0)
    told = {name: value for name, value in environ.items() if isinstance(value, str) and name.isupper()}
    told["body"] = len(environ["wsgi.input"].read())
    start(f"{turned or 200} X", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def opened() -> gate.Gate:
    """The gate as it is shipped."""
    return gate.Gate(echo)


def narrow() -> gate.Gate:
    """The same with one thread that one other may wait for, half a second, and bodies that have a second."""
    gate.MOST_WAITING, gate.MOST_WAIT, gate.PATIENCE = 1, 0.5, 1.0
    made = gate.Gate(echo)
    made.lanes = {name: gate.Lane(ThreadPoolExecutor(1)) for name in made.lanes}
    return made

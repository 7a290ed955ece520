"""Which tests prove which requirement (`docs/requirements.md`), and whether they passed: what `make trust` prints."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

LISTED = dict(
    re.findall(
        r"^\| (R\d\d) \| (.+?) \|$", (Path(__file__).parents[2] / "docs/requirements.md").read_text(), re.MULTILINE
    )
)
outcomes: dict[str, dict[str, str]] = defaultdict(dict)  # by requirement and test


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--trust``: only the tests that prove a requirement, and the table of them."""
    parser.addoption("--trust", action="store_true", help="run what proves requirements, and print the table")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note what each test proves; refuse a name that nobody knows."""
    proving = []
    for item in items:
        names = [name for mark in item.iter_markers("requirement") for name in mark.args]
        if unknown := set(names) - LISTED.keys():
            raise pytest.UsageError(f"{item.nodeid}: {', '.join(sorted(unknown))} is no requirement")
        item.user_properties += [("requirement", name) for name in names]
        proving += [item] if names else []
    if config.getoption("--trust"):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(proving)])
        items[:] = proving


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst outcome of each test, of all its cases together."""
    if report.when != "call" and report.outcome == "passed":
        return
    test = re.sub(r"\[.*", "", report.nodeid)
    for kind, name in report.user_properties:
        if kind == "requirement" and outcomes[name].get(test) != "failed":
            outcomes[name][test] = report.outcome


def state(name: str) -> str:
    """A requirement in a word."""
    found = set(outcomes[name].values())
    return "OPEN  " if not found else "proven" if found == {"passed"} else "FAILED"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table."""
    if not config.getoption("--trust"):
        return
    for name, text in LISTED.items():
        terminalreporter.write_line(f"{name} {state(name)} {text}")
        for test, outcome in sorted(outcomes[name].items()):
            terminalreporter.write_line(f"      {outcome} {test}")
    proven = [name for name in LISTED if outcomes[name] and set(outcomes[name].values()) == {"passed"}]
    open_ones = [name for name in LISTED if not outcomes[name]]
    terminalreporter.write_line(f"{len(proven)} of {len(LISTED)} proven; open: {', '.join(open_ones) or 'none'}")

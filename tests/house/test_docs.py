"""The documents say what the code does: settings, commands, limits, tables, links."""

import re
import subprocess
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click import Group
from PIL import Image

from bpu import providers, settings
from bpu.cli import group
from bpu.models import TABLES
from bpu.steps import JOURNEY
from tests.people.answers import NIK

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
] or [each for each in ROOT.rglob("*") if each.is_file() and not {".venv", "var"} & set(each.parts)]
PAGES = sorted(each for each in TRACKED if each.suffix == ".md")
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
# A folder of one person's machine, and hosts that packages are fetched from: neither means anything to anybody else.
FOREIGN = re.compile(r"/(?:work|root|home)/\w|pypi\.org|pythonhosted\.org|npmjs\.")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without their heads."""
    tables = re.findall(r"^\|[-|]+\|\n((?:\|.*\|\n)+)", text + "\n", re.MULTILINE)
    return [[cell.strip() for cell in row[1:-1].split("|")] for table in tables for row in table.splitlines()]


@pytest.mark.requirement("R74")
def test_every_setting_is_in_the_readme_with_its_default_and_meaning() -> None:
    wanted = [
        f"| `{name}` | {f'`{default}`' if default else 'empty'} | {doc} |"
        for name, default, doc in settings.documented()
    ]
    told = [row for row in section(README, "## Settings").splitlines() if row.startswith("| `")]
    assert "\n".join(told) == "\n".join(wanted)


def test_every_setting_of_a_partner_is_in_the_readme() -> None:
    wanted = [f"| `{name}` | {doc} |" for name, doc in providers.documented()]
    told = [row for row in section(README, "### Partners").splitlines() if row.startswith("| `")]
    assert "\n".join(told) == "\n".join(wanted)


def test_the_readme_tells_the_steps_in_their_order() -> None:
    told = [cells[0].strip("`") for cells in rows(section(README, "## What it does"))]
    assert told == [page.slug for page in JOURNEY]


def test_the_readme_names_the_nik_that_the_sandbox_takes() -> None:
    assert NIK in README.replace(" ", "")


def test_the_map_has_every_folder() -> None:
    told = {cells[0].strip("`") for cells in rows(section(README, "## Map"))}
    folders = {f"{each.relative_to(ROOT).parent}/" for each in TRACKED if each.suffix != ".png" and "bpu" in each.parts}
    top = {f"{each.relative_to(ROOT).parts[0]}/" for each in TRACKED if len(each.relative_to(ROOT).parts) > 1}
    assert {each for each in folders | top if not each.startswith(".")} - told == set()
    assert [each for each in told if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_documents_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) - targets == set()
    for words in re.findall(r"flask (?:--app app )?bpu ([a-z][a-z -]*)", code):
        command: Any = group
        for word in words.split(" --")[0].split():
            if isinstance(command, Group):
                assert word in command.commands, f"flask bpu {words}"
                command = command.commands[word]


def test_every_command_of_the_makefile_and_of_the_operator_is_documented() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help", "packages"}
    assert {cells[0].strip("`") for cells in rows(section(README, "## Commands"))} == {f"make {one}" for one in targets}
    operating = (ROOT / "docs/operating.md").read_text()
    assert [name for name in group.commands if f"`flask bpu {name}" not in operating] == []


def told(value: Any) -> str:
    """A limit as the table of limits writes it."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        size, unit = next(
            each for each in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")) if seconds % each[0] == 0
        )
        return f"{seconds // size} {unit}"
    if isinstance(value, tuple):
        return " / ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and value > 9_999 else str(value)


LIMITS = rows(section((ROOT / "docs/threats.md").read_text(), "## Limits"))


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(("value", "where"), [cells[1:] for cells in LIMITS], ids=[cells[2] for cells in LIMITS])
def test_a_limit_in_the_documents_is_that_of_the_code(value: str, where: str) -> None:
    module, _, name = where.strip("`").rpartition(".")
    assert told(getattr(import_module(module), name)) == value


@pytest.mark.requirement("R74")
def test_what_is_kept_of_people_names_every_table_and_sealed_column() -> None:
    kept = {cells[0].strip("`"): cells for cells in rows((ROOT / "docs/data.md").read_text())}
    tables = {table._meta.table_name: table for table in TABLES}
    assert kept.keys() == tables.keys()
    for name, table in tables.items():
        sealed = {column for column in table._meta.columns if column.endswith("_sealed")}
        assert set(re.findall(r"`(\w+_sealed)`", kept[name][2])) == sealed, name
        assert kept[name][4], f"how long is {name} kept?"


def test_decisions_have_numbers_of_their_own_and_stand_in_the_index() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert len(numbers) == len(set(numbers))
    index = (ROOT / "docs/decisions/README.md").read_text()
    assert re.findall(r"^\| \[(\d{4})\]\((\S+)\)", index, re.MULTILINE) == [
        (one.name[:4], one.name) for one in DECISIONS
    ]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_context_decision_and_consequences(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.name[:4]}")
    assert re.findall(r"^#+ (Context|Decision|Consequences)\b", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
    ]


def test_the_changelog_begins_with_the_version() -> None:
    heading = re.search(r"^## .*", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading
    assert re.fullmatch(r"## \d+\.\d+\.\d+ \((unreleased|\d{4}-\d{2}-\d{2})\)", heading[0])


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be linked as."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", page.read_text())
    for link in filter(None, ("".join(pair) for pair in links)):
        if not re.match(r"https?://", link):
            path, _, anchor = link.partition("#")
            target = (page.parent / path) if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_the_picture_is_that_of_a_phone_and_light() -> None:
    picture = ROOT / "docs/phone.png"
    with Image.open(picture) as opened:
        assert opened.size == (720, 1280)
    assert picture.stat().st_size < 60_000


def test_no_file_names_somebody_s_machine() -> None:
    found = []
    for file in TRACKED:
        try:
            hit = FOREIGN.search(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue
        if hit:
            found.append(f"{file.relative_to(ROOT)}: {hit[0]}")
    assert found == []

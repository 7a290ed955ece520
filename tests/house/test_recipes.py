"""The recipes of the README, followed by a newcomer to the letter in a copy of the house; then everything is tried."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.M | re.S)
WALK = ROOT / "tests" / "house" / "newcomer.py"


def recipe(title: str) -> tuple[list[str], str]:
    """The blocks of code of a recipe, as they are to be typed in, and its whole text."""
    text = README.split(f"\n### {title}\n")[1].split("\n### ")[0].split("\n## ")[0]
    blocks = []
    for found in BLOCK.finditer(text):
        lines = found[2].splitlines()
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        blocks.append("\n".join(line[indent:] for line in lines) + "\n")
    return blocks, text


class House:
    """A copy of the project that somebody changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed: set[str] = set()

    def change(self, path: str, old: str, new: str) -> None:
        """Put `new` where `old` stands, once."""
        whole = (self.root / path).read_text()
        assert whole.count(old) == 1, f"{old!r} stands {whole.count(old)} times in {path}"
        (self.root / path).write_text(whole.replace(old, new))
        self.changed.add(path)

    def append(self, path: str, text: str) -> None:
        """Add at the end of a file."""
        (self.root / path).write_text((self.root / path).read_text().rstrip("\n") + "\n\n\n" + text)
        self.changed.add(path)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """The project as it is in this clone, without what programs made."""
    for name in ("bpu", "docs", "static", "templates", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    for name in ("app.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return House(tmp_path)


def product(changed: set[str]) -> set[str]:
    """The files that a recipe changes beside texts: documents, and what people and programs answer in tests."""
    return {path for path in changed if not path.startswith("tests/") and not path.endswith(".md")}


def named(text: str, paths: set[str]) -> None:
    """A recipe names each file that it changes."""
    assert {path for path in paths if path not in text} == set()


def add_a_step(house: House) -> None:
    """A page of its own between job and programmes."""
    (code, *_), text = recipe("Add a step")
    answer = '"kelompok": {"group": "Ojek Melati"},'
    assert answer in text
    house.append("bpu/steps/work.py", code)
    house.change("bpu/steps/__init__.py", "    Work(),\n", "    Work(),\n    Group(),\n")
    house.change("bpu/steps/__init__.py", "import Work\n", "import Group, Work\n")
    house.change(
        "bpu/cli/dictionary.py", '    "program": {"programmes"', f'    {answer}\n    "program": {{"programmes"'
    )
    house.change("tests/people/answers.py", '    "program": {', f'    {answer}\n    "program": {{')
    named(text, house.changed)


def add_a_gateway(house: House) -> None:
    """An SMS provider as a table of data."""
    (profile, answers), text = recipe("Add an SMS provider")
    taken, refused = answers.splitlines()
    tests = "tests/providers/messages/test_sms.py"
    house.append("bpu/providers/messages/sms.toml", profile)
    house.change(tests, '    "kannel": (202, ', f'    {taken}\n    "kannel": (202, ')
    house.change(tests, '    "kannel": (403, ', f'    {refused}\n    "kannel": (403, ')
    named(text, house.changed)


def add_an_occupation(house: House) -> None:
    """An entry of the list of occupations."""
    (entry,), text = recipe("Add an occupation")
    data = "bpu/rules/money/occupations.toml"
    house.change(data, '[[occupation]]\ncode = "sopir-taksi"', f'{entry}\n[[occupation]]\ncode = "sopir-taksi"')
    named(text, house.changed)


def change_a_rate(house: House) -> None:
    """A contribution that costs more from a date on."""
    (closed, follows), text = recipe("Change a contribution rate")
    data = "bpu/rules/money/contributions.toml"
    house.change(data, closed.replace("until = 2027-12-31\n", ""), closed)
    whole = (house.root / data).read_text()
    last = whole.rindex("[[rate]]")
    after = last + whole[last:].index("\n\n") + 1
    (house.root / data).write_text(whole[:after] + "\n" + follows + whole[after:])
    named(text, house.changed)


RECIPES = {add_a_step: 3, add_a_gateway: 1, add_an_occupation: 1, change_a_rate: 1}


def test_what_a_newcomer_adds_by_the_recipes_works_everywhere(house: House) -> None:
    for follow, most in RECIPES.items():
        house.changed = set()
        follow(house)
        assert len(product(house.changed)) <= most, house.changed
    shutil.copy(WALK, house.root / "tests" / "whole" / "test_newcomer.py")
    asked = ["tests/whole/test_newcomer.py", "tests/providers/messages/test_sms.py", "tests/house/test_order.py"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *asked],
        cwd=house.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "contohsms" not in README.split("### Add an SMS provider")[0], "the recipe's gateway is only an example"

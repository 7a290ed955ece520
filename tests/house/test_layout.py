"""The house as somebody meets it: small rooms that say what they are for, no circles, one clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.architecture import folders, imports, places, rings

ROOT = Path(__file__).parents[2]
BPU = ROOT / "bpu"
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in BPU.rglob("*.py")}
TESTS = sorted(path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py"))

LONGEST = 250  # lines
MOST, FEWEST = 12, 4  # files of a folder, its `__init__` included

# These lists may only become shorter.
LONG = {"bpu/services/desk/lists.py": 279}
FEW = {
    "bpu/forms",
    "bpu/providers",
    "bpu/rules",
    "bpu/rules/months/cases",
    "bpu/rules/places/data",
    "bpu/web",
}
CIRCLES = [
    {"bpu.rules.places.matching", "bpu.rules.places.regions"},  # for the name of a type
]
# Web files that know tables; other rooms ask a service.
TABLES = {
    "desk/bill.py",
    "desk/door.py",
    "desk/helped.py",
    "desk/link.py",
    "desk/lists.py",
    "desk/person.py",
    "desk/queue.py",
    "desk/sign_in.py",
    "desk/together.py",
    "frame/errors.py",
    "frame/limits.py",
    "frame/machines.py",
    "frame/visits.py",
    "partners/agency.py",
    "registration/resume.py",
    "registration/step.py",
    "registration/wake.py",
    "site/health.py",
    "site/sandbox.py",
}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_file_is_short_and_says_what_it_is_for(name):
    assert SOURCES[name].count("\n") <= LONG.get(name, LONGEST)
    assert ast.get_docstring(ast.parse(SOURCES[name])) or not SOURCES[name].strip()


def test_a_folder_holds_a_handful_of_files():
    counts = {folder: len(files) for folder, files in folders(BPU).items()}
    assert {folder: count for folder, count in counts.items() if count > MOST} == {}
    assert {folder for folder, count in counts.items() if count < FEWEST} <= FEW


@pytest.mark.parametrize("room", sorted(name for name in SOURCES if name.endswith("/__init__.py")))
def test_a_room_says_what_it_is_for_what_it_may_know_and_who_knocks(room):
    if room == "bpu/__init__.py":
        return
    told = ast.get_docstring(ast.parse(SOURCES[room])) or ""
    assert 2 <= len(told.splitlines()) <= 7, told
    assert re.search(r"\bknocks?\b", told), "who knocks?"
    assert re.search(r"\b(?:know|knows|pure)\b", told, re.I), "what may it know?"


def test_no_files_know_each_other_in_a_circle():
    assert [ring for ring in rings(imports(BPU)) if set(ring) not in CIRCLES] == []


def test_no_folders_know_each_other_in_a_circle():
    assert [ring for ring in rings(places(imports(BPU))) if set(ring) not in CIRCLES] == []


def test_a_circle_is_found():
    assert rings({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
    files = {"bpu.l.x.a": {"bpu.l.y.b"}, "bpu.l.y.b": {"bpu.l.x.c", "bpu.l.z"}, "bpu.l.x.c": set(), "bpu.l.z": set()}
    assert rings(files) == []
    assert rings(places(files)) == [["bpu.l.x", "bpu.l.y"]]


def test_no_more_web_files_know_tables():
    knows = {name for name, text in SOURCES.items() if "bpu/web/" in name and "bpu.models" in text}
    assert {name.removeprefix("bpu/web/") for name in knows} <= TABLES


CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CLOCKS |= {("time", "time_ns"), ("time", "ctime"), ("time", "localtime"), ("time", "gmtime"), ("time", "strftime")}


def clocks_read(text: str) -> Iterator[int]:
    """The lines on which a source asks the machine what time it is."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (name, node.func.attr) in CLOCKS:
                yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for one in node.names if ("time", one.name) in CLOCKS)


def test_only_the_clock_reads_the_time():
    """Whoever read it elsewhere would not follow the sandbox's clock, nor stand still in a test."""
    found = {name for name, text in SOURCES.items() if any(clocks_read(text))}
    assert found == {"bpu/clock.py"}


@pytest.mark.parametrize("text", ["datetime.datetime.now(UTC)", "date.today()", "time.time()", "from time import time"])
def test_a_clock_that_is_read_is_found(text):
    assert list(clocks_read(text)) == [1]


WIDE = {"rules/months/test_properties.py"}  # of a whole folder


def test_a_test_lies_where_its_thing_lies():
    """A test names the file or folder that it is about; what crosses rooms stands in `whole`, the house in `house`."""
    strayed = []
    for path in TESTS:
        if path.parts[0] in ("whole", "house"):
            continue
        words = path.stem.removeprefix("test_").split("_")
        names = ["_".join(words[: count + 1]) for count in range(len(words))]
        folder = BPU / path.parent
        if not any((folder / f"{name}.py").is_file() or (folder / name).is_dir() for name in names):
            strayed.append(path.as_posix())
    assert set(strayed) <= WIDE

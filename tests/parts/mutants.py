"""Small changes that a person would notice: each is made in a copy of the house, and the tests of its room must go red.

    python -m tests.parts.mutants                        all rooms, so many of each as `docs/mutants.md` says
    python -m tests.parts.mutants money codes --each 40

What survives is printed with file, line and change: a test is missing there, or the change means nothing.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".git", ".venv", "var", "bench", "__pycache__", ".*_cache", ".hypothesis")
LONGEST = 240  # seconds for one change; tests that hang have noticed it

# Files, the tests that have to notice, and those that are asked when the first did not; before them, a file's own.
ROOMS = {
    "identity": (["bpu/rules/identity"], ["tests/rules/identity"], ["tests/steps/test_who.py"]),
    "money": (["bpu/rules/money"], ["tests/rules/money"], ["tests/steps/test_choose.py", "tests/steps/test_work.py"]),
    "months": (["bpu/rules/months", "bpu/rules/calendar.py"], ["tests/rules/months", "tests/rules/money"], []),
    "bills": (["bpu/services/money"], ["tests/services/money"], ["tests/services/banks", "tests/web/registration"]),
    "codes": (["bpu/services/access"], ["tests/services/access"], ["tests/web/desk/test_sign_in.py", "tests/steps"]),
    "desk": (
        ["bpu/services/desk", "bpu/steps/desk", "bpu/web/desk"],
        ["tests/services/desk", "tests/web/desk"],
        ["tests/house"],
    ),
}
NEVER = ("tests/web/desk/test_person_mixing.py", "tests/web/desk/test_person_keyboard.py")  # long, and of the whole
OTHER = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """A file with one change: where it is, what stood there, what stands there now, and the whole source."""

    path: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.path}:{self.line}  {self.before}  ->  {self.after}"


def _changed(node: ast.AST) -> ast.AST | None:
    """The node as something else, or None for one that is left alone."""
    new = copy.deepcopy(node)
    if isinstance(new, ast.Compare) and type(new.ops[0]) in OTHER:
        new.ops[0] = OTHER[type(new.ops[0])]()
    elif isinstance(new, (ast.BoolOp, ast.BinOp)) and type(new.op) in OTHER:
        if any(
            isinstance(part, (ast.Constant, ast.JoinedStr)) and not _number(part) for part in ast.iter_child_nodes(new)
        ):
            return None  # words that are put together
        new.op = OTHER[type(new.op)]()
    elif isinstance(new, ast.UnaryOp) and isinstance(new.op, ast.Not):
        return new.operand
    elif isinstance(new, ast.Constant) and isinstance(new.value, bool):
        new.value = not new.value
    elif _number(new):
        new.value += 1
    elif isinstance(new, ast.Expr) and isinstance(new.value, ast.Call) and "log." not in ast.unparse(new):
        return ast.Pass()
    else:
        return None
    return new


def _number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Every change of a source that this knows to make; annotations and decorators are left alone."""
    tree = ast.parse(source)
    quiet: set[int] = set()
    for node in ast.walk(tree):
        parts = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", ()),
        ]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            parts.append(node)
        quiet |= {id(inner) for part in parts if part is not None for inner in ast.walk(part)}
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for at, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or id(node) in quiet or (new := _changed(node)) is None:
                    continue
                _put(parent, name, at, ast.copy_location(new, node))
                whole = ast.unparse(ast.fix_missing_locations(tree))
                _put(parent, name, at, node)
                short = [" ".join(ast.unparse(one).split())[:90] for one in (node, new)]
                yield Mutant(path, node.lineno, *short, whole)


def _put(parent: ast.AST, name: str, at: int, node: ast.AST) -> None:
    value = getattr(parent, name)
    if isinstance(value, list):
        value[at] = node
    else:
        setattr(parent, name, node)


def sample(there: Path, room: str, each: int, seed: int) -> list[Mutant]:
    """So many changes of a room, as it is in a copy, spread over its files by their size."""
    files = [
        found
        for place in ROOMS[room][0]
        for found in (sorted((there / place).rglob("*.py")) if (there / place).is_dir() else [there / place])
    ]
    every = [
        mutant
        for file in files
        for mutant in mutants(file.relative_to(there).as_posix(), file.read_text(encoding="utf-8"))
    ]
    return random.Random(f"{seed} {room}").sample(every, min(each, len(every)))


def own(there: Path, path: str) -> list[str]:
    """The tests that bear the name of a file: asked first, for they are quick."""
    file = Path(path)
    beside = there / "tests" / file.parent.relative_to("bpu")
    return [one.relative_to(there).as_posix() for one in sorted(beside.glob(f"test_{file.stem}*.py"))]


def red(copy_: Path, tests: list[str]) -> bool:
    """Whether these tests, run in a copy of the house, notice what was changed there."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        "not soak",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
    ]
    command += [f"--ignore={never}" for never in NEVER] + [one for one in tests if (copy_ / one).exists()]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PYTHONDONTWRITEBYTECODE": "1"
    }
    try:
        return subprocess.run(command, cwd=copy_, env=environ, capture_output=True, timeout=LONGEST).returncode in (
            1,
            2,
        )
    except subprocess.TimeoutExpired:
        return True


def noticed(mutant: Mutant, room: str, copies: "Queue[Path]") -> bool:
    """Whether the tests of the room, or those beside it, go red."""
    there = copies.get()
    file = there / mutant.path
    kept = file.read_text(encoding="utf-8")
    try:
        file.write_text(mutant.source, encoding="utf-8")
        _, first, then = ROOMS[room]
        return red(there, first) or (bool(then) and red(there, then))
    finally:
        file.write_text(kept, encoding="utf-8")
        copies.put(there)


def main() -> int:
    """Run, and tell for each room how many were made and noticed; 1 when tests are red without any change."""
    parser = argparse.ArgumentParser(prog="python -m tests.parts.mutants")
    parser.add_argument("rooms", nargs="*", metavar="room", help=f"{', '.join(ROOMS)}; all of them")
    parser.add_argument("--each", type=int, default=20, help="changes of each room")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copies: Queue[Path] = Queue()
        for number in range(chosen.jobs):
            there = Path(folder, str(number))
            shutil.copytree(ROOT, there, ignore=shutil.ignore_patterns(*LEFT_OUT))
            copies.put(there)
        for room in chosen.rooms or ROOMS:
            there = copies.get()
            whole = not red(there, ROOMS[room][1])
            copies.put(there)
            if not whole:
                print(f"{room}: red without any change", flush=True)
                return 1
            made = sample(there, room, chosen.each, chosen.seed)
            count = 0
            with ThreadPoolExecutor(chosen.jobs) as pool:
                for mutant, seen in zip(
                    made, pool.map(lambda one, room=room: noticed(one, room, copies), made), strict=True
                ):
                    count += seen
                    print(f"  {'noticed ' if seen else 'survived'} {mutant}", flush=True)
            print(f"| {room} | {len(made)} | {count} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Reads the house from its imports; draws ``docs/architecture.svg`` from them and from the ways in architecture.md.

``make picture``, or ``python -m docs.architecture``.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "bpu"
TEXT = Path(__file__).with_suffix(".md")
PICTURE = Path(__file__).with_suffix(".svg")

WIDTH, LEFT, LINE, MARK = 900, 190, 40, 18  # pixels
COLOURS = ("#b3261e", "#1d5fa8", "#2e7d32")
STYLE = """text{font:14px system-ui,sans-serif;fill:#222}.layer{font-weight:600}.small{font-size:11px;fill:#555}
.band{fill:#f3f4f6}.room{fill:#fff;stroke:#888}.stop{font-size:11px;fill:#fff;text-anchor:middle}
@media(prefers-color-scheme:dark){text{fill:#eee}.small{fill:#bbb}.band{fill:#23262b}.room{fill:#101215;stroke:#888}
.stop{fill:#fff}}"""

Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Stop:
    """One stop of a way: which way, the how manieth stop, the file and what stands there."""

    way: str
    number: int
    path: str
    name: str

    @property
    def module(self) -> str:
        """The dotted name of its file."""
        return self.path.removesuffix(".py").replace("/", ".")


def modules(room: Path) -> dict[str, Path]:
    """Every module below a package by its dotted name."""
    found = {}
    for path in sorted(room.rglob("*.py")):
        parts = path.relative_to(room.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(room: Path) -> Graph:
    """Which module of a package names which others, wherever in the file and for whatever reason."""
    known = modules(room)
    graph: Graph = {}
    for name, path in known.items():
        graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[name] |= {one.name for one in node.names} & known.keys()
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                whole = {f"{node.module}.{one.name}" for one in node.names}
                graph[name] |= (whole & known.keys()) or ({node.module} & known.keys())
        graph[name].discard(name)
    return graph


def folders(room: Path) -> dict[str, list[str]]:
    """The Python files of each folder that has any."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in room.rglob("*.py"):
        found[path.parent.relative_to(room.parent).as_posix()].append(path.name)
    return dict(found)


def places(graph: Mapping[str, Collection[str]]) -> Graph:
    """The same between folders; what lies in a layer beside its folders stands for itself."""
    packages = {name.rpartition(".")[0] for name in graph}

    def home(name: str) -> str:
        parent = name if name in packages else name.rpartition(".")[0]
        return parent if parent.count(".") >= 2 else name

    found: Graph = defaultdict(set)
    for name, known in graph.items():
        found[home(name)] |= {home(other) for other in known} - {home(name)}
    return dict(found)


def rings(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Groups that know each other in a circle (strongly connected, after Tarjan)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(one: str) -> None:
        number[one] = lowest[one] = len(number)
        path.append(one)
        for other in sorted(graph.get(one, ())):
            if other not in number:
                visit(other)
                lowest[one] = min(lowest[one], lowest[other])
            elif other in path:
                lowest[one] = min(lowest[one], number[other])
        if lowest[one] == number[one]:
            ring = path[path.index(one) :]
            del path[path.index(one) :]
            if len(ring) > 1:
                found.append(sorted(ring))

    for one in sorted(graph):
        if one not in number:
            visit(one)
    return found


def stops(text: str) -> Iterator[Stop]:
    """The stops of the ways in a text: ``1. `bpu/file.py`, `name`: …`` below a heading that names the way."""
    way = ""
    for line in text.splitlines():
        if line.startswith("## "):
            way = line.removeprefix("## ")
        elif found := re.match(r"([0-9]+)\. `(bpu/[\w/]+\.py)`, `([\w.]+)`: ", line):
            yield Stop(way, int(found[1]), found[2], found[3])


def layers() -> list[list[str]]:
    """The layers from top to bottom, those of one height together, as the first contract has them."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return [[name.strip() for name in row.split("|")] for row in linter["contracts"][0]["layers"]]


def rooms(layer: str, graph: Graph) -> list[list[str]]:
    """The rooms of a layer, whoever knows others before them; those that do not know each other stand together.

    A layer whose rooms no contract sets in order is one room.
    """
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    if not any(layer in contract.get("containers", ()) for contract in linter["contracts"]):
        return []
    homes = places(graph)
    inside = {name for name in homes if name.startswith(f"{layer}.") and name.count(".") == 2}
    height: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in height:
            height[name] = 0
            height[name] = 1 + max((depth(one) for one in inside if name in homes[one]), default=-1)
        return height[name]

    for name in sorted(inside):
        depth(name)
    return [sorted(name for name in inside if height[name] == level) for level in range(max(height.values()) + 1)]


def room_of(module: str, graph: Graph) -> str:
    """The room of the picture in which a module is: a room of its layer, else the layer."""
    layer = ".".join(module.split(".")[:2])
    inner = ".".join(module.split(".")[:3])
    return inner if any(inner in group for group in rooms(layer, graph)) else layer


def caption(layer: str) -> str:
    """What the layer says itself that it is for."""
    path = HOUSE.parent / layer.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0].rstrip(".")


def dots(marks: Collection[tuple[str, int]], x: int, y: int) -> Iterator[str]:
    """Numbered marks in a row."""
    for index, (colour, number) in enumerate(marks):
        yield f'<circle cx="{x + MARK * index}" cy="{y}" r="8" fill="{colour}"/>'
        yield f'<text class="stop" x="{x + MARK * index}" y="{y + 4}">{number}</text>'


def picture(text: str) -> str:
    """The house as an SVG: layers from top to bottom, their rooms, and the stops of every way as numbered marks."""
    graph, marks = imports(HOUSE), defaultdict(list)
    found = list(stops(text))
    ways = list(dict.fromkeys(stop.way for stop in found))
    for stop in found:
        marks[room_of(stop.module, graph)].append((COLOURS[ways.index(stop.way)], stop.number))
    drawn: list[str] = []
    bands: list[str] = []
    y = 8
    for layer in (one for row in layers() for one in row):
        top, x = y, LEFT
        drawn.append(f'<text class="layer" x="14" y="{y + 25}">{layer.removeprefix("bpu.")}</text>')
        groups = rooms(layer, graph)
        for at, group in enumerate(groups):
            for name in group:
                label = name.removeprefix(f"{layer}.")
                wide = 20 + 9 * len(label) + MARK * len(marks[name])
                if x + wide > WIDTH - 16:
                    x, y = LEFT, y + LINE
                drawn.append(f'<rect class="room" x="{x}" y="{y + 6}" width="{wide}" height="28" rx="5"/>')
                drawn.append(f'<text x="{x + 8}" y="{y + 25}">{label}</text>')
                drawn += dots(marks[name], x + 21 + 9 * len(label), y + 20)
                x += wide + 8
            if at + 1 < len(groups):
                drawn.append(f'<text x="{x - 4}" y="{y + 25}">›</text>')
                x += 12
        if groups:
            y += LINE - 6
        else:
            drawn += dots(marks[layer], LEFT + 8, y + 20)
            x += MARK * len(marks[layer]) + (6 if marks[layer] else 0)
        said = caption(layer)
        said = said if len(said) < 105 else said[:103].rsplit(" ", 1)[0] + " …"
        drawn.append(f'<text class="small" x="{x if not groups else LEFT}" y="{y + 24}">{escape(said)}</text>')
        bands.append(f'<rect class="band" x="4" y="{top}" width="{WIDTH - 8}" height="{y - top + LINE - 4}"/>')
        y += LINE
    for index, way in enumerate(ways):
        drawn.append(f'<circle cx="{20 + 300 * index}" cy="{y + 16}" r="8" fill="{COLOURS[index]}"/>')
        drawn.append(f'<text x="{34 + 300 * index}" y="{y + 21}">{escape(way)}</text>')
    size = f'width="{WIDTH}" height="{y + 36}" viewBox="0 0 {WIDTH} {y + 36}"'
    told = "<title>The layers of the house, their rooms, and three ways through them</title>"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        told,
        f"<style>{STYLE}</style>",
        *bands,
        *drawn,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(TEXT.read_text(encoding="utf-8")), encoding="utf-8")

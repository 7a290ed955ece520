"""Reads the house from its imports; draws ``docs/architecture.svg`` from them and from the ways in architecture.md.

``make picture``, or ``python -m docs.architecture``.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

Graph = dict[str, set[str]]


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

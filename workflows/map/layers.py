"""A graph without circles in layers, from top to bottom: which node is in which layer, and where in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 16
MIDDLE = 0.5


@dataclass(frozen=True)
class Link:
    """A line from a node to another one; `port` says where along the source's lower edge it begins, 0 to 1."""

    source: str
    target: str
    port: float = MIDDLE


@dataclass(frozen=True)
class Hop:
    """A piece of a line, from one layer to the next."""

    upper: str
    lower: str
    port: float


@dataclass
class Layers:
    """Nodes by layer, from the left. A long line has a bend in each layer it passes; those to one target share it."""

    rows: list[list[str]]
    hops: list[Hop]
    paths: dict[Link, list[Hop]]
    bends: set[str]


def layers(nodes: Sequence[str], links: Sequence[Link]) -> Layers:
    """Put the nodes into layers, and each layer into the order with the fewest crossings that was found."""
    depth = _depths(nodes, links)
    rows: dict[int, dict[str, None]] = defaultdict(dict)
    for node in nodes:
        rows[depth[node]][node] = None
    hops: dict[Hop, None] = {}
    paths: dict[Link, list[Hop]] = {}
    bends: set[str] = set()
    for link in links:
        path: list[Hop] = []
        above, port = link.source, link.port
        for level in range(depth[link.source] + 1, depth[link.target] + 1):
            below = link.target if level == depth[link.target] else f"{link.target}@{level}"
            if below != link.target:
                bends.add(below)
                rows[level][below] = None
            path.append(Hop(above, below, port))
            above, port = below, MIDDLE
        hops |= dict.fromkeys(path)
        paths[link] = path
    result = Layers([list(rows[level]) for level in sorted(rows)], list(hops), paths, bends)
    _order(result)
    return result


def _depths(nodes: Sequence[str], links: Sequence[Link]) -> dict[str, int]:
    """How many lines at most lead to a node; one with nothing above it stands right above what follows it."""
    above, below = defaultdict(list), defaultdict(list)
    for link in links:
        above[link.target].append(link.source)
        below[link.source].append(link.target)
    depth: dict[str, int] = {}

    def measure(node: str) -> int:
        if node not in depth:
            depth[node] = max((measure(source) + 1 for source in above[node]), default=0)
        return depth[node]

    for node in nodes:
        measure(node)
    for node in nodes:
        if not above[node] and below[node]:
            depth[node] = max(0, min(depth[target] for target in below[node]) - 1)
    return depth


def _order(result: Layers) -> None:
    best, fewest = [list(row) for row in result.rows], _crossings(result)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        levels = range(1, len(result.rows)) if down else range(len(result.rows) - 2, -1, -1)
        for level in levels:
            _sort(result, level, down=down)
        _swap(result)
        crossings = _crossings(result)
        if crossings < fewest:
            best, fewest = [list(row) for row in result.rows], crossings
    result.rows[:] = best


def _sort(result: Layers, level: int, *, down: bool) -> None:
    places = {name: place for row in result.rows for place, name in enumerate(row)}
    sides: dict[str, list[float]] = defaultdict(list)
    for hop in result.hops:
        if down:
            sides[hop.lower].append(places[hop.upper] + hop.port)
        else:
            sides[hop.upper].append(places[hop.lower] + 0.5 - (hop.port - 0.5) * 0.5)
    row = result.rows[level]
    mean = {name: sum(sides[name]) / len(sides[name]) if sides[name] else float(places[name]) for name in row}
    row.sort(key=lambda name: mean[name])


def _swap(result: Layers) -> None:
    """Exchange neighbours as long as that helps."""
    above, below = defaultdict(list), defaultdict(list)
    for hop in result.hops:
        above[hop.lower].append(hop)
        below[hop.upper].append(hop)
    places = {name: place for row in result.rows for place, name in enumerate(row)}
    for _ in range(3):
        changed = False
        for row in result.rows:
            for left in range(len(row) - 1):
                one, other = row[left], row[left + 1]
                ups = [[places[hop.upper] + hop.port for hop in above[name]] for name in (one, other)]
                downs = [[places[hop.lower] for hop in below[name]] for name in (one, other)]
                now = sum(x > y for ends in (ups, downs) for x in ends[0] for y in ends[1])
                then = sum(x < y for ends in (ups, downs) for x in ends[0] for y in ends[1])
                if then < now:
                    row[left], row[left + 1] = other, one
                    places[one], places[other] = left + 1, left
                    changed = True
        if not changed:
            return


def _crossings(result: Layers) -> int:
    places: Mapping[str, tuple[int, int]] = {
        name: (level, place) for level, row in enumerate(result.rows) for place, name in enumerate(row)
    }
    by_level: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for hop in result.hops:
        level, place = places[hop.upper]
        by_level[level].append((place + hop.port, places[hop.lower][1]))
    return sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for hops in by_level.values()
        for number, one in enumerate(hops)
        for other in hops[number + 1 :]
    )

"""From layers to coordinates: boxes below each other where they can be, lines that turn at right angles only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workflows.map.layers import MIDDLE, Hop, Layers, Link

Point = tuple[float, float]
Size = tuple[float, float]

GAP, BEND = 28.0, 14.0
# Room between two layers: above and below the turns, and between two of them.
ABOVE, BELOW, BETWEEN = 14.0, 22.0, 11.0
ROUNDS = 60
STRAIGHT = 3.0
NEAR = 5.0


@dataclass(frozen=True)
class Placed:
    """The upper left corner of every box, the points of every line, and the size of the whole."""

    corners: Mapping[str, Point]
    lines: Mapping[Link, list[Point]]
    size: Size


def placed(
    layers: Layers, sizes: Mapping[str, Size], port: Callable[[str, float], float] | None = None, gap: float = GAP
) -> Placed:
    """Find a place for everything; `sizes` of all boxes are width and height.

    `port` tells where exactly a line begins, of which the layers only knew about where.
    """
    boxes = dict(sizes) | dict.fromkeys(layers.bends, (BEND, 0.0))
    begins = port or (lambda _, about: about)
    exact = {hop: hop.port if hop.upper in layers.bends else begins(hop.upper, hop.port) for hop in layers.hops}
    middles = _middles(layers, boxes, exact, gap)
    ends = {
        hop: (middles[hop.upper] + (exact[hop] - 0.5) * boxes[hop.upper][0], middles[hop.lower]) for hop in layers.hops
    }
    turns = [_turns(hops, ends) for hops in _channels(layers)]
    y, tops, heights, starts = 0.0, list[float](), list[float](), list[float]()
    for level, row in enumerate(layers.rows):
        tops.append(y)
        heights.append(max(boxes[name][1] for name in row))
        y += heights[-1]
        starts.append(y)
        if level < len(turns):
            lowest = max(turns[level].values(), default=0)
            y += ABOVE + lowest * BETWEEN + BELOW
    level_of = {name: level for level, row in enumerate(layers.rows) for name in row}
    shift = min(middles[name] - boxes[name][0] / 2 for name in boxes)
    right = max(middles[name] + boxes[name][0] / 2 for name in boxes)
    corners = {name: (middles[name] - boxes[name][0] / 2 - shift, tops[level_of[name]]) for name in sizes}
    lines = {}
    for link, path in layers.paths.items():
        points: list[Point] = []
        for hop in path:
            level = level_of[hop.upper]
            source, target = ends[hop]
            bottom = tops[level] + boxes[hop.upper][1]
            turn = starts[level] + ABOVE + turns[level].get(hop, 0) * BETWEEN
            points += [(source, bottom), (source, turn), (target, turn), (target, tops[level + 1])]
        lines[link] = straight([(x - shift, at) for x, at in points])
    return Placed(corners, lines, (right - shift, y))


def _channels(layers: Layers) -> list[list[Hop]]:
    level_of = {name: level for level, row in enumerate(layers.rows) for name in row}
    channels: list[list[Hop]] = [[] for _ in layers.rows[1:]]
    for hop in layers.hops:
        channels[level_of[hop.upper]].append(hop)
    return channels


def _middles(layers: Layers, boxes: Mapping[str, Size], ports: Mapping[Hop, float], gap: float) -> dict[str, float]:
    middles: dict[str, float] = {}
    for row in layers.rows:
        x = 0.0
        for name in row:
            middles[name] = x + boxes[name][0] / 2
            x += boxes[name][0] + gap
    up, down = defaultdict(list), defaultdict(list)
    lines = defaultdict(list)
    for hop in layers.hops:
        up[hop.lower].append(hop)
        down[hop.upper].append(hop)
    for bend in layers.bends:
        lines[bend.split("@")[0]].append(bend)
    for number in range(ROUNDS):
        rows = layers.rows if number % 2 == 0 else layers.rows[::-1]
        for row in rows:
            wanted, weights = [], []
            for name in row:
                if name in layers.bends:
                    # A long line is to be straight, near to where it begins and ends.
                    line = [*lines[name.split("@")[0]], name.split("@")[0]]
                    wanted.append(sum(middles[each] for each in line) / len(line))
                    weights.append(STRAIGHT)
                    continue
                above = [middles[hop.upper] + (ports[hop] - 0.5) * boxes[hop.upper][0] for hop in up[name]]
                below = [middles[hop.lower] - (ports[hop] - 0.5) * boxes[name][0] for hop in down[name]]
                wishes = [*above, *below]
                wanted.append(sum(wishes) / len(wishes) if wishes else middles[name])
                weights.append(len(wishes) or 0.1)
            middles |= zip(row, _spread(row, wanted, weights, boxes, gap), strict=True)
    _snap(layers, middles)
    return middles


def _snap(layers: Layers, middles: dict[str, float]) -> None:
    """A bend by less than the room beside it is none."""
    above: dict[str, float] = {}
    for row in layers.rows:
        for name in row:
            if name in layers.bends:
                line = name.split("@")[0]
                if abs(above.get(line, middles[name]) - middles[name]) < BEND:
                    middles[name] = above.get(line, middles[name])
                above[line] = middles[name]


def _spread(
    row: list[str], wanted: list[float], weights: list[float], boxes: Mapping[str, Size], gap: float
) -> list[float]:
    """As near to where each wants to be as their order and widths allow (isotonic regression)."""
    offsets, x = [], 0.0
    for number, name in enumerate(row):
        if number:
            x += (boxes[row[number - 1]][0] + boxes[name][0]) / 2 + gap
        offsets.append(x)
    blocks: list[tuple[float, float, int]] = []
    for wish, weight, offset in zip(wanted, weights, offsets, strict=True):
        blocks.append((wish - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, much, some), (other, more, others) = blocks[-2:]
            blocks[-2:] = [((one * much + other * more) / (much + more), much + more, some + others)]
    bases = [base for base, _, count in blocks for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _turns(hops: list[Hop], ends: Mapping[Hop, tuple[float, float]]) -> dict[Hop, int]:
    """At which height between two layers each line turns: those to one target, or from one fork, turn together."""
    groups: dict[str, list[Hop]] = defaultdict(list)
    leads = Counter(hop.lower for hop in hops)
    parts = Counter(hop.upper for hop in hops if hop.port == MIDDLE)
    for hop in hops:
        if abs(ends[hop][0] - ends[hop][1]) > 0.5:  # noqa: PLR2004 - less than a pixel is no turn
            forks = hop.port == MIDDLE and parts[hop.upper] > 1 and leads[hop.lower] == 1
            groups[f"/{hop.upper}" if forks else hop.lower].append(hop)
    names = sorted(groups, key=lambda name: ends[groups[name][0]][1])
    spans = {name: _span(groups[name], ends) for name in names}
    # Bubble: of each two that meet, the one whose being above crosses less goes above.
    for _ in names:
        for at in range(len(names) - 1):
            one, other = names[at], names[at + 1]
            if _cost(one, other, groups, spans, ends) > _cost(other, one, groups, spans, ends):
                names[at], names[at + 1] = other, one
    heights: dict[str, int] = {}
    for number, name in enumerate(names):
        meets = [heights[other] for other in names[:number] if _meet(spans[name], spans[other])]
        heights[name] = max(meets, default=-1) + 1
    return {hop: heights[name] for name, group in groups.items() for hop in group}


def _span(group: list[Hop], ends: Mapping[Hop, tuple[float, float]]) -> tuple[float, float]:
    xs = [x for hop in group for x in ends[hop]]
    return min(xs), max(xs)


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] + NEAR * 2 and other[0] <= one[1] + NEAR * 2


def _cost(
    upper: str,
    lower: str,
    groups: Mapping[str, list[Hop]],
    spans: Mapping[str, tuple[float, float]],
    ends: Mapping[Hop, tuple[float, float]],
) -> int:
    """Crossings when one turns above the other; lines upon each other count as many."""
    if not _meet(spans[upper], spans[lower]):
        return 0
    targets = {ends[hop][1] for hop in groups[upper]}
    sources = {ends[hop][0] for hop in groups[lower]}
    crossed = sum(spans[upper][0] < x < spans[upper][1] for x in sources)
    crossed += sum(spans[lower][0] < x < spans[lower][1] for x in targets)
    return crossed + 50 * sum(abs(x - target) < NEAR for x in sources for target in targets)


def straight(points: list[Point]) -> list[Point]:
    """Without the points at which a line does not turn."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1][0] - point[0]) < 0.5 and abs(kept[-1][1] - point[1]) < 0.5:  # noqa: PLR2004 - as above
            continue
        while len(kept) > 1 and any(abs(kept[-2][i] - kept[-1][i]) + abs(kept[-1][i] - point[i]) < 1 for i in (0, 1)):
            kept.pop()
        kept.append(point)
    return kept

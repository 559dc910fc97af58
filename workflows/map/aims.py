"""Where a run should go: to what few runs have come to, by the answers that once led there."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from random import Random

from workflows.map.raw import Exit, Place, Seen

# Of so many of the rarest places one is the aim.
RAREST = 6


class Aims:
    """How often runs came to each place, and by which exits one comes nearer to the place that is aimed at."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._visits: Counter[Place] = Counter()
        self._near: dict[Place, dict[Exit, int]] = {}

    def came(self, run: Seen) -> None:
        """A run has come to some places."""
        self._visits.update(run.after.keys())

    def choose(self, seen: Seen) -> None:
        """Aim at one of the rarest places, or now and then at none."""
        self._near = {}
        if self._visits and self._chance.random() < 0.7:  # noqa: PLR2004 - the rest looks about
            rarest = sorted(self._visits, key=lambda place: self._visits[place])[:RAREST]
            self._near = _distances(seen, self._chance.choice(rarest))

    def exits(self, place: Place) -> list[Exit]:
        """The exits of a place that lead the shortest way to the aim; none where nothing is known to, or by chance."""
        near = self._near.get(place, {}) if self._chance.random() < 0.75 else {}  # noqa: PLR2004 - others are tried too
        shortest = min(near.values(), default=0)
        return [by for by, distance in near.items() if distance == shortest]


def _distances(seen: Seen, aim: Place) -> dict[Place, dict[Exit, int]]:
    into: dict[Place, list[tuple[Place, Exit]]] = defaultdict(list)
    for source, exits in seen.after.items():
        for by, targets in exits.items():
            for target in targets:
                into[target].append((source, by))
    near: dict[Place, dict[Exit, int]] = defaultdict(dict)
    queue = deque([(aim, 0)])
    known = {aim}
    while queue:
        target, distance = queue.popleft()
        for source, by in into[target]:
            near[source].setdefault(by, distance)
            if source not in known:
                known.add(source)
                queue.append((source, distance + 1))
    return near

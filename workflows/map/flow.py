"""A track as a graph that can be drawn: its places without those that make no difference, in an order that is read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import ENDINGS
from workflows.map.raw import JUST_SO, START, Exit, Kind, Place, Seen
from workflows.map.sayings import results

# An answer that a number or a list decides is told without it.
FEW = 5


@dataclass(frozen=True)
class Answer:
    """A way out: the code that was answered `of` a step, a question or a track; the field that decides, if one does."""

    of: str
    code: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True)
class Node:
    """A place of the graph. `waits`: a question that waits until it has an answer."""

    id: str
    kind: Kind
    what: str
    urgent: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Edge:
    """What comes after what, by which answers. `optional`: only where it is needed."""

    source: str
    target: str
    answers: tuple[Answer, ...] = ()
    optional: bool = False


@dataclass
class Flow:
    """A track as a graph; the first node is its start. `joins`: by fork where its branches meet again.

    `whole`: whether all of it was seen, as far as anybody can tell.
    """

    name: str
    nodes: dict[str, Node]
    edges: list[Edge]
    joins: dict[str, str] = field(default_factory=dict)
    whole: bool = True

    def out(self, node: str) -> list[Edge]:
        """What comes after."""
        return [edge for edge in self.edges if edge.source == node]

    def into(self, node: str) -> list[Edge]:
        """What came before."""
        return [edge for edge in self.edges if edge.target == node]


Parts = dict[str, tuple[type[Outcome], ...]]
REST = Place(Kind.REST, "rests")
CLOSED = "case_closed"
Links = dict[Place, dict[Exit, dict[Place, None]]]


def flow(name: str, seen: Seen, parts: Parts) -> Flow:
    """The graph of what was seen. `parts` are the steps of each track: what is another's is one node of this one."""
    places = _grouped(name, seen, parts) if name in parts else {place: place for place in seen.after}
    after: Links = defaultdict(lambda: defaultdict(dict))
    for source, exits in seen.after.items():
        here = places[source]
        for by, targets in exits.items():
            for target in targets:
                if target.kind is Kind.REPORT and target.what in ENDINGS:
                    # After what would close the case itself no track goes on: its branch waits for the rest.
                    after[here][by if here == source else JUST_SO][REST] = None
                    continue
                if here != places[target] or here == source:
                    after[here][by if here == source else JUST_SO][places[target]] = None
    waits = [place for place in seen.after if place in seen.waited]
    if not seen.ended and waits:
        # What never ends by itself ends where it waits, with its case.
        after[places[waits[0]]][("of", waits[0].what), ("result", CLOSED)][Place(Kind.END, CLOSED)] = None
    optional = _optional(seen, places)
    _reduce(after, seen, optional)
    return _numbered(name, seen, after, optional)


def _grouped(name: str, seen: Seen, parts: Parts) -> dict[Place, Place]:
    """By place itself, or the one that stands for the function of another track to which it belongs."""
    own = {outcome.name() for outcome in parts[name]}
    steps: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for place in seen.after:
        for length in range(1, len(place.site) + 1):
            if place.kind is Kind.STEP:
                steps[place.site[:length]].add(place.what)
    places = {}
    for place in seen.after:
        prefixes = (place.site[:length] for length in range(1, len(place.site) + 1))
        foreign = (prefix for prefix in prefixes if len(steps[prefix]) > 1 and not steps[prefix] & own)
        prefix = next(foreign, None)
        if prefix is None:
            places[place] = place
        else:
            shared = {other: len(steps[prefix] & {step.name() for step in theirs}) for other, theirs in parts.items()}
            places[place] = Place(Kind.TRACK, max(sorted(shared), key=lambda other: shared[other]), prefix)
    return places


def _optional(seen: Seen, places: dict[Place, Place]) -> set[tuple[Place, Place]]:
    """By fork the branches that did not always begin; its own join is none."""
    found = set()
    for fork, begun in seen.begun.items():
        for target in frozenset().union(*begun):
            if target.kind is not Kind.JOIN and any(target not in run for run in begun):
                found.add((places[fork], places[target]))
    return found


def _reduce(after: Links, seen: Seen, optional: set[tuple[Place, Place]]) -> None:
    """Leave out what makes no difference, until everything does."""
    reached = {target: None for exits in after.values() for targets in exits.values() for target in targets}
    for place in reached:
        if place.kind is Kind.DECISION and place not in seen.waited and not after.get(place):
            after[place][JUST_SO][REST] = None
    while True:
        into = Counter(
            target for exits in after.values() for target in {each for targets in exits.values() for each in targets}
        )
        drop = next((place for place in list(after) if _idle(place, after, seen, into, optional)), None)
        if drop is None:
            return
        (target,) = {each for targets in after[drop].values() for each in targets} - {drop}
        del after[drop]
        for source, exits in after.items():
            for targets in exits.values():
                if drop in targets:
                    del targets[drop]
                    targets[target] = None
                    if (source, drop) in optional:
                        optional.add((source, target))


def _idle(place: Place, after: Links, seen: Seen, into: Counter[Place], optional: set[tuple[Place, Place]]) -> bool:
    targets = {each for exits in after[place].values() for each in exits}
    if place.kind is Kind.FORK and len(targets) > 1:
        for exits in after[place].values():
            for join in [each for each in exits if each.kind is Kind.JOIN]:
                del exits[join]
        targets = {each for exits in after[place].values() for each in exits}
    if len(targets - {place}) != 1:
        return False
    match place.kind:
        case Kind.DECISION:
            return place not in seen.waited
        case Kind.FORK:
            return not any((place, target) in optional for target in targets)
        case Kind.RACE:
            return True
        case Kind.JOIN:
            forked = any(other.kind is Kind.FORK and other.site == place.site for other in after)
            return into[place] == 1 or not forked
        case _:
            return False


def _numbered(name: str, seen: Seen, after: Links, optional: set[tuple[Place, Place]]) -> Flow:
    """Places by name, in the order in which one comes to them from the start."""
    ids: dict[Place, str] = {}
    times: Counter[str] = Counter()
    edges: list[Edge] = []
    queue = [START]
    nodes: dict[str, Node] = {}
    while queue:
        place = queue.pop(0)
        if place in ids:
            continue
        slug = "".join(letter if letter.isalnum() else "_" for letter in f"{place.kind}_{place.what}")
        times[slug] += 1
        ids[place] = slug if times[slug] == 1 else f"{slug}_{times[slug]}"
        nodes[ids[place]] = Node(ids[place], place.kind, place.what, place.urgent, place in seen.waited)
        queue += [target for _, target in _ways(place, after, seen)]
    for place, source in ids.items():
        for answers, target in _ways(place, after, seen):
            edges.append(Edge(source, ids[target], answers, (place, target) in optional))
    joins = {
        source: ids[join]
        for fork, source in ids.items()
        for join in ids
        if fork.kind is Kind.FORK and join.kind is Kind.JOIN and fork.site == join.site
    }
    return Flow(name, nodes, edges, joins, seen.whole)


def _ways(place: Place, after: Links, seen: Seen) -> list[tuple[tuple[Answer, ...], Place]]:
    """Where a place leads, by which answers, in the order of the answers."""
    exits = {by: tuple(targets) for by, targets in after.get(place, {}).items()}
    by_target: dict[Place, dict[Answer, None]] = {}
    for answer, targets in _answers(place, exits, seen):
        for target in sorted(targets, key=_where):
            by_target.setdefault(target, {})
            if answer is not None:
                by_target[target][answer] = None
    codes = {answer.code for answers in by_target.values() for answer in answers}
    ways = [(_in_short(tuple(answers), codes), target) for target, answers in by_target.items()]
    if place.kind not in {Kind.NOTICE, Kind.WAIT}:
        return ways
    return [(_otherwise(answers, codes), target) for answers, target in ways]


def _otherwise(answers: tuple[Answer, ...], codes: set[str]) -> tuple[Answer, ...]:
    """What was answered before a notice or a wait is not said again: only what is different after it."""
    everything = {answer.code for answer in answers if not answer.field} == codes
    return tuple(dict.fromkeys(Answer(answer.of, "") for answer in answers)) if everything else answers


def _where(place: Place) -> tuple[str, str, tuple[tuple[str, ...], ...]]:
    return place.kind, place.what, tuple((frame.module, frame.function, *frame.about) for frame in place.site)


def _answers(
    place: Place, exits: dict[Exit, tuple[Place, ...]], seen: Seen
) -> Iterator[tuple[Answer | None, Iterable[Place]]]:
    everywhere = {target for targets in exits.values() for target in targets}
    passes = place.kind not in {Kind.STEP, Kind.DECISION, Kind.TRACK}
    if passes and (len(everywhere) == 1 or place.kind not in {Kind.NOTICE, Kind.WAIT}):
        yield from ((None, targets) for targets in exits.values())
        return
    answers = sorted({_answered(by) for by in exits}, key=lambda answer: _rank(answer, seen))
    for answer in answers:
        ways = {by: targets for by, targets in exits.items() if _answered(by) == answer}
        yield from _told_apart(answer, ways)


def _answered(by: Exit) -> Answer:
    said = dict(by)
    return Answer(said.get("of", ""), said.get("result", ""))


def _rank(answer: Answer, seen: Seen) -> tuple[str, int, str]:
    outcome = seen.outcomes.get(answer.of)
    return answer.of, results(outcome).index(answer.code) if outcome else 0, answer.code


def _told_apart(answer: Answer, ways: dict[Exit, tuple[Place, ...]]) -> Iterator[tuple[Answer | None, Iterable[Place]]]:
    """The result alone where it decides; else with the one field that decides most."""
    everywhere = {target for targets in ways.values() for target in targets}
    if len(everywhere) == 1:
        yield (answer if answer.code else None), everywhere
        return
    best: tuple[int, str, dict[str, set[Place]]] | None = None
    for name in sorted({name for by in ways for name, _ in by} - {"result", "of"}):
        split: dict[str, set[Place]] = defaultdict(set)
        for by, targets in ways.items():
            split[dict(by).get(name, "")].update(targets)
        size = sum(map(len, split.values()))
        decides = any(len(targets) < len(everywhere) for targets in split.values()) and len(split) <= FEW
        if decides and (best is None or size < best[0]):
            best = size, name, dict(split)
    if best is None:
        yield (answer if answer.code else None), everywhere
    else:
        _, name, split = best
        yield from ((replace(answer, field=name, value=value), targets) for value, targets in sorted(split.items()))


def _in_short(answers: tuple[Answer, ...], codes: set[str]) -> tuple[Answer, ...]:
    """A field that was left empty goes without saying, and one that decides for every code needs none."""
    plain = {answer.code for answer in answers if not answer.value}
    short: dict[Answer, None] = {}
    for answer in answers:
        fitting = {other.code for other in answers if (other.field, other.value) == (answer.field, answer.value)}
        if not answer.value:
            short[replace(answer, field="")] = None
        elif answer.code not in plain:
            short[replace(answer, code="") if fitting == codes else answer] = None
    return tuple(short)

"""What a picture shows of a graph: cards with their answers; what only lies on the way of an answer is told beside it.

A way back is no line: the answer names the number of the step that it leads to. So lines lead down only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workflows.map.flow import Answer, Edge, Flow, Node
from workflows.map.raw import Kind

PASSED = (Kind.NOTICE, Kind.WAIT)
# Places with answers.
CARDS = (Kind.STEP, Kind.TRACK, Kind.DECISION)


@dataclass(frozen=True)
class Tab:
    """Some answers that lead the same way: past notices and waits, to other cards, back, or to a result."""

    answers: tuple[Answer, ...]
    past: tuple[Node, ...] = ()
    targets: tuple[str, ...] = ()
    backs: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    optional: bool = False


@dataclass
class Cards:
    """The cards of a picture in the order of the graph."""

    nodes: dict[str, Node]
    tabs: dict[str, tuple[Tab, ...]] = field(default_factory=dict)

    def asks(self, name: str) -> bool:
        """Whether a place is a card with its answers; one at which a track only waits is none."""
        node, tabs = self.nodes[name], self.tabs[name]
        return node.kind in CARDS and not (node.waits and len(tabs) == 1 and len(tabs[0].answers) == 1)

    def numbered(self, rows: list[list[str]]) -> dict[str, int]:
        """The cards' numbers, as they are read; everything else has the number of the card that follows it."""
        numbers: dict[str, int] = {}
        for name in (name for row in rows for name in row if name in self.nodes and self.asks(name)):
            numbers[name] = len(numbers) + 1
        for name in reversed([name for row in rows for name in row if name in self.nodes]):
            if name not in numbers:
                following = [numbers[target] for tab in self.tabs[name] for target in tab.targets if target in numbers]
                numbers |= {name: min(following)} if following else {}
        return numbers


def cards(flow: Flow) -> Cards:
    """Fold what lies on the way into the answers, and turn ways back into mentions."""
    back = _backward(flow)
    folded = {
        name
        for name, node in flow.nodes.items()
        if node.kind in PASSED and len(into := flow.into(name)) == 1 and _asks(flow, into[0])
    }
    folded -= {name for name in folded if any(edge in back for edge in flow.into(name))}
    ends = {
        name
        for name, node in flow.nodes.items()
        if node.kind is Kind.END and all(flow.nodes[edge.source].kind is Kind.DECISION for edge in flow.into(name))
    }
    rests = {name for name, node in flow.nodes.items() if node.kind is Kind.REST}
    shown = Cards({name: node for name, node in flow.nodes.items() if name not in folded | ends | rests})
    for name in shown.nodes:
        tabs = [tab for edge in flow.out(name) for tab in _tabs(flow, edge, edge.answers, (), (folded, ends), back)]
        shown.tabs[name] = _merged(tabs)
    return shown


def _asks(flow: Flow, edge: Edge) -> bool:
    kind = flow.nodes[edge.source].kind
    return kind in {Kind.STEP, Kind.TRACK, Kind.DECISION, *PASSED}


def _tabs(  # noqa: PLR0913, PLR0917 - what is known on the way of an answer
    flow: Flow,
    edge: Edge,
    answers: tuple[Answer, ...],
    past: tuple[Node, ...],
    hidden: tuple[set[str], set[str]],
    back: set[Edge],
) -> list[Tab]:
    folded, ends = hidden
    target = flow.nodes[edge.target]
    if edge.target in folded and edge not in back:
        found = []
        for onward in flow.out(edge.target):
            told = _refined(answers, onward.answers)
            found += _tabs(flow, onward, told, (*past, target), hidden, back)
        return found
    if edge.target in ends:
        return [Tab(answers, past, ends=(target.what,))]
    if target.kind is Kind.REST:
        return [Tab(answers, past)]
    if edge in back:
        return [Tab(answers, past, backs=(edge.target,))]
    return [Tab(answers, past, targets=(edge.target,), optional=edge.optional)]


def _refined(answers: tuple[Answer, ...], later: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """What was answered, as far as it leads this way."""
    codes = {answer.code for answer in later} - {""}
    kept = tuple(answer for answer in answers if not codes or answer.code in codes)
    fields = [answer for answer in later if answer.field]
    if not fields:
        return kept or answers
    return tuple(
        Answer(answer.of, answer.code, part.field, part.value)
        for answer in kept or answers
        for part in fields
        if part.code in {"", answer.code}
    )


def _merged(tabs: list[Tab]) -> tuple[Tab, ...]:
    """Ways that lead to the same things are one; the same answers may lead several ways."""
    same: dict[tuple[object, ...], Tab] = {}
    for tab in tabs:
        way = tab.past, tab.targets, tab.backs, tab.ends
        known = same.get(way)
        answers = tuple(dict.fromkeys((*(known.answers if known else ()), *tab.answers)))
        same[way] = Tab(answers, *way, optional=tab.optional)
    told: dict[tuple[object, ...], Tab] = {}
    for number, tab in enumerate(same.values()):
        key: tuple[object, ...] = (tab.answers, tab.past, tab.optional) if tab.answers else (number,)
        known = told.get(key)
        if known is None:
            told[key] = tab
        else:
            told[key] = Tab(
                tab.answers,
                tab.past,
                known.targets + tab.targets,
                known.backs + tab.backs,
                known.ends + tab.ends,
                tab.optional,
            )
    return tuple(told.values())


def _backward(flow: Flow) -> set[Edge]:
    """The edges that lead back to where one came from."""
    found: set[Edge] = set()
    done: set[str] = set()
    path: list[tuple[str, list[Edge]]] = []
    on_path: set[str] = set()
    for start in flow.nodes:
        if start in done:
            continue
        path.append((start, flow.out(start)))
        on_path.add(start)
        while path:
            node, edges = path[-1]
            if not edges:
                path.pop()
                on_path.discard(node)
                done.add(node)
                continue
            edge = edges.pop(0)
            if edge.target in on_path:
                found.add(edge)
            elif edge.target not in done:
                path.append((edge.target, flow.out(edge.target)))
                on_path.add(edge.target)
    return found

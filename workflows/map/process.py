"""A graph as BPMN has it: joins and splits in gateways of their own, what may be left out behind a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from workflows.map.flow import Answer, Edge, Flow, Node
from workflows.map.raw import Kind
from workflows.map.words import Words


class Shape(StrEnum):
    """The elements of BPMN that are used, by their names in its XML."""

    START = "startEvent"
    END = "endEvent"
    TERMINATE = "terminate"
    USER = "userTask"
    SEND = "sendTask"
    CALL = "callActivity"
    TIMER = "timer"
    MESSAGE = "message"
    CONDITION = "conditional"
    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"


@dataclass(frozen=True)
class Element:
    """A node of a process; `about` is what the graph knows of it."""

    id: str
    shape: Shape
    name: str = ""
    about: Node | None = None


@dataclass
class Process:
    """A process: elements by id, and flows from one to another with a name or none."""

    elements: dict[str, Element] = field(default_factory=dict)
    flows: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, name: str, shape: Shape, title: str = "", about: Node | None = None) -> str:
        """Add an element; its id."""
        self.elements[name] = Element(name, shape, title, about)
        return name


SHAPES = {
    Kind.START: Shape.START,
    Kind.STEP: Shape.USER,
    Kind.DECISION: Shape.EXCLUSIVE,
    Kind.WAIT: Shape.TIMER,
    Kind.REPORT: Shape.MESSAGE,
    Kind.NOTICE: Shape.SEND,
    Kind.TRACK: Shape.CALL,
    Kind.FORK: Shape.PARALLEL,
    Kind.RACE: Shape.PARALLEL,
    Kind.JOIN: Shape.PARALLEL,
}
ACTS = (Kind.STEP, Kind.TRACK, Kind.NOTICE, Kind.WAIT, Kind.JOIN)


def process(flow: Flow, words: Words) -> Process:
    """The process of a track, in one language."""
    return _Making(flow, words).made()


class _Making:
    def __init__(self, flow: Flow, words: Words) -> None:
        self.flow, self.words, self.done = flow, words, Process()
        self.leaves: dict[str, str] = {}
        self.gathered: dict[tuple[str, str], set[str | None]] = {}
        # A race that is won withdraws the rest: so does an end that terminates.
        ends = sum(node.kind is Kind.END for node in flow.nodes.values())
        races = any(node.kind is Kind.RACE for node in flow.nodes.values())
        self.end = Shape.TERMINATE if races and ends > 1 else Shape.END

    def made(self) -> Process:
        for node in self.flow.nodes.values():
            self._node(node)
        for node in self.flow.nodes.values():
            self._ways(node)
        self._merge()
        return self.done

    def _node(self, node: Node) -> None:
        """The element, and behind it the gateway from which its ways part."""
        words, add, out = self.words, self.done.add, self.flow.out(node.id)
        title = words.result(self.flow.name, node.what) if node.kind is Kind.END else words.title(node)
        if node.kind is Kind.NOTICE:
            title = f"{words.common('notice').capitalize()}: {title}"
        last = node.id
        if node.kind is Kind.REST:
            add(node.id, Shape.END, title.capitalize(), node)
        elif node.kind is Kind.END:
            add(node.id, self.end, title, node)
        elif node.kind is Kind.DECISION and node.waits:
            add(node.id, Shape.CONDITION, title, node)
            if len(out) > 1:
                last = self._then(node.id, add(f"{node.id}_answer", Shape.EXCLUSIVE, title))
        else:
            bare = node.kind in {Kind.FORK, Kind.JOIN, Kind.RACE}
            add(node.id, SHAPES[node.kind], "" if bare else title, node)
            if node.kind in ACTS and len(out) > 1:
                asks = words.common("ends") if any(edge.answers for edge in out) else words.common("depends")
                last = self._then(node.id, add(f"{node.id}_answer", Shape.EXCLUSIVE, asks.capitalize()))
        if not out and node.kind not in {Kind.END, Kind.REST}:
            rests = words.common("rests").capitalize()
            self._then(last, add(f"{node.id}_rests", Shape.END, rests))
        self.leaves[node.id] = last

    def _then(self, source: str, target: str) -> str:
        self.done.flows[source, target] = ""
        return target

    def _ways(self, node: Node) -> None:
        out = self.flow.out(node.id)
        if node.kind is Kind.FORK:
            self._branches(node, out)
            return
        for edge in out:
            name = ", ".join(dict.fromkeys(self._says(answer) for answer in edge.answers))
            several = len(out) > 1 and node.kind is not Kind.RACE
            same = sum(other.answers == edge.answers for other in out) > 1
            if several and (not name or same):
                name = " → ".join(filter(None, (name, self._called(edge.target))))
            self.done.flows[self.leaves[node.id], edge.target] = name if several else ""

    def _says(self, answer: Answer) -> str:
        return self.words.answer(answer)

    def _called(self, name: str) -> str:
        node = self.flow.nodes[name]
        return self.words.result(self.flow.name, node.what) if node.kind is Kind.END else self.words.title(node)

    def _branches(self, fork: Node, out: list[Edge]) -> None:
        """What can be reached from one another is one branch, whatever of it comes first."""
        join = self.flow.joins.get(fork.id)
        regions: list[tuple[list[Edge], set[str]]] = []
        for edge in out:
            edges, reached = [edge], self._until(edge.target, join, fork.id)
            for known in [known for known in regions if known[1] & reached]:
                edges, reached = [*known[0], *edges], known[1] | reached
                regions.remove(known)
            regions.append((edges, reached))
        for number, (edges, reached) in enumerate(regions, start=1):
            optional = all(edge.optional for edge in edges)
            entry = fork.id
            if len(edges) > 1 or optional:
                asks = self.done.add(f"{fork.id}_need_{number}", Shape.EXCLUSIVE, self.words.common("if_needed"))
                entry = self._then(fork.id, asks)
            for edge in edges:
                self.done.flows[entry, edge.target] = "" if entry == fork.id else self._called(edge.target)
            if optional:
                none = self.words.common("none")
                if join is None:
                    nothing = self.done.add(f"{entry}_rests", Shape.END, none)
                    self.done.flows[entry, nothing] = none
                else:
                    self.done.flows[entry, join] = none
            if join is not None:
                self._gather(join, f"{fork.id}_end_{number}", {*reached, entry, *map(self.leaves.get, reached)})

    def _gather(self, join: str, name: str, sources: set[str | None]) -> None:
        """A branch comes to its join once, whichever way it ended."""
        ways = [
            (source, target)
            for source, target in self._all_flows()
            if target == join and source in sources and source is not None
        ]
        if len(ways) > 1:
            self.done.add(name, Shape.EXCLUSIVE)
            self.gathered[join, name] = sources

    def _all_flows(self) -> list[tuple[str, str]]:
        made = list(self.done.flows)
        told = [(self.leaves[edge.source], edge.target) for edge in self.flow.edges]
        return list(dict.fromkeys([*made, *told]))

    def _until(self, start: str, *ends: str | None) -> set[str]:
        reached, queue = set[str](), [start]
        while queue:
            name = queue.pop()
            if name not in reached and name not in ends:
                reached.add(name)
                queue += [edge.target for edge in self.flow.out(name)]
        return reached

    def _merge(self) -> None:
        """Where several ways meet, a gateway lets each of them through."""
        done = self.done
        for (join, name), sources in self.gathered.items():
            for source, target in list(done.flows):
                if target == join and source in sources and source != name:
                    done.flows[source, name] = done.flows.pop((source, target))
            done.flows[name, join] = ""
        for name, element in list(done.elements.items()):
            into = [way for way in done.flows if way[1] == name]
            about = element.about
            joins = (about is not None and about.kind is Kind.JOIN) or name in {name for _, name in self.gathered}
            if len(into) > 1 and not joins:
                merge = done.add(f"{name}_merge", Shape.EXCLUSIVE)
                for source, target in into:
                    done.flows[source, merge] = done.flows.pop((source, target))
                done.flows[merge, name] = ""

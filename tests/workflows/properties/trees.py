"""Small made-up procedures, drawn at random out of everything that a track may ask of its case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

from hypothesis import strategies as st

from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT, PLANNED
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report, Role, Stage
from tests.fixtures.cases import NOON
from workflows.contact import FirstContact
from workflows.discharge import ReadyDate
from workflows.registry import AdHoc
from workflows.services import NeedApplication

OUTCOMES: tuple[type[Outcome], ...] = (ReadyDate, NeedApplication, FirstContact, AdHoc)
REPORTS = (Report.MEDICALLY_READY, Report.DISCHARGED, Report.MOVED)
WAITS = (
    ("followup.call", NOON - timedelta(days=7)),
    ("contact.asked_again", None),
    ("followup.call", NOON),
    ("documents.asked_again", None),
)
# Two with hours of their own, and one that keeps those of the coordinators.
TEAMS = ("psychologists", "accident_bureau", "nobody_knows_them")
COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class Node:
    """One thing that a procedure asks; `parts` are what it is made of, `choice` tells its kinds apart."""

    kind: str
    choice: int = 0
    parts: tuple[Node, ...] = ()
    name: str = ""


_leaves = st.builds(
    Node,
    st.sampled_from(["step", "step", "step", "until", "reported", "when", "inform"]),
    st.integers(0, 3),
)


def _grown(smaller: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    kinds = st.sampled_from(["then", "then", "all", "first", "first", "decide", "if", "there", "track"])
    return st.builds(Node, kinds, st.integers(0, 3), st.lists(smaller, min_size=1, max_size=3).map(tuple))


trees = st.recursive(_leaves, _grown, max_leaves=12)


def named(tree: Node) -> Node:
    """The tree with a name of its own at each node, as a procedure has."""
    names = (f"n{number}" for number in range(1000))

    def name(node: Node) -> Node:
        own = next(names)
        return replace(node, name=own, parts=tuple(name(part) for part in node.parts))

    return name(tree)


def procedure(tree: Node) -> Mapping[int, Callable[[Case], Awaitable[Ending]]]:
    """The tree as the one procedure that there is."""
    whole = named(tree)

    async def tell(case: Case) -> Ending:
        await _tell(whole, case)
        return Ending.HOME_ALONE

    return {ADULT: tell, PLANNED: tell}


def tracks_in(tree: Node) -> Iterator[Node]:
    if tree.kind == "track":
        yield tree
    for part in tree.parts:
        yield from tracks_in(part)


async def _tell(node: Node, case: Case) -> object:  # noqa: C901, PLR0911, PLR0912 - a line a kind
    match node.kind:
        case "step":
            return await case.step(OUTCOMES[node.choice], key=node.name)
        case "until":
            # What counts from long ago is over at once.
            wait, since = WAITS[node.choice]
            return await case.until(node.name, wait, since=since)
        case "reported":
            return await case.reported(REPORTS[node.choice % len(REPORTS)])
        case "when":
            return await case.decide(node.name, partial(_when, node.choice))
        case "inform":
            await case.inform(node.name, Role.SUPERVISOR, urgent=bool(node.choice % 2))
        case "then":
            for part in node.parts:
                await _tell(part, case)
        case "all":
            return await case.all(*(_tell(part, case) for part in node.parts))
        case "first":
            branches = {colour: _branch(part) for colour, part in zip(COLOURS, node.parts, strict=False)}
            return await case.first(node.name, **branches)
        case "decide":
            choice = int(await case.decide(node.name, _question))
            await _tell(node.parts[choice % len(node.parts)], case)
        case "there":
            there = await case.is_there(node.name, TEAMS[node.choice % len(TEAMS)])
            await _tell(node.parts[0 if there else -1], case)
        case "if":
            said = await case.step(OUTCOMES[node.choice], key=node.name)
            if said is None or said.codes()["result"] in ("not_ready", "refused", "moved", "not_done"):
                await _tell(node.parts[0], case)
            else:
                await _tell(node.parts[-1], case)
        case "track":
            return await case.track(_made_up(node))
    return None


def _branch(node: Node) -> Callable[[Case], Awaitable[object]]:
    return lambda case: _tell(node, case)


def _question(state: CaseState) -> str:
    """Something that another moment would answer otherwise."""
    return str(state.seq)


def _when(choice: int, state: CaseState) -> str | None:
    """The same, but not before somebody moved, left (which may be taken back), or did some step or left."""
    done = {step.name for step in state.steps.values() if step.outcome is not None}
    known = (
        Report.MOVED in state.reports,
        Report.DISCHARGED in state.reports,
        *(Report.DISCHARGED in state.reports or outcome.step in done for outcome in OUTCOMES[:2]),
    )
    return _question(state) if known[choice] else None


def _made_up(node: Node) -> _MadeUp:
    class Named(_MadeUp):
        name = node.name
        parts = node.parts

    return Named()


class _MadeUp:
    """A track that tells its parts one after another."""

    name: ClassVar[str] = "made_up"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = OUTCOMES
    parts: ClassVar[tuple[Node, ...]] = ()

    async def run(self, case: Case) -> str:
        for part in self.parts:
            await _tell(part, case)
        return "told"

"""Stories of a track: what is open, what somebody then says, and so on to the track's result; told to both hosts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from marshrut.catalogue.names import DIRECTIONS
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.case import Case, Track
from marshrut.domain.decide import ADULT
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Topic, Variant
from tests.fixtures.cases import CATALOGUE, HIS, NOON, OLGA, PAVEL, admission, command, every
from tests.workflows.properties.twins import Twins
from workflows.assessment import NeedsAgree
from workflows.expected import ExpectedDate
from workflows.registry import PROCEDURES

# When nobody tells a story any more.
LATER = timedelta(days=4000)


class Adds(NamedTuple):
    """Somebody adds an item by hand."""

    kind: ItemKind
    name: str
    status: str | None = None
    facts: Mapping[str, e.OutcomeValue] = {}
    key: str | None = None


class Moves(NamedTuple):
    """Somebody moves the item of that kind and name (the last one of several) by hand."""

    kind: ItemKind
    name: str
    status: str
    facts: Mapping[str, e.OutcomeValue] = {}
    key: str | None = None


class Gathers(NamedTuple):
    """Somebody brings every paper that is not there; but those that are `not_needed`."""

    not_needed: tuple[str, ...] = ()

    def moves(self, state: CaseState) -> Iterator[c.MoveItem]:
        for item in state.items_of(ItemKind.PAPER):
            if item.status not in ("received", "not_needed"):
                status = "not_needed" if item.name in self.not_needed else "received"
                yield c.MoveItem(item_id=item.item_id, status=status)


# A kind of outcome without an outcome: two seniors agree to leave its step out. A flag becomes known.
Act = Outcome | type[Outcome] | timedelta | Report | Flag | Adds | Moves | Gathers
# What is open, by the names of the steps, and what happens then.
Row = tuple[str, Act]


@dataclass(frozen=True)
class Story:
    """A track, what was answered before it began, and what happens; it ends with the result and with this open.

    `route`: which parts of a route were planned. `items`: how items stand at the end, by kind and name.
    """

    name: str
    track: type[Track]
    told: tuple[Row, ...]
    result: str | None
    given: tuple[Outcome, ...] = ()
    flags: tuple[Flag, ...] = ()
    beside: tuple[type[Track], ...] = ()
    after: tuple[type[Track], ...] = ()
    informed: tuple[str, ...] = ()
    left_open: str = ""
    route: tuple[str, ...] = ()
    items: Mapping[ItemKind, Mapping[str, str | None]] = field(default_factory=dict)
    topic: Topic | None = None
    variants: Mapping[Variant, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def procedure(self) -> Mapping[int, Callable[[Case], Awaitable[Ending]]]:
        """What was given, then the track after others and beside others."""

        async def tell(case: Case) -> Ending:
            for outcome in self.given:
                await case.step(type(outcome))
            for track in self.after:
                await case.track(track())
            await case.all(*(case.track(track()) for track in (*self.beside, self.track)))
            return Ending.HOME_ALONE

        return {ADULT: tell}


async def tell(story: Story) -> Twins:
    """Tell a story of one track; what is left of it."""
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission(flags=story.flags, topic=story.topic, variants=story.variants), HIS))
        for name in story.route:
            sort = "direction" if name in DIRECTIONS else "step" if "." in name else "programme"
            await act(twins, Adds(ItemKind.ENTRY, name, "wanted", {"sort": sort}))
            await act(twins, Moves(ItemKind.ENTRY, name, "planned"))
        for outcome in story.given:
            for need in outcome.needs if isinstance(outcome, NeedsAgree) else ():
                await act(twins, Adds(ItemKind.NEED, need, "agreed"))
            await act(twins, outcome)
        await follow(twins, story.told)
        track = twins.state.tracks[story.track.name]
        assert (track.result, opened(twins)) == (story.result, sorted(story.left_open.split()))
        told_of = {key.split("/")[-1].split(".")[0] for key in twins.state.notices if not key.startswith("remind/")}
        assert set(story.informed) <= told_of, told_of
        for kind, expected in story.items.items():
            stand = standing(twins, kind)
            assert {name: stand.get(name) for name in expected} == dict(expected)
        return twins


async def journey(
    told: tuple[Row, ...], flags: tuple[Flag, ...] = (), via: str = "admission", **admitted: Any
) -> tuple[Twins, Ending | None]:
    """Tell a whole journey; what is left of it."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(admission(flags=flags, via=via, **admitted), HIS))
        for number, row in enumerate(told):
            await _expected_later(twins)
            await follow(twins, (row,), number)
        return twins, twins.state.ending


async def _expected_later(twins: Twins) -> None:
    """The doctor names a day long after the story; when it is asked for has stories of its own."""
    if (step := every(twins.state).get(ExpectedDate.name())) is not None:
        said = ExpectedDate(result="set", expected_at=NOON + LATER)
        assert await twins.tell(command(c.Complete(step_id=step, outcome=said.codes()), OLGA)) == [None]


async def follow(twins: Twins, told: tuple[Row, ...], first: int = 0) -> None:
    for number, (expected, happens) in enumerate(told, first):
        found = opened(twins)
        assert found == sorted(expected.split()), f"before row {number}, {happens!r}: {found} open"
        await act(twins, happens)


async def act(twins: Twins, happens: Act) -> None:
    """Somebody completes the one live step of that kind, two leave it out, time passes, or the hospital reports."""
    match happens:
        case Outcome():
            step = every(twins.state)[happens.name()]
            # Where the catalogue asks for another person's eyes, another person looks.
            by = PAVEL if CATALOGUE.steps[happens.name()].other_than else OLGA
            assert await twins.tell(command(c.Complete(step_id=step, outcome=happens.codes()), by)) == [None]
        case type():
            step = every(twins.state)[happens.name()]
            assert await twins.tell(command(c.Cancel(step_id=step, reason="duplicate"), OLGA)) == [None]
            if twins.state.steps[step].live:
                assert await twins.tell(command(c.Approve(step_id=step), PAVEL)) == [None]
        case Report():
            assert await twins.tell(command(c.ReportFact(report=happens), HIS)) == [None]
        case Flag():
            assert await twins.tell(command(c.ChangeFlags(add=(happens,)), OLGA)) == [None]
        case Adds(kind, name, status, facts, key):
            added = c.AddItem(kind=kind, name=name, status=status, facts=dict(facts), key=key)
            assert await twins.tell(command(added, OLGA)) == [None]
        case Moves(kind, name, status, facts, key):
            there = [
                item.item_id
                for item in twins.state.items_of(kind)
                if item.name == name and (key is None or item.item_id.endswith(f".{key}"))
            ]
            moved = c.MoveItem(item_id=there[-1], status=status, facts=dict(facts))
            assert await twins.tell(command(moved, OLGA)) == [None]
        case Gathers():
            brought = [await twins.tell(command(paper, OLGA)) for paper in happens.moves(twins.state)]
            assert all(refused == [None] for refused in brought)
        case timedelta():
            await twins.wait(happens)


def standing(twins: Twins, kind: ItemKind) -> dict[str, str]:
    """How the items of a kind stand, by name; of several of a name the last."""
    return {item.name: item.status for item in twins.state.items_of(kind)}


def opened(twins: Twins) -> list[str]:
    """What is to do, side by side."""
    return sorted(name.split(".")[1] for name in every(twins.state))

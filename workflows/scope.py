"""The case as a track sees it: what it asks is remembered under its own name and, asked again, answered from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from marshrut.domain import events as e
from marshrut.domain.case import Case, O, Track
from marshrut.domain.ids import MAIN, item_id, short
from marshrut.domain.kinds import KINDS
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report, Role

T = TypeVar("T")


class Memory(Protocol):
    """What a scope needs of the engine behind it."""

    @property
    def state(self) -> CaseState:
        """The case now."""
        ...

    def wait_ends(self, wait: str, since: datetime | None) -> datetime:
        """When a wait of the catalogue is over that began then, or begins now."""
        ...

    def told_at(self, *, urgent: bool) -> datetime:
        """When people may be told of what happens now."""
        ...

    def is_there(self, team: str) -> bool:
        """Whether a team is at work now."""
        ...

    def say(self, body: e.Body) -> None:
        """Add an event."""
        ...

    async def wait(self, fulfilled: Callable[[CaseState], bool]) -> None:
        """Wait until the state is so."""
        ...

    def spawn(self, work: Coroutine[object, object, T], place: int = 0) -> asyncio.Task[T]:
        """Run beside, at this place among its like."""
        ...

    def open_step(self, outcome: type[O], key: str, scope: str) -> str:
        """Open the step unless it was opened before; its id."""
        ...

    @property
    def catalogue(self) -> Slice:
        """What the case goes by now."""
        ...

    def add_item(  # noqa: PLR0913 - all that an item begins with
        self,
        kind: ItemKind,
        name: str,
        key: str = MAIN,
        *,
        status: str | None = None,
        of: str | None = None,
        lapses: str | None = None,
        facts: e.OutcomeCodes,
    ) -> str:
        """Have an item unless it is there; its id."""
        ...

    def move_item(self, item: str, status: str, key: str | None, *, lapses: str | None, facts: e.OutcomeCodes) -> None:
        """Move an item if what it is now allows that."""
        ...

    def propose(self, kind: ItemKind) -> None:
        """Have what the catalogue's tables propose."""
        ...

    def withdraw(self, scope: str) -> None:
        """Withdraw what a branch had open."""
        ...

    def end(self, report: Report) -> None:
        """End the case by itself, as if this had been reported."""
        ...


class Scope(Case):
    """The case as one track or branch sees it: what it asks is remembered under its own name."""

    def __init__(
        self, engine: Memory, path: str, branches: tuple[tuple[str, str], ...] = (), *, again: str = ""
    ) -> None:
        self._engine = engine
        self._path = path
        self._branches = branches
        self._again = again

    def _key(self, name: str) -> str:
        return f"{self._path}/{short(name)}" if self._path else short(name)

    def _inside(self, name: str, again: str) -> Scope:
        return Scope(self._engine, self._key(name), self._branches, again=again or self._again)

    def _occurrence(self, key: str) -> str:
        """What the business calls an occurrence, told apart from the one of the track's first time."""
        if not self._again:
            return key
        return self._again if key == MAIN else f"{self._again}.{key}"

    def _say(self, body: e.Body) -> None:
        self._check_goes_on()
        self._engine.say(body)

    def _check_goes_on(self) -> None:
        """Whoever was woken by what closed the case, or by what lost its branch the race, has nothing more to say."""
        state = self._engine.state
        if state.closed or any(state.races.get(race, label) != label for race, label in self._branches):
            raise asyncio.CancelledError

    # Each method's promise stands in marshrut/domain/case.py.

    async def track(self, track: Track, *, again: str = "") -> str:
        name = f"{track.name}.{again}" if again else track.name
        known = self._engine.state.tracks.get(name)
        if known is None:
            self._say(e.TrackStarted(track=name, stage=track.stage))
        elif known.result is not None:
            return known.result
        result = await track.run(self._inside(name, again))
        self._say(e.TrackFinished(track=name, result=result))
        return result

    async def abandon(self, track: Track, *, again: str = "") -> None:
        name = f"{track.name}.{again}" if again else track.name
        known = self._engine.state.tracks.get(name)
        if known is not None and known.result is None:
            self._say(e.TrackFinished(track=name, result="withdrawn"))

    async def step(self, outcome: type[O], *, key: str = MAIN) -> O | None:
        self._check_goes_on()
        name = self._engine.open_step(outcome, self._occurrence(key), self._path)
        await self._engine.wait(lambda state: not state.steps[name].live)
        codes = self._engine.state.steps[name].outcome
        return None if codes is None else outcome.from_codes(codes)

    async def decide(self, name: str, question: Callable[[CaseState], str | None]) -> str:
        key = self._key(name)
        # By the time the track wakes the answer may be another one, or none again, or be noted by a track beside it.
        while key not in self._engine.state.decisions:
            answer = question(self._engine.state)
            if answer is not None:
                self._say(e.Decided(key=key, value=answer))
            else:
                await self._engine.wait(lambda state: key in state.decisions or question(state) is not None)
        return self._engine.state.decisions[key]

    async def look_up(self, name: str, question: Callable[[Slice, CaseState], str]) -> str:
        key = self._key(name)
        if key not in self._engine.state.decisions:
            self._say(e.Decided(key=key, value=question(self._engine.catalogue, self._engine.state)))
        return self._engine.state.decisions[key]

    async def item(  # noqa: PLR0913 - all that an item begins with
        self,
        kind: ItemKind,
        name: str,
        *,
        key: str = MAIN,
        status: str | None = None,
        of: str | None = None,
        lapses: str | None = None,
        **facts: e.OutcomeValue,
    ) -> str:
        self._check_goes_on()
        known: e.OutcomeCodes = {fact: value for fact, value in facts.items() if value is not None}
        occurrence = key if KINDS[kind].single else self._occurrence(key)
        return self._engine.add_item(kind, name, occurrence, status=status, of=of, lapses=lapses, facts=known)

    async def list_of(self, name: str, kind: ItemKind) -> tuple[str, ...]:
        self._check_goes_on()
        state, key = self._engine.state, self._key(f"list.{name}")
        entries = [entry.name for entry in self._engine.catalogue.lists.get(name, ())]
        if key not in state.decisions:
            for entry in entries:
                self._engine.add_item(kind, entry, of=name, facts={})
            self._say(e.Decided(key=key, value="there"))
        # By a newer catalogue the list may be another one: it asks for nothing more, but for what it no longer names
        # nobody waits.
        ids = (item_id(state.case_id, kind, entry) for entry in entries)
        return tuple(each for each in ids if each in self._engine.state.items)

    async def move(
        self, item: str, status: str, *, on: str = MAIN, lapses: str | None = None, **facts: e.OutcomeValue
    ) -> None:
        key = self._key(f"{status}.{item.split('.', 1)[-1]}.{on}")
        if key not in self._engine.state.decisions:
            self._check_goes_on()
            known: e.OutcomeCodes = {fact: value for fact, value in facts.items() if value is not None}
            self._engine.move_item(item, status, key, lapses=lapses, facts=known)

    async def move_all(self, name: str, question: Callable[[Slice, CaseState], Mapping[str, str]]) -> None:
        key = self._key(name)
        if key not in self._engine.state.decisions:
            self._check_goes_on()
            for item, status in question(self._engine.catalogue, self._engine.state).items():
                self._engine.move_item(item, status, None, lapses=None, facts={})
            self._say(e.Decided(key=key, value="done"))

    async def propose(self, kind: ItemKind, *, on: str = MAIN) -> None:
        key = self._key(f"proposed.{kind}.{on}")
        if key not in self._engine.state.decisions:
            self._check_goes_on()
            self._engine.propose(kind)
            self._say(e.Decided(key=key, value="done"))

    async def end(self, name: str, report: Report) -> None:
        key = self._key(f"end.{name}")
        if key not in self._engine.state.decisions:
            # Kept before the end, and so not taken back with it.
            self._say(e.Decided(key=key, value=report))
            self._engine.end(report)
            self._check_goes_on()

    async def first(self, name: str, **branches: Callable[[Case], Awaitable[object]]) -> str:
        key = self._key(name)
        if key not in self._engine.state.races:
            runners = [
                self._engine.spawn(self._run(key, label, branches), place) for place, label in enumerate(branches)
            ]
            try:
                await self._engine.wait(lambda state: key in state.races)
            finally:
                for runner in runners:
                    runner.cancel()
        return self._engine.state.races[key]

    async def _run(self, key: str, label: str, branches: dict[str, Callable[[Case], Awaitable[object]]]) -> None:
        inside = Scope(self._engine, f"{key}/{label}", (*self._branches, (key, label)), again=self._again)
        await branches[label](inside)
        if key in self._engine.state.races:
            return
        self._say(e.RaceWon(key=key, winner=label))
        for other in branches:
            if other != label:
                self._engine.withdraw(f"{key}/{other}")

    async def all(self, *work: Awaitable[Any]) -> tuple[Any, ...]:
        # A coroutine becomes the task itself: wrapped, it would never be awaited if it is cancelled before it begins.
        tasks = [
            self._engine.spawn(each if asyncio.iscoroutine(each) else _awaited(each), place)
            for place, each in enumerate(work)
        ]
        try:
            return tuple([await task for task in tasks])
        finally:
            for task in tasks:
                task.cancel()

    async def until(self, name: str, wait: str, *, since: datetime | None = None) -> datetime:
        key = self._key(name)
        if key not in self._engine.state.waits:
            self._say(e.InstantSet(key=key, wait=wait, at=self._engine.wait_ends(wait, since)))
        # The instant of a branch that lost its race is gone before the branch is cancelled.
        await self._engine.wait(lambda state: key in state.waits and state.waits[key].reached)
        return self._engine.state.waits[key].at

    async def reported(self, report: Report) -> datetime:
        def occurred_at(state: CaseState) -> str | None:
            return state.reports[report].isoformat() if report in state.reports else None

        return datetime.fromisoformat(await self.decide(f"reported.{report}", occurred_at))

    async def inform(self, name: str, role: Role, *, urgent: bool = False, user: str | None = None) -> None:
        key = self._key(name)
        if key not in self._engine.state.notices:
            tell_at = self._engine.told_at(urgent=urgent)
            self._say(e.PeopleTold(key=key, occasion=short(name), role=role, user=user, tell_at=tell_at, urgent=urgent))

    async def is_there(self, name: str, team: str) -> bool:
        key = self._key(name)
        if key not in self._engine.state.decisions:
            self._say(e.Decided(key=key, value="there" if self._engine.is_there(team) else "away"))
        return self._engine.state.decisions[key] == "there"


async def _awaited(work: Awaitable[T]) -> T:
    return await work

"""A case that notes what a track asks of it, and from where in its code: the engine answers, this only looks on."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from types import FrameType
from typing import Any

from marshrut.domain import events as e
from marshrut.domain.case import Case, O, Track
from marshrut.domain.ids import MAIN, step_id
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ENDINGS, ItemKind, Report, Role
from workflows.engine import Engine
from workflows.map.asking import asked
from workflows.map.catalogues import exit_of, plain
from workflows.map.questions import Interest, interest
from workflows.map.raw import JUST_SO, SOMETHING, START, Exit, Frame, Kind, Made, Place, Seen, place_at
from workflows.scope import Scope

# Where a task of the track stands: which places it comes from, and the functions around the task itself.
CAME_FROM: ContextVar[tuple[tuple[Place, Exit], ...]] = ContextVar("CAME_FROM", default=((START, JUST_SO),))
AROUND: ContextVar[tuple[Frame, ...]] = ContextVar("AROUND", default=())

OURS = ("workflows.scope", "workflows.map", "workflows.engine")
# A run that has come to so many places goes round in a circle in which it is asked nothing.
MOST_PLACES = 2000


class CircleError(Exception):
    """A track goes round without ever waiting for anything."""


class Run:
    """One following of a track: what was seen, and what is open by the place that opened it."""

    def __init__(self, engine: Engine, made: Made) -> None:
        self.engine = engine
        self.made = made
        self.seen = Seen()
        self.open: dict[str, tuple[Place, type[Outcome]]] = {}
        self.waiting: dict[str, Place] = {}
        self.listening: dict[Report, Place] = {}
        self.undecided: dict[Place, tuple[Interest, Callable[[CaseState], str | None]]] = {}
        self.following: dict[str, Place] = {}
        self.interest = Interest()
        self.moved = 0
        self.places = 0
        self._forks: Counter[Place] = Counter()

    def reach(self, place: Place) -> None:
        """The track has come to a place.

        Raises:
            CircleError: it comes to places without end.
        """
        self.moved += 1
        self.places += 1
        if self.places > MOST_PLACES:
            raise CircleError(place.what)
        came = CAME_FROM.get()
        for source, by in came:
            self.seen.came(source, by, place)
            self.begun(source)
        # What was answered before a notice or a wait still decides what follows it.
        by = came[0][1] if len(came) == 1 and place.kind in {Kind.NOTICE, Kind.WAIT} else JUST_SO
        CAME_FROM.set(((place, by),))

    def leave(self, place: Place, by: Exit) -> None:
        """The track goes on."""
        self.moved += 1
        CAME_FROM.set(((place, by),))

    def fork(self, place: Place, branches: int) -> None:
        """Some branches begin side by side."""
        self._forks[place] += branches

    def begun(self, place: Place) -> None:
        """A branch of a fork has begun, or had nothing to do."""
        self._forks[place] -= place in self._forks

    @property
    def cut(self) -> set[Place]:
        """Forks of which a branch was withdrawn before it could begin."""
        return {place for place, missing in self._forks.items() if missing > 0}


class Traced:
    """The case that a track is given; every question goes on to the scope that it wraps."""

    def __init__(self, inner: Scope, run: Run) -> None:
        self._inner = inner
        self._run = run

    async def told(self, track: Track) -> str:
        """Follow a track's own way: the track that is to be seen."""
        self._run.engine.say(e.TrackStarted(track=track.name, stage=track.stage))
        result = await track.run(self)
        self._run.engine.say(e.TrackFinished(track=track.name, result=result))
        return result

    async def track(self, track: Track, *, again: str = "") -> str:
        """Another track is a place like a step: what it does is told in its own picture."""
        run, name = self._run, f"{track.name}.{again}" if again else track.name
        known = run.engine.state.tracks.get(name)
        if known is not None and known.result is not None:
            return known.result
        place = place_at(Kind.TRACK, track.name, _site())
        run.reach(place)
        if known is None:
            run.engine.say(e.TrackStarted(track=name, stage=track.stage))
        run.following[name] = place
        await run.engine.wait(lambda state: state.tracks[name].result is not None)
        result = str(run.engine.state.tracks[name].result)
        run.leave(place, (("of", track.name), ("result", result)))
        return result

    async def abandon(self, track: Track, *, again: str = "") -> None:
        await self._inner.abandon(track, again=again)

    async def step(self, outcome: type[O], *, key: str = MAIN) -> O | None:
        run = self._run
        place = place_at(Kind.STEP, outcome.name(), _site())
        run.reach(place)
        run.seen.outcomes[outcome.name()] = outcome
        occurrence = self._inner._occurrence(key)  # noqa: SLF001 - the engine knows a step by its scope's occurrence
        name = step_id(run.engine.state.case_id, outcome.track, outcome.step, occurrence)
        run.open[name] = place, outcome
        answer = await self._inner.step(outcome, key=key)
        run.leave(place, exit_of(outcome.name(), None if answer is None else answer.codes()))
        return answer

    async def decide(self, name: str, question: Callable[[CaseState], str | None]) -> str:
        run = self._run
        if question(run.engine.state) in run.engine.state.steps:
            # Which step it was is noted, and nobody's question.
            return await self._inner.decide(name, question)
        place = place_at(Kind.DECISION, asked(name), _site())
        run.reach(place)
        looks_at = interest(question)
        run.interest.add(looks_at)
        if self._inner._key(name) not in run.engine.state.decisions and question(run.engine.state) is None:  # noqa: SLF001 - named as the engine does
            run.seen.waited.add(place)
            run.undecided[place] = looks_at, question
        value = await self._inner.decide(name, question)
        run.undecided.pop(place, None)
        run.leave(place, (("of", place.what), ("result", self._said(value, looks_at))))
        return value

    async def look_up(self, name: str, question: Callable[[Slice, CaseState], str]) -> str:
        run = self._run
        if question(run.engine.catalogue, run.engine.state) in run.engine.state.steps:
            return await self._inner.look_up(name, question)
        place = place_at(Kind.DECISION, asked(name), _site())
        run.reach(place)
        looks_at = interest(question)
        run.interest.add(looks_at)
        value = await self._inner.look_up(name, question)
        run.leave(place, (("of", place.what), ("result", self._said(value, looks_at))))
        return value

    def _said(self, value: str, looks_at: Interest) -> str:
        """An answer as a code: what names something, or several things, is no word of its own."""
        state, known = self._run.engine.state, self._run.engine.catalogue.known
        named = any(value in known.get(kind, ()) for kind in looks_at.kinds)
        return SOMETHING if named or value in state.items or value in state.steps else plain(value)

    # Items stand in no place of their own: what they are by now is asked for, and answers say what moves them.

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
        self._run.interest.kinds[kind] = None
        self._run.made.note(facts, kind, name)
        return await self._inner.item(kind, name, key=key, status=status, of=of, lapses=lapses, **facts)

    async def list_of(self, name: str, kind: ItemKind) -> tuple[str, ...]:
        self._run.interest.kinds[kind] = None
        return await self._inner.list_of(name, kind)

    async def move(
        self, item: str, status: str, *, on: str = MAIN, lapses: str | None = None, **facts: e.OutcomeValue
    ) -> None:
        self._run.made.note(facts)
        await self._inner.move(item, status, on=on, lapses=lapses, **facts)

    async def move_all(self, name: str, question: Callable[[Slice, CaseState], Mapping[str, str]]) -> None:
        self._run.interest.add(interest(question))
        await self._inner.move_all(name, question)

    async def propose(self, kind: ItemKind, *, on: str = MAIN) -> None:
        self._run.interest.kinds[kind] = None
        await self._inner.propose(kind, on=on)

    async def first(self, name: str, **branches: Callable[[Case], Awaitable[object]]) -> str:
        race = place_at(Kind.RACE, asked(name), _site())
        self._run.reach(race)
        here, ends = (*AROUND.get(), *race.site), {}

        def traced(label: str) -> Callable[[Case], Awaitable[object]]:
            async def follow(case: Case) -> None:
                CAME_FROM.set(((race, JUST_SO),))
                AROUND.set((*here, Frame("", label, 0)))
                assert isinstance(case, Scope)  # noqa: S101 - what a scope gives to the branches of its races
                await branches[label](Traced(case, self._run))
                ends[label] = CAME_FROM.get()

            return follow

        winner = await self._inner.first(name, **{label: traced(label) for label in branches})
        CAME_FROM.set(ends[winner])
        self._run.moved += 1
        return winner

    async def all(self, *work: Awaitable[Any]) -> tuple[Any, ...]:
        if not work:
            return ()
        fork = place_at(Kind.FORK, "fork", _site())
        here, ends = (*AROUND.get(), *fork.site), dict[int, tuple[tuple[Place, Exit], ...]]()

        async def follow(number: int, each: Awaitable[Any]) -> Any:
            CAME_FROM.set(((fork, JUST_SO),))
            AROUND.set(here)
            result = await each
            ends[number] = CAME_FROM.get()
            if ends[number] == ((fork, JUST_SO),):
                self._run.begun(fork)
            return result

        try:
            self._run.reach(fork)
            self._run.fork(fork, len(work))
            results = await self._inner.all(*(follow(number, each) for number, each in enumerate(work)))
        finally:
            for each in work:
                if inspect.iscoroutine(each) and inspect.getcoroutinestate(each) == inspect.CORO_CREATED:
                    each.close()
        CAME_FROM.set(tuple(came for number in sorted(ends) for came in ends[number]))
        self._run.reach(place_at(Kind.JOIN, "join", fork.site))
        return tuple(results)

    async def until(self, name: str, wait: str, *, since: datetime | None = None) -> datetime:
        place = place_at(Kind.WAIT, wait, _site())
        self._run.reach(place)
        self._run.waiting[self._inner._key(name)] = place  # noqa: SLF001 - the engine knows a wait by its scope's key
        at = await self._inner.until(name, wait, since=since)
        self._run.moved += 1
        return at

    async def reported(self, report: Report) -> datetime:
        place = place_at(Kind.REPORT, report, _site())
        self._run.reach(place)
        self._run.listening[report] = place
        at = await self._inner.reported(report)
        self._run.moved += 1
        return at

    async def end(self, name: str, report: Report) -> None:
        ending = ENDINGS[report]
        self._run.reach(Place(Kind.END, ending))
        self._run.seen.ended[ending] = None
        await self._inner.end(name, report)

    async def inform(self, name: str, role: Role, *, urgent: bool = False, user: str | None = None) -> None:
        self._run.reach(place_at(Kind.NOTICE, role, _site(), urgent))
        await self._inner.inform(name, role, urgent=urgent, user=user)

    async def is_there(self, name: str, team: str) -> bool:
        """Which team it is stands for what it is called: everybody wants to know the same of it."""
        place = place_at(Kind.DECISION, f"there.{team}", _site())
        self._run.reach(place)
        there = await self._inner.is_there(name, team)
        self._run.leave(place, (("of", place.what), ("result", "at_work" if there else "away")))
        return there


def _site() -> tuple[Frame, ...]:
    """The functions of the track that are being told, outermost first; loops and recursion are one place."""
    frames = list(_frames(inspect.currentframe()))
    return tuple(dict.fromkeys((*AROUND.get(), *reversed(frames))))


def _frames(frame: FrameType | None) -> Iterator[Frame]:
    while frame is not None:
        module, code = frame.f_globals.get("__name__", ""), frame.f_code
        if module.startswith(asyncio.__name__):
            return
        if not module.startswith(OURS):
            given = (frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount])
            about = tuple(each.name() for each in given if isinstance(each, type) and issubclass(each, Outcome))
            yield Frame(module, code.co_qualname, frame.f_lineno - code.co_firstlineno, about)
        frame = frame.f_back

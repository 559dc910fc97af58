"""A case that notes what a track asks of it, and from where in its code: the engine answers, this only looks on."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from datetime import datetime
from types import FrameType
from typing import Any

from marshrut.domain import events as e
from marshrut.domain.case import Case, O, Track
from marshrut.domain.ids import MAIN, step_id
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from workflows.engine import Engine
from workflows.map.questions import Interest, interest
from workflows.map.raw import JUST_SO, START, Exit, Frame, Kind, Place, Seen, exit_of
from workflows.scope import Scope

# Where a task of the track stands: which places it comes from, and the functions around the task itself.
CAME_FROM: ContextVar[tuple[tuple[Place, Exit], ...]] = ContextVar("CAME_FROM", default=((START, JUST_SO),))
AROUND: ContextVar[tuple[Frame, ...]] = ContextVar("AROUND", default=())

OURS = ("workflows.scope", "workflows.map", "workflows.engine")


class Run:
    """One following of a track: what was seen, and what is open by the place that opened it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen = Seen()
        self.open: dict[str, tuple[Place, type[Outcome]]] = {}
        self.waiting: dict[str, Place] = {}
        self.listening: dict[Report, Place] = {}
        self.undecided: dict[Place, Interest] = {}
        self.following: dict[str, Place] = {}
        self.interest = Interest()
        self.moved = 0
        self._forks: Counter[Place] = Counter()

    def reach(self, place: Place) -> None:
        """The track has come to a place."""
        self.moved += 1
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

    async def track(self, track: Track) -> str:
        """Another track is a place like a step: what it does is told in its own picture."""
        run = self._run
        known = run.engine.state.tracks.get(track.name)
        if known is not None and known.result is not None:
            return known.result
        place = Place(Kind.TRACK, track.name, _site())
        run.reach(place)
        if known is None:
            run.engine.say(e.TrackStarted(track=track.name, stage=track.stage))
        run.following[track.name] = place
        await run.engine.wait(lambda state: state.tracks[track.name].result is not None)
        result = str(run.engine.state.tracks[track.name].result)
        run.leave(place, (("of", track.name), ("result", result)))
        return result

    async def step(self, outcome: type[O], *, key: str = MAIN) -> O | None:
        run = self._run
        place = Place(Kind.STEP, outcome.name(), _site())
        run.reach(place)
        run.seen.outcomes[outcome.name()] = outcome
        name = step_id(run.engine.state.case_id, outcome.track, outcome.step, key)
        run.open[name] = place, outcome
        answer = await self._inner.step(outcome, key=key)
        run.leave(place, exit_of(outcome.name(), None if answer is None else answer.codes()))
        return answer

    async def decide(self, name: str, question: Callable[[CaseState], str | None]) -> str:
        run = self._run
        place = Place(Kind.DECISION, asked(name), _site())
        run.reach(place)
        looks_at = interest(question)
        run.interest.add(looks_at)
        if question(run.engine.state) is None:
            run.seen.waited.add(place)
            run.undecided[place] = looks_at
        value = await self._inner.decide(name, question)
        run.undecided.pop(place, None)
        run.leave(place, (("of", place.what), ("result", value)))
        return value

    async def first(self, name: str, **branches: Callable[[Case], Awaitable[object]]) -> str:
        race = Place(Kind.RACE, asked(name), _site())
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
        fork = Place(Kind.FORK, "fork", _site())
        self._run.reach(fork)
        self._run.fork(fork, len(work))
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
            results = await self._inner.all(*(follow(number, each) for number, each in enumerate(work)))
        finally:
            for each in work:
                if inspect.iscoroutine(each) and inspect.getcoroutinestate(each) == inspect.CORO_CREATED:
                    each.close()
        CAME_FROM.set(tuple(came for number in sorted(ends) for came in ends[number]))
        self._run.reach(Place(Kind.JOIN, "join", fork.site))
        return tuple(results)

    async def until(self, name: str, wait: str, *, since: datetime | None = None) -> datetime:
        place = Place(Kind.WAIT, wait, _site())
        self._run.reach(place)
        self._run.waiting[self._inner._key(name)] = place  # noqa: SLF001 - the engine knows a wait by its scope's key
        at = await self._inner.until(name, wait, since=since)
        self._run.moved += 1
        return at

    async def reported(self, report: Report) -> datetime:
        place = Place(Kind.REPORT, report, _site())
        self._run.reach(place)
        self._run.listening[report] = place
        at = await self._inner.reported(report)
        self._run.moved += 1
        return at

    async def inform(self, name: str, role: Role, *, urgent: bool = False) -> None:
        self._run.reach(Place(Kind.NOTICE, role, _site(), urgent))
        await self._inner.inform(name, role, urgent=urgent)


def asked(name: str) -> str:
    """A question's name without the occurrence that it is asked for: `sure.main.after_wrong` asks `sure`."""
    words = []
    for word in name.split("."):
        if word == MAIN or word[:1].isdigit():
            break
        words.append(word)
    return ".".join(words) or name


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

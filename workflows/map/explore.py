"""Following a track through everything that may be answered, until nothing new is seen.

Chance decides which way a run takes, always the same chance: it prefers what was seen least, later on it aims at what
few runs have come to, and stops when many runs in a row have shown nothing new.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from random import Random
from typing import NamedTuple

from marshrut.domain import events as e
from marshrut.domain.case import Case
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import ENDINGS, ItemKind
from workflows.map.aims import Aims
from workflows.map.before import case_before
from workflows.map.beside import Beside, Bodies
from workflows.map.catalogues import plain, slices
from workflows.map.questions import Interest
from workflows.map.raw import Exit, Kind, Made, Place, Results, Seen
from workflows.map.sayings import UNKNOWN, results, sayings
from workflows.map.timeless import Timeless
from workflows.map.tracing import CircleError, Run, Traced
from workflows.scope import Scope

# Rounds of the event loop in which nothing moved, after which a track counts as waiting.
QUIET_ROUNDS = 10
# A run this long only goes round in circles.
LONGEST_RUN = 70
FEWEST_RUNS = 150
# All runs of a track together: a large one is seen as far as these reach. No clock decides, or no two would be alike.
MOST_EVENTS = 12_000
# So many times further a procedure is followed: it leads to every track.
FURTHER = 4
# And a track as long as nobody was asked a step of its own: some take several rare answers one after another.
UNSEEN = 16
# A run costs at least as much as so many events.
FEWEST_EVENTS = 10
# So many things may happen beside a track, and none of them makes it go on, before a run ends.
NOBODY_CARES = 6
# So many runs in a row that showed nothing new end the search.
NOTHING_NEW = 300
# The hospital reports that a patient leaves, or an institution's answer comes from elsewhere, in one move of so many.
SELDOM = 0.06
# Others do what a question waits for.
BESIDE = 0.12
# What a track may fail with in a case that was made up: something that it counts on is not there.
MADE_UP = (LookupError, ValueError)
# Of so many possible answers one is taken.
DRAWN = 6
# What is asked of people, or comes by itself, a run does again and again; what comes from elsewhere ends most runs.
ASKED = frozenset({Kind.STEP, Kind.WAIT, Kind.TRACK, Kind.ITEM})
# People see to all things of a kind.
ALIKE = 0.15

Tell = Callable[[Case, Random], Awaitable[str]]
Move = Callable[[], None]


class Told(NamedTuple):
    """A track, or a whole procedure, by how it is told; `own`: the steps that no other track has."""

    tell: Tell
    own: tuple[type[Outcome], ...] = ()
    whole: bool = False


class Explorer:
    """One track, or the whole procedure, and what was seen of it."""

    def __init__(self, name: str, told: Told, ends: Results, made: Made, effort: float = 1) -> None:
        self.seen = Seen()
        self._made = made
        self._tell = told.tell
        # A procedure begins before any track; a track may find that others are over.
        self._whole = told.whole
        self._name = name
        self._own = told.own
        self._ends = ends
        self._effort = effort
        self._chance = Random(name)  # noqa: S311 - the same ways every time, no secrets
        self._aims = Aims(self._chance)
        self._events = 0
        self._met_at_work = False
        self._asks = Interest()
        self._taken: Counter[tuple[Place, object]] = Counter()

    async def explore(self) -> Seen:
        """Follow until nothing new is seen.

        Raises:
            Exception: what every run failed with, or one did that no case explains, however it was made up.
        """
        idle = told = 0
        failure: BaseException | None = None
        for number in count():
            before = self.seen.fresh
            run = await self._follow()
            self._asks.add(run.interest)
            if run.engine.failure is None or isinstance(run.engine.failure, CircleError):
                told += 1
                self.seen.absorb(run.seen, run.cut)
                self._aims.came(run.seen)
            elif isinstance(run.engine.failure, MADE_UP):
                # A case in which the track could not have begun: of no interest.
                failure = run.engine.failure
            else:
                raise run.engine.failure
            idle = 0 if self.seen.fresh > before else idle + 1
            self._events += max(run.engine.state.seq, run.places, FEWEST_EVENTS)
            if number > FEWEST_RUNS * self._effort and idle > NOTHING_NEW * self._effort and self._all_answered():
                break
            if self._events > MOST_EVENTS * self._effort * self._further():
                self.seen.whole = idle > NOTHING_NEW * self._effort / 4
                break
        if not told and failure is not None:
            raise failure
        return self.seen

    def _further(self) -> int:
        if self._whole:
            return FURTHER
        return 1 if self._all_seen() else UNSEEN

    def _all_seen(self) -> bool:
        """Whether somebody was asked each of its own steps."""
        return {outcome.name() for outcome in self._own} <= self.seen.outcomes.keys()

    def _all_answered(self) -> bool:
        """Whether each step was left by each of its results."""
        return all(
            {dict(by).get("result") for by in exits} >= set(results(self.seen.outcomes[place.what]))
            for place, exits in self.seen.after.items()
            if place.kind is Kind.STEP
        )

    async def _follow(self) -> Run:
        if self._events > MOST_EVENTS * self._effort / 2:
            self._aims.choose(self.seen)
        catalogue = self._chance.choice(slices())
        # One case by day, the next one by night.
        self._met_at_work = not self._met_at_work
        ends = {} if self._whole else self._ends
        self._beside = Beside(self._chance, catalogue, self._own, self._ends, self._made)
        state = case_before(self._chance, self._asks, self._own, ends, self._beside)
        run: Run

        async def tell(case: Case) -> str:
            assert isinstance(case, Scope)  # noqa: S101 - what an engine gives to its procedure
            result = await self._tell(Traced(case, run), self._chance)
            run.reach(Place(Kind.END, result))
            run.seen.ended[result] = None
            return result

        engine = Timeless(state, catalogue, tell, at_work=self._met_at_work)
        run = Run(engine, self._made)
        engine.start()
        try:
            since = 0
            for _ in range(LONGEST_RUN):
                before = run.places
                await _settled(run)
                since = since + 1 if run.places == before else 0
                if since > NOBODY_CARES:
                    break
                moves = self._moves(run)
                if engine.failure is not None or engine.state.closed or not moves:
                    break
                self._take(run, moves)
        finally:
            await engine.stop()
        return run

    def _take(self, run: Run, moves: list[tuple[Place, float, Callable[[], Move]]]) -> None:
        weights = [
            weight / (1 + self._taken[place, None]) ** (0.5 if place.kind in ASKED else 0.9)
            for place, weight, _ in moves
        ]
        place, _, move = self._chance.choices(moves, weights)[0]
        self._taken[place, None] += 1
        run.moved += 1
        move()()

    def _moves(self, run: Run) -> list[tuple[Place, float, Callable[[], Move]]]:
        """What may happen now: an answer, the end of a wait, a report, something beside that the track waits for."""
        state, say = run.engine.state, run.engine.say
        moves: list[tuple[Place, float, Callable[[], Move]]] = []
        for step in state.live_steps:
            if step.step_id in run.open:
                place, outcome = run.open[step.step_id]
                moves.append((place, 1, partial(self._answer, run, place, step.step_id, outcome)))
        for key, place in run.waiting.items():
            if key in state.waits and not state.waits[key].reached:
                moves.append((place, 0.7, partial(partial, say, e.InstantReached(key=key))))
        for name, place in run.following.items():
            if state.tracks[name].result is None:
                moves.append((place, 1, partial(self._finish, run, place, name)))
        for report, place in run.listening.items():
            if report not in state.reports and report not in ENDINGS:
                moves.append((place, SELDOM, partial(partial, say, e.Reported(report=report))))
        moves += [(place, BESIDE, partial(self._answered_beside, run, place)) for place in run.undecided]
        moves += [
            (Place(Kind.ITEM, kind), ALIKE, partial(partial, self._moved_alike, run, kind))
            for kind in dict.fromkeys(item.kind for item in state.items.values())
            if moves
        ]
        return moves

    def _answer(self, run: Run, place: Place, step: str, outcome: type[Outcome]) -> Move:
        """Of some possible answers the one that was given least."""
        known = sayings(outcome)
        towards = self._aims.exits(place)[-DRAWN:]
        tried = self._chance.sample(known, min(DRAWN * DRAWN, len(known))) if towards else []
        possible = [codes for codes in tried if any(_fits(codes, by) for by in towards)] or known
        drawn = [self._chance.choice(possible) for _ in range(DRAWN)]
        codes = min(drawn, key=lambda said: (self._taken[place, said["result"]], self._taken[place, _known(said)]))
        self._taken[place, codes["result"]] += 1
        self._taken[place, _known(codes)] += 1
        said = self._beside.filled(codes, outcome.catalogued, run.engine.state)
        return partial(run.engine.say, e.StepCompleted(step_id=step, outcome=said))

    def _finish(self, run: Run, place: Place, track: str) -> Move:
        towards = {dict(by).get("result") for by in self._aims.exits(place)}
        known = self._ends.get(track) or ("done",)
        possible = tuple(end for end in known if end in towards) or known
        result = min(self._chance.sample(possible, len(possible)), key=lambda end: self._taken[place, end])
        self._taken[place, result] += 1
        return partial(run.engine.say, e.TrackFinished(track=track, result=result))

    def _moved_alike(self, run: Run, kind: ItemKind) -> None:
        _say_all(run.engine.say, self._beside.moved_alike(run.engine.state, kind))

    def _answered_beside(self, run: Run, place: Place) -> Move:
        """Others do what a question waits for; of its answers the one that was given least."""
        asks, question = run.undecided[place]
        followed = frozenset({*run.following, self._name})
        possible = self._beside.answering(run.engine.state, asks, question, followed)
        if not possible:
            return lambda: None
        bodies = min(possible, key=lambda each: self._taken[place, _about(each)])
        self._taken[place, _about(bodies)] += 1
        return partial(_say_all, run.engine.say, bodies)


def _about(bodies: Bodies) -> object:
    """What happens, without what is only known of it."""
    return [body.model_dump(include={"kind", "status", "report", "result", "outcome"}) for body in bodies].__repr__()


def _say_all(say: Callable[[e.Body], None], bodies: Bodies) -> None:
    for body in bodies:
        say(body)


def _fits(codes: OutcomeCodes, by: Exit) -> bool:
    """Whether the codes are those of the exit, whatever names stood there for an unknown one."""
    said = dict(by)
    named = {name for name, value in codes.items() if UNKNOWN in (value if isinstance(value, tuple) else (value,))}
    same = all(
        said.get(name) == (value if name == "result" else plain(value))
        for name, value in codes.items()
        if name not in named
    )
    return same and all(said.get(name, UNKNOWN) != UNKNOWN for name in named)


def _known(codes: OutcomeCodes) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in codes.items())


async def _settled(run: Run) -> None:
    quiet = 0
    while quiet < QUIET_ROUNDS and run.engine.failure is None:
        before = run.moved, run.engine.state.seq
        await asyncio.sleep(0)
        quiet = quiet + 1 if before == (run.moved, run.engine.state.seq) else 0

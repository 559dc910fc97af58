"""The engine of a case: it remembers what happened and tells the procedure again, to wherever it stood.

The same engine runs under Temporal (journey.py) and under plain asyncio with virtual time (simulation.py). A host
gives it the time and asks it three things: `execute` a command, `tick` when an instant has come, and what is `fresh`.
Everything that a track is answered is in the state; a track that is told again therefore says nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from marshrut.domain import consents
from marshrut.domain import events as e
from marshrut.domain.case import O
from marshrut.domain.clock import Clock, Pause
from marshrut.domain.commands import Carried, ChangeVariants, Command, Migrate, Transfer
from marshrut.domain.decide import decide
from marshrut.domain.evolve import evolve
from marshrut.domain.ids import MAIN, item_id, step_id
from marshrut.domain.items import facts_of, more_reasons, rival
from marshrut.domain.kinds import KINDS
from marshrut.domain.ladder import OWNER, Climb
from marshrut.domain.moves import Actor
from marshrut.domain.reports import close
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.support import client_of
from marshrut.domain.words import ENDINGS, ItemKind, Report, Role
from workflows.registry import OUTCOMES, PROCEDURES, Procedure
from workflows.scope import Scope

T = TypeVar("T")
# What the rungs of a step follow from, within one case: they are computed anew when one of these is another object.
Plan = tuple[Clock | None, tuple[Pause, ...], tuple[Pause, ...], object]

ITSELF = Actor(user="marshrut", role=Role.SYSTEM)
# A closed case stays in the engine this long, so that late messages and comments are ordinary commands (design, 3).
KEPT_AFTER_CLOSING = timedelta(days=30)
# What may rest on a consent, or be one.
MAY_REST = (e.ItemAdded, e.ItemMoved, e.StepOpened)
# Where in the procedure a task stands. What one event wakes goes on in this order: the order in which it began to wait
# is another one after a hand-over.
PLACE: ContextVar[tuple[int, ...]] = ContextVar("PLACE", default=())


class Engine:
    """One case, alive."""

    def __init__(
        self,
        carried: Carried,
        catalogue: Slice,
        now: Callable[[], datetime],
        procedures: Mapping[int, Procedure] = PROCEDURES,
    ) -> None:
        self.state = carried.state
        self.fresh: list[e.Event] = list(carried.fresh)
        self.processed: dict[str, None] = dict.fromkeys(carried.processed)
        self.failure: BaseException | None = None
        self._catalogue = catalogue
        self._now = now
        self._procedures = procedures
        self._waiting: list[tuple[tuple[int, ...], Callable[[CaseState], bool], asyncio.Future[None]]] = []
        self._procedure: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._told: set[asyncio.Task[object]] = set()  # those of them that tell the procedure
        self._planned: dict[str, tuple[Plan, tuple[Climb, ...]]] = {}

    # ---- what a host asks ----

    def start(self) -> None:
        """Tell the procedure, from the start or again; without an opened or with a closed case there is none."""
        if self.state.opened and not self.state.closed and self._procedure is None:
            self._procedure = self.spawn(self._follow())

    async def stop(self) -> None:
        """Leave off telling; nothing is said by that."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            await _ended(task)

    def _leave_off(self) -> None:
        """Have nobody go on who was told what is taken back; the procedure can be told again at once."""
        for task in self._told:
            task.cancel()
        self._procedure = None

    def check(self, command: Command) -> None:
        """Let a command pass that may happen now, or has happened already.

        Raises:
            Refused: it may not happen.
        """
        if command.id not in self.processed:
            decide(self.state, command, self._now(), self._catalogue, OUTCOMES)

    def execute(self, command: Command) -> None:
        """Let the command happen, once, whoever repeats it.

        Raises:
            Refused: it may not happen; nothing did.
        """
        if command.id in self.processed:
            return
        bodies = decide(self.state, command, self._now(), self._catalogue, OUTCOMES)
        self.processed[command.id] = None
        if isinstance(command.body, Migrate | Transfer | ChangeVariants):
            # Before it is said: whoever goes on by it opens what comes next by the new version.
            self._catalogue = command.body.catalogue
            self._planned.clear()
        for body in bodies:
            self.say(body, actor=command.actor, command_id=command.id, occurred_at=command.occurred_at)
        if any(isinstance(body, e.TakenBack) for body in bodies):
            self._leave_off()
        self.start()

    def acknowledge(self, seq: int) -> None:
        """Forget the events that SQL holds."""
        while self.fresh and self.fresh[0].seq <= seq:
            self.fresh.pop(0)

    def after(self, seq: int) -> tuple[e.Event, ...]:
        """The events after this one that have not been forgotten."""
        return tuple(event for event in self.fresh if event.seq > seq)

    def carried(self, answered: int) -> Carried:
        """All that the next run needs."""
        return Carried(state=self.state, fresh=tuple(self.fresh), answered=answered, processed=tuple(self.processed))

    @property
    def catalogue(self) -> Slice:
        """The slice of the catalogue that the case goes by now."""
        return self._catalogue

    @property
    def over_at(self) -> datetime | None:
        """When a closed case leaves the engine."""
        return self.state.closed_at and self.state.closed_at + KEPT_AFTER_CLOSING

    @property
    def over(self) -> bool:
        """Whether the case may leave the engine."""
        return self.over_at is not None and self._now() >= self.over_at

    def next_due(self) -> datetime | None:
        """The earliest instant at which something happens by itself."""
        if self.state.closed:
            return None if self.over else self.over_at
        return min((at for at, _ in self._dues()), default=None)

    def tick(self) -> None:
        """Let everything happen whose instant has come, in the order of the instants."""
        if self.state.closed:
            return
        now = self._now()
        for _, happen in sorted((due for due in self._dues() if due[0] <= now), key=lambda due: due[0]):
            happen()

    # ---- what happens by itself ----

    def _dues(self) -> list[tuple[datetime, Callable[[], None]]]:
        dues: list[tuple[datetime, Callable[[], None]]] = [
            (wait.at, partial(self._reach, key)) for key, wait in self.state.waits.items() if not wait.reached
        ]
        if self.state.paused_since is None:
            dues.extend(
                (climb.tell_at, partial(self._escalate, step))
                for step in self.state.live_steps
                if (climb := self._next_climb(step)) is not None
            )
        dues.extend(
            (item.expires_at, partial(self._lapse, item))
            for item in self.state.items.values()
            if item.expires_at is not None and item.status in KINDS[item.kind].lapses
        )
        return dues

    def _lapse(self, item: Item) -> None:
        """Its time is over: nobody has to remember that."""
        self.say(e.ItemMoved(item_id=item.item_id, status=KINDS[item.kind].lapses[item.status]))

    def _reach(self, key: str) -> None:
        self.say(e.InstantReached(key=key))

    def _climbs(self, step: Step) -> tuple[Climb, ...]:
        plan = (step.clock, step.pauses, self.state.pauses, self.state.calendars)
        known = self._planned.get(step.step_id)
        if known is None or any(old is not new for old, new in zip(known[0], plan, strict=True)):
            known = self._planned[step.step_id] = (plan, self._catalogue.climbs(self.state, step))
        return known[1]

    def _next_climb(self, step: Step) -> Climb | None:
        if step.clock is None or step.stands_still:
            return None
        return next((climb for climb in self._climbs(step) if climb.number > step.clock.climbed), None)

    def _escalate(self, step: Step) -> None:
        """Of the rungs whose time has come the highest: who is late by days is not told so four times."""
        now = self._now()
        due = [climb for climb in self._climbs(step) if climb.tell_at <= now]
        climb = max(due, key=lambda each: each.number)
        self.say(e.StepEscalated(step_id=step.step_id, rung=climb.rung.name, climbed=climb.number))
        generation = step.clock.generation if step.clock else 0
        for whom in climb.rung.to:
            told = e.PeopleTold(
                key=f"rung/{step.step_id}/{climb.rung.name}.{generation}/{whom}",
                occasion=f"rung.{climb.rung.name}",
                role=step.role if whom == OWNER else whom,
                user=step.assignee if whom == OWNER else None,
                about=step.step_id,
                tell_at=now,
                urgent=step.clock is not None and step.clock.emergency,
            )
            # A clock that another catalogue took away and this one gives back has been climbed before.
            if told.key not in self.state.notices:
                self.say(told)

    async def _follow(self) -> None:
        ending = await self._procedures[self.state.procedure](Scope(self, ""))
        for name, track in self.state.tracks.items():
            if track.result is None:
                self.say(e.TrackFinished(track=name, result="withdrawn"))
        for body in close(self.state, ending, self.told_at(urgent=False)):
            self.say(body)

    # ---- what tracks are built of ----

    def say(
        self,
        body: e.Body,
        *,
        actor: Actor = ITSELF,
        command_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Add an event; whoever waited for it goes on. What the person does not agree to (any more) ends with it."""
        self._add(body, actor, command_id, occurred_at)
        if isinstance(body, MAY_REST) and consents.any_stopped(self.state):
            for more in consents.follow(self.state, self._now(), self.told_at(urgent=False)):
                self._add(more, ITSELF, None, None)

    def _add(self, body: e.Body, actor: Actor, command_id: str | None, occurred_at: datetime | None) -> None:
        now = self._now()
        event = e.Event(
            seq=self.state.seq + 1,
            recorded_at=now,
            occurred_at=occurred_at or now,
            actor=actor.user,
            role=actor.role,
            command_id=command_id,
            body=body,
        )
        self.state = evolve(self.state, event)
        self.fresh.append(event)
        for _, fulfilled, future in sorted(self._waiting, key=lambda waiting: waiting[0]):
            if not future.done() and fulfilled(self.state):
                future.set_result(None)
        if self.state.closed and self._procedure is not None and self._procedure is not asyncio.current_task():
            self._procedure.cancel()

    async def wait(self, fulfilled: Callable[[CaseState], bool]) -> None:
        """Wait until the state is so."""
        if fulfilled(self.state):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = (PLACE.get(), fulfilled, future)
        self._waiting.append(waiting)
        try:
            await future
        finally:
            self._waiting.remove(waiting)

    def spawn(self, work: Coroutine[object, object, T], place: int = 0) -> asyncio.Task[T]:
        """Tell a part of the procedure, at this place among its like; a fault in it is the engine's."""
        context = copy_context()
        context.run(PLACE.set, (*PLACE.get(), place))
        task = self._run(work, context)
        self._told.add(task)
        return task

    def beside(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Do something for the host, whatever becomes of the procedure meanwhile."""
        return self._run(work, copy_context())

    def _run(self, work: Coroutine[object, object, T], context: Context) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._reap)
        return task

    def _reap(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        self._told.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = self.failure or task.exception()

    def open_step(self, outcome: type[O], key: str, scope: str) -> str:
        """Open the step unless it was opened before; its id."""
        name = step_id(self.state.case_id, outcome.track, outcome.step, key)
        while name in self.state.steps and self.state.steps[name].void:
            key = f"{key}.anew"
            name = step_id(self.state.case_id, outcome.track, outcome.step, key)
        if name not in self.state.steps:
            rule = self._catalogue.steps[outcome.name()]
            opened = e.StepOpened(
                step_id=name,
                track=outcome.track,
                name=outcome.step,
                scope=scope,
                role=self._doer(rule.role),
                mandatory=rule.mandatory,
                clock=None if rule.clock is None else self._catalogue.armed(rule.clock, self.state, self._now()),
            )
            self.say(opened)
        return name

    def end(self, report: Report) -> None:
        """End the case by itself, as if this had been reported."""
        self.say(e.Reported(report=report))
        for body in close(self.state, ENDINGS[report], self.told_at(urgent=False)):
            self.say(body)

    def _doer(self, role: Role) -> Role:
        """The Coordination Centre, which answers enquiries, has no coordinators: there its officers do their work."""
        return Role.PLACEMENT if role is Role.COORDINATOR and self.state.via == "enquiry" else role

    def withdraw(self, scope: str) -> None:
        """Withdraw what a branch had open."""
        for step in self.state.live_steps:
            if _within(step.scope, scope):
                self.say(e.StepCancelled(step_id=step.step_id, reason="withdrawn"))
        for key, wait in list(self.state.waits.items()):
            if not wait.reached and _within(key, scope):
                self.say(e.InstantWithdrawn(key=key))

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
        """Have an item unless it is there; its id. `lapses`: after which of the catalogue's waits."""
        known = item_id(self.state.case_id, kind, name, key)
        if known not in self.state.items:
            added = e.ItemAdded(
                item_id=known,
                item=kind,
                name=name,
                status=status or KINDS[kind].first[0],
                facts=facts_of(kind, facts),
                of=of,
                expires_at=None if lapses is None else self.wait_ends(lapses, None),
            )
            self.say(added)
        return known

    def move_item(self, item: str, status: str, key: str | None, *, lapses: str | None, facts: e.OutcomeCodes) -> None:
        """Move an item if what it is now allows that: where people have put it meanwhile counts for more."""
        known = self.state.items[item]
        allowed = status in KINDS[known.kind].moves.get(known.status, ())
        if not allowed or rival(self.state.items.values(), known, status) is not None:
            if key is not None:
                self.say(e.Decided(key=key, value=known.status))
            return
        moved = e.ItemMoved(
            item_id=item,
            status=status,
            facts=facts_of(known.kind, {**known.facts, **facts}),
            expires_at=self._item_ends(known, status, lapses, facts),
            key=key,
        )
        self.say(moved)

    def _item_ends(self, item: Item, status: str, lapses: str | None, facts: e.OutcomeCodes) -> datetime | None:
        if lapses is not None:
            return self.wait_ends(lapses, None)
        issued = facts.get("issued_at")
        since = datetime.fromisoformat(issued) if isinstance(issued, str) else self._now()
        lasts = status in KINDS[item.kind].lapses
        return self._catalogue.expires(self.state, item.of, item.name, since) if lasts else None

    def propose(self, kind: ItemKind) -> None:
        """Have the needs, or the parts of the route, that the decision tables propose, with all that speaks for it."""
        for target, because in self._catalogue.proposals(self.state, kind).items():
            facts: e.OutcomeCodes = {"because": because}
            key = MAIN
            if kind is ItemKind.ENTRY:
                facts["sort"] = target.sort
            if kind is ItemKind.FAMILY_NEED:
                facts["client"], key = client_of(self.state, target.name)
            known = self.state.items.get(name := self.add_item(kind, target.name, key, facts=facts))
            more = None if known is None else more_reasons(known, because)
            if known is not None and more is not None:
                self.say(e.ItemMoved(item_id=name, status=known.status, facts=more))

    def wait_ends(self, wait: str, since: datetime | None) -> datetime:
        """When a wait of the catalogue is over that began then, or begins now."""
        return self._catalogue.wait_ends(self.state, wait, since or self._now())

    def is_there(self, team: str) -> bool:
        """Whether a team is at work now."""
        return self._catalogue.is_there(self.state, team, self._now())

    def told_at(self, *, urgent: bool) -> datetime:
        """When people may be told of what happens now."""
        return self._now() if urgent else self._catalogue.told_at(self.state, self._now())


def _within(scope: str, outer: str) -> bool:
    return scope == outer or scope.startswith(f"{outer}/")


async def _ended(task: asyncio.Task[object]) -> None:
    try:
        await task
    except asyncio.CancelledError:
        return

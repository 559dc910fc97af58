"""The entity workflow of a case. It hosts the engine under Temporal and knows nothing of hospitals."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.journal import JournalActivities, WriteEvents
    from marshrut.domain import commands as c
    from marshrut.domain.refusal import Refused
    from marshrut.domain.state import CaseState
    from workflows.engine import Engine

# What a worker was doing when it died is begun again after this time; no port takes longer.
ONE_TRY = timedelta(seconds=10)
# A hand-over this large still works, eight times as much would wedge the case: somebody has to look.
LARGE = 256 * 1024
FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))


@workflow.defn(name=c.JOURNEY)
class PatientJourney:
    """One patient's hospital episode and what follows from it."""

    @workflow.init
    def __init__(self, start: c.JourneyStart) -> None:
        carried = start.carried or c.Carried(state=CaseState(case_id=start.case_id))
        self._start = start
        self._engine = Engine(carried, start.catalogue, workflow.now)
        self._answered = carried.answered
        self._commands = 0
        self._last_command = workflow.now()
        self._writing: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _start: c.JourneyStart) -> None:
        """Live until 30 days after the case closed, in as many runs as it takes."""
        self._engine.start()
        while not self._over():
            await self._sleep()
            # A command is answered before the journey does anything by itself. After a worker died a command may come
            # together with the start of the run, on replay it comes later: the order must not depend on that.
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._engine.failure is not None:
                raise RuntimeError("a track failed") from self._engine.failure
            self._engine.tick()
            # Let the tracks go on with what happened before looking at what they said.
            await workflow.wait_condition(lambda: True)
            if self._should_write():
                self._writing = self._engine.beside(self._write())
            elif self._should_hand_over():
                self._hand_over()
        await workflow.wait_condition(workflow.all_handlers_finished)

    # ---- messages ----

    @workflow.update(name=c.COMMAND)
    async def command(self, command: c.Command) -> c.Answer:
        """Let a command happen, once; every event that SQL does not hold yet."""
        self._commands += 1
        self._last_command = workflow.now()
        self._engine.acknowledge(command.known_seq)
        try:
            self._engine.execute(command)
        except Refused as refused:
            raise _refusal(refused) from None
        await workflow.wait_condition(lambda: True)
        answer = c.Answer(events=self._engine.after(command.known_seq))
        self._answered = max(self._answered, self._engine.state.seq)
        return answer

    @command.validator
    def _check(self, command: c.Command) -> None:
        try:
            self._engine.check(command)
        except Refused as refused:
            raise _refusal(refused) from None

    @workflow.query(name=c.STATE)
    def state(self) -> CaseState:
        """The case as the journey knows it."""
        return self._engine.state

    @workflow.query(name=c.EVENTS)
    def events(self, after: int) -> c.Answer:
        """The events after this one that have not been forgotten."""
        return c.Answer(events=self._engine.after(after))

    # ---- what the journey does by itself ----

    async def _sleep(self) -> None:
        """Until there is something to do. The one timer is re-armed only when an earlier instant appears."""
        armed = self._next_due()
        timeout = None if armed is None else max(armed - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(
                lambda: self._has_work() or self._earlier_than(armed), timeout=timeout, timeout_summary="next instant"
            )
        except TimeoutError:
            return

    def _has_work(self) -> bool:
        return self._engine.failure is not None or self._over() or self._should_write() or self._should_hand_over()

    def _next_due(self) -> datetime | None:
        dues = [self._engine.next_due()]
        if self._may_hand_over():
            dues.append(self._quiet_at())
        return min((due for due in dues if due is not None), default=None)

    def _earlier_than(self, armed: datetime | None) -> bool:
        due = self._next_due()
        return due is not None and (armed is None or due < armed)

    def _over(self) -> bool:
        return self._engine.over and not self._is_writing()

    def _is_writing(self) -> bool:
        """Whether SQL is still to be told something. While it is away clocks and callers go on."""
        return self._has_own_events() or (self._writing is not None and not self._writing.done())

    def _should_write(self) -> bool:
        return self._has_own_events() and (self._writing is None or self._writing.done())

    # Events that no answer carried have no other writer than the journey itself. When it ends it writes whatever
    # nobody has told it to be in SQL.
    def _has_own_events(self) -> bool:
        unanswered = self._engine.state.seq > self._answered or (self._engine.over and bool(self._engine.fresh))
        return unanswered and workflow.all_handlers_finished()

    async def _write(self) -> None:
        # Never by a local activity: that runs before the server knows of the events. When the worker died then, the
        # journey would tell them again, at another time or in another order than SQL holds them.
        events = self._engine.after(0)
        held = await workflow.execute_activity_method(
            JournalActivities.write_events,
            WriteEvents(case_id=self._start.case_id, events=events),
            start_to_close_timeout=ONE_TRY,
            retry_policy=FOR_EVER,
            summary="write the journal",
        )
        self._engine.acknowledge(held)
        self._answered = max(self._answered, events[-1].seq)

    # ---- the next run ----

    def _wants_new_run(self) -> bool:
        return self._commands >= self._start.limits.commands or workflow.info().is_continue_as_new_suggested()

    def _is_full(self) -> bool:
        return self._commands >= 3 * self._start.limits.commands

    def _may_hand_over(self) -> bool:
        """Never while somebody waits for an answer or SQL is being told."""
        busy = self._is_writing() or not workflow.all_handlers_finished()
        return self._wants_new_run() and not busy

    def _quiet_at(self) -> datetime:
        return self._last_command + timedelta(seconds=self._start.limits.quiet_s)

    def _should_hand_over(self) -> bool:
        """After a moment without commands (handing over under load stalls them), or when the run is full."""
        return self._may_hand_over() and (self._is_full() or workflow.now() >= self._quiet_at())

    def _hand_over(self) -> None:
        carried = self._engine.carried(self._answered)
        start = self._start.model_copy(update={"catalogue": self._engine.catalogue, "carried": carried})
        size = len(start.model_dump_json())
        if size > LARGE:
            workflow.logger.error("journey.large", extra={"case_id": self._start.case_id, "bytes": size})
        workflow.continue_as_new(start)


def _refusal(refused: Refused) -> ApplicationError:
    """A refusal as Temporal carries it: the code as its type, the details as they are."""
    return ApplicationError(refused.code, refused.details, type=refused.code, non_retryable=True)

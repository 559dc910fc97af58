"""The watchdog's schedule in Temporal: whoever runs a worker sees to it that it is there, and as it is set."""

from __future__ import annotations

from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from marshrut.adapters.temporal.journeys import AWAY
from marshrut.domain.commands import WATCHDOG
from marshrut.ports import Unavailable

log = structlog.get_logger()

# A round that lasts longer hangs, if only because its code has changed under it; the next one begins anew.
LASTS_AT_MOST = timedelta(hours=1)
# Rounds that were missed while the server was away are one.
CATCHES_UP_WITHIN = timedelta(minutes=1)
SEEN_TO_EVERY_S = 60.0


class WatchdogSchedule:
    """A part of the background that keeps the schedule of a task queue; any number of these may run."""

    def __init__(self, client: Client, task_queue: str, *, every_s: float) -> None:
        self._client = client
        self._task_queue = task_queue
        self._every = timedelta(seconds=every_s)
        self.id = f"watchdog/{task_queue}"

    async def round(self) -> None:
        """Have the schedule there as it is set: somebody may delete it, an engine may lose all it had.

        A new one begins at once.

        Raises:
            Unavailable: the engine does not answer.
        """
        try:
            await self._client.create_schedule(self.id, self._schedule(), trigger_immediately=True)
            log.info("watchdog.scheduled", every_s=self._every.total_seconds())
        except ScheduleAlreadyRunningError:
            await self._as_it_is_set()
        except AWAY:
            raise Unavailable("temporal") from None

    async def _as_it_is_set(self) -> None:
        wanted = self._schedule()

        async def changed(there: ScheduleUpdateInput) -> ScheduleUpdate | None:
            known = there.description.schedule
            if known.spec.intervals == wanted.spec.intervals and known.policy == wanted.policy:
                return None
            wanted.state = known.state  # who paused it had a reason
            return ScheduleUpdate(wanted)

        try:
            await self._client.get_schedule_handle(self.id).update(changed)
        except AWAY:
            raise Unavailable("temporal") from None

    def _schedule(self) -> Schedule:
        return Schedule(
            action=ScheduleActionStartWorkflow(
                WATCHDOG,
                id=self.id,
                task_queue=self._task_queue,
                execution_timeout=LASTS_AT_MOST,
                static_summary="watchdog",
            ),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self._every)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCHES_UP_WITHIN),
        )

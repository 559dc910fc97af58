"""The watchdog's schedule in Temporal: whoever runs a worker sees to it that it is there, and as it is set."""

from __future__ import annotations

import asyncio
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
from temporalio.service import RPCError

from marshrut.domain.commands import WATCHDOG

log = structlog.get_logger()

# A round that lasts longer hangs, if only because its code has changed under it; the next one begins anew.
LASTS_AT_MOST = timedelta(hours=1)
# Rounds that were missed while the server was away are one.
CATCHES_UP_WITHIN = timedelta(minutes=1)
SEEN_TO_EVERY_S = 600.0
AGAIN_AFTER_S = 5.0


class WatchdogSchedule:
    """Keeps the schedule of a task queue; any number of these may run."""

    def __init__(self, client: Client, task_queue: str, *, every_s: float, look_s: float = SEEN_TO_EVERY_S) -> None:
        self._client = client
        self._task_queue = task_queue
        self._every = timedelta(seconds=every_s)
        self._look_s = look_s
        self.id = f"watchdog/{task_queue}"

    async def run(self) -> None:
        """See to it, again and again: somebody may delete it, and an engine may lose all it had."""
        while True:
            kept = await self.keep()
            await asyncio.sleep(self._look_s if kept else AGAIN_AFTER_S)

    async def keep(self) -> bool:
        """Have the schedule there as it is set; no when the engine does not answer. A new one begins at once."""
        try:
            await self._client.create_schedule(self.id, self._schedule(), trigger_immediately=True)
            log.info("watchdog.scheduled", every_s=self._every.total_seconds())
        except ScheduleAlreadyRunningError:
            return await self._as_it_is_set()
        except (RPCError, RuntimeError):
            log.warning("watchdog.not_scheduled_yet")
            return False
        return True

    async def _as_it_is_set(self) -> bool:
        wanted = self._schedule()

        async def changed(there: ScheduleUpdateInput) -> ScheduleUpdate | None:
            known = there.description.schedule
            if known.spec.intervals == wanted.spec.intervals and known.policy == wanted.policy:
                return None
            wanted.state = known.state  # who paused it had a reason
            return ScheduleUpdate(wanted)

        try:
            await self._client.get_schedule_handle(self.id).update(changed)
        except (RPCError, RuntimeError):
            return False
        return True

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

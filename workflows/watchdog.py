"""The watchdog's round over all open cases, on a schedule: what it looks at and mends is in dispatch/watchdog.py."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.watchdog import WatchdogActivities
    from marshrut.domain.commands import WATCHDOG
    from marshrut.ports import Walk

# A batch that gives no sign of life for so long is begun again; the longest rest in it is a fifth of that.
SILENT_FOR = timedelta(minutes=1)
ONE_BATCH = timedelta(minutes=10)
# While SQL or the engine is away there is nothing to compare. A round that lasts too long ends with its schedule's run.
AGAIN = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
# A run handles so many batches: twenty thousand open cases are four runs.
BATCHES = 50


@workflow.defn(name=WATCHDOG)
class Watchdog:
    """One round, in as many runs as it takes."""

    @workflow.run
    async def run(self, walk: Walk | None = None) -> Walk:
        """Look at every open case; how far that came."""
        if walk is None:
            walk = await workflow.execute_activity_method(
                WatchdogActivities.begin_round, start_to_close_timeout=SILENT_FOR, retry_policy=AGAIN
            )
        for _ in range(BATCHES):
            if walk.over:
                break
            walk = await workflow.execute_activity_method(
                WatchdogActivities.look_at_cases,
                walk,
                start_to_close_timeout=ONE_BATCH,
                heartbeat_timeout=SILENT_FOR,
                retry_policy=AGAIN,
            )
        if not walk.over:
            workflow.continue_as_new(walk)
        await workflow.execute_activity_method(
            WatchdogActivities.finish_round, walk, start_to_close_timeout=SILENT_FOR, retry_policy=AGAIN
        )
        return walk

"""The worker: settings → adapters → activities → Worker. `python worker.py` and `marshrut worker` run it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.journal import JournalActivities
from activities.watchdog import WatchdogActivities
from marshrut import __version__
from marshrut.catalogue.loader import Loaded
from marshrut.composition import Composition, compose
from marshrut.dispatch.background import until_stopped
from marshrut.domain.commands import TASK_QUEUE
from marshrut.ports import JournalWriter, Watching
from marshrut.settings import Settings
from marshrut.store.journal import SqlJournal
from workflows.journey import PatientJourney
from workflows.watchdog import Watchdog

# Ours are frozen and stateless, so that every cached journey may share them; loading them anew for each costs 30 times
# the memory and 15 times the time.
OURS = ("marshrut", "workflows", "activities", "pydantic", "pydantic_core")
RUNNER = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*OURS))
# A journey that sleeps leaves the cache only when this many others were awake after it.
CACHED = 1000


def build_worker(  # noqa: PLR0913 - the wiring of a composition root
    client: Client,
    *,
    journal: JournalWriter,
    watchdog: Watching | None = None,
    task_queue: str = TASK_QUEUE,
    workflow_slots: int = 16,
    cached: int = CACHED,
    interceptors: Sequence[Interceptor] = (),
) -> Worker:
    """The worker of a task queue; the tests build theirs with this too."""
    activities: list[Any] = [JournalActivities(journal).write_events]
    workflows: list[type] = [PatientJourney]
    if watchdog is not None:
        watch = WatchdogActivities(watchdog)
        activities += [watch.begin_round, watch.look_at_cases, watch.finish_round]
        workflows.append(Watchdog)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=RUNNER,
        max_concurrent_workflow_tasks=workflow_slots,
        max_cached_workflows=cached,
        graceful_shutdown_timeout=timedelta(seconds=10),
        build_id=f"marshrut-{__version__}",  # else the SDK hashes every loaded module: 2.5 s at each start
        interceptors=interceptors,
    )


def worker_of(parts: Composition) -> Worker:
    """The worker of an installation."""
    return build_worker(
        parts.client,
        journal=SqlJournal(parts.db),
        watchdog=parts.watchdog,
        task_queue=parts.settings.task_queue,
        workflow_slots=parts.settings.workflow_slots,
    )


async def run(settings: Settings, stopped: asyncio.Event, catalogue: Loaded | None = None) -> None:
    """Work, relay what others left behind, mail what people and tell what systems must know, see to the background.

    `catalogue`: the one that was read already.

    Raises:
        Exception: a part ended by itself; a worker that relays or mails no more must not look alive.
    """
    async with compose(settings, catalogue=catalogue) as parts:
        await work(parts, stopped)


async def work(parts: Composition, stopped: asyncio.Event) -> None:
    """The same, with parts that are there."""
    running = (parts.relay, parts.postman, parts.courier, parts.background)
    beside = [asyncio.create_task(part.run()) for part in running]
    try:
        async with worker_of(parts):
            await until_stopped(stopped, beside)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)  # a mail on the wire ends well


if __name__ == "__main__":
    from marshrut.cli import main

    main(["worker"])

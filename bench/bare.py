"""The baseline: the least that durable Updates need. No rules, no journal, no SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

# As Marshrut's worker has it, so that only the workflows differ.
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules("pydantic", "pydantic_core", "bench")
)


# By name: the workflow's module must not reach SQLAlchemy.
WRITE_ROW = "write_row"


class Length(BaseModel):
    """After how many Updates the workflow ends."""

    updates: int


class Said(BaseModel):
    """What a client says: about as large as a command of ours."""

    id: str
    user: str
    role: str
    action: str
    step: str
    result: str


class Heard(BaseModel):
    """The small answer."""

    number: int


@workflow.defn
class BareJourney:
    """Remembers what it was told."""

    @workflow.init
    def __init__(self, length: Length) -> None:
        self._length = length
        self._said: list[Said] = []

    @workflow.run
    async def run(self, _length: Length) -> int:
        """Live until everything was said."""
        await workflow.wait_condition(lambda: len(self._said) >= self._length.updates)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return len(self._said)

    @workflow.update
    async def say(self, said: Said) -> Heard:
        """Remember it."""
        self._said.append(said)
        return Heard(number=len(self._said))


class Alarm(BaseModel):
    """When to write which row."""

    id: str
    at: datetime


@workflow.defn
class BareAlarm:
    """One timer that fires and one activity that writes a row with the time at which the workflow learnt of it."""

    @workflow.run
    async def run(self, alarm: Alarm) -> None:
        """Sleep, then have it written."""
        await workflow.sleep(max(alarm.at - workflow.now(), timedelta(0)))
        row = {"id": alarm.id, "text": workflow.now().isoformat()}
        await workflow.execute_activity(WRITE_ROW, row, start_to_close_timeout=timedelta(seconds=10))


def build_worker(
    client: Client,
    task_queue: str,
    *,
    activities: Sequence[Callable[..., Any]],
    workflow_slots: int,
    cached: int,
) -> Worker:
    """The worker of the baseline, given the same room as ours."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[BareJourney, BareAlarm],
        activities=activities,
        workflow_runner=RUNNER,
        max_concurrent_workflow_tasks=workflow_slots,
        max_cached_workflows=cached,
    )

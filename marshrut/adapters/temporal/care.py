"""`ports.JourneyCare` on Temporal: how a journey stands whatever it says, and starting it where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingWorkflowTaskState, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from marshrut.adapters.temporal.journeys import AWAY, TemporalJourneys
from marshrut.domain.commands import EVENTS, JOURNEY, Answer, JourneyStart
from marshrut.domain.events import Event
from marshrut.domain.ids import workflow_id
from marshrut.domain.state import CaseState
from marshrut.ports import JourneyGone, Pulse, Unavailable

LIMIT = timedelta(seconds=10)
THERE = frozenset(
    {
        WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
        WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
        WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
    }
)
# What Temporal itself sets once a workflow task has failed five times in a row, and takes back when one succeeds.
REPORTED = "TemporalReportedProblems"
# A worker that dies costs one attempt; code that fails costs one each time.
FAILING_FROM = 3
# SQL is away now and then: an activity that is tried every ten seconds has failed for a minute by then.
WRITING_FAILS_FROM = 10
TAKEN_UP_WITHIN = timedelta(minutes=2)


class TemporalCare:
    """The journeys of one task queue, from outside."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._journeys = TemporalJourneys(client, task_queue)

    async def pulse(self, case_id: str) -> Pulse:
        """How it stands, by the server's own books: no worker is asked."""
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=workflow_id(case_id))
        )
        try:
            told = await self._client.workflow_service.describe_workflow_execution(request, timeout=LIMIT)
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                return Pulse(there=False)
            raise Unavailable("temporal") from None
        except RuntimeError:
            raise Unavailable("temporal") from None
        return _pulse(told, datetime.now(UTC))

    async def state(self, case_id: str) -> CaseState:
        """What it says of itself."""
        return await self._journeys.state(case_id)

    async def events(self, case_id: str, after: int) -> Sequence[Event]:
        """The events after this one that it still knows."""
        handle = self._client.get_workflow_handle(workflow_id(case_id))
        try:
            answer: Answer = await handle.query(EVENTS, after, result_type=Answer, rpc_timeout=LIMIT)
        except WorkflowQueryFailedError:
            raise Unavailable("temporal") from None
        except AWAY as fault:
            gone = isinstance(fault, RPCError) and fault.status is RPCStatusCode.NOT_FOUND
            raise (JourneyGone() if gone else Unavailable("temporal")) from None
        return answer.events

    async def begin(self, start: JourneyStart, *, instead: bool) -> None:
        """Have it run from there unless it runs; `instead` of one that runs, which ends by that."""
        conflict = WorkflowIDConflictPolicy.TERMINATE_EXISTING if instead else WorkflowIDConflictPolicy.USE_EXISTING
        try:
            await self._client.start_workflow(
                JOURNEY,
                start,
                id=workflow_id(start.case_id),
                task_queue=self._task_queue,
                id_conflict_policy=conflict,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary="patient journey",
                rpc_timeout=LIMIT,
            )
        except WorkflowAlreadyStartedError:
            return
        except AWAY:
            raise Unavailable("temporal") from None


def _pulse(told: DescribeWorkflowExecutionResponse, now: datetime) -> Pulse:
    info, task = told.workflow_execution_info, told.pending_workflow_task
    if info.status not in THERE:
        return Pulse(there=False)
    waits = told.HasField("pending_workflow_task") and task.state == (
        PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
    )
    late = waits and task.original_scheduled_time.ToDatetime(UTC) < now - TAKEN_UP_WITHIN
    failing = task.attempt >= FAILING_FROM or REPORTED in info.search_attributes.indexed_fields
    paused = info.status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED
    return Pulse(
        there=True,
        failing=failing,
        writing_fails=any(activity.attempt >= WRITING_FAILS_FROM for activity in told.pending_activities),
        unattended=paused or (late and not failing),
    )

"""`ports.Journeys` on Temporal."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from marshrut.domain.commands import COMMAND, JOURNEY, STATE, Answer, Command, JourneyStart
from marshrut.domain.ids import workflow_id
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.ports import JourneyGone, Unavailable

GONE = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS})
PROBE = timedelta(seconds=2)
AWAY = (RPCError, RuntimeError)  # the latter is what a lazy client says when it cannot connect


class TemporalJourneys:
    """The journeys of one task queue. Every call is bounded by the caller's own time-out."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def open(self, start: JourneyStart, command: Command) -> Answer:
        """Start or attach, and tell, in one call of the server's."""
        operation = WithStartWorkflowOperation[object, None](
            JOURNEY,
            start,
            id=workflow_id(start.case_id),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary="patient journey",
        )
        try:
            answer: Answer = await self._client.execute_update_with_start_workflow(
                COMMAND, command, start_workflow_operation=operation, id=command.id, result_type=Answer
            )
        except WorkflowAlreadyStartedError:
            raise JourneyGone from None
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, *AWAY) as fault:
            raise _translated(fault) from None
        finally:
            _let_go(operation)
        return answer

    async def send(self, case_id: str, command: Command) -> Answer:
        """Tell the journey that runs."""
        handle = self._client.get_workflow_handle(workflow_id(case_id))
        try:
            answer: Answer = await handle.execute_update(COMMAND, command, id=command.id, result_type=Answer)
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, *AWAY) as fault:
            raise _translated(fault) from None
        return answer

    async def state(self, case_id: str) -> CaseState:
        """Ask the journey; no worker, no answer."""
        handle = self._client.get_workflow_handle(workflow_id(case_id))
        try:
            state: CaseState = await handle.query(STATE, result_type=CaseState, rpc_timeout=timedelta(seconds=10))
        except WorkflowQueryFailedError:
            raise Unavailable("temporal") from None
        except AWAY as fault:
            raise _translated(fault) from None
        return state

    async def ready(self) -> bool:
        """Whether the server answers and somebody polled the task queue within the last minute."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            async with asyncio.timeout(PROBE.total_seconds()):
                answer = await self._client.workflow_service.describe_task_queue(request, timeout=PROBE)
        except (*AWAY, TimeoutError):
            return False
        return len(answer.pollers) > 0


def _let_go(operation: WithStartWorkflowOperation[object, None]) -> None:
    """Nobody asks for the start's own result; asyncio would log a fault in it as forgotten, each time anew."""
    started = operation._workflow_handle  # noqa: SLF001 - awaiting it in public could wait for ever
    if started.done() and not started.cancelled():
        started.exception()


def _translated(fault: Exception) -> Exception:
    """Our word for a fault of Temporal's."""
    if isinstance(fault, WorkflowUpdateFailedError):
        cause = fault.cause
        if isinstance(cause, ApplicationError) and cause.type is not None and cause.non_retryable:
            return Refused(cause.type, **(cause.details[0] if cause.details else {}))
        return Unavailable("temporal")
    if isinstance(fault, RPCError) and fault.status in GONE:
        return JourneyGone()
    return Unavailable("temporal")

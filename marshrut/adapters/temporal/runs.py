"""The runs of workflows as the server keeps them: how many need an old key, and deleting those of one journey."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from marshrut.adapters.temporal.journeys import AWAY
from marshrut.domain.ids import workflow_id
from marshrut.ports import Unavailable

LIMIT = timedelta(seconds=5)
# A process may have sealed by the old key for a moment after another one wrote.
MARGIN = timedelta(minutes=1)
# The server deletes behind the answer, and its list is a moment behind that.
LOOKS_EVERY_S = 0.25
GONE_WITHIN_S = 20.0


class TemporalRuns:
    """The runs of a namespace. Each raises Unavailable."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def begun_before(self, moment: datetime) -> int:
        """How many are kept, running or over, that began before then or hardly after it."""
        before = (moment + MARGIN).isoformat()
        try:
            return (await self._client.count_workflows(f'StartTime < "{before}"', rpc_timeout=LIMIT)).count
        except AWAY:
            raise Unavailable("temporal") from None

    async def count(self, case_id: str) -> int:
        """How many runs of a case's journey are kept."""
        try:
            return len(await self._runs(workflow_id(case_id)))
        except AWAY:
            raise Unavailable("temporal") from None

    async def delete(self, case_id: str) -> int:
        """Delete every run of a case's journey, also one that runs; how many there were."""
        name, gone = workflow_id(case_id), set[str]()
        try:
            async with asyncio.timeout(GONE_WITHIN_S):
                while runs := await self._runs(name):
                    for run in runs:
                        await self._delete(name, run)
                    gone.update(runs)
                    await asyncio.sleep(LOOKS_EVERY_S)
        except (*AWAY, TimeoutError):
            raise Unavailable("temporal") from None
        return len(gone)

    async def _runs(self, name: str) -> Sequence[str]:
        """By the server's list, which may lag behind, and by asking for the run that would be the present one."""
        found = [each.run_id async for each in self._client.list_workflows(f'WorkflowId = "{name}"', rpc_timeout=LIMIT)]
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=name)
        )
        try:
            told = await self._client.workflow_service.describe_workflow_execution(request, timeout=LIMIT)
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise
            present = []
        else:
            present = [told.workflow_execution_info.execution.run_id]
        return list(dict.fromkeys((*found, *present)))

    async def _delete(self, name: str, run: str) -> None:
        request = DeleteWorkflowExecutionRequest(
            namespace=self._client.namespace, workflow_execution=WorkflowExecution(workflow_id=name, run_id=run)
        )
        try:
            await self._client.workflow_service.delete_workflow_execution(request, timeout=LIMIT)
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise

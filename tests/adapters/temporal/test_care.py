"""How a journey stands, read off the server's own books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import PendingWorkflowTaskState, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse as Described
from temporalio.client import Client

from marshrut.adapters.keys import Keys
from marshrut.adapters.temporal import care
from marshrut.adapters.temporal.codec import data_converter
from marshrut.domain.commands import JourneyStart
from marshrut.ports import JourneyGone, Pulse, Unavailable
from tests.fixtures.cases import CATALOGUE
from tests.fixtures.engine import Patient, Ward

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING


def described(status: int = RUNNING, *, attempt: int = 0, waits: timedelta | None = None) -> Described:
    """What a server says."""
    told = Described()
    told.workflow_execution_info.status = WorkflowExecutionStatus.ValueType(status)
    if attempt or waits is not None:
        told.pending_workflow_task.attempt = attempt
        told.pending_workflow_task.state = PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
        told.pending_workflow_task.original_scheduled_time.FromDatetime(NOW - (waits or timedelta(0)))
    return told


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("RUNNING", True),
        ("CONTINUED_AS_NEW", True),
        ("PAUSED", True),
        ("COMPLETED", False),
        ("FAILED", False),
        ("CANCELED", False),
        ("TERMINATED", False),
        ("TIMED_OUT", False),
    ],
)
def test_a_run_that_ended_is_not_there(status: str, *, there: bool) -> None:
    """Between two runs it is there; however a last run ended, it is not."""
    pulse = care._pulse(described(WorkflowExecutionStatus.Value(f"WORKFLOW_EXECUTION_STATUS_{status}")), NOW)
    assert pulse.there is there
    assert pulse.unattended is (status == "PAUSED")


def test_one_worker_that_died_is_no_fault_of_the_code() -> None:
    """A second attempt is what a killed worker leaves; from the third on the code is at fault."""
    assert care._pulse(described(attempt=2), NOW).well
    assert care._pulse(described(attempt=3), NOW) == Pulse(there=True, failing=True)


def test_what_temporal_reports_itself_counts() -> None:
    """Between two attempts there is no task to count: the server's own mark says so."""
    told = described()
    told.workflow_execution_info.search_attributes.indexed_fields[care.REPORTED].CopyFrom(Payload(data=b"[]"))
    assert care._pulse(told, NOW).failing


def test_an_activity_that_fails_again_and_again() -> None:
    """Nine attempts are a minute without SQL; the tenth is told."""
    told = described()
    told.pending_activities.add(attempt=9)
    assert care._pulse(told, NOW).well
    told.pending_activities.add(attempt=10)
    assert care._pulse(told, NOW) == Pulse(there=True, writing_fails=True)


def test_a_task_that_nobody_takes() -> None:
    """For two minutes workers may be starting; what waits longer is unattended, unless it fails."""
    assert care._pulse(described(attempt=1, waits=timedelta(minutes=2)), NOW).well
    late = timedelta(minutes=2, seconds=1)
    assert care._pulse(described(attempt=1, waits=late), NOW) == Pulse(there=True, unattended=True)
    assert care._pulse(described(attempt=5, waits=late), NOW) == Pulse(there=True, failing=True)


async def test_a_stranger_is_gone(ward: Ward) -> None:
    """Of a journey that there never was the server knows nothing, and it can be begun."""
    journeys = care.TemporalCare(ward.client, ward.queue)
    assert await journeys.pulse("nobody") == Pulse(there=False)
    for asked in (journeys.state("nobody"), journeys.events("nobody", 0)):
        with pytest.raises(JourneyGone):
            await asked


async def test_beginning_one_that_runs_changes_nothing(ward: Ward) -> None:
    """Whoever meets it running leaves it alone."""
    patient: Patient = ward.patient()
    await patient.admit()
    journeys = care.TemporalCare(ward.client, ward.queue)
    before = await patient.settled()
    run = (await patient.handle.describe()).run_id
    await journeys.begin(JourneyStart(case_id=patient.case_id, catalogue=CATALOGUE), instead=False)
    assert (await patient.handle.describe()).run_id == run
    assert await journeys.state(patient.case_id) == before
    assert (await journeys.pulse(patient.case_id)).well


@pytest.fixture
async def nowhere() -> Client:
    """A client of a server that is not there."""
    return await Client.connect("127.0.0.1:1", lazy=True, data_converter=data_converter(Keys.fresh()))


async def test_a_server_that_is_away(nowhere: Client) -> None:
    """Nobody knows how journeys stand: that is no finding."""
    journeys = care.TemporalCare(nowhere, "nobody")
    for asked in (
        journeys.pulse("c"),
        journeys.state("c"),
        journeys.events("c", 0),
        journeys.begin(JourneyStart(case_id="c", catalogue=CATALOGUE), instead=False),
    ):
        with pytest.raises(Unavailable):
            await asked

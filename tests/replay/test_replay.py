from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    Replayer,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)
from temporalio.workflow import NondeterminismError

from marshrut.adapters.keys import Keys
from marshrut.adapters.temporal.codec import data_converter
from marshrut.domain.case import Case
from marshrut.domain.commands import Answer
from marshrut.domain.decide import ADULT
from marshrut.domain.words import Ending
from tests.replay.record import HISTORIES, KEYS
from worker import RUNNER
from workflows.assessment import Assessment
from workflows.contact import Contact, FirstContact
from workflows.discharge import Discharge
from workflows.journey import PatientJourney
from workflows.registry import PROCEDURES, Procedure

RECORDED = sorted(HISTORIES.glob("*/*.json"))
CONVERTER = data_converter(Keys.read(KEYS))


class Heard(Interceptor):
    """Writes down what a journey answers while it is replayed: a history itself says nothing of answers that differ."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's signature
    ) -> type[WorkflowInboundInterceptor]:
        answers = self.answers

        class Listener(WorkflowInboundInterceptor):
            async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the same
                answer = await super().handle_update_handler(input)
                answers[input.id] = answer
                return answer

        return Listener


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"journey/{path.stem}", path.read_text(encoding="utf-8"))


async def answered(recorded: WorkflowHistory, converter: DataConverter = CONVERTER) -> dict[str, Answer]:
    """What the journey answered when it was recorded."""
    answers = {}
    for event in recorded.events:
        told = event.workflow_execution_update_completed_event_attributes
        if told.outcome.success.payloads:
            (answer,) = await converter.decode(told.outcome.success.payloads, [Answer])
            answers[told.meta.update_id] = answer
    return answers


async def replayed(recorded: WorkflowHistory, converter: DataConverter = CONVERTER) -> dict[str, Answer]:
    """What the journey answers today.

    Raises:
        temporalio.workflow.NondeterminismError: today's code does something else.
    """
    heard = Heard()
    replayer = Replayer(
        workflows=[PatientJourney], workflow_runner=RUNNER, data_converter=converter, interceptors=[heard]
    )
    await replayer.replay_workflow(recorded)
    return heard.answers


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_recorded_journeys_go_the_same_way(path: Path) -> None:
    """Today's code replays every recorded journey and answers each command as it was answered then."""
    recorded = history(path)
    assert await replayed(recorded) == await answered(recorded)


async def needs_before_contact(case: Case) -> Ending:
    """A procedure in which two tracks have changed places."""
    await case.track(Assessment())
    await case.track(Contact())
    await case.track(Discharge())
    return Ending.HOME_ALONE


async def one_step_more(case: Case) -> Ending:
    """A procedure in which a step was added where running cases have passed already."""
    await case.step(FirstContact, key="before_all")
    return await PROCEDURES[ADULT](case)


async def a_shorter_way(case: Case) -> Ending:
    """A procedure that ends as soon as the patient was met."""
    await case.track(Contact())
    return Ending.HOME_ALONE


def edited(procedure: Procedure, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another procedure in the place of the one that running cases follow."""
    assert isinstance(PROCEDURES, dict)
    monkeypatch.setitem(PROCEDURES, 0, PROCEDURES[ADULT])
    monkeypatch.setitem(PROCEDURES, ADULT, procedure)


@pytest.mark.parametrize("procedure", [needs_before_contact, one_step_more, a_shorter_way])
async def test_an_edited_procedure_is_caught(procedure: Procedure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A procedure that was edited under running cases, instead of numbered anew, fails the replay."""
    edited(procedure, monkeypatch)
    with pytest.raises(NondeterminismError):
        await replayed(history(HISTORIES / "0.3.0" / "left_for_home.1.json"))


async def test_an_edit_that_temporal_does_not_see_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit that leaves timers and activities as they were passes Temporal's own replay, and is caught here."""
    edited(needs_before_contact, monkeypatch)
    recorded = history(HISTORIES / "0.3.0" / "refused.1.json")
    assert await replayed(recorded) != await answered(recorded)


def test_recordings_are_small() -> None:
    """The recorded histories of a release stay small enough to be kept for good."""
    for release in HISTORIES.iterdir():
        assert sum(path.stat().st_size for path in release.iterdir()) < 600_000
    assert RECORDED

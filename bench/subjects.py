"""What is measured: the same journeys told to Marshrut (below HTTP, and by HTTP) and to bare Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

import httpx
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from api.parts import ApiParts
from api.writing import submit
from bench.bare import BareJourney, Heard, Length, Said
from marshrut.dispatch.write_path import Verdict
from marshrut.domain import commands as c
from marshrut.domain.admission import Admission, Patient
from marshrut.domain.ids import step_id, workflow_id
from marshrut.domain.moves import Action
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role
from marshrut.ports import Arrived, Caller, Format, new_id
from workflows import assessment, contact, discharge, transition

HOSPITAL = "GKB29"
SENIOR = Caller("bench", Role.SUPERVISOR, frozenset({HOSPITAL}))
COMMENT = "The daughter calls back in the evening."

# A straightforward way out: twelve steps, then the case is closed, for whom another hospital has needs no follow-up.
OUT: tuple[Outcome, ...] = (
    contact.FirstContact(result="contacted"),
    contact.ConsentRecord(result="given"),
    contact.HomeSafety(result="safe"),
    assessment.LifeSurvey(result="complete"),
    assessment.FunctionScale(result="scored", score=80),
    assessment.DocumentsCheck(result="complete"),
    assessment.NeedsAgree(result="none"),
    discharge.ReadyDate(result="date"),
    discharge.BarrierReview(result="clear", rest="not_needed"),
    transition.HomePrepare(result="ready"),
    transition.TransportBook(result="family"),
    transition.ArrivalConfirm(result="confirmed", received_by="other_hospital"),
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that a person does to a step."""

    action: Action
    outcome: Outcome


# A whole journey after its admission, and the same one with everything that people do to a step on the way.
WHOLE = tuple(Telling(Action.COMPLETE, outcome) for outcome in OUT)
THOROUGH = tuple(
    Telling(action, outcome) for outcome in OUT for action in (Action.CLAIM, Action.COMMENT, Action.COMPLETE)
)

_visits = count(1)


class Subject(Protocol):
    """One side of a comparison."""

    name: str

    async def begin(self, tellings: Sequence[Telling]) -> str:
        """Open a journey, in one update-with-start; its id."""
        ...

    async def tell(self, journey: str, telling: Telling) -> None:
        """Have one thing happen, durably."""
        ...

    def workflow(self, journey: str) -> str:
        """The journey's id in Temporal."""
        ...


class Marshrut:
    """Ours below HTTP: what a route calls once it knows caller, case and body."""

    name = "marshrut"

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def begin(self, tellings: Sequence[Telling]) -> str:  # noqa: ARG002 - a journey knows itself when it ends
        """Admit a patient."""
        number = f"BENCH{next(_visits)}"
        admission = Admission(
            facility=HOSPITAL,
            visit=number,
            admitted_at=datetime.now(UTC),
            emergency=True,
            ward="NEURO",
            patient=Patient(mrn=number, family="Иванова", given="Анна", phones=("+7 495 000-00-00",)),
        )
        message = Arrived(admission.model_dump_json().encode(), Format.ADMISSION, SENIOR)
        taken = await self._parts.documents.receive(message)
        assert taken.created, taken
        assert taken.case_id is not None
        return taken.case_id

    async def tell(self, journey: str, telling: Telling) -> None:
        """Store the intent, tell the journey, commit the answer."""
        step = _step(journey, telling)
        body: c.CommandBody
        match telling.action:
            case Action.CLAIM:
                body = c.Claim(step_id=step)
            case Action.COMMENT:
                body = c.Comment(step_id=step)
            case _:
                body = c.Complete(step_id=step, outcome=telling.outcome.codes())
        private = {"text": COMMENT} if telling.action is Action.COMMENT else None
        await self.command(journey, body, private)

    async def command(self, journey: str, body: c.CommandBody, private: dict[str, str] | None = None) -> Verdict:
        """Have a command happen; raises unless it is done."""
        verdict = await submit(
            self._parts, SENIOR, case_id=journey, hospital=HOSPITAL, body=body, key=None, private=private
        )
        assert verdict.events, verdict
        return verdict

    def workflow(self, journey: str) -> str:
        """The journey's id in Temporal."""
        return workflow_id(journey)


class Http(Marshrut):
    """Ours by HTTP: comments only."""

    name = "http"

    def __init__(self, parts: ApiParts, client: httpx.AsyncClient) -> None:
        super().__init__(parts)
        self._client = client

    async def tell(self, journey: str, telling: Telling) -> None:
        """Post it."""
        assert telling.action is Action.COMMENT
        answer = await self._client.post(f"/api/v1/steps/{_step(journey, telling)}/comment", json={"text": COMMENT})
        assert answer.status_code == httpx.codes.OK, answer.text

    async def look(self, journey: str) -> None:
        """Read the case's card."""
        answer = await self._client.get(f"/api/v1/cases/{journey}")
        assert answer.status_code == httpx.codes.OK, answer.text


class Bare:
    """The baseline, plain or sealed: the same number of Updates and nothing else."""

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self._client = client

    async def begin(self, tellings: Sequence[Telling]) -> str:
        """Start with the first Update."""
        journey = new_id()
        operation = WithStartWorkflowOperation(
            BareJourney.run,
            Length(updates=1 + len(tellings)),
            id=self.workflow(journey),
            task_queue=self.name,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        heard = await self._client.execute_update_with_start_workflow(
            BareJourney.say, _said(journey, "admit", "", ""), start_workflow_operation=operation
        )
        assert heard == Heard(number=1)
        return journey

    async def tell(self, journey: str, telling: Telling) -> None:
        """Update."""
        handle = self._client.get_workflow_handle(self.workflow(journey))
        result = str(telling.outcome.codes()["result"])
        heard = await handle.execute_update(
            BareJourney.say, _said(journey, telling.action, _step(journey, telling), result)
        )
        assert heard.number > 1

    def workflow(self, journey: str) -> str:
        """The journey's id in Temporal."""
        return f"{self.name}/{journey}"


def _step(journey: str, telling: Telling) -> str:
    return step_id(journey, telling.outcome.track, telling.outcome.step)


def _said(journey: str, action: str, step: str, result: str) -> Said:
    return Said(id=new_id(), user=SENIOR.user, role=SENIOR.role, action=action, step=step or journey, result=result)

"""What happened to a step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from marshrut.domain.base import Code, Instant, Wire
from marshrut.domain.clock import Clock, Times
from marshrut.domain.words import Role

OutcomeValue = bool | int | Code | tuple[Code, ...] | None
OutcomeCodes = dict[Code, OutcomeValue]


class StepOpened(Wire):
    """Somebody now has something to do; by when, its clock says (None: no deadline)."""

    kind: Literal["step_opened"] = "step_opened"
    step_id: Code
    track: Code
    name: Code
    scope: str = Field(default="", pattern=r"^[\w.:/@+\-]*$")
    role: Role
    mandatory: bool
    clock: Clock | None
    assignee: Code | None = None


class StepClaimed(Wire):
    """A person took the step."""

    kind: Literal["step_claimed"] = "step_claimed"
    step_id: Code
    assignee: Code


class StepReleased(Wire):
    """The step was given back and has no owner."""

    kind: Literal["step_released"] = "step_released"
    step_id: Code
    reason: Code | None = None


class StepAssigned(Wire):
    """A senior gave the step to a person, or the system to the deputy of somebody who is away."""

    kind: Literal["step_assigned"] = "step_assigned"
    step_id: Code
    assignee: Code
    reason: Code | None = None


class StepCompleted(Wire):
    """The step was done, with this outcome (codes only)."""

    kind: Literal["step_completed"] = "step_completed"
    step_id: Code
    outcome: OutcomeCodes


class StepBlocked(Wire):
    """A reason why the step cannot proceed was added; several may stand at once. One that pauses stops the clock."""

    kind: Literal["step_blocked"] = "step_blocked"
    step_id: Code
    block_id: Code
    reason: Code
    responsible: Code
    since: Instant
    until: Instant | None = None
    pauses: bool = False


class StepUnblocked(Wire):
    """One reason ended."""

    kind: Literal["step_unblocked"] = "step_unblocked"
    step_id: Code
    block_id: Code


class StepExtended(Wire):
    """A senior moved the due time; of the ladder `climbed` rungs lie behind the clock as it now is."""

    kind: Literal["step_extended"] = "step_extended"
    step_id: Code
    times: Times
    reason: Code
    climbed: int = 0


class CancelRequested(Wire):
    """Somebody asked that a mandatory step be cancelled; another person has to approve."""

    kind: Literal["cancel_requested"] = "cancel_requested"
    step_id: Code
    reason: Code


class CancelDenied(Wire):
    """The request to cancel was turned down; the step stands."""

    kind: Literal["cancel_denied"] = "cancel_denied"
    step_id: Code


class StepCancelled(Wire):
    """The step will not be done: on request, because its branch lost a race, or because the case ended."""

    kind: Literal["step_cancelled"] = "step_cancelled"
    step_id: Code
    reason: Code


class StepCommented(Wire):
    """Somebody wrote a comment; its text is kept beside the command, never here."""

    kind: Literal["step_commented"] = "step_commented"
    step_id: Code


class StepEscalated(Wire):
    """The step's clock reached a rung of its ladder; the rungs below it, if any were missed, are passed with it.

    `reason`: a person had it climbed before its time.
    """

    kind: Literal["step_escalated"] = "step_escalated"
    step_id: Code
    rung: Code
    climbed: int = Field(ge=1)
    reason: Code | None = None


class ClocksRecomputed(Wire):
    """A pause ended, a start event was told otherwise or a calendar was replaced: these clocks show other times."""

    kind: Literal["clocks_recomputed"] = "clocks_recomputed"
    times: dict[Code, Times]

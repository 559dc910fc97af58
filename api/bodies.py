"""What a person sends with an action on a step."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from marshrut.domain.base import Code, Instant
from workflows.registry import STEPS

# One definition of each outcome serves the journey, this schema and the form.
OutcomeBody = Annotated[
    dict[str, Any] | str,
    WithJsonSchema(
        {
            "description": "The step's outcome, see its `outcome_schema`; a bare code stands for `{result: code}`",
            "anyOf": [
                {"type": "string"},
                *({**outcome.model_json_schema(), "title": outcome.name()} for outcome in STEPS),
            ],
        }
    ),
]


class Body(BaseModel):
    """What every action may carry. `occurred_at`: when it was so, if not now."""

    model_config = ConfigDict(extra="forbid")

    occurred_at: Instant | None = None


class Assigning(Body):
    """Whom to give the step."""

    assignee: Code


class Completing(Body):
    """The step is done, with this outcome."""

    outcome: OutcomeBody


class Blocking(Body):
    """Why the step cannot proceed, whose move it is, and when an end is expected."""

    reason: Code
    responsible: Code | None = None
    since: Instant | None = None
    until: Instant | None = None
    note: str | None = Field(default=None, max_length=4000)


class Unblocking(Body):
    """Which reason ended; neither given means all."""

    block_id: Code | None = None
    reason: Code | None = None


class Extending(Body):
    """Until when, and why."""

    due_at: Instant
    reason: Code = "agreed"
    note: str | None = Field(default=None, max_length=4000)


class Cancelling(Body):
    """Why; a mandatory step then waits for another person's approval."""

    reason: Code = "not_needed"
    note: str | None = Field(default=None, max_length=4000)


class Approving(Body):
    """Yes or no to the request to cancel."""

    approved: bool = True


class Commenting(Body):
    """What to say."""

    text: str = Field(min_length=1, max_length=4000)

    @model_validator(mode="after")
    def _says_something(self) -> Commenting:
        if not self.text.strip():
            raise ValueError("the comment is empty")
        return self

"""What a person sends with an action on a step."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from marshrut.domain.base import Code, Instant
from marshrut.domain.clock import Term, Unit
from workflows.registry import STEPS


class _OfAnyStep:
    """How an outcome looks on paper. Of 130 steps that takes a while, and only whoever asks for the paper waits."""

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "description": "The step's outcome, see its `outcome_schema`; a bare code stands for `{result: code}`",
            "anyOf": [
                {"type": "string"},
                *({**outcome.model_json_schema(), "title": outcome.name()} for outcome in STEPS),
            ],
        }


# One definition of each outcome serves the journey, this schema and the form.
OutcomeBody = Annotated[dict[str, Any] | str, _OfAnyStep()]


class Body(BaseModel):
    """What every action may carry. `occurred_at`: when it was so, if not now."""

    model_config = ConfigDict(extra="forbid")

    occurred_at: Instant | None = None


Note = Annotated[str, Field(min_length=1, max_length=4000)]


class Assigning(Body):
    """Whom to give the step."""

    assignee: Code
    note: Note | None = None


class Releasing(Body):
    """What has to be known of the step that is given back."""

    note: Note | None = None


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


class More(BaseModel):
    """So much more time; `wh` and `wd` are hours and days that are worked by whoever the clock is for."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[int, Field(ge=1, le=366)]
    unit: Literal["h", "d", "wh", "wd"]

    @property
    def term(self) -> Term:
        """As the domain says it."""
        return Term(amount=self.amount, unit=Unit(self.unit))


class Extending(Body):
    """Until when, or by how much, and why."""

    due_at: Instant | None = None
    by: More | None = None
    reason: Code = "agreed"
    note: str | None = Field(default=None, max_length=4000)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.due_at is None) is (self.by is None):
            raise ValueError("either `due_at` or `by`")
        return self


class Reminding(Body):
    """What whoever has the step should know."""

    note: Note | None = None


class Escalating(Body):
    """Why those above have to step in."""

    reason: Code = "does_not_move"
    note: Note | None = None


class Returning(Body):
    """To whom the step goes back: to who had it before, or to the team, and what they have to know."""

    to: Literal["former", "team"] = "former"
    note: Note | None = None


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

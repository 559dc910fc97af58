"""What is sent of a bulk action: what to do, to which steps, and whether it is only to be shown."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.bodies.step import More, Note
from marshrut.domain.base import Code, Instant
from marshrut.domain.stuck import Why
from marshrut.domain.words import Role

# So many steps at once; whoever has more narrows the filter, or goes on with the next ones.
MOST = 500

BulkAction = Literal["assign", "extend", "remind", "escalate"]


class OfSteps(BaseModel):
    """Filters of `GET /steps`; without `state` the steps that are still to be done."""

    model_config = ConfigDict(extra="forbid")

    of: Literal["steps"] = "steps"
    case: Code | None = None
    state: Literal["open", "claimed", "live", "blocked"] = "live"
    assignee: Code | None = None
    role: Role | None = None
    hospital: Code | None = None
    track: Code | None = None
    overdue: bool | None = None
    blocked: bool | None = None
    escalated: bool | None = None
    soon: bool | None = None
    due_before: Instant | None = None
    opened_from: Instant | None = None
    opened_before: Instant | None = None
    ward: Code | None = None


class OfStuck(BaseModel):
    """Filters of `GET /stuck`; of what is stuck the steps are meant. `why`: a cause, or several that all hold."""

    model_config = ConfigDict(extra="forbid")

    of: Literal["stuck"]
    hospital: Code | None = None
    track: Code | None = None
    why: Annotated[tuple[Why, ...], BeforeValidator(lambda why: (why,) if isinstance(why, str) else why)] = ()
    ward: Code | None = None
    role: Role | None = None
    assignee: Code | None = None
    min_rank: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Bulking(BaseModel):
    """An action on many steps: on those that are named, or for a dry run on those that a filter finds.

    `assign` needs an `assignee`; `extend` either `due_at` or `by`. `note` is private text, kept with each step.
    """

    model_config = ConfigDict(extra="forbid")

    action: BulkAction
    steps: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST)] | None = None
    filter: OfSteps | OfStuck | None = None
    dry_run: bool = True
    assignee: Code | None = None
    due_at: Instant | None = None
    by: More | None = None
    reason: Code | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Self:
        if (self.steps is None) is (self.filter is None):
            raise ValueError("either `steps` or `filter`")
        if (self.assignee is not None) is not (self.action == "assign"):
            raise ValueError("`assignee` is for `assign`, which needs it")
        if (self.due_at is not None and self.by is not None) or (
            (self.due_at is not None or self.by is not None) is not (self.action == "extend")
        ):
            raise ValueError("either `due_at` or `by` is for `extend`, which needs one")
        return self

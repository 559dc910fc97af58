"""The slice of the catalogue that a case keeps from its start, so that later edits never change a running case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from marshrut.domain.base import Code, Wire
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Role


class StepRule(Wire):
    """Who does a step, in what time, and whether it may be left out.

    `hours` are calendar hours, None where a step has no deadline; `hours_if` gives a shorter time for flagged cases.
    """

    role: Role
    hours: float | None = Field(default=24, gt=0)
    hours_if: dict[Flag, float] = Field(default_factory=dict)
    counts_from: Literal["opening", "admission"] = "opening"
    mandatory: bool = True

    def due_at(self, state: CaseState, opened_at: datetime) -> datetime | None:
        """When the step is due, for one that opens now in this case."""
        if self.hours is None:
            return None
        start = opened_at
        if self.counts_from == "admission" and state.admitted_at is not None:
            start = state.admitted_at
        hours = min([self.hours, *(hours for flag, hours in self.hours_if.items() if flag in state.flags)])
        return start + timedelta(hours=hours)


class Slice(Wire):
    """What a case needs of the catalogue: its version, the rule of each step, the reasons that may block one."""

    version: Code
    steps: dict[Code, StepRule]
    reasons: tuple[Code, ...]

"""The end of help: a senior looks at the case and closes it, or has it go on."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Step
from workflows.answers import steps


class CaseClose(Outcome, track="followup", step="case_close"):
    """Whether the case is over."""

    result: Literal["closed", "reopened"]
    note: Private[str] | None = None


async def let_go(case: Case, occasion: str) -> bool:
    """Nobody is dropped for one "no": a senior closes the case, or has the patient asked again."""
    closing = await case.step(CaseClose, key=f"refused.{occasion}")
    return closing is None or closing.result == "closed"


def was_let_go(state: CaseState) -> bool:
    """Whether the last no was accepted by a senior."""
    return any(not _reopened(step) for step in steps(state, CaseClose)[-1:])


def _reopened(step: Step) -> bool:
    return step.outcome is not None and step.outcome["result"] == "reopened"

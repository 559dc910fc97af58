"""The end of help: a senior looks at the case and closes it, or has it go on; with open needs a second one agrees."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Step
from workflows.answers import steps
from workflows.needs import open_needs, settle_needs


class CaseClose(Outcome, track="followup", step="case_close"):
    """Whether the case is over."""

    result: Literal["closed", "reopened"]
    note: Private[str] | None = None


class CloseConfirm(Outcome, track="followup", step="close_confirm"):
    """Whether another senior agrees that the case is closed although needs are open."""

    result: Literal["agreed", "reopened"]
    note: Private[str] | None = None


async def close(case: Case, occasion: str) -> bool:
    """Whether the case is over. What somebody needs and did not get is looked at by four eyes."""
    closing = await case.step(CaseClose, key=occasion)
    if closing is not None and closing.result == "reopened":
        return False
    await settle_needs(case, occasion)
    if await case.decide(f"open_needs.{occasion}", _needs) == "none":
        return True
    agreed = await case.step(CloseConfirm, key=occasion)
    return agreed is None or agreed.result == "agreed"


async def let_go(case: Case, occasion: str) -> bool:
    """Nobody is dropped for one "no": a senior closes the case, or has the patient asked again."""
    return await close(case, f"refused.{occasion}")


def was_let_go(state: CaseState) -> bool:
    """Whether the last no was accepted by a senior."""
    return any(not _reopened(step) for step in steps(state, CaseClose, CloseConfirm)[-1:])


def _reopened(step: Step) -> bool:
    return step.outcome is not None and step.outcome["result"] == "reopened"


def _needs(state: CaseState) -> str:
    return "open" if open_needs(state) else "none"

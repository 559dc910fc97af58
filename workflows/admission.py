"""Admission: the intake opens the case of an emergency by itself; of somebody who was sent to us a person decides."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Stage


class CaseOpen(Outcome, track="contact", step="case_open"):
    """Whether the person is ours, has a case already, or is not for this service."""

    result: Literal["opened", "attached", "screened"]
    note: Private[str] | None = None


class Admission:
    """Ends with `opened`, `attached` or `screened`."""

    name: ClassVar[str] = "admission"
    stage: ClassVar[Stage] = Stage.ADMISSION
    steps: ClassVar[tuple[type[Outcome], ...]] = (CaseOpen,)

    async def run(self, case: Case) -> str:
        """Look at those whom somebody sent before anybody comes to the bed."""
        if await case.decide("came", _came) == "admission":
            return "opened"
        looked_at = await case.step(CaseOpen)
        return "opened" if looked_at is None else looked_at.result


def _came(state: CaseState) -> str:
    """Who came in for a planned stay is no less admitted than any other."""
    return "admission" if state.via == "planned" else state.via

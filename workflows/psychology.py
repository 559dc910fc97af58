"""The direction of psychological support: where the route asks for it the patient is talked to (talks.py)."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.support import PATIENT, ROUTE
from marshrut.domain.words import Stage
from workflows import support as q
from workflows.stay import while_here
from workflows.talks import ask


class Psychology:
    """Ends as the talks do: with `helped`, `refused`, `transferred`, or with `open` when they were broken off."""

    name: ClassVar[str] = "psychology"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = ()

    async def run(self, case: Case) -> str:
        """Have the psychologist talk to the patient, within what somebody has asked for already or by oneself."""
        await while_here(case, self._support)
        return await case.decide("support", _support)

    async def _support(self, case: Case) -> None:
        request = await ask(case, PATIENT, ROUTE)
        await case.decide("supported", partial(q.ended, request))


def _support(state: CaseState) -> str:
    request = q.last_of(state, PATIENT)
    came = "open" if request is None else q.ended(request.item_id, state)
    return came if came in {"helped", "refused", "transferred"} else "open"

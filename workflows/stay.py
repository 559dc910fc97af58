"""As long as the patient lies here: whoever has left is asked nothing at the bed, and offices work no more for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from marshrut.domain.case import Case
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report

Work = Callable[[Case], Awaitable[object]]


async def while_here(case: Case, work: Work, name: str = "stay") -> bool:
    """Do the work unless the patient leaves before it is done; whether the patient was here to the end of it."""
    # Listened for first: for somebody who has left already nothing is opened, not even for a moment.
    return await case.first(name, left=left, here=work) == "here"


async def left(case: Case) -> None:
    """Until the hospital reports that the patient has left, or somebody has confirmed their arrival."""
    await case.decide("left", _left)


async def beside(case: Case, name: str, work: Work, meanwhile: Work) -> None:
    """Do the work. What goes on meanwhile neither ends nor outlasts it."""

    async def until_then(case: Case) -> None:
        await meanwhile(case)
        await for_good(case)

    await case.first(name, work=work, meanwhile=until_then)


async def for_good(case: Case) -> None:
    """Until the case ends. The branch of a race that should never win it waits so: a death closes the case itself."""
    await case.reported(Report.DIED)


def _left(state: CaseState) -> str | None:
    return "left" if Report.DISCHARGED in state.reports or "followup" in state.tracks else None

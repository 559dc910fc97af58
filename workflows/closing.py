"""The end of help: a senior looks at the case and closes it, or has it go on; with open needs a second one agrees."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case, Track
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Report
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


CRISIS = "crisis"
CLOSINGS = frozenset({CaseClose.step, CloseConfirm.step})


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


async def unless_refused(case: Case, track: Track) -> str:
    """Follow the track. With whoever is let go the case ends; they are asked again if they take their no back.

    Nobody is let go in the middle of a crisis.
    """
    again = ""
    while (came_of := await case.track(track, again=again)) == "refused":
        await case.decide(f"safe.{track.name}.{again or MAIN}", _safe)
        await case.end(f"refused.{track.name}.{again or MAIN}", Report.REFUSED_HELP)
        again = f"{again}.again" if again else "again"
    return came_of


def was_let_go(state: CaseState, *asked: type[Outcome]) -> bool:
    """Whether a no was accepted by a senior, and the patient has not been asked any of this since."""
    return any(
        step.name in CLOSINGS and not _reopened(step) for step in steps(state, *asked, CaseClose, CloseConfirm)[-1:]
    )


def _safe(state: CaseState) -> str | None:
    crises = [track for name, track in state.tracks.items() if name.split(".", maxsplit=1)[0] == CRISIS]
    return None if any(track.result is None for track in crises) else "safe"


def _reopened(step: Step) -> bool:
    return step.outcome is not None and step.outcome["result"] == "reopened"


def _needs(state: CaseState) -> str:
    return "open" if open_needs(state) else "none"

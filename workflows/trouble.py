"""What a call after the arrival may bring up: a problem that somebody solves, or a person who does not answer."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role


class ProblemSolve(Outcome, track="followup", step="problem_solve"):
    """What became of a problem after the arrival."""

    result: Literal["solved", "passed_on", "unsolved"]
    note: Private[str] | None = None


class UnreachableDecide(Outcome, track="followup", step="unreachable_decide"):
    """What is done about a person who does not answer."""

    result: Literal["visit", "police", "close"]
    note: Private[str] | None = None


class WelfareVisit(Outcome, track="followup", step="welfare_visit"):
    """How whoever went there, one of us or the police, found the person."""

    result: Literal["found_well", "found_problem", "not_found"]
    note: Private[str] | None = None


async def solve(case: Case, occasion: str) -> None:
    """A senior hears of a problem and somebody solves it; of what could not be solved the senior hears again."""
    await case.inform(f"problem.{occasion}", Role.SUPERVISOR)
    solved = await case.step(ProblemSolve, key=occasion)
    if solved is not None and solved.result == "unsolved":
        await case.inform(f"unsolved.{occasion}", Role.SUPERVISOR)


async def look_for(case: Case, occasion: str) -> str:
    """For whom nobody could reach: `found`, or `close` when a senior has them sought no more."""
    await case.inform(f"unreachable.{occasion}", Role.SUPERVISOR, urgent=True)
    while (decided := await case.step(UnreachableDecide, key=occasion)) is not None and decided.result != "close":
        visit = await case.step(WelfareVisit, key=occasion)
        if visit is None or visit.result != "not_found":
            if visit is not None and visit.result == "found_problem":
                await solve(case, f"visit.{occasion}")
            return "found"
        occasion = f"{occasion}.not_found"
    return "close"

"""Taking over: the team of another hospital reads what it was told of a case, and sees to the patient from then on."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage


class TakeOver(Outcome, track="contact", step="take_over"):
    """Whether the patient is here and the hand-over was read; `not_here`: they have not arrived."""

    result: Literal["taken", "not_here"]
    note: Private[str] | None = None


class Takeover:
    """Ends with `taken`."""

    name: ClassVar[str] = "takeover"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (TakeOver,)

    async def run(self, case: Case) -> str:
        """Ask until the patient is there; whoever does not arrive is looked for by the head of service."""
        time = "arrived"
        while True:
            answer = await case.step(TakeOver, key=time)
            if answer is None or answer.result == "taken":
                return "taken"
            await case.inform(f"not_transferred.{time}", Role.HEAD, urgent=True)
            time = stamp(await case.until(f"not_here.{time}", "contact.not_here"))


async def take_over(case: Case) -> None:
    """Whenever the case has come from another hospital; what was being done for the patient goes on meanwhile."""
    moves = 0
    while True:
        await case.decide(f"moved_here.{moves}", partial(_moved, moves))
        await case.track(Takeover(), again=f"{moves}" if moves else "")
        moves += 1


def _moved(before: int, state: CaseState) -> str | None:
    return "moved" if len(state.moved_from) > before else None

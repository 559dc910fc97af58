"""Follow-up: calls and checks after the arrival, each in its window, until a senior closes the case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report, Role, Stage
from workflows.answers import last
from workflows.assessment import LifeSurvey
from workflows.closing import CaseClose, CloseConfirm, close
from workflows.placement import moved_out
from workflows.settling import PostBoarding, Settling
from workflows.stay import for_good
from workflows.transition import ArrivalConfirm, arrived, came_back, confirm, since_arrival
from workflows.trouble import ProblemSolve, UnreachableDecide, WelfareVisit, look_for, solve

INSTITUTIONS = frozenset({Ending.INSTITUTION_PERMANENT, Ending.TEMPORARY_PLACEMENT})

# What a problem is about; a check that only knows "problem" says so here when nobody answered it.
About = Literal["health", "care", "home", "money", "papers", "other"]
Spoken = Literal["patient", "adult"]  # of a child the adult who answers for it is called
Unmet = Literal["unreachable", "health", "care", "home", "money", "papers", "other"]


class Call72h(Outcome, track="followup", step="call_72h"):
    """How the person is after the first days."""

    result: Literal["well", "problem", "unreachable"]
    about: About | None = None
    spoken_with: Spoken | None = None
    note: Private[str] | None = None


class Check7d(Outcome, track="followup", step="check_7d"):
    """How the person is after a week, or that a hospital has them again."""

    result: Literal["well", "problem", "readmitted"]
    about: Unmet | None = None
    spoken_with: Spoken | None = None
    note: Private[str] | None = None


class Check30d(Outcome, track="followup", step="check_30d"):
    """Whether the help has held for a month."""

    result: Literal["stable", "problem"]
    about: Unmet | None = None
    spoken_with: Spoken | None = None
    note: Private[str] | None = None


class AdaptationCheck(Outcome, track="placement", step="adaptation_check"):
    """Whether the person lives well in the institution, goes to another one, or returns home."""

    result: Literal["settled", "moves", "returns"]
    note: Private[str] | None = None


@dataclass(frozen=True)
class Round:
    """Asking after a person: by which step, from when after the arrival, and until when it is tried again."""

    name: str
    step: type[Call72h | Check7d | Check30d]
    begins: str
    ends: str


CALL = Round("call", Call72h, "followup.call", "followup.call_window")
WEEK = Round("week", Check7d, "followup.week", "followup.week_window")
MONTH = Round("month", Check30d, "followup.month", "followup.month_window")


class FollowUp:
    """Ends with the ending of the case, which is another than the arrival's for whom returned from an institution."""

    name: ClassVar[str] = "followup"
    stage: ClassVar[Stage] = Stage.FOLLOWUP
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        Call72h,
        Check7d,
        Check30d,
        ProblemSolve,
        UnreachableDecide,
        WelfareVisit,
        AdaptationCheck,
        ArrivalConfirm,
        CaseClose,
        CloseConfirm,
    )

    async def run(self, case: Case) -> str:
        """Ask after the person as long as the manual says; the case of whom a hospital has again is over."""
        lives = await case.decide("lives", _lives)
        if lives == "institution":
            await case.first("adapts", back=came_back, settled=self._adapted)
            if await case.decide("returned", _returned) == "yes":
                await moved_out(case, "returned")
                await confirm(case, "returned")
                lives = "home"
        if lives == "home":
            await case.first("followed", back=came_back, done=self._followed)
        if lives != "other_hospital":
            await case.first("closing", back=came_back, closed=self._close)
        if await case.decide("back", _back) == "yes":
            await case.inform("readmitted", Role.SUPERVISOR)
        return await case.decide("ended", arrived)

    async def _adapted(self, case: Case) -> None:
        """How the person settles in, and what they say of the place; whoever returns home is asked no more of it."""
        await case.first("adapted", month=self._settled, week=self._adapted_week)

    async def _settled(self, case: Case) -> None:
        await case.all(self._adapted_month(case), case.track(Settling()))

    async def _followed(self, case: Case) -> None:
        """The calls; whoever left an institution for a home of their own is supported beside them, and longer."""
        supported = await case.decide("leaves_institution", _leaves_institution)
        calls = case.first("called", stable=self._month, readmitted=self._week, called=self._call)
        await case.all(calls, *([case.track(PostBoarding())] if supported == "yes" else []))

    async def _call(self, case: Case) -> None:
        """Ends when a senior says that nobody is sought any more; otherwise the other rounds go on."""
        if await _ask(case, CALL) != "close":
            await for_good(case)

    async def _week(self, case: Case) -> None:
        """Ends as the call does; who is in hospital again needs no month more of this case either."""
        came_of = await _ask(case, WEEK)
        if came_of == "readmitted":
            await case.inform("readmitted", Role.SUPERVISOR)
        elif came_of != "close":
            await for_good(case)

    async def _month(self, case: Case) -> None:
        await _ask(case, MONTH)

    async def _adapted_week(self, case: Case) -> None:
        await since_arrival(case, "placement.adapted_week")
        if not await _adapts(case, "day7"):
            return
        await for_good(case)

    async def _adapted_month(self, case: Case) -> None:
        await since_arrival(case, "placement.adapted_month")
        await _adapts(case, "day30")

    async def _close(self, case: Case) -> None:
        """A senior who does not close it yet has the person asked after once more."""
        closing = MAIN
        while not await close(case, closing):
            closing = stamp(await case.until(f"once_more.{closing}", "followup.once_more"))
            answer = await case.step(Check30d, key=closing)
            if answer is not None and answer.result == "problem":
                await solve(case, closing)


async def _ask(case: Case, round_: Round) -> str:
    """Ask until the person is well or the window is over; how it ended.

    `well` (or left out), `readmitted`, `over` with a problem that others see to, or for whom nobody could reach what a
    senior made of it: `found` or `close`.
    """
    await since_arrival(case, round_.begins)
    call = MAIN
    while (answer := await case.step(round_.step, key=call)) is not None and answer.result not in ("well", "stable"):
        if answer.result == "readmitted":
            return "readmitted"
        unreachable = "unreachable" in (answer.result, answer.about)
        if not unreachable:
            await solve(case, f"{round_.name}.{call}")
        ends = partial(since_arrival, wait=round_.ends)
        if await case.first(f"again.{call}", over=ends, again=_a_while) == "over":
            return await look_for(case, round_.name) if unreachable else "over"
        call = f"{call}.again"
    return "well"


async def _a_while(case: Case) -> None:
    await case.until("again", "followup.asked_again")


async def _adapts(case: Case, check: str) -> bool:
    """Whether the person stays; who moves to another institution is asked after there."""
    while (answer := await case.step(AdaptationCheck, key=check)) is not None and answer.result == "moves":
        await case.inform(f"moves.{check}", Role.SUPERVISOR)
        check = stamp(await case.until(f"moved.{check}", "placement.moved"))
    if answer is not None and answer.result == "returns":
        await case.inform("returns", Role.SUPERVISOR)
        return False
    return True


def _lives(state: CaseState) -> str:
    ending = Ending(arrived(state))
    if ending is Ending.OTHER_HOSPITAL:
        return "other_hospital"
    return "institution" if ending in INSTITUTIONS else "home"


def _leaves_institution(state: CaseState) -> str:
    """Whether the person lived in an institution, before the hospital or after it."""
    survey = last(state, LifeSurvey)
    came_from = not state.child and survey is not None and survey.lives_with == "institution"
    return "yes" if came_from or _returned(state) == "yes" else "no"


def _returned(state: CaseState) -> str:
    check = last(state, AdaptationCheck)
    return "yes" if check is not None and check.result == "returns" else "no"


def _back(state: CaseState) -> str:
    return "yes" if Report.READMITTED in state.reports else "no"

"""Follow-up: calls and checks after the arrival, each when its time comes, until a senior closes the case."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Role, Stage
from workflows.answers import last, steps
from workflows.closing import CaseClose, CloseConfirm, close
from workflows.placement import TransferArrival
from workflows.stay import for_good
from workflows.transition import ArrivalConfirm, arrived, confirm

INSTITUTIONS = frozenset({Ending.INSTITUTION_PERMANENT, Ending.TEMPORARY_PLACEMENT})


class Call72h(Outcome, track="followup", step="call_72h"):
    """How the person is after the first days."""

    result: Literal["well", "problem", "unreachable"]
    note: Private[str] | None = None


class Check7d(Outcome, track="followup", step="check_7d"):
    """How the person is after a week, or that a hospital has them again."""

    result: Literal["well", "problem", "readmitted"]
    note: Private[str] | None = None


class Check30d(Outcome, track="followup", step="check_30d"):
    """Whether the help has held for a month."""

    result: Literal["stable", "problem"]
    note: Private[str] | None = None


class AdaptationCheck(Outcome, track="placement", step="adaptation_check"):
    """Whether the person lives well in the institution, goes to another one, or returns home."""

    result: Literal["settled", "moves", "returns"]
    note: Private[str] | None = None


class FollowUp:
    """Ends with the ending of the case, which is another than the arrival's for whom returned from an institution."""

    name: ClassVar[str] = "followup"
    stage: ClassVar[Stage] = Stage.FOLLOWUP
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        Call72h,
        Check7d,
        Check30d,
        AdaptationCheck,
        ArrivalConfirm,
        CaseClose,
        CloseConfirm,
    )

    async def run(self, case: Case) -> str:
        """Ask after the person as long as the manual says; the case of whom another hospital has is over."""
        lives = await case.decide("lives", _lives)
        if lives == "institution":
            await case.first("adapts", month=self._adapted_month, week=self._adapted_week)
            if await case.decide("returned", _returned) == "yes":
                await confirm(case, "returned")
                lives = "home"
        if lives == "home":
            await case.first("followed", stable=self._month, readmitted=self._week, called=self._call)
        if lives != "other_hospital":
            await self._close(case)
        return await case.decide("ended", arrived)

    async def _call(self, case: Case) -> None:
        await _since_arrival(case, "followup.call")
        call = MAIN
        while (answer := await case.step(Call72h, key=call)) is not None and answer.result != "well":
            call = await _again(case, f"call.{call}")
        await for_good(case)

    async def _week(self, case: Case) -> None:
        """Only who is in hospital again needs no month more of this case."""
        await _since_arrival(case, "followup.week")
        check = MAIN
        while (answer := await case.step(Check7d, key=check)) is not None and answer.result == "problem":
            check = await _again(case, f"week.{check}")
        if answer is None or answer.result == "well":
            await for_good(case)
        await case.inform("readmitted", Role.SUPERVISOR)

    async def _month(self, case: Case) -> None:
        await _since_arrival(case, "followup.month")
        await _check_until_stable(case, MAIN)

    async def _adapted_week(self, case: Case) -> None:
        await _since_arrival(case, "placement.adapted_week")
        if not await _adapts(case, "day7"):
            return
        await for_good(case)

    async def _adapted_month(self, case: Case) -> None:
        await _since_arrival(case, "placement.adapted_month")
        await _adapts(case, "day30")

    async def _close(self, case: Case) -> None:
        """A senior who does not close it yet has the person asked after once more."""
        closing = MAIN
        while not await close(case, closing):
            closing = stamp(await case.until(f"once_more.{closing}", "followup.once_more"))
            await _check_until_stable(case, closing)


async def _since_arrival(case: Case, wait: str) -> None:
    """Until so long after the arrival, whenever it was told."""
    arrived_at = datetime.fromisoformat(await case.decide("arrived_at", _arrived_at))
    await case.until("arrived", wait, since=arrived_at)


async def _check_until_stable(case: Case, check: str) -> None:
    while (answer := await case.step(Check30d, key=check)) is not None and answer.result == "problem":
        check = await _again(case, f"month.{check}")


async def _adapts(case: Case, check: str) -> bool:
    """Whether the person stays; who moves to another institution is asked after there."""
    while (answer := await case.step(AdaptationCheck, key=check)) is not None and answer.result == "moves":
        await case.inform(f"moves.{check}", Role.SUPERVISOR)
        check = stamp(await case.until(f"moved.{check}", "placement.moved"))
    if answer is not None and answer.result == "returns":
        await case.inform("returns", Role.SUPERVISOR)
        return False
    return True


async def _again(case: Case, occasion: str) -> str:
    """A senior hears of it, and somebody asks again the next day."""
    await case.inform(f"problem.{occasion}", Role.SUPERVISOR)
    return stamp(await case.until(f"again.{occasion}", "followup.asked_again"))


def _lives(state: CaseState) -> str:
    ending = Ending(arrived(state))
    if ending is Ending.OTHER_HOSPITAL:
        return "other_hospital"
    return "institution" if ending in INSTITUTIONS else "home"


def _arrived_at(state: CaseState) -> str:
    """When the last arrival was; one that nobody confirmed, when that was decided."""
    (arrival,) = steps(state, ArrivalConfirm, TransferArrival)[-1:]
    return (arrival.occurred_at or arrival.opened_at).isoformat()


def _returned(state: CaseState) -> str:
    check = last(state, AdaptationCheck)
    return "yes" if check is not None and check.result == "returns" else "no"

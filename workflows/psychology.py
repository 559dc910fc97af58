"""Psychological support: talks as long as they help; in a crisis nobody is left alone until it is over."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import answers, last
from workflows.stay import while_here


class PsyTalk(Outcome, track="psychology", step="psy_talk"):
    """What the talk did; whether it showed a crisis, or a family that needs help itself."""

    result: Literal["helped", "continue", "refused"]
    found: Literal["crisis", "family_in_need"] | None = None
    note: Private[str] | None = None


class CrisisProtocol(Outcome, track="psychology", step="crisis_protocol"):
    """Whether the patient is safe."""

    result: Literal["safe", "psychiatrist", "transferred"]
    note: Private[str] | None = None


class PsychiatristCall(Outcome, track="psychology", step="psychiatrist_call"):
    """What the psychiatrist did."""

    result: Literal["seen", "hospitalised"]
    note: Private[str] | None = None


class FamilySupport(Outcome, track="psychology", step="family_support"):
    """Whether the family took help."""

    result: Literal["done", "refused"]
    note: Private[str] | None = None


class Crisis:
    """For whom the admission flags in crisis: at once, beside everything. Ends with `safe`, `transferred` or `open`."""

    name: ClassVar[str] = "crisis"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (CrisisProtocol, PsychiatristCall)

    async def run(self, case: Case) -> str:
        """Stay with the patient until it is safe or a psychiatrist has taken over."""
        await while_here(case, self._secure)
        return await case.decide("safe", _safe)

    async def _secure(self, case: Case) -> None:
        await secure(case, MAIN)


class Psychology:
    """Ends with `helped`, `refused`, `transferred` or `open`."""

    name: ClassVar[str] = "psychology"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (PsyTalk, FamilySupport)

    async def run(self, case: Case) -> str:
        """Talk as long as it helps, and support the family where a talk showed that it needs it."""
        await while_here(case, self._support)
        return await case.decide("support", _support)

    async def _support(self, case: Case) -> None:
        await self._talk(case)
        if await case.decide("family", _family) == "in_need":
            await case.step(FamilySupport)

    async def _talk(self, case: Case) -> None:
        talk = MAIN
        while True:
            said = await case.step(PsyTalk, key=talk)
            if said is not None and said.found == "crisis":
                await secure(case, f"talk.{talk}")
            if said is None or said.result != "continue":
                return
            talk = stamp(await case.until(f"talk.{talk}", "psychology.next_talk"))


async def secure(case: Case, occasion: str) -> None:
    """Nobody in crisis is left until they are safe, or in a psychiatrist's hands."""
    while True:
        protocol = await case.step(CrisisProtocol, key=occasion)
        if protocol is None or protocol.result == "safe":
            return
        await case.inform(f"crisis.{occasion}", Role.SUPERVISOR, urgent=True)
        if protocol.result == "transferred":
            return
        call = await case.step(PsychiatristCall, key=occasion)
        if call is not None and call.result == "hospitalised":
            return
        occasion = f"{occasion}.seen"


def _safe(state: CaseState) -> str:
    protocol, call = last(state, CrisisProtocol), last(state, PsychiatristCall)
    if protocol is not None and protocol.result == "transferred":
        return "transferred"
    if call is not None and call.result == "hospitalised":
        return "transferred"
    return "safe" if protocol is not None and protocol.result == "safe" else "open"


def _support(state: CaseState) -> str:
    if _safe(state) == "transferred":
        return "transferred"
    talk = last(state, PsyTalk)
    return "open" if talk is None or talk.result == "continue" else talk.result


def _family(state: CaseState) -> str:
    return "in_need" if any(talk.found == "family_in_need" for talk in answers(state, PsyTalk)) else "well"

"""Enquiries to the Coordination Centre: each is answered, whoever has to be asked for the answer."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import last

Party = Literal["hospital", "institution", "social_protection", "guardianship", "home_care_provider", "other"]


class EnquiryAnswer(Outcome, track="enquiry", step="answer"):
    """What the person who asks was told, or who has to be asked first; `help`: that they get help, not only words."""

    result: Literal["answered", "passed_on", "help"]
    to: Party | None = None
    answer: Private[str] | None = None


class EnquiryReply(Outcome, track="enquiry", step="reply"):
    """Whether the party that was asked has answered, and the person who asked was told."""

    result: Literal["answered", "no_reply"]
    answer: Private[str] | None = None


class ReachResident(Outcome, track="enquiry", step="reach_resident"):
    """Whether a person who lives in an institution wants to be reached, and was."""

    result: Literal["connected", "declines", "not_there", "no_answer"]
    note: Private[str] | None = None


class HomeVisit(Outcome, track="enquiry", step="home_visit"):
    """Whether somebody who cannot live at home any more wants to move into an institution."""

    result: Literal["wants_place", "helped_at_home", "declines"]
    note: Private[str] | None = None


class Enquiry:
    """Ends with `answered`, or with `place` for whom a place in an institution is to be found."""

    name: ClassVar[str] = "enquiry"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (EnquiryAnswer, EnquiryReply, ReachResident, HomeVisit)

    async def run(self, case: Case) -> str:
        """Answer, ask somebody who knows, bring people together, or help; no enquiry ends without a word."""
        if await case.decide("topic", _topic) == "reach_resident":
            await self._reach(case)
        answer = await case.step(EnquiryAnswer)
        if answer is not None and answer.result == "passed_on":
            await self._wait_for_reply(case)
        elif answer is not None and answer.result == "help":
            await case.step(HomeVisit)
        return await case.decide("place", _wants_place)

    async def _reach(self, case: Case) -> None:
        """Only with the resident's word: relatives are told what the resident wants them to be told."""
        day = MAIN
        while True:
            reached = await case.step(ReachResident, key=day)
            if reached is None or reached.result != "no_answer":
                return
            day = stamp(await case.until(f"reach.{day}", "enquiry.asked_again"))

    async def _wait_for_reply(self, case: Case) -> None:
        day = MAIN
        while True:
            reply = await case.step(EnquiryReply, key=day)
            if reply is None or reply.result == "answered":
                return
            await case.inform(f"no_reply.{day}", Role.SUPERVISOR)
            day = stamp(await case.until(f"reply.{day}", "enquiry.asked_again"))


def _topic(state: CaseState) -> str:
    return state.topic or "other"


def _wants_place(state: CaseState) -> str:
    visit = last(state, HomeVisit)
    return "place" if visit is not None and visit.result == "wants_place" else "answered"

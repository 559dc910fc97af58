"""Guardians: the body hears at once of a child without care, and somebody is found who takes the child.

Parents first; where none is fit a temporary guardian; where there is none a family, and only then, and for a time, an
institution. Whoever turns up later is looked at in turn, until the child is handed over.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.child import body_knows, parents, plan
from marshrut.domain.ids import MAIN
from marshrut.domain.kin import word
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Role, Stage
from workflows.answers import last
from workflows.child_handover import ChildHandover
from workflows.contact import FirstContact
from workflows.left_behind import AbandonmentAct, FoundBirth, FoundPolice, FoundReport, found_child, left_behind
from workflows.offices import Then
from workflows.parents import ParentCheck, ParentsSearch, check, person, search_parents, there
from workflows.stay import beside, for_good
from workflows.wishes import SafeContact

# Circumstances in which nobody who answers for the child is with it, or who is may be a danger.
WITHOUT_CARE = frozenset({Flag.CHILD_WITHOUT_CARER, Flag.ABANDONED, Flag.FOUNDLING, Flag.VIOLENCE})


class GuardianshipNotice(Outcome, track="guardians", step="guardianship_notice"):
    """That the guardianship body registered the hospital's word of a child without care."""

    result: Literal["registered"]
    number: Private[str] | None = None


class GuardianshipSurvey(Outcome, track="guardians", step="guardianship_survey"):
    """Whether the body's survey found somebody who cares for the child, and who that is."""

    result: Literal["no_care", "care_found"]
    by: Literal["mother", "father", "guardian", "other"] | None = Field(default=None, validate_default=True)
    note: Private[str] | None = None

    @field_validator("by")
    @classmethod
    def _named_when_found(cls, by: str | None, info: ValidationInfo) -> str | None:
        if "result" in info.data and (info.data["result"] == "care_found") != (by is not None):
            raise ValueError("needed when, and only when, somebody cares for the child")
        return by


class ReturnAgree(Outcome, track="guardians", step="return_agree"):
    """Whether the guardianship body agrees that the child returns to a parent; `given_up`: it never will."""

    result: Literal["agreed", "refused"]
    then: Then | None = None
    note: Private[str] | None = None


class TemporaryGuardian(Outcome, track="guardians", step="temporary_guardian"):
    """Whether the body appointed a temporary guardian (48-FZ, article 12); relatives and friends are asked first."""

    result: Literal["act", "none"]
    who: Literal["relative", "friend", "other"] | None = None
    guardian: Private[str] | None = None
    number: Private[str] | None = None


class FamilyDecision(Outcome, track="guardians", step="family_decision"):
    """Where the body has a child live for whom there is no guardian; an institution is only for a time."""

    result: Literal["foster", "institution"]
    note: Private[str] | None = None


class Guardians:
    """Ends with to whom the child went: `parent`, `guardian`, `foster` or `institution`."""

    name: ClassVar[str] = "guardians"
    stage: ClassVar[Stage] = Stage.FIRST_CONTACT
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        GuardianshipNotice,
        GuardianshipSurvey,
        SafeContact,
        ParentsSearch,
        ParentCheck,
        ReturnAgree,
        TemporaryGuardian,
        FamilyDecision,
        AbandonmentAct,
        FoundPolice,
        FoundReport,
        FoundBirth,
    )

    async def run(self, case: Case) -> str:
        """Until somebody has the child, also when it is in the ward no more."""
        await beside(case, "protected", _handed_over, _protect)
        return await case.decide("taken_by", _taken_by)


async def _protect(case: Case) -> None:
    await case.all(_tell_body(case), search_parents(case), left_behind(case), found_child(case), _provide(case))


async def _tell_body(case: Case) -> None:
    """At once; then it surveys within the days that the law gives, and may know who cares for the child."""
    if await case.step(GuardianshipNotice) is None:
        return
    survey = await case.step(GuardianshipSurvey)
    if survey is None:
        return
    await case.inform(f"survey.{survey.result}", Role.SUPERVISOR)
    if survey.by is not None and survey.by != "other":
        await case.move(await person(case, survey.by), "found", on="survey")


async def _provide(case: Case) -> None:
    """A parent who is there, else somebody instead; anew when a parent turns up, or what was agreed falls through."""
    turn = MAIN
    while True:
        if await case.decide(f"who.{turn}", _who) == "parent":
            parent = await case.decide(f"parent.{turn}", lambda state: there(state)[0].item_id)
            gone = partial(_gone, parent)
            returns = partial(_return, parent, turn)
            await case.first(f"return.{turn}", gone=gone, fell_through=_fell_through, returns=returns)
        else:
            instead = partial(_instead, turn)
            await case.first(f"instead.{turn}", turned_up=_turned_up, fell_through=_fell_through, instead=instead)
        turn = f"{turn}.again"


async def _return(parent: str, turn: str, case: Case) -> None:
    """Identified, the risk judged, and agreed by the body: then the child may go with them."""
    if not await check(case, parent, turn):
        return
    day = turn
    while True:
        said = await case.step(ReturnAgree, key=day)
        if said is None or said.result == "agreed":
            await for_good(case)
        elif said.then == "given_up":
            await case.inform(f"return_refused.{day}", Role.SUPERVISOR)
            await case.move(parent, "unfit", on=day)
            return
        else:
            await case.inform(f"return_refused.{day}", Role.SUPERVISOR)
            day = stamp(await case.until(f"return.{day}", "guardians.asked_again"))


async def _instead(turn: str, case: Case) -> None:
    """A temporary guardian; where there is none a family, asked for again as long as the child is to be in a home."""
    if await case.decide("provided", _provided) == "nobody":
        guardian = await case.step(TemporaryGuardian, key=turn)
        if guardian is None or guardian.result == "none":
            await case.inform(f"no_guardian.{turn}", Role.SUPERVISOR)
            day = turn
            while (home := await case.step(FamilyDecision, key=day)) is None or home.result == "institution":
                day = stamp(await case.until(f"family.{day}", "guardians.family_sought"))
    await for_good(case)


async def _handed_over(case: Case) -> None:
    await case.decide("handed_over", lambda state: None if last(state, ChildHandover) is None else "yes")


async def _gone(parent: str, case: Case) -> None:
    """Until this parent is out of the question."""

    def gone(state: CaseState) -> str | None:
        return None if parent in {item.item_id for item in there(state)} else "yes"

    await case.decide("gone", gone)


async def _turned_up(case: Case) -> None:
    await case.decide("turned_up", lambda state: "yes" if there(state) else None)


async def _fell_through(case: Case) -> None:
    """Until what the body had agreed to is so no more: nobody came for the child."""
    await case.decide("planned", plan)
    await case.decide("fell_through", lambda state: "yes" if plan(state) is None else None)


def alone(state: CaseState) -> bool:
    """Whether it is a child's case and nobody who answers for the child is with it."""
    contact = last(state, FirstContact)
    nobody = contact is not None and contact.carer == "nobody"
    return state.child and (nobody or bool(WITHOUT_CARE & set(state.flags)))


def protected(state: CaseState) -> bool:
    """Whether the body has to do with the child: once it was told nobody but the body itself says that it has not."""
    return state.child and (alone(state) or body_knows(state))


def _who(state: CaseState) -> str | None:
    """`parent` or, once it is known that there is none to give the child to, `nobody`."""
    if there(state):
        return "parent"
    search, survey, act = last(state, ParentsSearch), last(state, GuardianshipSurvey), last(state, AbandonmentAct)
    sought = search is not None and search.result != "found"
    surveyed = survey is not None and survey.by in {None, "other"}
    given_up = act is not None and act.result == "signed"
    judged = bool(parents(state, "unfit", "refuses", "unable", "deceased"))
    return "nobody" if sought or surveyed or given_up or judged or word(state) == "forbidden" else None


def _provided(state: CaseState) -> str:
    """Whom there is already when a parent who turned up proves to be none to give the child to."""
    agreed = plan(state)
    return "nobody" if agreed in {None, "parent", "institution"} else str(agreed)


def _taken_by(state: CaseState) -> str:
    handed = last(state, ChildHandover)
    return "nobody" if handed is None else handed.result

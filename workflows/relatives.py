"""Relatives: who is there, whether they will care, and whether they can."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from workflows.answers import last
from workflows.assessment import LifeSurvey
from workflows.stay import beside, while_here


class RelativesSearch(Outcome, track="relatives", step="relatives_search"):
    """Whether relatives were found, there are none, or the search goes on."""

    result: Literal["found", "none", "continue"]
    note: Private[str] | None = None


class RegistryRequest(Outcome, track="relatives", step="registry_request"):
    """Whether the registries answered."""

    result: Literal["answered", "refused"]
    note: Private[str] | None = None


class VolunteersRequest(Outcome, track="relatives", step="volunteers_request"):
    """Whether somebody whom volunteers know searches for this person."""

    result: Literal["match", "none"]
    note: Private[str] | None = None


class RelativeTalk(Outcome, track="relatives", step="relative_talk"):
    """What a relative is ready to do; `others`: whether there is somebody else to talk to."""

    result: Literal["cares", "partly", "refuses"]
    others: Literal["yes", "no"] | None = None
    relative: Private[str] | None = None


class CarerAssess(Outcome, track="relatives", step="carer_assess"):
    """Whether who wants to care can."""

    result: Literal["able", "train", "unable"]
    note: Private[str] | None = None


class CarerSchool(Outcome, track="relatives", step="carer_school"):
    """Whether the carer goes to the school of care."""

    result: Literal["enrolled", "declined"]
    note: Private[str] | None = None


class Relatives:
    """Ends with `cares`, `partly`, `refuses` or `not_found`; when the patient leaves, with what is known by then."""

    name: ClassVar[str] = "relatives"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        RelativesSearch,
        RegistryRequest,
        VolunteersRequest,
        RelativeTalk,
        CarerAssess,
        CarerSchool,
    )

    async def run(self, case: Case) -> str:
        """Find them, talk to them, and see whether they are up to it."""
        await while_here(case, self._help)
        return await case.decide("care", _care)

    async def _help(self, case: Case) -> None:
        if await case.decide("known", _known) == "known" or await self._found(case):
            await self._talk(case)

    async def _found(self, case: Case) -> bool:
        """Whether somebody was found; where one day is not enough, registries and volunteers are asked beside."""
        search = await case.step(RelativesSearch)
        if search is not None and search.result == "continue":
            await beside(case, "wider", self._search_on, self._ask_others)
        return await case.decide("found", _found) == "found"

    async def _search_on(self, case: Case) -> None:
        day = MAIN
        while True:
            day = stamp(await case.until(f"search.{day}", "relatives.searched_on"))
            search = await case.step(RelativesSearch, key=day)
            if search is None or search.result != "continue":
                return

    async def _ask_others(self, case: Case) -> None:
        """What they answer is for the search to use."""
        await case.all(case.step(RegistryRequest), case.step(VolunteersRequest))

    async def _talk(self, case: Case) -> None:
        talk = MAIN
        while True:
            relative = await case.step(RelativeTalk, key=talk)
            if relative is None:
                return
            if relative.result != "refuses":
                await self._prepare(case)
                return
            await case.inform(f"relatives_refuse.{talk}", Role.SUPERVISOR)
            if relative.others != "yes":
                return
            talk = f"{talk}.another"

    async def _prepare(self, case: Case) -> None:
        carer = await case.step(CarerAssess)
        if carer is not None and carer.result == "train":
            await case.step(CarerSchool)
        elif carer is not None and carer.result == "unable":
            await case.inform("carer_unable", Role.SUPERVISOR)


def _known(state: CaseState) -> str:
    """Whom the patient lives with nobody has to search for."""
    survey = last(state, LifeSurvey)
    return "known" if survey is not None and survey.lives_with == "relatives" else "unknown"


def _found(state: CaseState) -> str:
    search = last(state, RelativesSearch)
    return "found" if search is not None and search.result == "found" else "not_found"


def _care(state: CaseState) -> str:
    talk, carer, school = last(state, RelativeTalk), last(state, CarerAssess), last(state, CarerSchool)
    if talk is None:
        return "not_found"
    if talk.result == "cares" and (
        (carer is not None and carer.result == "unable") or (school is not None and school.result == "declined")
    ):
        return "partly"
    return talk.result

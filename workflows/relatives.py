"""Relatives: who is there, whether they may know, whether they will care, and whether they can."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.kin import CLOSED, Reach, reach
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role, Stage
from workflows.answers import NOTHING, last
from workflows.assessment import LifeSurvey
from workflows.kin_search import (
    RegistryRequest,
    RelativesSearch,
    VolunteersRequest,
    day_by_day,
    enough,
    relatives,
    search,
    sought,
    there,
)
from workflows.route import in_route
from workflows.stay import while_here
from workflows.wishes import FoundConsent, SafeContact, as_long_as_permitted, permitted


class RelativeTalk(Outcome, track="relatives", step="relative_talk"):
    """What a relative is ready to do; `others`: whether there is somebody else to talk to."""

    result: Literal["cares", "partly", "refuses"]
    others: Literal["yes", "no"] | None = None
    relative: Private[str] | None = None


class CarerAssess(Outcome, track="relatives", step="carer_assess"):
    """Whether who wants to care can, and how heavy it is for them."""

    result: Literal["able", "train", "unable"]
    strain: Literal["none", "some", "heavy"] | None = None
    note: Private[str] | None = None


class CarerSchool(Outcome, track="relatives", step="carer_school"):
    """Whether the carer goes to the school of care."""

    result: Literal["enrolled", "declined"]
    note: Private[str] | None = None


class Relatives:
    """Ends with `cares`, `partly`, `refuses`, `not_found`, `not_wished` or `dangerous`, or with `searching`.

    `searching`: the search goes on beside the route (late_search.py), for it took long or the patient has left.
    """

    name: ClassVar[str] = "relatives"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        FoundConsent,
        SafeContact,
        RelativesSearch,
        RegistryRequest,
        VolunteersRequest,
        RelativeTalk,
        CarerAssess,
        CarerSchool,
    )

    async def run(self, case: Case) -> str:
        """Ask whether they may know, find them, talk to them, and see whether they are up to it."""
        await while_here(case, self._help)
        return await case.decide("care", care)

    async def _help(self, case: Case) -> None:
        """What is forbidden ends at once; a senior's yes to a danger that came up has it begin again."""
        turn = MAIN
        while await permitted(case, turn):
            if await as_long_as_permitted(case, turn, partial(self._work, turn)):
                return
            turn = f"{turn}.again"

    async def _work(self, turn: str, case: Case) -> None:
        await known(case)
        day = turn
        while await self._found(case, day) and not await talk(case, day):
            day = f"{day}.somebody_else"

    async def _found(self, case: Case, day: str) -> bool:
        """Whether there is somebody to talk to: at once, or after a search for which the route waits so long."""
        if await case.decide(f"there.{day}", whom) != NOTHING:
            return True
        long = partial(_too_long, day)
        return await search(case, day, partial(day_by_day, day), too_long=long) == "found"


async def _too_long(day: str, case: Case) -> None:
    await case.until("handed_over", "relatives.handed_over")
    await case.inform(f"search_handed_over.{day}", Role.SUPERVISOR)


async def known(case: Case) -> None:
    """Whom the patient lives with nobody has to search for."""
    if await case.decide("known", _known) == "known":
        await case.item(ItemKind.RELATIVE, "household", status="found", source="life_survey", wished=True)


async def talk(case: Case, occasion: str) -> bool:
    """Talk to whoever is there, one after another; False when one of them proved to be somebody else."""
    turn = occasion
    while True:
        person = await case.decide(f"whom.{turn}", whom)
        if person == NOTHING:
            return True
        await enough(case, turn)
        ended = await case.first(
            f"talk.{turn}", taken_back=partial(_taken_back, person), talked=partial(_talk, person, turn)
        )
        if ended == "taken_back":
            await case.move(person, "sought", on=turn)
            return False
        more = await case.decide(f"more.{turn}", partial(_more, person))
        if more == "nobody":
            return True
        turn = f"{turn}.another"
        if more == "unknown":
            await case.item(ItemKind.RELATIVE, "another", key=turn, status="found", wished=True)


async def _taken_back(person: str, case: Case) -> None:
    """Until it proves that this is not the one who was looked for, or nobody to talk to any more."""

    def proved(state: CaseState) -> str | None:
        relative = state.items[person]
        candidate = state.items.get(str(relative.facts.get("candidate")))
        wrong = candidate is not None and candidate.status != "confirmed"
        return "wrong" if wrong or relative.status in {"sought", "not_found", "deceased"} else None

    await case.decide("proved", proved)


async def _talk(person: str, turn: str, case: Case) -> None:
    relative = await case.step(RelativeTalk, key=turn)
    if relative is None:
        return
    if relative.result == "refuses":
        await case.move(person, "refuses", on=turn, reason="relatives_refuse")
        await case.inform(f"relatives_refuse.{turn}", Role.SUPERVISOR)
        return
    await case.move(person, "willing", on=turn)
    await _prepare(case, person, turn)


async def _prepare(case: Case, person: str, turn: str) -> None:
    """Whoever has to learn it, or wants to, is offered the school of care."""
    carer = await case.step(CarerAssess, key=turn)
    if carer is not None and carer.result == "unable":
        await case.move(person, "unable", on=turn)
        await case.inform(f"carer_unable.{turn}", Role.SUPERVISOR)
    elif await case.decide(f"school.{turn}", _school) == "wanted":
        await case.step(CarerSchool, key=turn)


def _known(state: CaseState) -> str:
    survey = last(state, LifeSurvey)
    return "known" if survey is not None and survey.lives_with == "relatives" else "unknown"


def whom(state: CaseState) -> str:
    """Whoever was found last and may be spoken to; one item's id."""
    found = there(state)
    return max(found, key=lambda item: item.moved_at).item_id if found else NOTHING


def _more(person: str, state: CaseState) -> str:
    """After a no whether there is somebody else: one whom the case knows, one whom it does not, or nobody."""
    if state.items[person].status != "refuses":
        return "nobody"
    if whom(state) != NOTHING:
        return "known"
    said = last(state, RelativeTalk)
    return "unknown" if said is not None and said.others == "yes" else "nobody"


def _school(state: CaseState) -> str:
    carer = last(state, CarerAssess)
    train = carer is not None and carer.result == "train"
    return "wanted" if train or in_route(state, CarerSchool.name()) else "not_wanted"


def care(state: CaseState) -> str:
    """What came of it: what the relatives do, or why nobody could be asked."""
    answered = {item.status for item in relatives(state, "willing", "refuses", "unable")}
    said, carer, school = last(state, RelativeTalk), last(state, CarerAssess), last(state, CarerSchool)
    if not answered and (now := reach(state)) in CLOSED:
        return "dangerous" if now is Reach.DANGER else "not_wished"
    if not answered:
        return "searching" if sought(state) else "not_found"
    if said is None:
        return "cares" if "willing" in answered else "refuses"
    if said.result == "cares" and (
        (carer is not None and carer.result == "unable") or (school is not None and school.result == "declined")
    ):
        return "partly"
    return said.result

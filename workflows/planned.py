"""A planned stay: before the day the family hears what to bring, and what would keep the patient away is seen to.

It ends when the patient is in the hospital, under the same visit number or another one, or does not come after all.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from marshrut.domain.base import Code, Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.forms import Form
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.planned import moved_by_hospital, planned_day
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report, Role, Stage
from workflows.answers import NOTHING, steps
from workflows.offices import Then, obtain
from workflows.parent_stay import ParentStayArrange
from workflows.stay import for_good
from workflows.transition import came_back

LIST = "planned_papers"


class Day(Form):
    """What may be said of the day; `planned_for`: of a stay that is moved, to when."""

    result: Code
    planned_for: Instant | None = Field(default=None, validate_default=True)

    @field_validator("planned_for")
    @classmethod
    def _said_when_moved(cls, planned_for: datetime | None, info: ValidationInfo) -> datetime | None:
        if "result" in info.data and (info.data["result"] == "moved") != (planned_for is not None):
            raise ValueError("needed when, and only when, the stay is moved")
        return planned_for


class FamilyCall(Day, Outcome, track="planned", step="family_call"):
    """Whether the family was told what to bring and which tests are needed; `wants`: what they need help with."""

    result: Literal["told", "unreached", "moved", "not_coming"]
    wants: tuple[Literal["parent_stay", "travel", "siblings"], ...] = ()
    note: Private[str] | None = None


class PapersReady(Outcome, track="planned", step="papers_ready"):
    """Whether papers and tests are there."""

    result: Literal["complete", "missing"]
    then: Then | None = None
    note: Private[str] | None = None


class TravelPlan(Outcome, track="planned", step="travel_plan"):
    """How the patient gets to the hospital on the day, and who comes along."""

    result: Literal["own", "taxi", "medical", "nobody"]
    then: Then | None = None
    escort: Literal["parent", "relative", "escort"] | None = None
    note: Private[str] | None = None


class SiblingsCare(Outcome, track="planned", step="siblings_care"):
    """Whether somebody cares for the other children at home meanwhile."""

    result: Literal["arranged", "nobody"]
    then: Then | None = None
    note: Private[str] | None = None


class DayPassed(Day, Outcome, track="planned", step="day_passed"):
    """What became of a stay whose day has passed without the patient."""

    result: Literal["moved", "expected", "ended"]
    note: Private[str] | None = None


class Planned:
    """Ends with `came_in`, `handed_on` (to the case of an admission of its own) or `ended`."""

    name: ClassVar[str] = "planned"
    stage: ClassVar[Stage] = Stage.ADMISSION
    steps: ClassVar[tuple[type[Outcome], ...]] = (
        FamilyCall,
        PapersReady,
        ParentStayArrange,
        TravelPlan,
        SiblingsCare,
        DayPassed,
    )

    async def run(self, case: Case) -> str:
        """Help the family until the patient is in the hospital, or comes no more."""
        await case.first("until_then", came_in=_came_in, elsewhere=came_back, ended=_until_ended)
        return await case.decide("came_of", _came_of)


async def unless_given_up(case: Case) -> str:
    """Follow the track: `came_in` or `handed_on`. With a stay that is given up the case ends, until somebody comes."""
    again = ""
    while (came_of := await case.track(Planned(), again=again)) == "ended":
        await case.end(f"not_coming.{again or MAIN}", Report.ADMISSION_CANCELLED)
        again = f"{again}.again" if again else "again"
    return came_of


async def _until_ended(case: Case) -> None:
    """One day after the other for which the stay is planned."""
    day = MAIN
    while True:
        at = await case.decide(f"planned.{day}", _day)
        ended = await case.first(
            f"before.{day}", passed=partial(_passed, at), said=partial(_help, day), moved=partial(_moved, at)
        )
        if ended == "passed":
            await _ask_what_became(case, day)
        if ended != "moved" and await case.decide(f"goes_on.{day}", _goes_on) == "no":
            await case.inform(f"not_coming.{day}", Role.SUPERVISOR)
            return
        day = f"{day}.moved"


async def _help(day: str, case: Case) -> None:
    """Tell the family, then see to what they need, side by side; ends when they move the stay or give it up."""
    call = day
    while (said := await case.step(FamilyCall, key=call)) is not None and said.result == "unreached":
        await case.inform(f"family_unreached.{call}", Role.SUPERVISOR)
        call = stamp(await case.until(f"call.{call}", "planned.asked_again"))
    if said is None or said.result == "told":
        wants = () if said is None else said.wants
        await case.all(
            _gather(day, case),
            *([case.step(ParentStayArrange, key=f"planned.{day}")] if "parent_stay" in wants else []),
            *([obtain(case, TravelPlan, "own", "taxi", "medical", occasion=day)] if "travel" in wants else []),
            *([obtain(case, SiblingsCare, "arranged", occasion=day)] if "siblings" in wants else []),
        )
        await for_good(case)


async def _gather(day: str, case: Case) -> None:
    """What is not there is asked for again, until the day comes."""
    await case.list_of(LIST, ItemKind.PAPER)
    if await obtain(case, PapersReady, "complete", occasion=day):
        await case.move_all(f"there.{day}", _all_there)


async def _passed(at: str, case: Case) -> None:
    await case.until("day", "planned.day_passed", since=None if at == NOTHING else datetime.fromisoformat(at))


async def _moved(at: str, case: Case) -> None:
    """The hospital says another day. The family hears of it as of the first one."""
    before = None if at == NOTHING else datetime.fromisoformat(at)
    await case.decide("moved", lambda state: "yes" if moved_by_hospital(state, before) else None)


async def _ask_what_became(case: Case, day: str) -> None:
    """Nobody forgets a patient who did not come: who is expected still is asked after again the next day."""
    look = day
    while (said := await case.step(DayPassed, key=look)) is not None and said.result == "expected":
        look = stamp(await case.until(f"look.{look}", "planned.asked_again"))


async def _came_in(case: Case) -> None:
    await case.decide("came_in", lambda state: None if state.came_in_at is None else "yes")


def _day(state: CaseState) -> str:
    day = planned_day(state)
    return NOTHING if day is None else day.isoformat()


def _goes_on(state: CaseState) -> str:
    """Whether there is another day: by whichever of the two was asked last."""
    asked = [(step.ended_at, step) for step in steps(state, FamilyCall, DayPassed) if step.ended_at is not None]
    said = max(asked, key=itemgetter(0))[1].outcome if asked else None
    return "yes" if said is not None and said["result"] == "moved" else "no"


def _came_of(state: CaseState) -> str:
    if state.came_in_at is not None:
        return "came_in"
    return "handed_on" if Report.READMITTED in state.reports else "ended"


def _all_there(catalogue: Slice, state: CaseState) -> dict[str, str]:
    asked = {entry.name for entry in catalogue.lists.get(LIST, ())}
    return {
        item.item_id: "received"
        for item in state.items_of(ItemKind.PAPER)
        if item.name in asked and item.status in {"needed", "requested"}
    }

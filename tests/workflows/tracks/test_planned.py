from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.case import Case
from marshrut.domain.decide import PLANNED
from marshrut.domain.readmission import case_before
from marshrut.domain.words import Ending, Flag, ItemKind, Report
from tests.fixtures.cases import DAY, HIS, HOUR, NOON, OLGA, admission, command, every
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Story, act, follow, opened, standing
from tests.workflows.tracks.test_guardians import CHILD
from workflows.parent_stay import ParentStayArrange
from workflows.planned import DayPassed, FamilyCall, PapersReady, Planned, SiblingsCare, TravelPlan
from workflows.registry import PROCEDURES

DAYS = 10
THE_DAY = NOON + DAYS * DAY
LATER = THE_DAY + 20 * DAY
ALL = FamilyCall(result="told", wants=("parent_stay", "travel", "siblings"))
TOLD = FamilyCall(result="told")
COMPLETE = PapersReady(result="complete")
NEEDED = "papers_ready parent_stay travel_plan siblings_care"
PAPERS = ItemKind.PAPER


def ahead(**changes: Any) -> c.Admit:
    """Somebody whose stay lies ten days ahead."""
    facts: dict[str, Any] = {"via": "planned", "planned_for": THE_DAY, "emergency": False, "variants": CHILD}
    return admission(**(facts | changes))


class Awaited(Story):
    """The track of a stay that is planned."""

    def procedure(self) -> Mapping[int, Callable[[Case], Awaitable[Ending]]]:
        return {PLANNED: PROCEDURES[PLANNED]}


STORIES = (
    Awaited(
        "everything_is_seen_to_and_nobody_comes",
        Planned,
        (
            ("family_call", ALL),
            (NEEDED, PapersReady(result="missing")),
            ("parent_stay travel_plan siblings_care", ParentStayArrange(result="arranged", bed="paid")),
            ("travel_plan siblings_care", TravelPlan(result="nobody")),
            ("siblings_care", SiblingsCare(result="nobody")),
            ("", DAY),
            ("papers_ready travel_plan siblings_care", COMPLETE),
            ("travel_plan siblings_care", TravelPlan(result="medical", escort="parent")),
            ("siblings_care", SiblingsCare(result="arranged")),
            ("", 10 * DAY),
            ("day_passed", DayPassed(result="expected")),
            ("", DAY),
            ("day_passed", DayPassed(result="ended")),
        ),
        "ended",
        informed=("papers_ready", "travel_plan", "siblings_care", "not_coming"),
        items={PAPERS: {"vaccinations": "received", "hospital_referral": "received"}},
    ),
    Awaited(
        "whoever_is_not_reached_is_called_again_and_moves_the_day",
        Planned,
        (
            ("family_call", FamilyCall(result="unreached")),
            ("", DAY),
            ("family_call", FamilyCall(result="moved", planned_for=LATER)),
            ("family_call", TOLD),
            ("papers_ready", LATER - NOON),
        ),
        None,
        informed=("family_unreached",),
        left_open="day_passed",
    ),
    Awaited(
        "a_day_that_passed_may_be_moved",
        Planned,
        (
            ("family_call", 11 * DAY),
            ("day_passed", DayPassed(result="moved", planned_for=LATER)),
            ("family_call", TOLD),
        ),
        None,
        left_open="papers_ready",
    ),
    Awaited(
        "a_family_that_gives_it_up",
        Planned,
        (("family_call", FamilyCall(result="not_coming")),),
        "ended",
        informed=("not_coming",),
    ),
    Awaited(
        "papers_may_be_given_up",
        Planned,
        (("family_call", FamilyCall), ("papers_ready", PapersReady(result="missing", then="given_up")), ("", DAY)),
        None,
        items={PAPERS: {"vaccinations": "needed"}},
    ),
    Awaited(
        "nobody_is_asked_after_whom_two_seniors_leave_out",
        Planned,
        (("family_call", 11 * DAY), ("day_passed", DayPassed)),
        "ended",
    ),
)


async def told(story: Story) -> Twins:
    """Tell a story of a planned stay; what is left of it."""
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(ahead(), HIS))
        await follow(twins, story.told)
        track = twins.state.tracks[Planned.name]
        assert (track.result, opened(twins)) == (story.result, sorted(story.left_open.split()))
        told_of = {key.split("/")[-1].split(".")[0] for key in twins.state.notices}
        assert set(story.informed) <= told_of, told_of
        for kind, expected in story.items.items():
            stand = standing(twins, kind)
            assert {name: stand.get(name) for name in expected} == dict(expected)
        return twins


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_planned(story: Story) -> None:
    """Before a planned stay every answer leads where it should, and no day passes without a question."""
    await told(story)


async def test_nothing_is_planned_for_yesterday() -> None:
    """A stay is moved to a day that lies ahead, and to no other."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        moved: dict[str, e.OutcomeValue] = {"result": "moved", "planned_for": NOON.isoformat()}
        said = c.Complete(step_id=every(twins.state)[FamilyCall.name()], outcome=moved)
        assert await twins.tell(command(said, OLGA)) == ["planned_in_the_past"]


async def test_clocks_count_back_from_the_day() -> None:
    """What is to be done is due so long before the day; where that has passed half way there, and never in the past."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        due = {name: twins.state.steps[step].due_at for name, step in every(twins.state).items()}
        assert due == {"planned.family_call": THE_DAY - 7 * DAY}
        await act(twins, 8 * DAY)
        await act(twins, ALL)
        due = {name.split(".")[1]: twins.state.steps[step].due_at for name, step in every(twins.state).items()}
        assert (due["papers_ready"], due["travel_plan"]) == (THE_DAY - DAY, THE_DAY - DAY)
        await act(twins, COMPLETE)


async def test_whoever_comes_in_goes_on_as_everybody() -> None:
    """Under the same visit number the case goes on: what was left to plan is withdrawn, and the bed is visited."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        await act(twins, TOLD)
        await act(twins, 10 * DAY)
        came = admission(admitted_at=THE_DAY - HOUR, emergency=False, ward="w4", flags=(Flag.CHILD,))
        assert await twins.tell(command(came, HIS, id="came")) == [None]
        state = twins.state
        assert (state.ward, state.admitted_at, state.came_in_at) == ("w4", THE_DAY - HOUR, THE_DAY - HOUR)
        assert (state.admission_ref, state.flags) == ("came", (Flag.CHILD,))
        assert opened(twins) == ["expected_date", "first_contact"]
        assert state.tracks["planned"].result == "came_in"
        again = admission(admitted_at=THE_DAY, ward="w5")
        assert await twins.tell(command(again, HIS)) == [None]
        assert (twins.state.ward, twins.state.admitted_at) == ("w5", THE_DAY - HOUR)


async def test_whoever_comes_after_all_is_not_sent_away() -> None:
    """A stay that was given up ends the case; who comes in all the same has it again, as everybody who came in."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        await act(twins, FamilyCall(result="not_coming"))
        assert (twins.state.ending, twins.state.live_steps) == (Ending.ADMISSION_CANCELLED, ())
        await act(twins, DAY)
        assert await twins.tell(command(admission(admitted_at=NOON + DAY), HIS)) == [None]
        assert (twins.state.ending, twins.state.came_in_at) == (None, NOON + DAY)
        assert {*opened(twins)} == {"expected_date", "first_contact"}


async def test_whoever_comes_under_another_number_has_that_case() -> None:
    """The case of the admission goes on, linked to the one in which the stay was planned, and that one ends."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        other = admission(admitted_at=THE_DAY)
        assert case_before(other, "other", [twins.state], timedelta(days=30)) == "case"
        for changes in ({"hospital": "SKLIF"}, {"person": "person-2"}, {"admitted_at": NOON - DAY}):
            assert case_before(other.model_copy(update=changes), "other", [twins.state], timedelta(days=30)) is None
        report = c.ReportFact(report=Report.READMITTED, other="other")
        assert await twins.tell(command(report, HIS)) == [None]
        assert (twins.state.ending, twins.state.live_steps) == (Ending.MERGED, ())


async def test_an_end_that_the_hospital_says() -> None:
    """A stay that the hospital cancels is over at once."""
    async with Twins(PROCEDURES) as twins:
        await twins.tell(command(ahead(), HIS))
        await act(twins, Report.ADMISSION_CANCELLED)
        assert (twins.state.ending, twins.state.live_steps) == (Ending.ADMISSION_CANCELLED, ())

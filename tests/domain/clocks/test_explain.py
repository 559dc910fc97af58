"""A clock told day by day."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.calendar import Calendar, DayKind, Timetable
from marshrut.domain.clock import NOTHING, Extension, Pause, Term, Unit
from marshrut.domain.explain import MOST_DAYS, DayCount, Explanation, Mark, RungState, explain
from marshrut.domain.overdue import ClockState
from marshrut.domain.state import Step
from marshrut.domain.words import Report, Role
from tests.domain.clocks.drawn import DAY, MINUTE, MONDAY, SETTINGS, calendars, pauses, terms, timetables
from tests.domain.clocks.world import ANNA, SAME_HOURS, STEP, Story, at, slice_of, timetable, wall

HOUR = timedelta(hours=1)


def explained(story: Story, now: datetime, step_id: str = STEP) -> Explanation:
    told = explain(story.catalogue, story.state, story.state.steps[step_id], now)
    assert told is not None
    return told


def page() -> Story:
    """The page's example: five working days from 29 October 2025, a night in intensive care."""
    story = Story(slice_of("5 wd", table=timetable(week=SAME_HOURS)), at("2025-10-27 10:00"))
    story.open(at("2025-10-29 14:10"))
    story.pause(at("2025-10-30 19:20"), at("2025-11-01 08:10"))
    return story


def line(day: DayCount) -> tuple[int, str, float, float, int | None, list[str]]:
    return (
        day.date.day,
        day.kind,
        day.counted / HOUR,
        day.paused / HOUR,
        day.number,
        [mark.value for mark in day.marks],
    )


def test_the_pages_days() -> None:
    """Each day from the start to the due time, counted or not, and why."""
    told = explained(page(), at("2025-11-06 12:00"))
    assert [line(day) for day in told.days] == [
        (29, "working", 0, 0, None, ["start", "not_counted"]),
        (30, "working", 9, 0, 1, []),
        (31, "working", 0, 9, None, []),
        (1, "worked", 9, 0, 2, []),
        (2, "weekend", 0, 0, None, []),
        (3, "day_off", 0, 0, None, []),
        (4, "day_off", 0, 0, None, []),
        (5, "working", 9, 0, 3, []),
        (6, "working", 9, 0, 4, ["today"]),
        (7, "working", 9, 0, 5, ["due"]),
    ]
    assert [day.reason for day in told.days if day.kind is DayKind.DAY_OFF] == ["moved", "unity_day"]
    assert [day.total / HOUR for day in told.days] == [0, 9, 9, 18, 18, 18, 18, 27, 36, 45]
    assert (told.budget, told.used, told.left, told.over) == (45 * HOUR, 30 * HOUR, 15 * HOUR, NOTHING)
    assert (told.due_at, told.reached_at, told.state) == (at("2025-11-07 18:00"),) * 2 + (ClockState.GREEN,)
    assert [(wall(stop.since), wall(stop.until or MONDAY), stop.case) for stop in told.stops] == [
        ("2025-10-30 19:20", "2025-11-01 08:10", True)
    ]


def test_the_pages_rungs() -> None:
    """Which rungs have been told, which comes next and which lie ahead."""
    story = page()
    story.say(e.StepEscalated(step_id=STEP, rung="amber", climbed=1), at("2025-11-07 09:00"))
    told = explained(story, at("2025-11-07 10:00"))
    assert [(rung.climb.rung.name, rung.state.value) for rung in told.rungs] == [
        ("amber", "passed"),
        ("due", "next"),
        ("late", "ahead"),
        ("very_late", "ahead"),
    ]
    assert wall(told.rungs[2].climb.reached_at) == "2025-11-12 13:30"
    story.tell(c.Cancel(step_id=STEP, reason="r"), at("2025-11-07 11:00"), actor=ANNA)
    story.tell(c.Approve(step_id=STEP), at("2025-11-07 11:00"))
    states = [rung.state for rung in explained(story, at("2025-11-20 10:00")).rungs]
    assert states == [RungState.PASSED, RungState.VOID, RungState.VOID, RungState.VOID]


def test_what_came_after_the_due_time_is_told_apart() -> None:
    """Of an overdue step the days go on to today; what counted after the due time is not part of the budget."""
    story = page()
    told = explained(story, at("2025-11-11 10:00"))
    assert told.state is ClockState.RED
    assert [(day.date.day, day.counted / HOUR, day.over / HOUR) for day in told.days[-5:]] == [
        (7, 9, 0),
        (8, 0, 0),
        (9, 0, 0),
        (10, 0, 9),
        (11, 0, 1),
    ]
    assert (told.left, told.over, told.used) == (NOTHING, 10 * HOUR, 55 * HOUR)
    assert told.days[-1].total == 55 * HOUR


def test_while_it_stands_still() -> None:
    """What still stops the clock counts as paused up to now, with its reason, and says when it would be due."""
    story = page()
    story.tell(c.AddBlock(step_id=STEP, reason="legal", responsible="patient"), at("2025-11-05 12:00"))
    told = explained(story, at("2025-11-06 12:00"))
    assert (told.state, told.due_at, wall(told.reached_at)) == (
        ClockState.PAUSED,
        at("2025-11-07 18:00"),
        "2025-11-10 18:00",
    )
    stands = told.stops[-1]
    assert (wall(stands.since), stands.until, stands.case, stands.reason) == ("2025-11-05 12:00", None, False, "legal")
    assert sum((day.counted for day in told.days), NOTHING) == told.budget == 45 * HOUR
    assert told.used == 21 * HOUR
    story.tell(c.Unblock(step_id=STEP), at("2025-11-06 12:00"))
    again = explained(story, at("2025-11-06 12:00"))
    assert (again.due_at, again.reached_at, again.stops[-1].reason) == (at("2025-11-10 18:00"),) * 2 + ("legal",)


def test_the_case_stands_still() -> None:
    """A standing pause of the case is told as one, and a pause of nothing is not told at all."""
    story = page()
    story.pause(at("2025-11-05 11:00"), at("2025-11-05 11:00"))
    story.report(Report.PAUSED, at("2025-11-05 12:00"))
    told = explained(story, at("2025-11-06 12:00"))
    assert [(stop.case, stop.until is None) for stop in told.stops] == [(True, False), (True, True)]


def test_of_what_is_over_the_days_end_with_it() -> None:
    """A step that ended is told up to its due time or its end, whichever came later; later pauses are not its own."""
    story = page()
    story.say(e.StepCompleted(step_id=STEP, outcome={"result": "done"}), at("2025-11-11 12:00"), at("2025-11-10 10:00"))
    story.pause(at("2025-11-12 10:00"), at("2025-11-13 10:00"))
    told = explained(story, at("2025-12-24 10:00"))
    assert (told.state, told.end, len(told.stops)) == (ClockState.NONE, at("2025-11-10 10:00"), 1)
    assert (told.days[-1].date.day, told.days[-1].marks, told.days[-1].over) == (10, (Mark.END,), HOUR)
    early = page()
    early.say(e.StepCompleted(step_id=STEP, outcome={"result": "done"}), at("2025-11-05 12:00"))
    told = explained(early, at("2025-12-24 10:00"))
    assert (told.days[-1].date.day, told.used, told.left) == (7, 21 * HOUR, 24 * HOUR)


def test_a_pause_that_outlasted_the_step_counts_to_its_end() -> None:
    """Of a pause that began before a step ended and went on after it, the part before the end is the step's."""
    story = page()
    story.report(Report.PAUSED, at("2025-11-05 12:00"))
    story.say(e.StepCompleted(step_id=STEP, outcome={"result": "done"}), at("2025-11-05 15:00"))
    story.report(Report.RESUMED, at("2025-11-06 12:00"))
    told = explained(story, at("2025-11-20 12:00"))
    assert (wall(told.due_at), wall(told.reached_at)) == ("2025-11-07 18:00", "2025-11-10 12:00")
    assert (told.used, told.budget) == (21 * HOUR, 45 * HOUR)


def test_a_step_of_ones_own_is_explained() -> None:
    """Of an ad hoc step every hour counts from its opening to what a person said."""
    story = page()
    now = at("2025-11-01 12:00")
    (opened,) = story.tell(c.AddStep(role=Role.COORDINATOR, due_at=now + 2 * DAY), now, actor=ANNA)
    assert isinstance(opened, e.StepOpened)
    told = explained(story, now + DAY, opened.step_id)
    assert (told.budget, told.used) == (2 * DAY, DAY)
    assert [day.counted / HOUR for day in told.days] == [12, 24, 12]
    assert [day.number for day in told.days] == [None] * 3
    assert told.clock.extension == Extension(at=now, due_at=now + 2 * DAY)


def test_a_step_without_a_clock_has_nothing_to_explain() -> None:
    """None, and no error."""
    story = page()
    (opened,) = story.tell(c.AddStep(role=Role.COORDINATOR), at("2025-11-01 12:00"), actor=ANNA)
    assert isinstance(opened, e.StepOpened)
    assert explain(story.catalogue, story.state, story.state.steps[opened.step_id], MONDAY) is None


def test_days_that_nobody_has_declared_are_marked() -> None:
    """A working day beyond the declared calendar is provisional; of hours of the day none is."""
    for length, expected in (("2 wd", [False, False, True]), ("48 h", [False] * 3)):
        story = Story(slice_of(length), at("2026-12-29 10:00"))
        story.open(at("2026-12-30 10:00"))
        told = explained(story, at("2026-12-30 11:00"))
        assert [Mark.PROVISIONAL in day.marks for day in told.days[:3]] == expected
        assert told.days[1].reason == "moved"


def test_when_the_start_was_recorded() -> None:
    """The opening, the admission and a step tell when they were recorded; of a report only the journal knows."""
    opened_at = MONDAY + 3 * DAY
    done = Step(
        step_id="case.papers.passport.first",
        track="papers",
        name="passport",
        role=Role.COORDINATOR,
        mandatory=True,
        opened_at=MONDAY,
        clock=None,
        outcome={"result": "done"},
        occurred_at=MONDAY + DAY,
        ended_at=MONDAY + 2 * DAY,
    )
    expected = {
        "opening": opened_at,
        "admission": MONDAY,
        "medically_ready": None,
        "papers.passport": MONDAY + 2 * DAY,
        "papers.other": opened_at,
    }
    for counts_from, recorded_at in expected.items():
        story = Story(slice_of("5 wd", counts_from=counts_from), MONDAY)
        story.state = story.state.but(steps={done.step_id: done})
        story.open(opened_at)
        assert explained(story, opened_at).started_recorded_at == recorded_at


def test_a_clock_that_runs_for_years_is_cut() -> None:
    """Of more days than anybody reads the first are told, and that there are more."""
    story = page()
    told = explained(story, at("2025-10-29 14:10") + (MOST_DAYS - 1) * DAY)
    assert (len(told.days), told.cut) == (MOST_DAYS, False)
    told = explained(story, at("2025-10-29 14:10") + MOST_DAYS * DAY)
    assert (len(told.days), told.cut) == (MOST_DAYS, True)


@pytest.mark.parametrize("unit", Unit)
@given(
    length=terms,
    table=timetables(),
    calendar=calendars(),
    stops=st.lists(pauses(), max_size=4),
    later=st.none() | st.integers(1, 60 * 24 * 20),
    seen=st.integers(0, 60 * 24 * 40),
)
@SETTINGS
def test_the_counted_days_are_the_budget(
    unit: Unit, length: Term, table: Timetable, calendar: Calendar, stops: list[Pause], later: int | None, seen: int
) -> None:
    """Whatever happened, the days' counted time is exactly the budget, and used, left and over agree with the days."""
    catalogue = slice_of(f"{min(length.amount, 8)} {unit}", table=table)
    catalogue = catalogue.model_copy(update={"calendars": {"ru": calendar}})
    story = Story(catalogue, MONDAY)
    story.open(MONDAY + HOUR)
    late = MONDAY + 60 * DAY
    for number, stop in enumerate(stops):
        (story.pause if number % 2 else story.block)(stop.since, stop.until, now=late)
    if later is not None:
        story.extend(max(story.times.due_at, late) + later * MINUTE, late)
    told = explained(story, late + seen * MINUTE)
    assert told.reached_at == told.due_at
    assert sum((day.counted for day in told.days), NOTHING) == told.budget
    assert told.days[-1].total == told.budget + sum((day.over for day in told.days), NOTHING)
    assert told.used == told.budget - told.left + told.over
    assert sum((day.over for day in told.days), NOTHING) == told.over
    assert [day.date for day in told.days] == [told.days[0].date + number * DAY for number in range(len(told.days))]
    if later is None and unit is not Unit.WORKING_DAYS:
        assert told.budget == min(length.amount, 8) * {"m": MINUTE, "d": DAY}.get(unit, HOUR)
    if unit is Unit.WORKING_DAYS and not stops and later is None:
        assert max(day.number or 0 for day in told.days) == min(length.amount, 8)

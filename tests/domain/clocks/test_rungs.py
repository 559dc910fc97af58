"""When the rungs of a ladder are reached, and when people are told."""

from datetime import timedelta

import pytest

from marshrut.domain.calendar import Schedule
from marshrut.domain.ladder import SPREAD_S, climbs, in_hours
from tests.domain.clocks.world import LADDER, RU, SAME_HOURS, at, basis, clock, pause, timetable, wall

TEAM = Schedule(timetable(), RU, working=True)

# (started, term) and of each rung (80, 100, 150, 200 %) when it is reached and when the team opens after that.
RUNGS = [
    (
        ("2025-03-03 09:00", "10 wh"),
        ("2025-03-03 17:00", "2025-03-04 10:00", "2025-03-04 15:00", "2025-03-05 11:00"),
        ("2025-03-03 17:00", "2025-03-04 10:00", "2025-03-04 15:00", "2025-03-05 11:00"),
    ),
    (
        ("2025-03-03 22:00", "24 h"),
        ("2025-03-04 17:12", "2025-03-04 22:00", "2025-03-05 10:00", "2025-03-05 22:00"),
        ("2025-03-04 17:12", "2025-03-05 09:00", "2025-03-05 10:00", "2025-03-06 09:00"),
    ),
    (  # over the May holidays: nobody is told before Monday the 5th
        ("2025-04-30 16:00", "4 h"),
        ("2025-04-30 19:12", "2025-04-30 20:00", "2025-04-30 22:00", "2025-05-01 00:00"),
        ("2025-05-05 09:00", "2025-05-05 09:00", "2025-05-05 09:00", "2025-05-05 09:00"),
    ),
    (  # Friday's short day is over when the first rung is reached; the Saturday after it is worked
        ("2025-10-31 13:00", "5 h"),
        ("2025-10-31 17:00", "2025-10-31 18:00", "2025-10-31 20:30", "2025-10-31 23:00"),
        ("2025-11-01 09:00", "2025-11-01 09:00", "2025-11-01 09:00", "2025-11-01 09:00"),
    ),
    (  # exactly at the closing it is too late, exactly at the opening it is not
        ("2025-03-03 14:00", "5 h"),
        ("2025-03-03 18:00", "2025-03-03 19:00", "2025-03-03 21:30", "2025-03-04 00:00"),
        ("2025-03-03 18:00", "2025-03-04 09:00", "2025-03-04 09:00", "2025-03-04 09:00"),
    ),
]


@pytest.mark.parametrize(("case", "reached", "opened"), RUNGS)
def test_people_are_told_in_the_teams_hours(
    case: tuple[str, str], reached: tuple[str, ...], opened: tuple[str, ...]
) -> None:
    """A rung is reached by the clock, and told at once while the team is there, else when it opens."""
    start, length = case
    found = climbs("case", clock(length, at(start), basis()), LADDER, basis(), TEAM)
    assert tuple(wall(each.reached_at) for each in found) == reached
    assert tuple(wall(each.tell_at) for each in found) == opened
    assert [each.number for each in found] == [1, 2, 3, 4]


@pytest.mark.parametrize("case", [each[0] for each in RUNGS])
def test_an_emergency_waits_for_nobody(case: tuple[str, str]) -> None:
    """At night and on a day off an emergency's rungs are told in the moment in which they are reached."""
    start, length = case
    found = climbs("case", clock(length, at(start), basis(), emergency=True), LADDER, basis(), TEAM)
    assert all(each.tell_at == each.reached_at for each in found)


def test_what_was_put_off_is_spread_by_case() -> None:
    """Cases whose rungs were reached at night are told within a minute of the opening, each at its own second."""
    night, opening = at("2025-03-03 23:00"), at("2025-03-04 09:00")
    told = {name: in_hours(name, night, TEAM) for name in (f"case-{number}" for number in range(200))}
    assert all(timedelta(0) <= each - opening < timedelta(seconds=SPREAD_S) for each in told.values())
    assert len(set(told.values())) > SPREAD_S // 2
    assert told == {name: in_hours(name, night, TEAM) for name in told}
    assert in_hours("case-1", at("2025-03-04 09:00"), TEAM) == at("2025-03-04 09:00")


def test_the_pages_ladder() -> None:
    """Of the page's five working days the first rung is the end of the fourth, half as much again is on the 12th."""
    on = basis(pause("2025-10-30 19:20", "2025-11-01 08:10"), week=SAME_HOURS)
    found = climbs("case", clock("5 wd", at("2025-10-29 14:10"), on), LADDER, on, TEAM)
    assert [wall(each.reached_at) for each in found[:3]] == [
        "2025-11-06 18:00",
        "2025-11-07 18:00",
        "2025-11-12 13:30",
    ]


def test_a_pause_puts_off_the_rungs_too() -> None:
    """What a pause takes, before the due time or after it, moves the rungs that lie behind it."""
    on = basis(pause("2025-03-03 10:00", "2025-03-03 12:00"), pause("2025-03-04 13:00", "2025-03-04 14:00"))
    found = climbs("case", clock("10 wh", at("2025-03-03 09:00"), on), LADDER, on, TEAM)
    assert [wall(each.reached_at) for each in found] == [
        "2025-03-04 10:00",
        "2025-03-04 12:00",
        "2025-03-04 18:00",
        "2025-03-05 14:00",
    ]


def test_a_due_time_that_a_person_said_has_rungs() -> None:
    """Of a clock that was extended, percents are parts of the time from its start to the time that was said."""
    extended = clock("10 wh", at("2025-03-03 09:00"), basis(), due_at=at("2025-03-05 11:00"))
    found = climbs("case", extended, LADDER, basis(), TEAM)
    assert [wall(each.reached_at) for each in found[:2]] == ["2025-03-04 16:00", "2025-03-05 11:00"]

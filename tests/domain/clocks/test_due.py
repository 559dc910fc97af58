"""Due times, typed by hand from a wall calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from marshrut.domain.calendar import Day, DayKind, Schedule, Shift, Timetable, opening
from marshrut.domain.clock import Basis, compute
from tests.domain.clocks.world import (
    ALWAYS,
    DAYS_OFF,
    FRIDAY,
    FULL,
    MOSCOW,
    RU,
    SAME_HOURS,
    VLADIVOSTOK,
    at,
    basis,
    pause,
    term,
    timetable,
    wall,
)

# When it started, how long it has, when it is due. Monday to Thursday 09:00-18:00, Friday to 16:45.
DUE = [
    # 30 April to 12 May 2025: off are 1, 2, 8 and 9 May
    ("2025-04-30 14:10", "90 m", "2025-04-30 15:40"),
    ("2025-04-30 14:10", "24 h", "2025-05-01 14:10"),
    ("2025-04-30 14:10", "2 d", "2025-05-02 14:10"),
    ("2025-04-30 14:10", "4 wh", "2025-05-05 09:10"),
    ("2025-04-30 14:10", "10 wh", "2025-05-05 15:10"),
    ("2025-04-30 14:10", "1 wd", "2025-05-05 18:00"),
    ("2025-04-30 14:10", "3 wd", "2025-05-07 18:00"),
    ("2025-04-30 14:10", "4 wd", "2025-05-12 18:00"),
    ("2025-04-30 14:10", "5 wd", "2025-05-13 18:00"),
    # before the opening, exactly at it, exactly at the closing, after it, on a day off
    ("2025-04-30 07:00", "1 wh", "2025-04-30 10:00"),
    ("2025-04-30 07:00", "1 wd", "2025-05-05 18:00"),
    ("2025-04-30 09:00", "9 wh", "2025-04-30 18:00"),
    ("2025-04-30 09:00", "1 wd", "2025-05-05 18:00"),
    ("2025-04-30 18:00", "1 wh", "2025-05-05 10:00"),
    ("2025-04-30 18:00", "1 wd", "2025-05-05 18:00"),
    ("2025-04-30 20:00", "1 wh", "2025-05-05 10:00"),
    ("2025-04-30 23:59", "1 wd", "2025-05-05 18:00"),
    ("2025-05-01 00:00", "1 wd", "2025-05-05 18:00"),
    ("2025-05-01 12:00", "1 wh", "2025-05-05 10:00"),
    ("2025-05-01 12:00", "1 wd", "2025-05-05 18:00"),
    ("2025-05-05 00:00", "1 wd", "2025-05-06 18:00"),
    # 30 April to 12 May 2026: off are 1 and 11 May
    ("2026-04-30 14:10", "4 wh", "2026-05-04 09:10"),
    ("2026-04-30 14:10", "1 wd", "2026-05-04 18:00"),
    ("2026-04-30 14:10", "5 wd", "2026-05-08 16:45"),
    ("2026-04-30 14:10", "6 wd", "2026-05-12 18:00"),
    ("2026-05-08 16:00", "1 wh", "2026-05-12 09:15"),
    ("2026-05-08 16:45", "1 wh", "2026-05-12 10:00"),
    ("2026-05-08 16:00", "72 h", "2026-05-11 16:00"),
    # November 2025: Saturday the 1st is worked, Monday the 3rd and Tuesday the 4th are off
    ("2025-10-29 14:10", "5 wd", "2025-11-06 18:00"),
    ("2025-10-31 12:00", "1 wd", "2025-11-01 18:00"),
    ("2025-10-31 12:00", "2 wd", "2025-11-05 18:00"),
    ("2025-10-31 16:15", "1 wh", "2025-11-01 09:30"),
    ("2025-11-01 09:00", "10 wh", "2025-11-05 10:00"),
    ("2025-11-01 10:00", "1 wd", "2025-11-05 18:00"),
    ("2025-11-03 10:00", "1 wd", "2025-11-05 18:00"),
    # New Year: 31 December to 11 January are off
    ("2025-12-29 10:00", "1 wd", "2025-12-30 18:00"),
    ("2025-12-29 10:00", "2 wd", "2026-01-12 18:00"),
    ("2025-12-30 17:30", "1 wh", "2026-01-12 09:30"),
    ("2025-12-31 23:00", "2 h", "2026-01-01 01:00"),
    # a long one: the disability board's thirty working days
    ("2025-04-30 14:10", "30 wd", "2025-06-19 18:00"),
]


@pytest.mark.parametrize("zone", [MOSCOW, VLADIVOSTOK])
@pytest.mark.parametrize(("start", "length", "due"), DUE)
def test_a_term_ends_when_the_wall_calendar_says(zone: str, start: str, length: str, due: str) -> None:
    """By the wall clock of each zone a term ends at the same day and minute."""
    times = compute(term(length), None, at(start, zone), basis(zone=zone))
    assert wall(times.due_at, zone) == due
    assert times.started_at == at(start, zone)


@pytest.mark.parametrize(
    ("start", "moscow", "vladivostok"),
    [
        ("2025-04-30T20:00Z", "2025-05-05T15:00Z", "2025-05-05T08:00Z"),  # Wednesday night; a day off already
        ("2025-05-04T16:00Z", "2025-05-05T15:00Z", "2025-05-06T08:00Z"),  # Sunday evening; Monday already
        ("2025-05-05T12:00Z", "2025-05-06T15:00Z", "2025-05-06T08:00Z"),  # Monday in both
    ],
)
def test_the_day_is_the_one_that_it_is_there(start: str, moscow: str, vladivostok: str) -> None:
    """The same instant falls on different days in different zones, and a working day counts from the local one."""
    for zone, due in ((MOSCOW, moscow), (VLADIVOSTOK, vladivostok)):
        times = compute(term("1 wd"), None, datetime.fromisoformat(start), basis(zone=zone))
        assert times.due_at == datetime.fromisoformat(due)


PAUSED = [
    # in open hours, at night, over a weekend, over the closing, before the start, on the day of the start
    ("10 wh", ("2025-03-03 10:00", "2025-03-03 12:00"), "2025-03-04 12:00"),
    ("10 wh", ("2025-03-03 18:00", "2025-03-04 09:00"), "2025-03-04 10:00"),
    ("10 wh", ("2025-03-03 17:00", "2025-03-04 10:00"), "2025-03-04 12:00"),
    ("10 wh", ("2025-03-02 10:00", "2025-03-03 09:00"), "2025-03-04 10:00"),
    ("1 wd", ("2025-03-03 10:00", "2025-03-03 12:00"), "2025-03-04 18:00"),
    ("1 wd", ("2025-03-03 10:00", "2025-03-04 10:00"), "2025-03-05 10:00"),
    ("1 wd", ("2025-03-04 10:00", "2025-03-04 12:00"), "2025-03-05 11:00"),
    ("24 h", ("2025-03-03 18:00", "2025-03-04 03:00"), "2025-03-04 18:00"),
    # that begins when the term is over changes nothing; one that ends then neither
    ("10 wh", ("2025-03-04 10:00", "2025-03-04 12:00"), "2025-03-04 10:00"),
    ("24 h", ("2025-03-04 09:00", "2025-03-05 09:00"), "2025-03-04 09:00"),
]


@pytest.mark.parametrize(("length", "stood_still", "due"), PAUSED)
def test_a_pause_keeps_the_time_that_was_left(length: str, stood_still: tuple[str, str], due: str) -> None:
    """What a pause took of the counted time comes on top; the day of the start is not counted in working days."""
    times = compute(term(length), None, at("2025-03-03 09:00"), basis(pause(*stood_still)))
    assert wall(times.due_at) == due


def test_the_pages_example() -> None:
    """Five working days from Wednesday 29 October 2025, a night in intensive care: due on Friday 7 November, 18:00."""
    stood_still = pause("2025-10-30 19:20", "2025-11-01 08:10")
    on = basis(stood_still, week=SAME_HOURS)
    times = compute(term("5 wd"), None, at("2025-10-29 14:10"), on)
    assert (wall(times.amber_at), wall(times.due_at)) == ("2025-11-06 18:00", "2025-11-07 18:00")


@pytest.mark.parametrize(
    ("start", "length", "provisional"),
    [
        ("2026-12-28 10:00", "2 wd", False),  # due on the 30th
        ("2026-12-30 10:00", "1 wd", True),  # the 31st is off, and nobody has declared January yet
        ("2027-02-01 10:00", "8 wh", True),
        ("2024-12-30 10:00", "2 wd", True),  # told late, from before the calendar begins
        ("2027-02-01 10:00", "48 h", False),  # hours of the day need no calendar
        ("2028-06-01 10:00", "5 wd", True),  # after its last day
    ],
)
def test_what_no_calendar_has_declared_is_provisional(start: str, length: str, provisional: bool) -> None:
    """A clock that counts working time over an undeclared day says so."""
    assert compute(term(length), None, at(start), basis()).provisional is provisional


@pytest.mark.parametrize(
    ("length", "due"),
    [
        ("8 wh", "2025-05-01 06:00"),
        ("24 wh", "2025-05-01 22:00"),
        ("2 wd", "2025-05-03 00:00"),
        ("2 d", "2025-05-02 22:00"),
    ],
)
def test_an_office_that_never_closes(length: str, due: str) -> None:
    """Round the clock and without a calendar each hour and each day counts, and nothing is provisional."""
    on = Basis(timetable(week=ALWAYS, calendar=None), None)
    times = compute(term(length), None, at("2025-04-30 22:00"), on)
    assert (wall(times.due_at), times.provisional) == (due, False)


def test_every_day_has_its_kind() -> None:
    """A holiday, a day moved to, a worked Saturday, a weekend and a plain day are told apart, with hours and reason."""
    days = {day.date: day for day in take(Schedule(timetable(), RU, working=True), date(2025, 10, 31), 6)}
    seen = {(day.date.day, day.kind, day.reason, day.span and tuple(map(wall, day.span))) for day in days.values()}
    assert seen == {
        (31, DayKind.WORKING, None, ("2025-10-31 09:00", "2025-10-31 16:45")),
        (1, DayKind.WORKED, None, ("2025-11-01 09:00", "2025-11-01 18:00")),
        (2, DayKind.WEEKEND, None, None),
        (3, DayKind.DAY_OFF, "moved", None),
        (4, DayKind.DAY_OFF, "unity_day", None),
        (5, DayKind.WORKING, None, ("2025-11-05 09:00", "2025-11-05 18:00")),
    }


def take(schedule: Schedule, start: date, count: int) -> list[Day]:
    days = schedule.days(start)
    return [next(days) for _ in range(count)]


def test_a_saturday_that_is_always_open_keeps_its_own_hours() -> None:
    """A worked Saturday has Monday's hours only where Saturdays are closed as a rule."""
    week = (FULL,) * 5 + (FRIDAY, None)
    (day,) = take(Schedule(timetable(week=week), RU, working=True), date(2025, 11, 1), 1)
    assert day.span is not None
    assert wall(day.span[1]) == "2025-11-01 16:45"


def test_the_zone_of_the_day() -> None:
    """Where a zone changed its distance from UTC, each day has the one that held then."""
    offsets = [
        {"since": datetime(2010, 1, 1, tzinfo=UTC), "minutes": 240},
        {"since": datetime(2014, 10, 25, 22, tzinfo=UTC), "minutes": 180},
    ]
    table = Timetable.model_validate(timetable().model_dump() | {"offsets": offsets})
    assert table.instant(date(2014, 10, 24), 540) == datetime(2014, 10, 24, 5, tzinfo=UTC)
    assert table.instant(date(2014, 10, 27), 540) == datetime(2014, 10, 27, 6, tzinfo=UTC)
    assert table.local_date(datetime(2014, 10, 24, 20, 30, tzinfo=UTC)) == date(2014, 10, 25)
    assert table.local_date(datetime(2014, 10, 27, 20, 30, tzinfo=UTC)) == date(2014, 10, 27)
    (long,) = take(Schedule(table, None, working=False), date(2014, 10, 26), 1)
    assert long.span is not None
    assert long.span[1] - long.span[0] == timedelta(hours=25)


@pytest.mark.parametrize(
    "changes",
    [
        {"week": (None,) * 7},
        {"offsets": ()},
        {
            "offsets": (
                {"since": datetime(2020, 1, 1, tzinfo=UTC), "minutes": 0},
                {"since": datetime(2010, 1, 1, tzinfo=UTC), "minutes": 60},
            )
        },
    ],
)
def test_a_timetable_that_cannot_be_counted_by_is_refused(changes: dict[str, object]) -> None:
    """One that never opens, or whose zone is out of order, does not load."""
    with pytest.raises(ValidationError):
        Timetable.model_validate(timetable().model_dump() | changes)


@pytest.mark.parametrize(("opens", "closes"), [(540, 540), (600, 540), (0, 1441)])
def test_a_shift_closes_after_it_opens(opens: int, closes: int) -> None:
    """Hours that end before they begin, or after midnight, do not load."""
    with pytest.raises(ValidationError):
        Shift(opens=opens, closes=closes)


def test_whoever_counts_first_changes_nothing_for_others() -> None:
    """Schedules are shared by their content: the same name and version with other days off is another calendar."""
    two_days, start = term("2 wd"), at("2025-11-05 10:00")
    other = RU.model_copy(update={"days_off": {**DAYS_OFF, date(2025, 11, 6): "moved"}})
    table = timetable()
    expected = {id(RU): at("2025-11-07 16:45"), id(other): at("2025-11-10 18:00")}
    for calendar in (RU, other, RU, other):
        assert compute(two_days, None, start, Basis(table, calendar)).due_at == expected[id(calendar)]
    assert opening(timetable(), RU.model_copy()) is opening(table, RU)

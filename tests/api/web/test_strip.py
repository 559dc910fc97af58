"""The day by its hours, as numbers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.web.formats import Formats
from api.web.strip import LEFT, MARK, RIGHT, strip
from marshrut.domain.overdue import ClockState

MOSCOW = ZoneInfo("Europe/Moscow")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 11, 6, hour, minute, tzinfo=MOSCOW).astimezone(UTC)


def test_a_day_shift_shows_its_own_hours() -> None:
    """From 8 to 20: what is due at eleven stands a quarter in, what is due at night is not on it."""
    shown = strip([(at(11), ClockState.AMBER), (at(23), ClockState.GREEN)], 1, Formats("ru", MOSCOW, at(9, 42)))
    assert (shown.since, shown.until, shown.now_text, shown.told) == ("08", "20", "09:42", "11:00")
    assert shown.marks[0].x + MARK / 2 == LEFT + (RIGHT - LEFT) / 4
    assert [(label.text, label.many) for label in shown.labels] == [("11:00", 1)]


def test_a_night_shift_goes_on_past_midnight() -> None:
    """At two in the night the strip began at twenty the evening before."""
    shown = strip([(at(5), ClockState.GREEN)], 0, Formats("en", MOSCOW, at(2)))
    assert (shown.since, shown.until, len(shown.marks)) == ("20", "08", 1)
    assert shown.now == LEFT + (RIGHT - LEFT) / 2


@given(st.lists(st.integers(0, 12 * 60 - 1), max_size=25))
def test_marks_never_lie_over_one_another(minutes: list[int]) -> None:
    """However many are due at once, each mark has its place, and labels tell of all."""
    dues = [(at(8) + timedelta(minutes=each), ClockState.GREEN) for each in minutes]
    shown = strip(dues, 0, Formats("ru", MOSCOW, at(8)))
    assert all(second.x - first.x >= MARK for first, second in pairwise(shown.marks))
    assert sum(label.many for label in shown.labels) == len(minutes)
    assert all(mark.x <= RIGHT for mark in shown.marks)

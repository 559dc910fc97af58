"""The geometry of pictures: proportions, scales and what stands where."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.charts import FRAME, FULL, SPARK, axis, bars, course, dot, spark

VALUES = st.lists(st.none() | st.floats(0, 5000, allow_nan=False), min_size=1, max_size=53)


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1e4), max_size=4), max_size=12))
def test_bars_are_as_long_as_their_numbers(rows: list[dict[str, float]]) -> None:
    """The longest fills the room, the others stand to it as their sums do, and parts follow one another."""
    longest = max((sum(row.values()) for row in rows), default=0)
    for row, bar in zip(rows, bars(rows), strict=True):
        assert bar.end == pytest.approx(FULL * sum(row.values()) / longest if longest else 0, abs=0.02)
        at = 0.0
        for segment in bar.segments:
            assert segment.x == pytest.approx(at, abs=0.05)
            at = segment.x + segment.width
            assert segment.width > 0


@given(st.lists(st.floats(0, 100), max_size=12))
def test_no_share_falls_off_its_scale(percents: list[float]) -> None:
    """Whatever the worst is, it has its place; a scale begins at sixty per cent or before it."""
    scale = axis(percents)
    assert scale.start <= 60
    assert (scale.ticks[0].at, scale.ticks[-1].at) == (4, 96)
    assert [tick.value for tick in scale.ticks] == list(range(scale.start, 101, 20))
    assert all(4 <= scale.at(percent) <= 96 for percent in percents)


@pytest.mark.parametrize(
    ("percent", "goal", "good"), [(96, 95, True), (95, 95, True), (94.4, 95, False), (94.6, 95, True), (10, None, True)]
)
def test_a_share_reaches_its_goal_or_does_not(percent: float, goal: float | None, good: bool) -> None:
    """What reads as equal is equal; where there is no goal nothing is missed."""
    scale = axis([percent])
    found = dot(percent, goal, scale)
    assert found.good is good
    assert found.goal == (None if goal is None else scale.at(goal))


@given(VALUES, VALUES, st.none() | st.floats(0.1, 5000))
def test_a_course_stays_within_its_frame(
    one: list[float | None], other: list[float | None], goal: float | None
) -> None:
    """Every point lies within, the scale begins at nothing and ends above the highest, in four steps at most."""
    length = min(len(one), len(other))
    found = course([one[:length], other[:length]], goal)
    assert found.ticks[0].value == 0
    assert found.ticks[0].at == FRAME.bottom
    assert found.ticks[-1].at == FRAME.top
    assert 2 <= len(found.ticks) <= 5
    known = [value for each in (one[:length], other[:length]) for value in each if value is not None]
    assert found.ticks[-1].value >= max([*known, goal or 0]) * (1 - 1e-9)
    for line in found.lines:
        if line is not None:
            assert FRAME.left <= line.x <= FRAME.right
            assert FRAME.top <= line.y <= FRAME.bottom
    assert len(found.xs) == length


@given(st.lists(st.none() | st.floats(0, 100), min_size=1, max_size=20), st.floats(1, 100))
def test_a_course_of_shares_ends_at_a_hundred(values: list[float | None], goal: float) -> None:
    """It begins at a round share below whatever is lowest, and loses no point."""
    found = course([values], goal, shares=True)
    assert found.ticks[-1].value >= 100
    lowest = min([goal, *(value for value in values if value is not None)])
    assert found.ticks[0].value <= lowest
    assert found.ticks[0].value % 20 == 0
    assert found.goal is not None
    assert FRAME.top <= found.goal <= FRAME.bottom
    (line,) = found.lines
    assert line is None or FRAME.top <= line.y <= FRAME.bottom


def test_a_line_is_broken_where_nothing_is_known() -> None:
    """A week without a value has no point and no line leads over it; no value at all is no line."""
    (line,) = course([[1, None, 3]]).lines
    assert line is not None
    assert line.path.count("M") == 2
    assert (line.x, line.last) == (FRAME.right, 3)
    assert course([[None, None]]).lines == (None,)
    assert course([[5.0]]).xs == (FRAME.right,)


def test_a_spark_goes_from_its_lowest_to_its_highest() -> None:
    """Small courses use all their height; one that does not change runs in the middle."""
    rising = spark([1, 2, 5])
    assert rising is not None
    assert rising.path.startswith(f"M{SPARK.left} {SPARK.bottom}")
    assert (rising.y, rising.last) == (SPARK.top, 5)
    level = spark([4, 4])
    assert level is not None
    assert math.isclose(level.y, (SPARK.top + SPARK.bottom) / 2)
    assert spark([None]) is None

"""The picture of arrivals and lag: what is drawn adds up, stands within its frame, and no words lie over others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies.message import ArrivalsView, SummaryView, TookView
from api.web.charts import scale_step
from api.web.messages.picture import (
    BOTTOM,
    LAG_BOTTOM,
    LAG_TOP,
    LEFT,
    NARROW,
    OUTCOMES,
    TOP,
    WIDE,
    counts,
    drawn,
    filled,
)
from marshrut.ports import CommandState

NOW = datetime(2026, 3, 12, 7, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def stretch(number: int, states: dict[CommandState, int], p95: float | None) -> ArrivalsView:
    """What arrived in an hour."""
    wait = None if p95 is None else TookView(count=1, p50_s=p95 / 2, p95_s=p95, longest_s=p95)
    return ArrivalsView(since=NOW.replace(minute=0) - number * HOUR, states=states, wait=wait)


def summary(stretches: list[ArrivalsView], *, by: Literal["hour", "day"] = "hour", since: datetime) -> SummaryView:
    """A period in which this arrived."""
    fixed: dict[str, Any] = {"now": {}, "oldest": {}, "faults": [], "received": 0, "states": {}, "sources": []}
    more: dict[str, Any] = {"repeated": 0, "repeats": 0, "wait": None}
    return SummaryView(as_of=NOW, since=since, until=NOW, by=by, stretches=stretches, **fixed, **more)


def test_every_state_has_its_place_in_a_bar() -> None:
    """No message is left out of the picture, and none stands in it twice."""
    states = [state for those in OUTCOMES.values() for state in those]
    assert sorted(states) == sorted(CommandState)
    assert sum(counts(dict.fromkeys(CommandState, 1)).values()) == len(CommandState)


def test_hours_in_which_nothing_came_have_their_place() -> None:
    """From the first hour to the present one, each once."""
    since = NOW.replace(minute=0) - 23 * HOUR
    view = summary([stretch(3, {CommandState.DONE: 1}, None)], since=since)
    found = filled(view, HOUR)
    assert [each.since for each in found] == [since + number * HOUR for number in range(24)]
    assert [sum(each.states.values()) for each in found] == [0] * 20 + [1, 0, 0, 0]


@settings(deadline=None)
@given(
    many=st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(list(CommandState)), st.integers(0, 100_000), max_size=5),
            st.one_of(st.none(), st.floats(0, 90_000)),
        ),
        min_size=1,
        max_size=31,
    ),
    width=st.sampled_from([WIDE, NARROW]),
)
def test_the_picture_stands_within_its_frame(
    many: list[tuple[dict[CommandState, int], float | None]], width: int
) -> None:
    """Whatever arrived: bars as high as their numbers, nothing above or beside the frame, labels apart."""
    stretches = [stretch(number, states, p95) for number, (states, p95) in enumerate(many)]
    picture = drawn(
        stretches, [f"{number:02}:00" for number in range(len(many))], width, lambda seconds: f"{seconds:g}"
    )
    for box in picture.boxes:
        assert box.x >= LEFT
        assert box.x + box.width <= width
        assert box.y >= TOP - 0.2
        assert box.y + box.height <= BOTTOM + 0.2
    top = picture.ticks[-1].value
    height = sum(box.height for box in picture.boxes)
    total = sum(sum(states.values()) for states, _ in many)
    assert height == pytest.approx((BOTTOM - TOP) * total / top, abs=0.06 * max(1, len(picture.boxes)))
    assert all(LAG_TOP - 0.1 <= dot.y <= LAG_BOTTOM + 0.1 for dot in picture.dots)
    assert len(picture.dots) == sum(p95 is not None for _, p95 in many)
    xs = [label.x for label in picture.labels]
    assert all(second - first >= 36 for first, second in pairwise(xs))
    assert len(picture.parked) == sum(states.get(CommandState.PARKED, 0) > 0 for states, _ in many)
    assert len(picture.ticks) <= 6
    assert scale_step(top) > 0
    assert all(float(tick.value).is_integer() for tick in picture.ticks)  # nobody sends half a message

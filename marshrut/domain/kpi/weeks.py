"""The course of things, week by week: delay, social readiness, partners' answers. Weeks begin on Monday.

Only weeks that are over are told: half a week looks like a fall.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from marshrut.domain.delay import Delay
from marshrut.domain.kpi.facts import CaseFacts, micros
from marshrut.domain.kpi.figures import Spread, added
from marshrut.domain.kpi.tally import days_to_ready

WEEK = timedelta(days=7)
# A course needs some weeks to be one; nobody reads more than a year of them.
FEWEST, MOST = 12, 53


@dataclass(frozen=True, slots=True)
class Week:
    """What a week counts. `ready`: in how many days people became socially ready, in hundredths."""

    first: date
    discharged: int = 0
    delayed_days: int = 0
    settled: int = 0
    in_time: int = 0
    ready: Spread = field(default_factory=dict)

    def __add__(self, other: Week) -> Week:
        return Week(
            self.first,
            self.discharged + other.discharged,
            self.delayed_days + other.delayed_days,
            self.settled + other.settled,
            self.in_time + other.in_time,
            added(self.ready, other.ready),
        )


def weeks(since: date, until: date, today: date) -> tuple[date, ...]:
    """The first days of the weeks of a period that are over, and of those before if the period has few."""
    end = min(until, today)
    last = end - timedelta(days=end.weekday()) - WEEK
    count = min(max(FEWEST, -(-(last + WEEK - since) // WEEK)), MOST)
    return tuple(last - number * WEEK for number in reversed(range(count)))


class Course:
    """Counts case after case into the weeks that begin on these Mondays, one after the other, by a hospital's clock."""

    def __init__(self, firsts: Sequence[date], zone: tzinfo) -> None:
        self._firsts = firsts
        ends = [*firsts, firsts[-1] + WEEK]
        self._edges = [micros(datetime.combine(day, time(), zone)) for day in ends]
        self._discharged = [0] * len(firsts)
        self._delayed = [0] * len(firsts)
        self._settled = [0] * len(firsts)
        self._in_time = [0] * len(firsts)
        self._ready: list[Counter[int]] = [Counter() for _ in firsts]

    def case(self, facts: CaseFacts, delay: Delay | None) -> None:
        """Count what happened in the case."""
        if facts.void or facts.via == "enquiry":
            return
        if (week := self._week(facts.left)) is not None:
            self._discharged[week] += 1
        if (week := self._week(facts.ready_social)) is not None:
            self._ready[week][days_to_ready(facts)] += 1
        for asked in facts.asked:
            if not asked.ours and asked.answered is not None and (week := self._week(asked.answered)) is not None:
                self._settled[week] += 1
                self._in_time[week] += not asked.silent and (asked.due is None or asked.answered <= asked.due)
        for day in delay.days if delay is not None else ():
            number = (day.date - self._firsts[0]) // WEEK
            if 0 <= number < len(self._firsts):
                self._delayed[number] += 1

    def weeks(self) -> tuple[Week, ...]:
        """What has been counted so far."""
        return tuple(
            Week(
                first,
                self._discharged[number],
                self._delayed[number],
                self._settled[number],
                self._in_time[number],
                dict(self._ready[number]),
            )
            for number, first in enumerate(self._firsts)
        )

    def _week(self, at: int | None) -> int | None:
        if at is None or not self._edges[0] <= at < self._edges[-1]:
            return None
        return bisect_right(self._edges, at) - 1

"""A delayed discharge: the days that a patient lay in the ward after they were ready, and what each of them was for.

Days count from the midnight that ends the day of readiness (Scotland's definition [S]), as in `stuck.delayed`.
England's list knows one reason a patient; here a day has every reason that stood on it, each with the party that had
to move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from marshrut.domain.clock import Pause
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import DAY, delayed, left_at, ready_at


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """Why a day was lost, and by whom."""

    reason: str
    responsible: str


@dataclass(frozen=True, slots=True)
class DelayedDay:
    """A day of a delay with all that stood in the way on it; nothing: nobody has said why."""

    date: date
    reasons: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long somebody who was ready stayed, and why. `until`: when they left; None: they are still in the ward."""

    ready_at: datetime
    until: datetime | None
    days: tuple[DelayedDay, ...]

    @property
    def unexplained(self) -> int:
        """On how many days nothing is known to have stood in the way."""
        return sum(not day.reasons for day in self.days)

    @property
    def by_reason(self) -> Mapping[str, int]:
        """How many days each reason stood: a day with two counts for both."""
        return Counter(reason for day in self.days for reason in sorted({held.reason for held in day.reasons}))

    @property
    def by_party(self) -> Mapping[str, int]:
        """On how many days each party had to move; two reasons of one party are one day of theirs."""
        return Counter(party for day in self.days for party in sorted({held.responsible for held in day.reasons}))


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the things that stood in the way, from then on until then; None: it still does."""

    held: Held
    since: datetime
    until: datetime | None

    def stands(self, begin: datetime, end: datetime) -> bool:
        """Whether it stood when the day began, or began on it."""
        return begin <= self.since < end or (self.since <= begin and (self.until is None or begin < self.until))


@dataclass(frozen=True, slots=True)
class Stay:
    """What the delay of a case is counted from. `until`: when the patient left or the case ended."""

    ready_at: datetime
    until: datetime | None
    pauses: tuple[Pause, ...]
    paused_since: datetime | None
    reasons: tuple[Reason, ...]


def stay_of(state: CaseState) -> Stay | None:
    """All that a case knows of its delay; None while nobody has said that the patient may leave."""
    ready = ready_at(state)
    if ready is None:
        return None
    left = left_at(state) or state.closed_at
    return Stay(ready, left, state.pauses, state.paused_since, tuple(_reasons(state)))


def delay(state: CaseState, zone: tzinfo, now: datetime, *, paused_days: bool) -> Delay | None:
    """The delay of a case as it is known now; None while nobody has said that the patient may leave.

    `zone`: the hospital's. `paused_days`: whether midnights within a pause of the case count, by the catalogue.
    """
    stay = stay_of(state)
    return None if stay is None else delay_of(stay, zone, now, paused_days=paused_days)


def delay_of(stay: Stay, zone: tzinfo, now: datetime, *, paused_days: bool) -> Delay:
    """The same, of what is known of the delay alone."""
    end = stay.until or now
    stops = () if paused_days else _pauses(stay.pauses, stay.paused_since, end)
    days = delayed(stay.ready_at, zone, end, stops)
    return Delay(stay.ready_at, stay.until, tuple(DelayedDay(day, _on(day, zone, end, stay.reasons)) for day in days))


def pauses(state: CaseState, now: datetime) -> tuple[Pause, ...]:
    """The pauses of a case, the one that stands among them."""
    return _pauses(state.pauses, state.paused_since, now)


def _pauses(ended: tuple[Pause, ...], since: datetime | None, now: datetime) -> tuple[Pause, ...]:
    return ended if since is None else (*ended, Pause(since=since, until=max(since, now) + DAY))


def _on(day: date, zone: tzinfo, end: datetime, reasons: tuple[Reason, ...]) -> tuple[Held, ...]:
    begins, ends = (datetime.combine(each, time(), zone) for each in (day, day + DAY))
    return tuple(sorted({each.held for each in reasons if each.stands(begins, min(ends, end))}))


def _reasons(state: CaseState) -> Iterator[Reason]:
    """All that ever stood in the way of a step of the case."""
    for step in state.steps.values():
        for past in step.ended_blocks:
            yield Reason(Held(past.reason, past.responsible), past.since, past.until)
        for block in step.blocks:
            yield Reason(Held(block.reason, block.responsible), block.since, None)

"""Why a case does not move, and which one first: said here once, for lists, boards, digests and figures alike.

A cause has an onset: the instant after which it holds if nothing else happens. Onsets follow from the journal alone,
so the read model may keep them; whether a cause holds now is a comparison, and never stored.

A step is stuck while its case is neither paused nor closed and one of its own causes holds. The causes of the case
stand on its stuck steps as well, and make an item of their own, without a step. While a case is paused its steps stand
still: then only silence counts, for a pause that nobody ends is how a patient is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from marshrut.domain.state import Block, CaseState, Notice, Step
from marshrut.domain.words import Report

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A case of which nothing was heard for so long is silent [A].
SILENT_AFTER = timedelta(days=3)
# A reason that has stood for so long holds a step up, whatever end is expected [A].
BLOCKED_TOO_LONG = timedelta(days=7)
# From this rung on somebody above the owner is told (domain facts, "Clocks") [A].
ABOVE_THE_OWNER = 2


class Why(StrEnum):
    """What keeps a case from moving."""

    OVERDUE = "overdue"
    BLOCKED = "blocked"
    ESCALATED = "escalated"
    UNOWNED = "unowned"
    MEDICALLY_READY = "medically_ready"
    SILENT = "silent"


# What each cause weighs in the rank, once however often it holds [A].
WEIGHTS = {
    Why.MEDICALLY_READY: 60,
    Why.OVERDUE: 50,
    Why.ESCALATED: 40,
    Why.BLOCKED: 30,
    Why.UNOWNED: 20,
    Why.SILENT: 10,
}
BY_LAW = 300  # [A]: the step has a term by law
MANDATORY = 100  # [A]: the step may not be left out
# The catalogue's ladder of terms by law (`ladders.yaml`).
STATUTORY = "statutory"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: what it counts `since`, and its onset. `block`: the reason, where that is the cause."""

    why: Why
    since: datetime
    onset: datetime
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Stuck:
    """A step that is stuck or, without one, a case; its causes, the oldest first."""

    case_id: str
    step: Step | None
    causes: tuple[Cause, ...]
    rank: int

    @property
    def name(self) -> str:
        """What tells it from every other: the step's id, or the case's."""
        return self.case_id if self.step is None else self.step.step_id

    @property
    def since(self) -> datetime:
        """Since when it is stuck."""
        return min(cause.onset for cause in self.causes)


def of_step(state: CaseState, step: Step) -> tuple[Cause, ...]:
    """What holds a step up, or will when its onset has passed; a case that is paused or closed is not looked at."""
    if not step.live:
        return ()
    return (*_of_clock(step), *_of_blocks(step), *_of_notices(state, step))


def of_case(state: CaseState, last_event_at: datetime, zone: tzinfo) -> tuple[Cause, ...]:
    """What holds a case up, or will. `last_event_at`: when its last event was recorded; `zone`: its hospital's."""
    causes = []
    if (ready_at := ready_since(state)) is not None and state.paused_since is None:
        causes.append(Cause(Why.MEDICALLY_READY, ready_at, day_ends(ready_at, zone)))
    if (onset := silent_from(state, last_event_at)) is not None:
        causes.append(Cause(Why.SILENT, last_event_at, onset))
    return tuple(causes)


def ready_since(state: CaseState) -> datetime | None:
    """Since when a patient who is still in the ward could have left it."""
    if state.closed or Report.DISCHARGED in state.reports:
        return None
    return state.reports.get(Report.MEDICALLY_READY)


def silent_from(state: CaseState, last_event_at: datetime) -> datetime | None:
    """When an open case counts as silent. One that has nothing to do but wait is silent once its wait has ended."""
    if state.closed:
        return None
    waits = [] if state.live_steps else [wait.at for wait in state.waits.values() if not wait.reached]
    return max([last_event_at, *waits]) + SILENT_AFTER


def day_ends(moment: datetime, zone: tzinfo) -> datetime:
    """The midnight that ends the day of an instant: from it on delays count (Scotland's definition [S])."""
    return datetime.combine(moment.astimezone(zone).date() + DAY, time(), zone)


def delayed_days(ready_at: datetime, zone: tzinfo, now: datetime) -> int:
    """How many midnights a patient has been in the ward since they were ready to leave it."""
    return max(0, (now.astimezone(zone).date() - ready_at.astimezone(zone).date()).days)


def onsets(causes: tuple[Cause, ...]) -> dict[Why, datetime]:
    """When each cause begins to hold, where there are several of a kind the first of them."""
    found: dict[Why, datetime] = {}
    for cause in causes:
        found[cause.why] = min(cause.onset, found.get(cause.why, cause.onset))
    return found


def holding(found: Mapping[Why, datetime], now: datetime) -> frozenset[Why]:
    """The causes that hold: the onset itself is not late yet, as for `overdue`."""
    return frozenset(why for why, onset in found.items() if onset < now)


def statutory(step: Step) -> bool:
    """Whether the step has a term by law: its clock has the ladder of those."""
    return step.clock is not None and step.clock.ladder == STATUTORY


def rank(found: Mapping[Why, datetime], now: datetime, *, is_mandatory: bool, is_statutory: bool) -> int:
    """How much something wants attention, as a sum.

    - 300 for a term by law, 100 for a mandatory step;
    - the weight of each cause that holds (`WEIGHTS`);
    - one for each full hour that the step is late or the patient waits in the ward, whichever is longer.

    All of these numbers are assumed [A].
    """
    held = holding(found, now)
    late = [now - found[why] for why in (Why.OVERDUE, Why.MEDICALLY_READY) if why in held]
    return (
        BY_LAW * is_statutory
        + MANDATORY * is_mandatory
        + sum(WEIGHTS[why] for why in held)
        + max((each // HOUR for each in late), default=0)
    )


def stuck(state: CaseState, last_event_at: datetime, zone: tzinfo, now: datetime) -> tuple[Stuck, ...]:
    """What of a case is stuck now: its steps, oldest first, and then itself."""
    if state.closed:
        return ()
    around = of_case(state, last_event_at, zone)
    steps = state.live_steps if state.paused_since is None else ()
    found = [_item(state, step, of_step(state, step), around, now) for step in steps]
    return tuple(item for item in (*found, _item(state, None, around, (), now)) if item is not None)


def _item(
    state: CaseState, step: Step | None, own: tuple[Cause, ...], around: tuple[Cause, ...], now: datetime
) -> Stuck | None:
    held = tuple(cause for cause in own if cause.onset < now)
    if not held:
        return None
    causes = sorted((*held, *(cause for cause in around if cause.onset < now)), key=lambda cause: cause.onset)
    weight = rank(
        onsets(tuple(causes)),
        now,
        is_mandatory=step is not None and step.mandatory,
        is_statutory=step is not None and statutory(step),
    )
    return Stuck(state.case_id, step, tuple(causes), weight)


def _of_clock(step: Step) -> tuple[Cause, ...]:
    """Late, or without an owner while most of its time is gone; a clock that stands still makes neither."""
    if step.clock is None or step.stands_still:
        return ()
    times = step.clock.times
    late = Cause(Why.OVERDUE, times.due_at, times.due_at)
    return (late,) if step.assignee is not None else (late, Cause(Why.UNOWNED, times.amber_at, times.amber_at))


def _of_blocks(step: Step) -> tuple[Cause, ...]:
    """Each reason that stands longer than expected, or too long in any case."""
    return tuple(
        Cause(Why.BLOCKED, block.since, min(block.until or end, end), block)
        for block in step.blocks
        for end in [block.since + BLOCKED_TOO_LONG]
    )


def _of_notices(state: CaseState, step: Step) -> tuple[Cause, ...]:
    """Somebody above has been told and nobody has said that they see to it."""
    told = [notice.tell_at for notice in state.notices.values() if _unanswered(notice, step)]
    return (Cause(Why.ESCALATED, min(told), min(told)),) if told else ()


def _unanswered(notice: Notice, step: Step) -> bool:
    """Whether a notice is an escalation that stands. A reminder to whoever does the step is none.

    What a senior was told before they extended the step has been seen to.
    """
    if notice.about != step.step_id or notice.acknowledged_by is not None:
        return False
    clock = step.clock
    if clock is not None and clock.extension is not None and notice.created_at <= clock.extension.at:
        return False
    return notice.role is not step.role or (clock is not None and clock.climbed >= ABOVE_THE_OWNER)

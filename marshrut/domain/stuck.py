"""Why a case does not move, and which one first: said here once, for lists, boards, digests and figures alike.

A cause has an onset: the instant after which it holds if nothing else happens. Onsets follow from the journal alone,
so the read model may keep them; whether a cause holds now is a comparison, and never stored.

A step is stuck while its case is neither paused nor closed and one of its own causes holds. The causes of the case
stand on its stuck steps as well, and make an item of their own, without a step. While a case is paused its steps stand
still: then only silence counts, for a pause that nobody ends is how a patient is forgotten, and a fault of the process.

One cause does not follow from the journal: that the process itself fails (`TECHNICAL`) is what the watchdog found and
keeps beside the read model (watching.py); whoever asks hands it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from marshrut.domain.clock import Pause
from marshrut.domain.pressing import REMINDER
from marshrut.domain.state import Block, CaseState, Notice, Step
from marshrut.domain.watching import Ill
from marshrut.domain.words import Report

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A ladder's first rung is the owner's; from the second on somebody above is told.
ABOVE_THE_OWNER = 2
# The catalogue's ladder of terms by law (`ladders.yaml`), and the step whose outcome says when a patient is ready.
STATUTORY = "statutory"
READY_DATE = ("discharge", "ready_date")
# The answers that say that a patient is in the ward no more.
AWAY = {
    ("discharge", "escort_home"): "delivered",
    ("discharge", "arrival_confirm"): "confirmed",
    ("placement", "transfer_arrival"): "arrived",
}
HANDED_OVER = ("guardians", "child_handover")  # whoever takes a child takes it away


class Why(StrEnum):
    """What keeps a case from moving."""

    OVERDUE = "overdue"
    BLOCKED = "blocked"
    ESCALATED = "escalated"
    UNOWNED = "unowned"
    MEDICALLY_READY = "medically_ready"
    SILENT = "silent"
    TECHNICAL = "technical"


# Of these the case knows, and not a step.
CAUSES_OF_A_CASE = frozenset({Why.MEDICALLY_READY, Why.SILENT, Why.TECHNICAL})
# What the watchdog found of a case, and since when each stands.
Found = Mapping[Ill, datetime]
NOTHING_FOUND: Found = {}


@dataclass(frozen=True, slots=True)
class StuckRules:
    """The numbers of the catalogue (`rules.yaml`) by which something is stuck, and how much it weighs.

    A case of which nothing was heard for longer than `silent_after` is silent; a reason that stands for longer than
    `blocked_too_long` holds its step up, whatever end is expected. The rank adds the weight of each cause once, and
    more for a term by law, for a mandatory step and for each full hour late.
    """

    silent_after: timedelta
    blocked_too_long: timedelta
    weights: Mapping[Why, int]
    by_law: int
    mandatory: int
    late_hour: int

    def blocked_from(self, since: datetime, until: datetime | None) -> datetime:
        """When a reason begins to hold a step up; of several, it may be asked with the first of each time."""
        end = since + self.blocked_too_long
        return end if until is None else min(until, end)


@dataclass(frozen=True, slots=True)
class RulesOf:
    """The rules in force: those in `common`, and by hospital those of regions that have their `own`."""

    common: StuckRules
    own: Mapping[str, StuckRules] = field(default_factory=dict)

    def __getitem__(self, hospital: str | None) -> StuckRules:
        """A hospital's rules."""
        return self.common if hospital is None else self.own.get(hospital, self.common)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: what it counts `since`, and its onset. `block`, `ill`: the reason or the fault that is the cause."""

    why: Why
    since: datetime
    onset: datetime
    block: Block | None = None
    ill: Ill | None = None


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


def of_step(state: CaseState, step: Step, rules: StuckRules) -> tuple[Cause, ...]:
    """What holds a step up, or will when its onset has passed; a case that is paused or closed is not looked at."""
    return (*known_of_step(state, step), *_of_blocks(step, rules)) if step.live else ()


def known_of_step(state: CaseState, step: Step) -> tuple[Cause, ...]:
    """Those of them of which the journal says it all, whatever the rules are."""
    return (*_of_clock(step), *_of_notices(state, step)) if step.live else ()


def of_case(state: CaseState, last_event_at: datetime, zone: tzinfo, rules: StuckRules) -> tuple[Cause, ...]:
    """What holds a case up, or will. `last_event_at`: when its last event was recorded; `zone`: its hospital's."""
    causes = []
    if (ready := ready_since(state)) is not None and state.paused_since is None:
        causes.append(Cause(Why.MEDICALLY_READY, ready, day_ends(ready, zone)))
    if (quiet := quiet_since(state, last_event_at)) is not None:
        causes.append(Cause(Why.SILENT, last_event_at, quiet + rules.silent_after))
    return tuple(causes)


def of_process(found: Found) -> tuple[Cause, ...]:
    """What the watchdog found of the case, as causes."""
    return tuple(Cause(Why.TECHNICAL, since, since, ill=ill) for ill, since in found.items())


def ready_since(state: CaseState) -> datetime | None:
    """Since when a patient who is still in the ward could have left it."""
    return None if state.closed or left_at(state) is not None else ready_at(state)


def left_at(state: CaseState) -> datetime | None:
    """When the patient left the ward: the hospital says so, or who brought them away; of both the earlier counts.

    A discharge that was cancelled later was none.
    """
    said = [state.reports[report] for report in (Report.DISCHARGED, Report.LEFT) if report in state.reports]
    said += [step.occurred_at for step in state.counted_steps if step.occurred_at is not None and _brought(step)]
    cancelled = state.reports.get(Report.DISCHARGE_CANCELLED)
    return min((at for at in said if cancelled is None or at > cancelled), default=None)


def _brought(step: Step) -> bool:
    name = step.track, step.name
    return step.outcome is not None and (name == HANDED_OVER or step.outcome.get("result") == AWAY.get(name))


def ready_at(state: CaseState) -> datetime | None:
    """From when a patient may leave: a report says so, or the doctor who is asked; of both the earlier counts."""
    said = (state.reports.get(Report.MEDICALLY_READY), _doctor_said(state))
    return min((at for at in said if at is not None), default=None)


def _doctor_said(state: CaseState) -> datetime | None:
    """From when a patient may leave by the last answer of the doctor, who is asked again after each "not yet"."""
    answers = [step for step in state.counted_steps if (step.track, step.name) == READY_DATE and step.outcome]
    if not answers or not (said := answers[-1].outcome) or said["result"] != "date":
        return None
    at = said.get("ready_at")
    return answers[-1].occurred_at if at is None else datetime.fromisoformat(str(at))


def quiet_since(state: CaseState, last_event_at: datetime) -> datetime | None:
    """Since when nothing is heard of an open case. One that has nothing to do but wait is quiet once its wait ended."""
    if state.closed:
        return None
    waits = [] if state.live_steps else [wait.at for wait in state.waits.values() if not wait.reached]
    return max([last_event_at, *waits])


def day_ends(moment: datetime, zone: tzinfo) -> datetime:
    """The midnight that ends the day of an instant: from it on delays count (Scotland's definition [S])."""
    return datetime.combine(moment.astimezone(zone).date() + DAY, time(), zone)


def delayed(ready: datetime, zone: tzinfo, until: datetime, pauses: Iterable[Pause] = ()) -> tuple[date, ...]:
    """The days of a delay: each began with a midnight at which a patient who was ready lay in the ward.

    A midnight within one of the `pauses` is none of them.
    """
    first, days = day_ends(ready, zone).date(), (until.astimezone(zone).date() - ready.astimezone(zone).date()).days
    begin = {first + number * DAY: datetime.combine(first + number * DAY, time(), zone) for number in range(days)}
    paused = tuple(pauses)
    return tuple(day for day, at in begin.items() if not any(each.since <= at < each.until for each in paused))


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


def rank(
    found: Mapping[Why, datetime], now: datetime, rules: StuckRules, *, is_mandatory: bool, is_statutory: bool
) -> int:
    """How much something wants attention, as a sum by the catalogue's numbers.

    - for a term by law and for a mandatory step;
    - the weight of each cause that holds;
    - for each full hour that the step is late or the patient waits in the ward, whichever is longer.
    """
    held = holding(found, now)
    late = [now - found[why] for why in (Why.OVERDUE, Why.MEDICALLY_READY) if why in held]
    return (
        rules.by_law * is_statutory
        + rules.mandatory * is_mandatory
        + sum(rules.weights[why] for why in held)
        + rules.late_hour * max((each // HOUR for each in late), default=0)
    )


def stuck(  # noqa: PLR0913, PLR0917 - all that it follows from
    state: CaseState,
    last_event_at: datetime,
    zone: tzinfo,
    rules: StuckRules,
    now: datetime,
    failing: Found = NOTHING_FOUND,
) -> tuple[Stuck, ...]:
    """What of a case is stuck now: its steps, oldest first, and then itself."""
    if state.closed:
        return ()
    around = _held((*of_case(state, last_event_at, zone, rules), *of_process(failing)), now)
    steps = state.live_steps if state.paused_since is None else ()
    found = [(step, _held(of_step(state, step, rules), now)) for step in steps]
    items = [_item(state, step, (*own, *around), rules, now) for step, own in found if own]
    return (*items, _item(state, None, around, rules, now)) if around else tuple(items)


def _held(causes: tuple[Cause, ...], now: datetime) -> tuple[Cause, ...]:
    return tuple(cause for cause in causes if cause.onset < now)


def _item(state: CaseState, step: Step | None, held: tuple[Cause, ...], rules: StuckRules, now: datetime) -> Stuck:
    causes = tuple(sorted(held, key=lambda cause: cause.onset))
    weight = rank(
        onsets(causes),
        now,
        rules,
        is_mandatory=step is not None and step.mandatory,
        is_statutory=step is not None and statutory(step),
    )
    return Stuck(state.case_id, step, causes, weight)


def _of_clock(step: Step) -> tuple[Cause, ...]:
    """Late, or without an owner while most of its time is gone; a clock that stands still makes neither."""
    if step.clock is None or step.stands_still:
        return ()
    times = step.clock.times
    late = Cause(Why.OVERDUE, times.due_at, times.due_at)
    return (late,) if step.assignee is not None else (late, Cause(Why.UNOWNED, times.amber_at, times.amber_at))


def _of_blocks(step: Step, rules: StuckRules) -> tuple[Cause, ...]:
    """Each reason that stands longer than expected, or too long in any case."""
    return tuple(
        Cause(Why.BLOCKED, block.since, rules.blocked_from(block.since, block.until), block) for block in step.blocks
    )


def _of_notices(state: CaseState, step: Step) -> tuple[Cause, ...]:
    """Somebody above has been told and nobody has said that they see to it."""
    told = [notice.tell_at for notice in standing(state, step).values()]
    return (Cause(Why.ESCALATED, min(told), min(told)),) if told else ()


def standing(state: CaseState, step: Step) -> dict[str, Notice]:
    """A step's escalations that nobody has acknowledged, by key; also those that are told in the team's next hours."""
    return {key: notice for key, notice in state.notices.items() if _unanswered(notice, step)}


def _unanswered(notice: Notice, step: Step) -> bool:
    """Whether a notice is an escalation that stands. A reminder to whoever does the step is none.

    What a senior was told before they extended the step has been seen to.
    """
    if notice.about != step.step_id or notice.acknowledged_by is not None or notice.occasion == REMINDER:
        return False
    clock = step.clock
    if clock is not None and clock.extension is not None and notice.created_at <= clock.extension.at:
        return False
    return notice.role is not step.role or (clock is not None and clock.climbed >= ABOVE_THE_OWNER)

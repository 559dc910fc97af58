"""The state of a case: what the fold of its journal gives, no more and no less."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from marshrut.domain.base import Code, Instant, Key, Wire
from marshrut.domain.calendar import Calendar
from marshrut.domain.clock import Clock, Pause
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.words import Ending, Flag, ItemKind, Mark, Report, Role, Stage, Topic, Variant, Via

# The track, and the name, of the steps that people add by themselves: no catalogue knows them.
ADHOC = "adhoc"


class StepState(StrEnum):
    """Where a step stands; blocked stands beside these, not among them."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


LIVE = frozenset({StepState.OPEN, StepState.CLAIMED})


class Block(Wire):
    """One reason why a step cannot proceed, the party that has to move, and when an end is expected."""

    block_id: Code
    reason: Code
    responsible: Code
    since: Instant
    until: Instant | None = None
    pauses: bool = False


class EndedBlock(Wire):
    """A reason that stood in a step's way from then until then."""

    reason: Code
    responsible: Code
    since: Instant
    until: Instant


class Step(Wire):
    """One thing that somebody has to do. `outcome_ref`: the command whose private part belongs to the outcome.

    `ended_blocks`: reasons that stood once; of what a delay consisted is asked when it is over. `void`: what it was
    asked for was taken back, so whatever was answered counts no more.
    """

    step_id: Code
    track: Code
    name: Code
    scope: str = Field(default="", pattern=r"^[\w.:/@+\-]*$")
    role: Role
    mandatory: bool
    state: StepState = StepState.OPEN
    assignee: Code | None = None
    opened_at: Instant
    clock: Clock | None
    pauses: tuple[Pause, ...] = ()
    blocks: tuple[Block, ...] = ()
    ended_blocks: tuple[EndedBlock, ...] = ()
    cancel_requested_by: Code | None = None
    cancel_reason: Code | None = None
    outcome: OutcomeCodes | None = None
    outcome_ref: Code | None = None
    done_by: Code | None = None
    occurred_at: Instant | None = None
    ended_at: Instant | None = None
    void: bool = False

    @property
    def live(self) -> bool:
        """Whether there is still something to do."""
        return self.state in LIVE

    @property
    def due_at(self) -> datetime | None:
        """When it is due, as far as is known now."""
        return None if self.clock is None else self.clock.times.due_at

    @property
    def stands_still(self) -> bool:
        """Whether a reason that pauses the clock stands."""
        return any(block.pauses for block in self.blocks)

    def but(self, **changes: object) -> Self:
        """The same step with some fields changed."""
        return self.model_copy(update=changes)


class Answer(Wire):
    """The first answer of whoever was asked: the status that it gave, when, and until when it was waited for.

    `silent`: nobody answered, and the time for it was over.
    """

    status: Code
    at: Instant
    due_at: Instant | None = None
    silent: bool = False


class Item(Wire):
    """Something with a status of its own that steps and people move (items.py).

    `of`: the catalogue's list that asked for it. `refs`: the commands whose private parts tell of it, oldest first.
    `expires_at`: when its time is over, if it lapses by itself. `from_case`: the case of the same person that had it.
    `answer`: of one that asks somebody outside, what they said first.
    """

    item_id: Code
    kind: ItemKind
    name: Code
    status: Code
    facts: OutcomeCodes = Field(default_factory=dict)
    of: Code | None = None
    added_at: Instant
    moved_at: Instant
    moved_by: Code
    expires_at: Instant | None = None
    refs: tuple[Code, ...] = ()
    from_case: Code | None = None
    answer: Answer | None = None

    def but(self, **changes: object) -> Self:
        """The same item with some fields changed."""
        return self.model_copy(update=changes)


class Score(Wire):
    """What an assessment instrument gave last."""

    version: Code
    score: int | None
    band: Code | None
    findings: tuple[Code, ...] = ()
    at: Instant


class Notice(Wire):
    """Something that people were told, and who acknowledged it."""

    occasion: Code
    role: Role
    user: Code | None = None
    about: Code | None = None
    created_at: Instant
    tell_at: Instant
    urgent: bool = False
    acknowledged_by: Code | None = None
    acknowledged_at: Instant | None = None


class Trace(Wire):
    """One thing that the journey's memory learnt since a mark (taking_back.py). `at`, `stage`: as it was before."""

    what: Code
    key: Key
    at: Instant | None = None
    stage: Stage | None = None


class Wait(Wire):
    """An instant that a track waits for."""

    at: Instant
    reached: bool = False


class Track(Wire):
    """A track that began, and its result once it ended."""

    stage: Stage
    result: Code | None = None


class CaseState(Wire):
    """A case. Before its first event (`seq` 0) only the id is known.

    `admission_ref`: the command whose private part tells of the visit. `calendars`: those that were replaced since.
    `variants`: what kind of case it is, each with the rules (or the person's reason) that say so; `corrected`: those of
    them that a person said, and who.
    `planned_for`: the day of a stay that lies ahead, as the hospital says, at `planned_said_at` if not at first;
    `came_in_at`: when its patient was in the hospital.
    `owner`: who answers for the case; None: the hospital's senior coordinator. `earlier`: the person's case before this
    one, if they came back soon. `inquiry`: the code by which applicants ask how it stands. `announced_at`, `placed_at`:
    when the visit and the place in the ward were told last, by the time at which it was so. `absorbed`: cases of the
    same person that go on in this one; `merged_into`: the one in which this goes on. `moved_from`: hospitals that had
    the case before. `marks`, `trace`: what can be taken back.
    """

    case_id: Code
    seq: int = 0
    hospital: Code | None = None
    person: Code | None = None
    owner: Code | None = None
    earlier: Code | None = None
    inquiry: Code | None = None
    admission_ref: Code | None = None
    opened_at: Instant | None = None
    admitted_at: Instant | None = None
    emergency: bool = False
    ward: Code | None = None
    bed: Code | None = None
    flags: tuple[Flag, ...] = ()
    variants: dict[Variant, tuple[Code, ...]] = Field(default_factory=dict)
    corrected: dict[Variant, Code] = Field(default_factory=dict)
    via: Via = "admission"
    planned_for: Instant | None = None
    planned_said_at: Instant | None = None
    came_in_at: Instant | None = None
    topic: Topic | None = None
    procedure: int = 0
    catalogue: Code | None = None
    stage: Stage = Stage.ADMISSION
    reports: dict[Report, Instant] = Field(default_factory=dict)
    expected_discharge_at: Instant | None = None
    paused_since: Instant | None = None
    pauses: tuple[Pause, ...] = ()
    calendars: dict[Code, Calendar] = Field(default_factory=dict)
    closed_at: Instant | None = None
    ending: Ending | None = None
    steps: dict[Code, Step] = Field(default_factory=dict)
    tracks: dict[Code, Track] = Field(default_factory=dict)
    decisions: dict[Key, Code] = Field(default_factory=dict)
    races: dict[Key, Code] = Field(default_factory=dict)
    waits: dict[Key, Wait] = Field(default_factory=dict)
    notices: dict[Key, Notice] = Field(default_factory=dict)
    items: dict[Code, Item] = Field(default_factory=dict)
    scores: dict[Code, Score] = Field(default_factory=dict)
    announced_at: Instant | None = None
    placed_at: Instant | None = None
    absorbed: tuple[Code, ...] = ()
    merged_into: Code | None = None
    moved_from: tuple[Code, ...] = ()
    marks: dict[Mark, int] = Field(default_factory=dict)
    trace: tuple[Trace, ...] = ()

    @property
    def opened(self) -> bool:
        """Whether an admission has opened the case."""
        return self.seq > 0

    @property
    def closed(self) -> bool:
        """Whether the case has ended."""
        return self.closed_at is not None

    @property
    def child(self) -> bool:
        """Whether the case is a child's: adults speak for them."""
        return Variant.CHILD in self.variants

    @property
    def awaited(self) -> bool:
        """Whether the patient of a planned stay has yet to come into the hospital."""
        return self.via == "planned" and self.came_in_at is None and not self.closed

    @property
    def circumstances(self) -> tuple[Flag, ...]:
        """The flags as rules read them: whether it is a child's case says the variant, which a person may correct."""
        if not self.variants:
            return self.flags
        return tuple(flag for flag in Flag if (self.child if flag is Flag.CHILD else flag in self.flags))

    @property
    def counted_steps(self) -> tuple[Step, ...]:
        """Its steps, oldest first, without those whose answers count no more."""
        return tuple(step for step in self.steps.values() if not step.void)

    @property
    def live_steps(self) -> tuple[Step, ...]:
        """What there is to do now, oldest first."""
        return tuple(step for step in self.steps.values() if step.live)

    def last_doer(self, steps: Collection[str]) -> str | None:
        """Who did the last done of these steps (`track.step`); None: nobody did any."""
        done = [each.done_by for each in self.counted_steps if each.done_by and f"{each.track}.{each.name}" in steps]
        return done[-1] if done else None

    def items_of(self, kind: ItemKind) -> tuple[Item, ...]:
        """Its items of a kind, oldest first."""
        return tuple(item for item in self.items.values() if item.kind is kind)

    def but(self, **changes: object) -> Self:
        """The same case with some fields changed."""
        return self.model_copy(update=changes)

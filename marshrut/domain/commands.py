"""What a journey can be told, as it travels to it. Private parts stay in SQL under the command's id."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from marshrut.domain.base import Code, Instant, Key, Wire
from marshrut.domain.calendar import Calendar
from marshrut.domain.clock import Term
from marshrut.domain.events import Event, OutcomeCodes
from marshrut.domain.moves import Actor
from marshrut.domain.slice import Slice, Travelling
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Flag, ItemKind, Protection, Report, Role, Topic, Variant, Via


class Admit(Wire):
    """Open the case of a visit, or attach to it.

    `inpatient`: an outpatient lies in a ward now, so what was said of a leaving before is over. `unstaffed`: of those
    who might answer for the case nobody is there.
    """

    type: Literal["admit"] = "admit"
    hospital: Code
    person: Code
    admitted_at: Instant
    emergency: bool
    ward: Code | None = None
    bed: Code | None = None
    flags: tuple[Flag, ...] = ()
    variants: dict[Variant, tuple[Code, ...]] = Field(default_factory=dict)
    via: Via = "admission"
    planned_for: Instant | None = None
    topic: Topic | None = None
    owner: Code | None = None
    unstaffed: bool = False
    earlier: Code | None = None
    inquiry: Code | None = None
    inpatient: bool = False


class ReportFact(Wire):
    """The hospital or a person reports something about the patient; `planned`: of a stay that lies ahead."""

    type: Literal["report"] = "report"
    report: Report
    ward: Code | None = None
    bed: Code | None = None
    expected_at: Instant | None = None
    other: Code | None = None
    planned: bool = False


class ChangeFlags(Wire):
    """Say what else is known about the patient's circumstances, or is not so. `because`: why they are protected."""

    type: Literal["change_flags"] = "change_flags"
    add: tuple[Flag, ...] = ()
    remove: tuple[Flag, ...] = ()
    because: Protection | None = None


class SetOwner(Wire):
    """Have somebody answer for the case; nobody: the hospital's senior coordinator.

    `held_by`: only while this one still does.
    """

    type: Literal["set_owner"] = "set_owner"
    owner: Code | None
    reason: Code
    held_by: Code | None = None


class RecordScore(Wire):
    """An instrument was filled in; `needs`: what it proposes, each with the reasons."""

    type: Literal["record_score"] = "record_score"
    instrument: Code
    version: Code
    score: int | None = None
    band: Code | None = None
    findings: tuple[Code, ...] = ()
    needs: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)


class AddItem(Wire):
    """Add an item by hand; `key`: what the business calls this one, by default the command's id."""

    type: Literal["add_item"] = "add_item"
    kind: ItemKind
    name: Code
    status: Code | None = None
    facts: OutcomeCodes = Field(default_factory=dict)
    key: Code | None = None
    expires_at: Instant | None = None


class MoveItem(Wire):
    """Say how an item stands now; `facts` are those that are new."""

    type: Literal["move_item"] = "move_item"
    item_id: Code
    status: Code
    facts: OutcomeCodes = Field(default_factory=dict)
    expires_at: Instant | None = None


class Refer(Wire):
    """Ask the psychologist to talk to somebody: the `patient`, or the relative whose item is named."""

    type: Literal["refer"] = "refer"
    reason: Code
    urgency: Literal["ordinary", "crisis"] = "ordinary"
    client: Code = "patient"


class BelongsTo(Wire):
    """The hospital found that the patient is known by another record: the case is that person's.

    `earlier`: their case before this one, if they came back soon.
    """

    type: Literal["belongs_to"] = "belongs_to"
    person: Code
    earlier: Code | None = None


class Transfer(Wire):
    """Another hospital goes on with the case, by the slice of the catalogue that is in force there."""

    type: Literal["transfer"] = "transfer"
    hospital: Code
    ward: Code | None = None
    catalogue: Slice


class Absorb(Wire):
    """Another case proved to be the same person's, and has ended for that: this one goes on with what it had."""

    type: Literal["absorb"] = "absorb"
    other: Code
    flags: tuple[Flag, ...] = ()
    items: tuple[Item, ...] = ()


class Part(Wire):
    """It was not the same person after all: the other case goes on by itself again."""

    type: Literal["part"] = "part"
    other: Code


class Migrate(Wire):
    """Go on by another version of the catalogue."""

    type: Literal["migrate"] = "migrate"
    catalogue: Slice


class ChangeVariants(Wire):
    """Say that it is another kind of case. It goes on by the slice for that.

    `instead_of`: the version that the case went by when the slice was made; `reason`: a code of the catalogue.
    """

    type: Literal["change_variants"] = "change_variants"
    variants: tuple[Variant, ...]
    reason: Code
    catalogue: Slice
    instead_of: Code


class AddStep(Wire):
    """An ad hoc step; its title stays in SQL."""

    type: Literal["add_step"] = "add_step"
    role: Role
    mandatory: bool = False
    due_at: Instant | None = None
    assignee: Code | None = None


class Acknowledge(Wire):
    """Say that a notice was seen and is seen to."""

    type: Literal["acknowledge"] = "acknowledge"
    key: Key


class Tell(Wire):
    """Have people told of something that concerns more than this case: once under its key. Only the system says so."""

    type: Literal["tell"] = "tell"
    key: Key
    occasion: Code
    role: Role
    user: Code | None = None
    urgent: bool = False


class ReplaceCalendar(Wire):
    """Go on by a newer calendar of the same name: clocks are recomputed by it."""

    type: Literal["replace_calendar"] = "replace_calendar"
    calendar: Calendar


class Claim(Wire):
    """Take the step."""

    type: Literal["claim"] = "claim"
    step_id: Code


class Release(Wire):
    """Give the step back; `held_by`: only while this one still has it."""

    type: Literal["release"] = "release"
    step_id: Code
    reason: Code | None = None
    held_by: Code | None = None


class Assign(Wire):
    """Give the step to a person; `held_by`: only while this one still has it."""

    type: Literal["assign"] = "assign"
    step_id: Code
    assignee: Code
    reason: Code | None = None
    held_by: Code | None = None


class Complete(Wire):
    """Say that the step is done and with what outcome."""

    type: Literal["complete"] = "complete"
    step_id: Code
    outcome: OutcomeCodes


class AddBlock(Wire):
    """Say why the step cannot proceed and who has to move."""

    type: Literal["block"] = "block"
    step_id: Code
    reason: Code
    responsible: Code
    since: Instant | None = None
    until: Instant | None = None


class Unblock(Wire):
    """Say that a reason (or, without one, every reason) ended."""

    type: Literal["unblock"] = "unblock"
    step_id: Code
    block_id: Code | None = None
    reason: Code | None = None


class Extend(Wire):
    """Move the due time: to `due_at`, or `by` so much, in the days and hours of whoever the clock is for.

    `ordinary`: only while the clock runs and is no emergency's.

    Raises:
        ValueError: neither is said, or both.
    """

    type: Literal["extend"] = "extend"
    step_id: Code
    due_at: Instant | None = None
    by: Term | None = None
    reason: Code
    ordinary: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.due_at is None) is (self.by is None):
            raise ValueError("either until when, or by how much")
        return self


class Remind(Wire):
    """Tell whoever has the step, or may take it, that it waits for them; not within this time after the last one."""

    type: Literal["remind"] = "remind"
    step_id: Code
    again_after_s: int = Field(ge=0)


class Escalate(Wire):
    """Have the next above told now."""

    type: Literal["escalate"] = "escalate"
    step_id: Code
    reason: Code


class Cancel(Wire):
    """Cancel the step, or ask that a mandatory one be cancelled."""

    type: Literal["cancel"] = "cancel"
    step_id: Code
    reason: Code


class Approve(Wire):
    """Answer a request to cancel."""

    type: Literal["approve"] = "approve"
    step_id: Code
    approved: bool = True


class Comment(Wire):
    """Say that a comment was written; its text stays in SQL."""

    type: Literal["comment"] = "comment"
    step_id: Code


StepCommand = (
    Claim | Release | Assign | Complete | AddBlock | Unblock | Extend | Remind | Escalate | Cancel | Approve | Comment
)
AboutCase = (
    ReportFact
    | ChangeFlags
    | SetOwner
    | RecordScore
    | AddItem
    | MoveItem
    | Refer
    | AddStep
    | Acknowledge
    | Tell
    | ReplaceCalendar
    | BelongsTo
    | Transfer
    | Absorb
    | Part
    | Migrate
    | ChangeVariants
    | StepCommand
)
CommandBody = Annotated[Admit | AboutCase, Field(discriminator="type")]


class Command(Wire):
    """One intent, on its way to a journey.

    `known_seq` is the highest sequence number that SQL holds for the case without a gap: the journey answers every
    later event and may forget the earlier ones. After `not_after` the command must not happen any more.
    `expects`: it is meant for a thing that still is as one of these versions of it (versions.py); none: however it is.
    """

    id: Code
    actor: Actor
    occurred_at: Instant | None = None
    not_after: Instant | None = None
    known_seq: int = 0
    expects: tuple[Code, ...] = ()
    body: CommandBody


class Answer(Wire):
    """What a journey answers: every event that SQL does not hold yet."""

    events: tuple[Event, ...]


class Limits(Wire):
    """When a run hands over to the next one. Tests force it after every command."""

    commands: int = Field(default=400, ge=1)
    quiet_s: float = Field(default=1.0, ge=0)


class Carried(Wire):
    """What one run of a journey hands to the next: all that it is."""

    state: CaseState
    fresh: tuple[Event, ...] = ()
    answered: int = 0
    processed: tuple[Code, ...] = ()


class JourneyStart(Wire):
    """The one argument of a journey."""

    case_id: Code
    catalogue: Travelling
    limits: Limits = Limits()
    carried: Carried | None = None


# The names under which Temporal knows the journey.
JOURNEY = "PatientJourney"
COMMAND = "command"
STATE = "state"
EVENTS = "events"
WATCHDOG = "Watchdog"
TASK_QUEUE = "marshrut"

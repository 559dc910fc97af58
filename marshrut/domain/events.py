"""What happened to a case. The journal is a sequence of these, and nothing else changes a case.

An event says both times: `occurred_at`, when it was so, and `recorded_at`, when the journey learnt of it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marshrut.domain.base import Code, Instant, Key, Wire
from marshrut.domain.calendar import Calendar
from marshrut.domain.clock import Clock, Times
from marshrut.domain.words import Ending, Flag, ItemKind, Mark, Report, Role, Stage, Topic, Variant, Via

OutcomeValue = bool | int | Code | tuple[Code, ...] | None
OutcomeCodes = dict[Code, OutcomeValue]


class CaseOpened(Wire):
    """A case was opened for a visit; `inpatient`: of somebody who had been an outpatient before."""

    kind: Literal["case_opened"] = "case_opened"
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
    procedure: int
    catalogue: Code
    owner: Code | None = None
    earlier: Code | None = None
    inquiry: Code | None = None
    inpatient: bool = False


class CameIn(Wire):
    """The patient of a planned stay is in the hospital: what was said of the admission before is over."""

    kind: Literal["came_in"] = "came_in"
    admitted_at: Instant
    emergency: bool
    ward: Code | None = None
    bed: Code | None = None
    flags: tuple[Flag, ...] = ()


class AdmissionRepeated(Wire):
    """The same visit was announced again; the message attaches to the case that is there. `at`: when that was so.

    `inpatient`: the patient, an outpatient until then, lies in a ward from then on.
    """

    kind: Literal["admission_repeated"] = "admission_repeated"
    at: Instant | None = None
    ward: Code | None = None
    bed: Code | None = None
    inpatient: bool = False


class Reported(Wire):
    """The hospital or a person reported something about the patient; `other`: the case that it leads to.

    `planned`: of a stay that lies ahead. `late`: something later was heard before, so this changes nothing.
    """

    kind: Literal["reported"] = "reported"
    report: Report
    ward: Code | None = None
    bed: Code | None = None
    expected_at: Instant | None = None
    other: Code | None = None
    planned: bool = False
    late: bool = False


class TakenBack(Wire):
    """What the journey did since the mark is taken back: it goes on from where it stood then."""

    kind: Literal["taken_back"] = "taken_back"
    mark: Mark


class PersonChanged(Wire):
    """The patient is known by another record; `earlier`: the case that they come back from, as that shows."""

    kind: Literal["person_changed"] = "person_changed"
    person: Code
    earlier: Code | None = None


class CaseTransferred(Wire):
    """Another hospital goes on with the case; nobody there has any of its steps yet."""

    kind: Literal["case_transferred"] = "case_transferred"
    hospital: Code
    ward: Code | None = None


class CaseAbsorbed(Wire):
    """Another case was the same person's: what it had goes on in this one, and its trail stays its own."""

    kind: Literal["case_absorbed"] = "case_absorbed"
    other: Code


class CaseParted(Wire):
    """That other case was not the same person's after all."""

    kind: Literal["case_parted"] = "case_parted"
    other: Code


class FlagsChanged(Wire):
    """More, or other things became known about the patient's circumstances."""

    kind: Literal["flags_changed"] = "flags_changed"
    added: tuple[Flag, ...] = ()
    removed: tuple[Flag, ...] = ()


class OwnerChanged(Wire):
    """Somebody else answers for the case; without an owner the hospital's senior coordinator does."""

    kind: Literal["owner_changed"] = "owner_changed"
    owner: Code | None
    reason: Code


class InstrumentScored(Wire):
    """An assessment instrument was filled in; the answers are kept beside the command."""

    kind: Literal["instrument_scored"] = "instrument_scored"
    instrument: Code
    version: Code
    score: int | None
    band: Code | None
    findings: tuple[Code, ...] = ()


class ItemAdded(Wire):
    """There is one thing more with a status of its own.

    `from_case`: the case of the same person that had it before; `refs`: the commands that told of it there.
    """

    kind: Literal["item_added"] = "item_added"
    item_id: Code
    item: ItemKind
    name: Code
    status: Code
    facts: OutcomeCodes = Field(default_factory=dict)
    of: Code | None = None
    expires_at: Instant | None = None
    refs: tuple[Code, ...] = ()
    from_case: Code | None = None


class ItemMoved(Wire):
    """An item has another status. `facts` are those that are new; `key`: the track's own name for this move."""

    kind: Literal["item_moved"] = "item_moved"
    item_id: Code
    status: Code
    facts: OutcomeCodes = Field(default_factory=dict)
    expires_at: Instant | None = None
    key: Key | None = None


class CatalogueMigrated(Wire):
    """The case goes on by another version of the catalogue; `clocks`: of the steps that are due otherwise by it."""

    kind: Literal["catalogue_migrated"] = "catalogue_migrated"
    catalogue: Code
    clocks: dict[Code, Clock | None] = Field(default_factory=dict)


class VariantsChanged(Wire):
    """It is another kind of case, as a person says: it goes on by the slice for that, as when it is migrated.

    `variants`: all that it is now, each with why; `clocks`: of the steps that are due otherwise. `moved`: it moved to a
    hospital whose rules say so.
    """

    kind: Literal["variants_changed"] = "variants_changed"
    variants: dict[Variant, tuple[Code, ...]]
    reason: Code
    catalogue: Code
    clocks: dict[Code, Clock | None] = Field(default_factory=dict)
    moved: bool = False


class TrackStarted(Wire):
    """A track of the journey began."""

    kind: Literal["track_started"] = "track_started"
    track: Code
    stage: Stage


class TrackFinished(Wire):
    """A track ended; it never opens a step again."""

    kind: Literal["track_finished"] = "track_finished"
    track: Code
    result: Code


class StepOpened(Wire):
    """Somebody now has something to do; by when, its clock says (None: no deadline)."""

    kind: Literal["step_opened"] = "step_opened"
    step_id: Code
    track: Code
    name: Code
    scope: str = Field(default="", pattern=r"^[\w.:/@+\-]*$")
    role: Role
    mandatory: bool
    clock: Clock | None
    assignee: Code | None = None


class StepClaimed(Wire):
    """A person took the step."""

    kind: Literal["step_claimed"] = "step_claimed"
    step_id: Code
    assignee: Code


class StepReleased(Wire):
    """The step was given back and has no owner."""

    kind: Literal["step_released"] = "step_released"
    step_id: Code
    reason: Code | None = None


class StepAssigned(Wire):
    """A senior gave the step to a person, or the system to the deputy of somebody who is away."""

    kind: Literal["step_assigned"] = "step_assigned"
    step_id: Code
    assignee: Code
    reason: Code | None = None


class StepCompleted(Wire):
    """The step was done, with this outcome (codes only)."""

    kind: Literal["step_completed"] = "step_completed"
    step_id: Code
    outcome: OutcomeCodes


class StepBlocked(Wire):
    """A reason why the step cannot proceed was added; several may stand at once. One that pauses stops the clock."""

    kind: Literal["step_blocked"] = "step_blocked"
    step_id: Code
    block_id: Code
    reason: Code
    responsible: Code
    since: Instant
    until: Instant | None = None
    pauses: bool = False


class StepUnblocked(Wire):
    """One reason ended."""

    kind: Literal["step_unblocked"] = "step_unblocked"
    step_id: Code
    block_id: Code


class StepExtended(Wire):
    """A senior moved the due time; of the ladder `climbed` rungs lie behind the clock as it now is."""

    kind: Literal["step_extended"] = "step_extended"
    step_id: Code
    times: Times
    reason: Code
    climbed: int = 0


class CancelRequested(Wire):
    """Somebody asked that a mandatory step be cancelled; another person has to approve."""

    kind: Literal["cancel_requested"] = "cancel_requested"
    step_id: Code
    reason: Code


class CancelDenied(Wire):
    """The request to cancel was turned down; the step stands."""

    kind: Literal["cancel_denied"] = "cancel_denied"
    step_id: Code


class StepCancelled(Wire):
    """The step will not be done: on request, because its branch lost a race, or because the case ended."""

    kind: Literal["step_cancelled"] = "step_cancelled"
    step_id: Code
    reason: Code


class StepCommented(Wire):
    """Somebody wrote a comment; its text is kept beside the command, never here."""

    kind: Literal["step_commented"] = "step_commented"
    step_id: Code


class StepEscalated(Wire):
    """The step's clock reached a rung of its ladder; the rungs below it, if any were missed, are passed with it.

    `reason`: a person had it climbed before its time.
    """

    kind: Literal["step_escalated"] = "step_escalated"
    step_id: Code
    rung: Code
    climbed: int = Field(ge=1)
    reason: Code | None = None


class ClocksRecomputed(Wire):
    """A pause ended, a start event was told otherwise or a calendar was replaced: these clocks show other times."""

    kind: Literal["clocks_recomputed"] = "clocks_recomputed"
    times: dict[Code, Times]


class CalendarReplaced(Wire):
    """A calendar of the case was replaced by a newer one of the same name."""

    kind: Literal["calendar_replaced"] = "calendar_replaced"
    calendar: Calendar


class PeopleTold(Wire):
    """People are to know something: a role in the case's hospital, or one user. `tell_at`: not before then.

    `key` makes it happen once; `occasion` says what for, `about` which step.
    """

    kind: Literal["people_told"] = "people_told"
    key: Key
    occasion: Code
    role: Role
    user: Code | None = None
    about: Code | None = None
    tell_at: Instant
    urgent: bool = False


class NoticeAcknowledged(Wire):
    """Somebody said that they have seen a notice and see to it."""

    kind: Literal["notice_acknowledged"] = "notice_acknowledged"
    key: Key


class Decided(Wire):
    """A track asked a question of the case and keeps the answer for good."""

    kind: Literal["decided"] = "decided"
    key: Key
    value: Code


class RaceWon(Wire):
    """Of several branches this one came first; the others were withdrawn."""

    kind: Literal["race_won"] = "race_won"
    key: Key
    winner: Code


class InstantSet(Wire):
    """A track waits until this instant, which follows from the catalogue's `wait`."""

    kind: Literal["instant_set"] = "instant_set"
    key: Key
    wait: Code
    at: Instant


class InstantReached(Wire):
    """The instant came."""

    kind: Literal["instant_reached"] = "instant_reached"
    key: Key


class InstantWithdrawn(Wire):
    """Nobody waits for the instant any more: its branch lost a race."""

    kind: Literal["instant_withdrawn"] = "instant_withdrawn"
    key: Key


class CaseClosed(Wire):
    """The case ended."""

    kind: Literal["case_closed"] = "case_closed"
    ending: Ending


Body = Annotated[
    CaseOpened
    | AdmissionRepeated
    | CameIn
    | Reported
    | TakenBack
    | PersonChanged
    | CaseTransferred
    | CaseAbsorbed
    | CaseParted
    | FlagsChanged
    | OwnerChanged
    | InstrumentScored
    | ItemAdded
    | ItemMoved
    | CatalogueMigrated
    | VariantsChanged
    | TrackStarted
    | TrackFinished
    | StepOpened
    | StepClaimed
    | StepReleased
    | StepAssigned
    | StepCompleted
    | StepBlocked
    | StepUnblocked
    | StepExtended
    | CancelRequested
    | CancelDenied
    | StepCancelled
    | StepCommented
    | StepEscalated
    | ClocksRecomputed
    | CalendarReplaced
    | PeopleTold
    | NoticeAcknowledged
    | Decided
    | RaceWon
    | InstantSet
    | InstantReached
    | InstantWithdrawn
    | CaseClosed,
    Field(discriminator="kind"),
]


class Event(Wire):
    """One line of the journal. `seq` counts from 1 without gaps within a case."""

    seq: int = Field(ge=1)
    recorded_at: Instant
    occurred_at: Instant
    actor: Code
    role: Role
    command_id: Code | None = None
    body: Body

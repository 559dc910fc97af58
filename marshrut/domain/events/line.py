"""A line of the journal: what happened, when that was so, and when the journey learnt of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from marshrut.domain.base import Code, Instant, Wire
from marshrut.domain.events.case import (
    AdmissionRepeated,
    CalendarReplaced,
    CameIn,
    CaseAbsorbed,
    CaseClosed,
    CaseOpened,
    CaseParted,
    CaseTransferred,
    CatalogueMigrated,
    FlagsChanged,
    OwnerChanged,
    PersonChanged,
    Reported,
    TakenBack,
    VariantsChanged,
)
from marshrut.domain.events.procedure import (
    Decided,
    InstantReached,
    InstantSet,
    InstantWithdrawn,
    RaceWon,
    TrackFinished,
    TrackStarted,
)
from marshrut.domain.events.steps import (
    CancelDenied,
    CancelRequested,
    ClocksRecomputed,
    StepAssigned,
    StepBlocked,
    StepCancelled,
    StepClaimed,
    StepCommented,
    StepCompleted,
    StepEscalated,
    StepExtended,
    StepOpened,
    StepReleased,
    StepUnblocked,
)
from marshrut.domain.events.things import (
    InstrumentScored,
    ItemAdded,
    ItemMoved,
    NoticeAcknowledged,
    PeopleTold,
)
from marshrut.domain.words import Role

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

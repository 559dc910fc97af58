"""A Protocol for each outside thing, and the few values that cross it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from marshrut.domain.admission import Admission
from marshrut.domain.commands import Answer, Command, CommandBody, JourneyStart
from marshrut.domain.events import Event
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Effect, Step
from marshrut.domain.words import Role

Row = TypeVar("Row")
Clock = Callable[[], datetime]
# Tells two bodies apart and, being keyed, nothing else about them.
Fingerprint = Callable[[bytes], str]

# ---- faults ---------------------------------------------------------------------------------------------------------
#
# Fault
# ├── Unavailable          an outside part does not answer; nothing was stored or nothing is known yet
# ├── Uncertain            a commit was sent and its fate is unknown
# └── KeyReused            an idempotency key came back with another body


class Fault(Exception):  # noqa: N818 - the base of this tree, drawn above
    """Something outside the case went wrong."""


class Unavailable(Fault):
    """An outside part (`sql`, `temporal`) does not answer."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class Uncertain(Fault):
    """A commit was sent and its fate is unknown: the command may be stored."""


class KeyReused(Fault):
    """An idempotency key came back with another body."""


class JournalBehind(Fault):
    """SQL lacks events that the journey has already forgotten; only a repair can help."""


# ---- commands: the intent -------------------------------------------------------------------------------------------


class CommandKind(StrEnum):
    """Whose command it is: a person's expires, a hospital message never does."""

    PERSON = "person"
    MESSAGE = "message"


class CommandState(StrEnum):
    """Where a command stands. `parked`: a message that cannot be taken as it is; it is kept and can be replayed."""

    PENDING = "pending"
    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Intent:
    """A command as it is about to be stored, before anything else happens.

    `source` and `key` together make it idempotent: a second intent with the same pair is the first one. `fingerprint`
    tells an honest repetition from a key used twice. `body` is None for a message that could not be understood.
    `private` and `raw` are sealed already.
    """

    id: str
    kind: CommandKind
    source: str
    key: str | None
    fingerprint: str
    actor: Actor
    hospital: str
    case_id: str | None
    body: CommandBody | None
    private: bytes | None = None
    raw: bytes | None = None
    occurred_at: datetime | None = None
    not_after: datetime | None = None
    state: CommandState = CommandState.PENDING
    code: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredCommand:
    """A command as SQL holds it. `number` orders the commands of an installation as they were stored."""

    id: str
    number: int
    kind: CommandKind
    source: str
    actor: Actor
    hospital: str
    case_id: str | None
    body: CommandBody | None
    private: bytes | None
    occurred_at: datetime | None
    not_after: datetime | None
    received_at: datetime
    state: CommandState
    code: str | None
    details: Mapping[str, str]

    def for_journey(self, known_seq: int) -> Command:
        """The command as it travels to the journey."""
        if self.body is None:
            raise ValueError("a message that was not understood cannot travel")
        return Command(
            id=self.id,
            actor=self.actor,
            occurred_at=self.occurred_at,
            not_after=self.not_after,
            known_seq=known_seq,
            body=self.body,
        )


@dataclass(frozen=True, slots=True)
class Leased:
    """A command that the caller alone may carry on with until its lease ends, and what SQL holds of its case."""

    command: StoredCommand
    known_seq: int


@dataclass(frozen=True, slots=True)
class Intended:
    """The stored command. `created` is False when an earlier intent with the same key is answered instead.

    A created command is leased to its caller; one that was there is not.
    """

    command: StoredCommand
    known_seq: int
    created: bool


class Commands(Protocol):
    """The store of intents, and the only way in which their effects reach SQL."""

    async def intend(self, intent: Intent, *, owner: str, lease_s: float) -> Intended:
        """Store an intent durably.

        Raises:
            Unavailable: nothing was stored and nothing will happen.
            Uncertain: the commit was sent and cannot be asked about.
            KeyReused: the key stands for another body.
        """
        ...

    async def lease_due(self, *, owner: str, lease_s: float, limit: int) -> Sequence[Leased]:
        """Take over pending commands that nobody holds: of hospital messages the oldest of each case only."""
        ...

    async def commit(self, command_id: str, events: Sequence[Event]) -> CommandState:
        """In one transaction: the events not yet held to journal and read model, and the command done."""
        ...

    async def reject(self, command_id: str, refused: Refused, *, owner: str) -> CommandState:
        """Close the command as rejected (or expired), if the caller still holds its lease; the state it has now."""
        ...

    async def put_back(self, command_id: str, *, owner: str, delay_s: float) -> None:
        """Give up the lease; the command is due again after the delay."""
        ...

    async def get(self, command_id: str) -> StoredCommand | None:
        """The command as it stands."""
        ...


class JournalWriter(Protocol):
    """What a journey does by itself is written through this."""

    async def write(self, case_id: str, events: Sequence[Event]) -> int:
        """Write the events that SQL does not hold; the highest sequence number held without a gap."""
        ...


# ---- the engine -----------------------------------------------------------------------------------------------------


class JourneyGone(Fault):
    """The journey has left the engine: its case was closed long ago, or the engine lost it."""


class Journeys(Protocol):
    """The engine's journeys."""

    async def open(self, start: JourneyStart, command: Command) -> Answer:
        """Start the journey or attach to the one that runs, and give it the command.

        Raises:
            Refused: the journey does not allow it.
            JourneyGone: it ran and is over.
            Unavailable: the engine or its workers do not answer; what became of the command is unknown.
        """
        ...

    async def send(self, case_id: str, command: Command) -> Answer:
        """Give the journey a command.

        Raises:
            Refused, JourneyGone, Unavailable: as for `open`.
        """
        ...

    async def state(self, case_id: str) -> CaseState:
        """The journey's own state.

        Raises:
            JourneyGone, Unavailable: as for `open`.
        """
        ...

    async def ready(self) -> bool:
        """Whether the engine answers and a worker polls."""
        ...


class Effects(Protocol):
    """The outside world, as far as a journey may change it. The key makes each effect happen once."""

    async def perform(self, case_id: str, hospital: str, effect: Effect) -> str:
        """Do it, or find it done; the result code."""
        ...


# ---- secrets --------------------------------------------------------------------------------------------------------


class Vault(Protocol):
    """Seals what is personal. `about` binds the sealed bytes to their place, so that they cannot be moved."""

    def seal(self, content: Mapping[str, Any], *, about: str) -> bytes:
        """The content, sealed."""
        ...

    def open(self, sealed: bytes, *, about: str) -> dict[str, Any]:
        """The content again.

        Raises:
            ValueError: the bytes were altered, moved, or sealed under a key that is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: user, role and the hospitals they may see (None: all)."""

    user: str
    role: Role
    hospitals: frozenset[str] | None

    def sees(self, hospital: str) -> bool:
        """Whether the hospital is in the caller's scope."""
        return self.hospitals is None or hospital in self.hospitals

    @property
    def actor(self) -> Actor:
        """The caller as a journey knows them."""
        return Actor(user=self.user, role=self.role)


# ---- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the read model, and whose hospital it is. `paused`: its case stands still (is paused or closed)."""

    case_id: str
    hospital: str
    step: Step
    paused: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Notification:
    """A notice that a journey left for a role; `step_id` says what it is about."""

    id: str
    case_id: str
    step_id: str | None
    hospital: str
    role: str | None
    effect: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; None means any. `hospitals` is the caller's scope."""

    hospitals: frozenset[str] | None
    hospital: str | None = None
    stage: str | None = None
    state: str | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class StepFilter:
    """Which steps; None means any. `assignee` is a user, or "none" for steps without an owner."""

    hospitals: frozenset[str] | None
    case_id: str | None = None
    hospital: str | None = None
    state: str | None = None
    assignee: str | None = None
    role: str | None = None
    track: str | None = None
    overdue_at: datetime | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next ones begin (None: there are none)."""

    items: Sequence[Row]
    next: str | None


class Queries(Protocol):
    """The read model: one query a screen."""

    async def case(self, case_id: str) -> CaseState | None:
        """The case as SQL holds it."""
        ...

    async def cases(self, which: CaseFilter, *, limit: int, cursor: str | None) -> Page[CaseState]:
        """Cases, newest first. Raises ValueError for a cursor that is none."""
        ...

    async def events(self, case_id: str, *, limit: int, cursor: str | None) -> Page[Event]:
        """The journal of a case, from its start."""
        ...

    async def step(self, step_id: str) -> StepRow | None:
        """One step."""
        ...

    async def steps(self, which: StepFilter, *, limit: int, cursor: str | None) -> Page[StepRow]:
        """Steps by due time, those without one last."""
        ...

    async def notifications(
        self, hospitals: frozenset[str] | None, role: str, *, limit: int, cursor: str | None
    ) -> Page[Notification]:
        """Notices for a role, newest first. Raises ValueError for a cursor that is none."""
        ...

    async def private(self, command_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The sealed private parts of commands, by command id."""
        ...

    async def person_record(self, person_id: str) -> tuple[str, bytes] | None:
        """The id of the command that last told about a person, and its sealed private part."""
        ...

    async def ready(self) -> bool:
        """Whether SQL answers and its schema is the one this code needs."""
        ...


# ---- intake ---------------------------------------------------------------------------------------------------------


def new_id() -> str:
    """An id that sorts by time of making, as indexes like it, and tells nothing else."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an admission. Screened out: no case, and `reason` says why."""

    command_id: str
    case_id: str | None
    state: CommandState
    created: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that cannot be taken as it is, and why; `details` name segment and field, never their content."""

    raw: bytes
    source: str
    hospital: str
    code: str
    details: Mapping[str, str] = field(default_factory=dict)


class Intake(Protocol):
    """Where admissions go."""

    async def admit(self, admission: Admission, *, caller: Caller, key: str | None) -> Taken:
        """Take an admission and wait for its case."""
        ...

    async def post(self, admission: Admission, *, caller: Caller, source: str, key: str, raw: bytes) -> Taken:
        """Take a hospital message: durable when this returns, applied soon after."""
        ...

    async def park(self, parked: Parked, *, caller: Caller) -> None:
        """Keep a message that cannot be taken as it is."""
        ...


class MessageReceiver(Protocol):
    """Understands a hospital message and acknowledges it."""

    async def receive(self, raw: bytes, caller: Caller) -> bytes:
        """The acknowledgement. Raises Unavailable or Uncertain when nothing may be acknowledged."""
        ...

"""The intent: a command as SQL keeps it, from the moment when somebody wants something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from marshrut.domain.commands import Command, CommandBody
from marshrut.domain.events import Event
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused


class CommandKind(StrEnum):
    """Whose command it is: a person's expires, a hospital message never does."""

    PERSON = "person"
    MESSAGE = "message"


class CommandState(StrEnum):
    """Where a command stands. `parked`: a message that cannot be taken as it is; it is kept and can be replayed.

    `held`: a message about a visit that has no case; it waits for the admission, and nothing waits for it.
    `discarded`: a parked message that somebody put aside; it is kept, and can be taken back or replayed.
    """

    PENDING = "pending"
    HELD = "held"
    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"
    PARKED = "parked"
    DISCARDED = "discarded"


# Commands that changed nothing and never will.
NEVER_HAPPENED = frozenset({CommandState.REJECTED, CommandState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Intent:
    """A command as it is about to be stored, before anything else happens.

    `source` and `key` together make it idempotent: a second intent with the same pair is the first one. `fingerprint`
    tells an honest repetition from a key used twice. `body` is None for a message that could not be understood.
    `private` and `raw` are sealed already. `format`: what a message is written in; None for what is no message.
    `person`: of whom a message brings news that is no admission. One that is to be held is stored as pending if its
    case is there: that of `case_id`, or without it each open one of the person; it is held no longer than `held_until`.
    `expects`: the versions that its author has seen of what it is about. `again`: nobody sent it now, a message that is
    kept is tried again.
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
    format: str | None = None
    person: str | None = None
    held_until: datetime | None = None
    expects: tuple[str, ...] = ()
    again: bool = False


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
    format: str | None = None
    expects: tuple[str, ...] = ()

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
            expects=self.expects,
            body=self.body,
        )


@dataclass(frozen=True, slots=True)
class Leased:
    """A command that the owner alone may carry on with until its lease ends, and what SQL holds of its case."""

    command: StoredCommand
    known_seq: int
    owner: str


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

    async def known(self, intent: Intent) -> StoredCommand | None:
        """What an intent would be answered by, if it were stored now; nothing is.

        Raises:
            Unavailable: nobody knows.
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

    async def pass_over(self, command_id: str, code: str, *, owner: str) -> CommandState:
        """Close the command as done, though it changed nothing, if the caller still holds its lease."""
        ...

    async def put_back(self, command_id: str, *, owner: str, delay_s: float) -> None:
        """Give up the lease; the command is due again after the delay."""
        ...

    async def give_up_held(self) -> int:
        """Close the messages that have been held too long; how many."""
        ...

    async def get(self, command_id: str) -> StoredCommand | None:
        """The command as it stands."""
        ...

    async def repeated(self, source: str, key: str, fingerprint: str) -> StoredCommand | None:
        """The command that the same source gave before, with the same key and the same words."""
        ...


class JournalWriter(Protocol):
    """What a journey does by itself is written through this."""

    async def write(self, case_id: str, events: Sequence[Event]) -> int:
        """Write the events that SQL does not hold; the highest sequence number held without a gap."""
        ...

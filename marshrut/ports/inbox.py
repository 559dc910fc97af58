"""The inbox: every message that arrived, what became of it, and how it is tried again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from marshrut.domain.moves import Actor
from marshrut.ports.commands import CommandState
from marshrut.ports.identity import Caller
from marshrut.ports.intake import Format, Taken
from marshrut.ports.reading import Page


class Doing(StrEnum):
    """What people do with a message."""

    DISCARDED = "discarded"
    RESTORED = "restored"
    REPLAYED = "replayed"
    OPENED = "opened"


class WhyDiscarded(StrEnum):
    """Why a message is put aside."""

    TEST = "test"
    SENT_AGAIN = "sent_again"
    BY_HAND = "by_hand"
    NOT_OURS = "not_ours"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sight:
    """Which messages somebody may see: those of their hospitals (None: every one) and those that they sent."""

    hospitals: frozenset[str] | None
    sender: Actor


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages; None means any, and so does no state. `since` is of the period, `until` is after it."""

    sight: Sight
    states: tuple[CommandState, ...] = ()
    code: str | None = None
    source: str | None = None
    hospital: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message that arrived. `replayed_as`: the command that its replay became.

    `repeats`: how often its sender sent it once more, the last time at `repeated_at`.
    """

    id: str
    received_at: datetime
    source: str
    format: Format
    hospital: str
    sender: Actor
    state: CommandState
    code: str | None
    details: Mapping[str, str]
    case_id: str | None
    attempts: int
    replayed_as: str | None
    finished_at: datetime | None
    repeats: int
    repeated_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageAct:
    """What somebody did with a message. `code`: why it was put aside, or what a replay met; `note` is sealed."""

    act: Doing
    at: datetime
    by: Actor
    code: str | None = None
    note: bytes | None = None


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How many messages are parked with a fault, and when the first and the last of them came."""

    code: str
    count: int
    oldest_at: datetime
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands in the inbox now, whenever it came: how many in each state, since when, and with which faults."""

    counts: Mapping[CommandState, int]
    oldest: Mapping[CommandState, datetime]
    faults: tuple[FaultCount, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """How long messages took from their arrival (or, if held, from their case's opening) until they were applied."""

    count: int
    p50_s: float
    p95_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Messages that arrived from `since` on, by what became of them; `wait`: of those that were applied."""

    since: datetime
    states: Mapping[CommandState, int]
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What a source sent for a hospital, by what became of it; `repeats`: how often it sent something once more."""

    source: str
    hospital: str
    states: Mapping[CommandState, int]
    repeats: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Flow:
    """What arrived in a period. Stretches in which nothing did are left out; sources: those with the most first."""

    states: Mapping[CommandState, int]
    repeated: int
    repeats: int
    wait: Wait | None
    stretches: tuple[Arrivals, ...]
    sources: tuple[SourceCount, ...]


class Inbox(Protocol):
    """What arrived."""

    async def messages(
        self, which: MessageFilter, *, limit: int, cursor: str | None, oldest_first: bool = False
    ) -> Page[InboxMessage]:
        """Messages, newest first. Raises ValueError for a cursor that is none."""
        ...

    async def parked(self, sight: Sight) -> int:
        """How many of the messages in sight are parked."""
        ...

    async def waiting(self, which: MessageFilter) -> Waiting:
        """What stands in the inbox now, of these sources and hospitals."""
        ...

    async def flow(self, which: MessageFilter, *, stretch: timedelta, offset: timedelta) -> Flow:
        """What arrived in a period, by stretches of so long that begin at whole ones of that offset from UTC."""
        ...

    async def message(self, message_id: str, sight: Sight) -> InboxMessage | None:
        """One message, if it may be seen."""
        ...

    async def raw(self, message_id: str) -> bytes | None:
        """What was kept of it, sealed."""
        ...

    async def mended(self, message_id: str, taken: Taken, by: Actor) -> None:
        """A parked or discarded message was taken after all."""
        ...

    async def still_parked(self, message_id: str, code: str, details: Mapping[str, str], by: Actor) -> None:
        """A parked or discarded message was tried again; this is what is wrong with it now."""
        ...

    async def discard(self, message_id: str, why: WhyDiscarded, note: bytes | None, by: Actor) -> bool:
        """Put a parked message aside; whether it was parked."""
        ...

    async def restore(self, message_id: str, by: Actor) -> bool:
        """Have one that was put aside parked again; whether it was so."""
        ...

    async def opened(self, message_id: str, by: Actor) -> None:
        """Somebody was given its bytes."""
        ...

    async def acts(self, message_ids: Collection[str]) -> Mapping[str, Sequence[MessageAct]]:
        """What people did with each of them, the first first; those with which nobody did anything are left out."""
        ...


class Replays(Protocol):
    """Tries parked messages again."""

    async def replay(self, message_id: str, sight: Sight, caller: Caller) -> Taken:
        """What became of it.

        Raises:
            LookupError: there is no such message in sight.
            Refused: `message_not_parked`.
            Unfit: it still cannot be taken.
        """
        ...

    async def foresee(self, message_id: str, sight: Sight, caller: Caller) -> None:
        """Nothing happens; it would be taken now, if nothing is raised.

        Raises:
            As `replay`.
        """
        ...

    async def original(self, message_id: str) -> bytes | None:
        """The bytes as they came; None when none were kept."""
        ...

"""The inbox: every message that arrived, what became of it, and how it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.moves import Actor
from marshrut.ports.commands import CommandState
from marshrut.ports.identity import Caller
from marshrut.ports.intake import Format, Taken
from marshrut.ports.reading import Page


@dataclass(frozen=True, slots=True)
class Sight:
    """Which messages somebody may see: those of their hospitals (None: every one) and those that they sent."""

    hospitals: frozenset[str] | None
    sender: Actor


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages; None means any."""

    sight: Sight
    state: CommandState | None = None
    code: str | None = None
    source: str | None = None
    hospital: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message that arrived. `replayed_as`: the command that its replay became."""

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


class Inbox(Protocol):
    """What arrived."""

    async def messages(self, which: MessageFilter, *, limit: int, cursor: str | None) -> Page[InboxMessage]:
        """Messages, newest first. Raises ValueError for a cursor that is none."""
        ...

    async def parked(self, sight: Sight) -> int:
        """How many of the messages in sight are parked."""
        ...

    async def message(self, message_id: str, sight: Sight) -> InboxMessage | None:
        """One message, if it may be seen."""
        ...

    async def raw(self, message_id: str) -> bytes | None:
        """What was kept of it, sealed."""
        ...

    async def mended(self, message_id: str, taken: Taken) -> None:
        """A parked message was taken after all."""
        ...

    async def still_parked(self, message_id: str, code: str, details: Mapping[str, str]) -> None:
        """A parked message was tried again; this is what is wrong with it now."""
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

    async def original(self, message_id: str) -> bytes | None:
        """The bytes as they came; None when none were kept."""
        ...

"""Where admissions and hospital messages go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from marshrut.domain.admission import Admission
from marshrut.ports.commands import CommandState
from marshrut.ports.identity import Caller


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

"""Who calls, how what is personal is sealed, and how things get their ids."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from marshrut.domain.guarding import SENDER, Onlooker, hidden, onlooker
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role

Clock = Callable[[], datetime]
# Tells two bodies apart and, being keyed, nothing else about them.
Fingerprint = Callable[[bytes], str]


def new_id() -> str:
    """An id that sorts by time of making, as indexes like it, and tells nothing else."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


class Vault(Protocol):
    """Seals what is personal. `about` binds the sealed bytes to their place, so that they cannot be moved."""

    def seal(self, content: Mapping[str, Any], *, about: str) -> bytes:
        """The content, sealed."""
        ...

    def open(self, sealed: bytes, *, about: str) -> dict[str, Any]:
        """The content again of what was sealed and is nobody's: an account, a note, a subscriber's address.

        Raises:
            ValueError: the bytes were altered, moved, or sealed under a key that is gone.
        """
        ...

    async def opened(self, sealed: Mapping[str, bytes], *, kind: str = "command") -> dict[str, dict[str, Any]]:
        """By name the contents of what belongs to commands, whoever's key they are under; a destroyed one is empty.

        Raises:
            ValueError: as for `open`.
            Unavailable: the persons' keys cannot be had now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: user, role and the hospitals they may see (None: all).

    A partner organisation (`user` is its code) sees no hospital, only what it was asked for. `scopes`: what a machine
    may ask of the API at all; None: whatever its role may. `opened`: the case that the address
    names, if they look at it in need (break-glass).
    """

    user: str
    role: Role
    hospitals: frozenset[str] | None
    scopes: frozenset[str] | None = None
    opened: frozenset[str] = frozenset()

    def sees(self, hospital: str) -> bool:
        """Whether the hospital is in the caller's scope."""
        if self.role is Role.PARTNER:
            return False
        return self.hospitals is None or hospital in self.hospitals

    def sees_case(self, case: CaseState) -> bool:
        """Whether the case may be looked at: it is theirs to know of, or was opened in need."""
        return case.case_id in self.opened or self.knows(case)

    def knows(self, case: CaseState) -> bool:
        """Whether the case is there for them: its hospital is in scope and, if it is guarded, they need to know.

        Never so for a machine: what it sent SQL alone can tell (`api.needing`).
        """
        return self.sees(case.hospital or "") and not hidden(case, self.onlooker)

    def tells_of(self, case: CaseState) -> bool:
        """Whether they are a machine of its hospital: that may tell of any case there, and sees what it told of."""
        return self.role is SENDER and self.sees(case.hospital or "")

    @property
    def onlooker(self) -> Onlooker | None:
        """The caller as somebody who sees what they need to know, or sent; None: they see all in scope."""
        return onlooker(self.user, self.role)

    @property
    def actor(self) -> Actor:
        """The caller as a journey knows them."""
        return Actor(user=self.user, role=self.role)

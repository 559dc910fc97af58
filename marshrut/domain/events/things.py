"""What happened to what a case has beside its steps: items, instruments, and notices to people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from marshrut.domain.base import Code, Instant, Key, Wire
from marshrut.domain.events.steps import OutcomeCodes
from marshrut.domain.words import ItemKind, Role


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

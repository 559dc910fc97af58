"""What is sent of a handover of a shift. Notes are private text: they are sealed, and stand in SQL only."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marshrut.domain.base import Code, Instant

Note = Annotated[str, Field(min_length=1, max_length=4000)]


class ThingNote(BaseModel):
    """What has to be known of a step or a case (`item`: its id)."""

    model_config = ConfigDict(extra="forbid")

    item: Code
    note: Note


class Offering(BaseModel):
    """To whom (null: the team), with which notes. `giver`: whose shift it is; by default one's own."""

    model_config = ConfigDict(extra="forbid")

    hospital: Code
    to: Code | None = None
    giver: Code | None = None
    note: Note | None = None
    notes: Annotated[tuple[ThingNote, ...], Field(max_length=500)] = ()
    occurred_at: Instant | None = None


class NotTaken(BaseModel):
    """What is not taken, and why."""

    model_config = ConfigDict(extra="forbid")

    item: Code
    reason: Code


class Acknowledging(BaseModel):
    """All is taken but what is named here."""

    model_config = ConfigDict(extra="forbid")

    not_taken: Annotated[tuple[NotTaken, ...], Field(max_length=500)] = ()
    occurred_at: Instant | None = None


class Declining(BaseModel):
    """Why nothing of it is taken."""

    model_config = ConfigDict(extra="forbid")

    reason: Code
    note: Note | None = None
    occurred_at: Instant | None = None


class Withdrawing(BaseModel):
    """When."""

    model_config = ConfigDict(extra="forbid")

    occurred_at: Instant | None = None

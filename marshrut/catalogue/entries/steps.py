"""Steps and tracks: clocks, ladders, waits, and why a step does not move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from marshrut.catalogue.entries.values import Figure, Key, Sourced, Title
from marshrut.domain.base import Code, Model
from marshrut.domain.clock import OPENING
from marshrut.domain.ladder import Rung
from marshrut.domain.slice import TEAM
from marshrut.domain.words import Flag, Role, Stage

DelayCode = Literal["A", "B", "C", "Di", "Dii", "E", "F", "G", "H", "I"]  # England's list for delayed transfers


class WaitEntry(Figure):
    """How long a track waits for something; working hours and days are the team's."""

    title: Title


class PaceEntry(Figure):
    """How fast a step has to be; of an emergency people are told at any hour."""

    emergency: bool = False


class FlaggedPace(PaceEntry):
    """How fast a step has to be under a flag, where that differs: from another start event, by another ladder."""

    counts_from: Code | None = None
    ladder: Key | None = None


class ClockEntry(PaceEntry):
    """A step's clock. Of its own term and those of the case's flags (`if`), the one that is due first counts.

    `counts_from`: `opening`, `admission`, a report, or a step (`track.step`) whose outcome starts it.
    `timetable`: whose hours count for working hours and days, the team's or those of a party.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    pace_if: Mapping[Flag, FlaggedPace] = Field(default_factory=dict, alias="if")
    counts_from: Code = OPENING
    timetable: Key = TEAM
    ladder: Key = "standard"


class StepEntry(Model):
    """A step of a track. `other_than`: steps (`track.step`) whose last doer may not do this one.

    `figures` are terms of its procedure that no clock counts, such as the paper after a call.
    """

    title: Title
    role: Role
    mandatory: bool
    other_than: tuple[Code, ...] = ()
    clock: ClockEntry | None = None
    figures: Mapping[Key, Figure] = Field(default_factory=dict)
    outcomes: Annotated[Mapping[Key, Title], Field(min_length=1)]
    note: Title | None = None


class TrackEntry(Model):
    """A part of the journey, and the stage it belongs to."""

    title: Title
    stage: Stage


class LadderEntry(Sourced):
    """Who is told when a clock has used so many percent of its time, lowest first."""

    title: Title
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]


class Reason(Sourced):
    """Why a step is blocked, what England's list would call it, who as a rule has to move, whether clocks pause.

    Mark and source are those of the mapping to England's list.
    """

    title: Title
    delay: tuple[DelayCode, ...]
    responsible: Key
    pauses: bool = False

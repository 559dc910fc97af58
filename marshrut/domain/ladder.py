"""The ladder of a clock: who is told when, so that nothing stays late in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zlib import crc32

from pydantic import Field

from marshrut.domain.base import Code, Wire
from marshrut.domain.calendar import Schedule
from marshrut.domain.clock import Basis, Clock, at_percent
from marshrut.domain.words import Role

OWNER: Literal["owner"] = "owner"
# What was put off until a team opens is spread over this many seconds, by case (design, section 5).
SPREAD_S = 60


class Rung(Wire):
    """At so many percent of a clock's time these are told: the step's owner, or the people of a role."""

    name: Code
    percent: Annotated[int, Field(gt=0, le=1000)]
    to: Annotated[tuple[Literal["owner"] | Role, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Climb:
    """A rung of one clock: when it is reached, and when people are told."""

    rung: Rung
    number: int
    reached_at: datetime
    tell_at: datetime


def climbs(case_id: str, clock: Clock, ladder: tuple[Rung, ...], basis: Basis, team: Schedule) -> tuple[Climb, ...]:
    """The rungs of a clock, lowest first. People are told in the team's hours, in an emergency at once."""
    found = []
    for number, rung in enumerate(ladder, start=1):
        reached = at_percent(clock, rung.percent, basis)
        told = reached if clock.emergency else in_hours(case_id, reached, team)
        found.append(Climb(rung, number, reached, told))
    return tuple(found)


def in_hours(case_id: str, at: datetime, team: Schedule) -> datetime:
    """The instant itself when the team is there, else soon after its next opening."""
    opens = team.next_open(at)
    return at if opens == at else opens + timedelta(seconds=crc32(case_id.encode()) % SPREAD_S)

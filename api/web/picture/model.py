"""What a picture shows, in time and not yet in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Stretch = tuple[datetime, datetime]


class Look(StrEnum):
    """How a bar looks, which is what it means."""

    DONE = "done"
    OPEN = "open"
    AMBER = "amber"
    BLOCKED = "blocked"
    AHEAD = "ahead"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Bar:
    """Something of a lane from then until then; `key`: the step's or the item's id.

    `due`: where a thick tick stands. `used`: the time that counted, `gaps`: where it stood still. `late`, `blocked`:
    the part that is. `goes_on`: nobody knows until when. Bars with the same `row` follow one another in one row.
    `says`: how it stands, in words; `brief`: what it is called where there is little room.
    """

    key: str
    label: str
    look: Look
    begins: datetime
    ends: datetime
    says: str
    due: datetime | None = None
    used: tuple[Stretch, ...] = ()
    gaps: tuple[Stretch, ...] = ()
    late: Stretch | None = None
    blocked: Stretch | None = None
    goes_on: bool = False
    row: str | None = None
    brief: str = ""

    @property
    def open(self) -> bool:
        """Whether it is something to do now."""
        return self.look in {Look.OPEN, Look.AMBER, Look.BLOCKED}


@dataclass(frozen=True, slots=True)
class Lane:
    """A direction of work. `closed`: why nothing is done here, in words; then the caption says only that."""

    key: str
    title: str
    caption: str
    bars: tuple[Bar, ...] = ()
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """What the second cannot begin without: keys of bars."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line with words."""

    at: datetime
    text: str
    short: str


@dataclass(frozen=True, slots=True)
class Delay:
    """Days that somebody who was ready lay in the ward."""

    begins: datetime
    ends: datetime
    text: str
    short: str


@dataclass(frozen=True, slots=True)
class Route:
    """A journey from its first day on, with everything that is known to lie ahead.

    `first`, `last`: days on which something happens. `now` is None once nothing happens any more.
    """

    lanes: tuple[Lane, ...]
    first: date
    last: date
    now: datetime
    running: bool
    arrows: tuple[Arrow, ...] = ()
    ready: Mark | None = None
    delay: Delay | None = None
    plan: Mark | None = None
    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

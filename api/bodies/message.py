"""What is told and sent of messages that arrived: codes and places, counts, what people did, and the message masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies.step import Note
from api.routes.admissions import Admitted
from api.views.case import Listing
from marshrut.domain.base import Code
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Doing, Format, PartKind, WhyDiscarded

# So many messages are tried again at once; whoever has more goes on with the next ones.
MOST = 200


class ActView(BaseModel):
    """What somebody did with a message. `code`: why it was put aside, or the fault that a replay met; in words `title`.

    `note` is told to those who may open the bytes.
    """

    act: Doing
    at: datetime
    by: str
    role: Role
    code: str | None
    title: str | None
    note: str | None


class MessageView(BaseModel):
    """A message that arrived: codes and places only. `replayed_as`: the command that its replay became.

    `sender`: the user who sent it; `repeats`: how often they sent it once more. `history`: what people did with it.
    """

    id: str
    received_at: datetime
    source: str
    sender: str
    format: Format
    hospital: str
    state: CommandState
    code: str | None
    reason: str | None
    details: dict[str, str]
    case_id: str | None
    attempts: int
    replayed_as: str | None
    finished_at: datetime | None
    repeats: int
    repeated_at: datetime | None
    history: list[ActView]


class MessageListing(Listing[MessageView]):
    """Some messages; `parked`: how many of all in the caller's sight wait for somebody to mend them."""

    parked: int


class Replayed(Admitted):
    """What a replayed message became: a command, whose case stands (`done`), is on its way (`pending`) or awaited."""

    state: CommandState
    replayed_as: str


class Replaying(BaseModel):
    """Which parked messages to try again: those that are named, or for a dry run those that a filter finds."""

    model_config = ConfigDict(extra="forbid")

    messages: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST)] | None = None
    code: Code | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    hospital: Code | None = None
    dry_run: bool = True


class TriedView(BaseModel):
    """What a replay of a message would come to, or came to; refused: with the code that it has now."""

    id: str
    received_at: datetime | None
    source: str | None
    hospital: str | None
    outcome: Literal["possible", "done", "pending", "refused"]
    code: str | None = None
    reason: str | None = None
    details: dict[str, str] = {}
    case_id: str | None = None
    replayed_as: str | None = None


class ReplayAnswer(BaseModel):
    """Each message by itself, the oldest first; `messages`: those that are possible. `more`: the filter finds more."""

    dry_run: bool
    as_of: datetime
    items: list[TriedView]
    messages: list[str]
    possible: int
    done: int
    pending: int
    refused: int
    more: bool


class Discarding(BaseModel):
    """Why a message is put aside. `note` is private text; `other` needs one."""

    model_config = ConfigDict(extra="forbid")

    reason: WhyDiscarded
    note: Note | None = None

    @model_validator(mode="after")
    def _says_what_else(self) -> Self:
        if self.reason is WhyDiscarded.OTHER and self.note is None:
            raise ValueError("`other` needs a `note`")
        return self


class PartOfLine(BaseModel):
    """A part of a line: how the message is built, a value that names nobody, the end of a number, or a mask."""

    kind: PartKind
    text: str
    place: str


class LineView(BaseModel):
    """A segment, or a line of JSON. `places`: as what faults name it; `depth`: how far it stands in."""

    places: list[str]
    depth: int
    parts: list[PartOfLine]


class MaskedView(BaseModel):
    """A message as it is built, each value that may name a person masked. `cut`: there is more than is shown."""

    id: str
    format: Format
    size: int
    lines: list[LineView]
    cut: bool


class TookView(BaseModel):
    """How long `count` messages took to be applied: from their arrival, held ones from their case's opening."""

    count: int
    p50_s: float
    p95_s: float
    longest_s: float


class ParkedView(BaseModel):
    """How many messages are parked with a fault, and when the first and the last of them came."""

    code: str
    reason: str | None
    count: int
    oldest_at: datetime
    newest_at: datetime


class ArrivalsView(BaseModel):
    """Messages that arrived from `since` on, by what became of them."""

    since: datetime
    states: dict[CommandState, int]
    wait: TookView | None


class SourceView(BaseModel):
    """What a source sent for a hospital. `parked`: of that, now; `repeats`: how often it sent something once more."""

    source: str
    hospital: str
    received: int
    states: dict[CommandState, int]
    repeats: int
    last_at: datetime


class SummaryView(BaseModel):
    """The inbox in numbers: what stands in it now, and what arrived in a period.

    `now`, `oldest`: by state, whenever they came. `states`: what became of those that arrived from `since` until
    `until`; `repeated` of them came again, `repeats` times in all. Stretches without any are left out.
    """

    as_of: datetime
    since: datetime
    until: datetime
    by: Literal["hour", "day"]
    now: dict[CommandState, int]
    oldest: dict[CommandState, datetime]
    faults: list[ParkedView]
    received: int
    states: dict[CommandState, int]
    repeated: int
    repeats: int
    wait: TookView | None
    stretches: list[ArrivalsView]
    sources: list[SourceView]

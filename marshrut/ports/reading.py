"""The read model: one query a screen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from marshrut.domain.events import Event
from marshrut.domain.guarding import Onlooker
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Role, Variant

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the read model, and whose hospital it is. `paused`: its case stands still (is paused or closed).

    `catalogue`: the version that the case goes by; `variants`: what kind of case it is.
    """

    case_id: str
    hospital: str
    step: Step
    paused: bool
    closed: bool
    catalogue: str | None = None
    paused_since: datetime | None = None
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Notification:
    """A notice, and the step that it is about as that stands now. `user`: it is for this one person."""

    id: str
    case_id: str
    key: str
    hospital: str
    role: Role
    user: str | None
    occasion: str
    urgent: bool
    created_at: datetime
    tell_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    step_id: str | None
    step: StepRow | None

    @property
    def stands(self) -> bool:
        """Whether somebody still has to see to it: nobody said so yet, and its step has not ended."""
        return self.acknowledged_by is None and (self.step is None or self.step.step.live)


@dataclass(frozen=True, slots=True)
class SealedWords:
    """The sealed private part of a command; who wrote it and in which role.

    `step_role`: whose step was added or answered by it, where it was one.
    """

    content: bytes
    user: str
    role: Role
    type: str | None
    step_role: Role | None = None


@dataclass(frozen=True, slots=True)
class HeldWords:
    """What a hospital told of a person who has no case there yet: the command, who sent it, its sealed private part."""

    command_id: str
    hospital: str
    sender: Actor
    content: bytes


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; None means any. `hospitals` is the caller's scope, `owner` a user, or "none" for no owner.

    `who` looks, if they see of guarded cases only what they need to know (None: they see all that is in scope).

    `state`: as the case stands, or "live" for those that are not closed.
    `medically_ready`: whether the patient could leave the ward and is still in it. `changed_from`, `changed_before`: to
    which something happened last then. `case_ids`, `persons`: only these. `newest`: of each person's cases in the scope
    the one that was admitted last.
    """

    hospitals: frozenset[str] | None
    who: Onlooker | None
    hospital: str | None = None
    stage: str | None = None
    state: str | None = None
    assignee: str | None = None
    owner: str | None = None
    flag: str | None = None
    variant: str | None = None
    ending: str | None = None
    medically_ready: bool | None = None
    ward: str | None = None
    case_ids: tuple[str, ...] | None = None
    persons: tuple[str, ...] | None = None
    changed_from: datetime | None = None
    changed_before: datetime | None = None
    newest: bool = False


@dataclass(frozen=True, slots=True)
class StepFilter:
    """Which steps; None means any. `who` looks (as of cases). `assignee` is a user, or "none" for nobody's.

    `mine`: those of a user, and in cases that they answer for those that nobody has, of their role (None: of any).
    `overdue_at`, `soon_at`, `escalated_at`: those that are so at this instant; soon due is what is amber.
    `opened_from`, `opened_before`: opened from that instant on and before the other one.
    """

    hospitals: frozenset[str] | None
    who: Onlooker | None
    case_id: str | None = None
    hospital: str | None = None
    state: str | None = None
    assignee: str | None = None
    role: str | None = None
    track: str | None = None
    overdue_at: datetime | None = None
    due_before: datetime | None = None
    blocked: bool | None = None
    escalated_at: datetime | None = None
    mine: tuple[str, Role | None] | None = None
    soon_at: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    ward: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices: told by `now`, in the scope, to the user or to the whole role; None means any.

    `who` looks, as of cases.
    """

    hospitals: frozenset[str] | None
    who: Onlooker | None
    role: Role
    user: str
    now: datetime
    case_id: str | None = None
    hospital: str | None = None
    acknowledged: bool | None = None
    urgent: bool | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next ones begin (None: there are none)."""

    items: Sequence[Row]
    next: str | None


class Queries(Protocol):
    """The read model: one query a screen."""

    async def case(self, case_id: str) -> CaseState | None:
        """The case as SQL holds it."""
        ...

    async def hidden(self, case_ids: Collection[str], who: Onlooker | None) -> frozenset[str]:
        """Those of these cases that they need not know of, or that they sent nothing of."""
        ...

    async def case_by_inquiry(self, code: str) -> CaseState | None:
        """The case of which an applicant holds this code (`ids.inquiry_code`)."""
        ...

    async def cases(self, which: CaseFilter, *, limit: int, cursor: str | None) -> Page[CaseState]:
        """Cases, newest first. Raises ValueError for a cursor that is none."""
        ...

    def after(self, case: CaseState) -> str:
        """The cursor by which `cases` goes on after this one."""
        ...

    async def of_person(self, person: str) -> Sequence[CaseState]:
        """A person's cases, those admitted last first; of very many the last ones."""
        ...

    async def events(self, case_id: str, *, limit: int, cursor: str | None, newest: bool = False) -> Page[Event]:
        """The journal of a case, from its start or (`newest`) from its end."""
        ...

    async def step(self, step_id: str) -> StepRow | None:
        """One step."""
        ...

    async def steps(self, which: StepFilter, *, limit: int, cursor: str | None) -> Page[StepRow]:
        """Steps by due time, those without one last."""
        ...

    async def count_steps(self, which: StepFilter) -> int:
        """How many `steps` would list in all its pages."""
        ...

    async def count_cases(self, which: CaseFilter) -> int:
        """How many `cases` would list in all its pages."""
        ...

    async def notifications(self, which: NoticeFilter, *, limit: int, cursor: str | None) -> Page[Notification]:
        """Notices, the newest told first. Raises ValueError for a cursor that is none."""
        ...

    async def notification(self, notice_id: str) -> Notification | None:
        """One notice, whomever it is for."""
        ...

    async def private(self, command_ids: Sequence[str]) -> Mapping[str, SealedWords]:
        """The sealed private parts of commands, by command id, with all that says who may read them."""
        ...

    async def person_records(
        self, person_ids: Sequence[str], *, whole: bool = False
    ) -> Mapping[str, Sequence[tuple[str, bytes]]]:
        """By person: the ids of the commands that told about them, newest first, and their sealed private parts.

        Those that count for what is known of them; `whole`: all.
        """
        ...

    async def changed_at(self, case_ids: Sequence[str]) -> Mapping[str, datetime]:
        """When something happened last to these cases."""
        ...

    async def held_of(self, person: str) -> Sequence[HeldWords]:
        """What waits for a person's case, the newest first."""
        ...

    async def ready(self) -> bool:
        """Whether SQL answers and its schema is the one this code needs."""
        ...

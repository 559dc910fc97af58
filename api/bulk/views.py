"""A bulk action as the API shows it: of each step what would happen or has happened, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from api.bulk.bodies import BulkAction
from api.problems import KINDS
from api.routes.stuck import NextRungView, next_rung
from api.views.titles import Title
from marshrut.domain.overdue import ClockState, clock_state
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Role

BulkState = Literal["possible", "done", "refused", "pending"]


class StandsView(BaseModel):
    """Who has a step, when it is due, and who is told next if nothing happens."""

    assignee: str | None
    due_at: datetime | None
    clock: ClockState
    next_rung: NextRungView | None


class ToldView(BaseModel):
    """Who is told of it, and when: everybody of the role, or one of them."""

    role: Role
    user: str | None
    at: datetime


class BulkItem(BaseModel):
    """One step. A dry run says `possible` or `refused`; a run `done`, `refused` or `pending`.

    `done`: it was read back from the read model, as `after` shows. `pending`: stored, not yet known; ask at `location`.
    `refused`: nothing happened, for the reason that `code` names. `skipped`: days that an extension in working time
    leaves out.
    """

    step_id: str
    case_id: str | None = None
    hospital: str | None = None
    title: Title | None = None
    state: BulkState
    code: str | None = None
    reason: Title | None = None
    details: dict[str, str] = {}
    before: StandsView | None = None
    after: StandsView | None = None
    told: list[ToldView] = []
    skipped: list[date] = []
    command_id: str | None = None
    location: str | None = None


class BulkAnswer(BaseModel):
    """All of them. `steps`: what a dry run found possible, for the run to name.

    `more`: the filter finds more steps than are taken at once.
    """

    action: BulkAction
    dry_run: bool
    as_of: datetime
    possible: int
    done: int
    refused: int
    pending: int
    more: bool
    steps: list[str]
    items: list[BulkItem]


def stands(case: CaseState, step: Step, rules: Slice | None, now: datetime) -> StandsView:
    """A step as it stands in its case."""
    still = case.closed or case.paused_since is not None
    return StandsView(
        assignee=step.assignee,
        due_at=step.due_at,
        clock=clock_state(step, still, now),
        next_rung=next_rung(case, step, rules),
    )


def refused(item: BulkItem, code: str, details: Mapping[str, str]) -> BulkItem:
    """Nothing happens to it, and why."""
    kind = KINDS.get(code)
    reason = None if kind is None else Title(ru=kind.ru, en=kind.en)
    return item.model_copy(update={"state": "refused", "code": code, "reason": reason, "details": dict(details)})


def pending(item: BulkItem, command_id: str) -> BulkItem:
    """It is stored and not known yet."""
    place = {"command_id": command_id, "location": f"/api/v1/commands/{command_id}"}
    return item.model_copy(update={"state": "pending", **place})


def answer(action: BulkAction, items: list[BulkItem], as_of: datetime, *, dry_run: bool, more: bool) -> BulkAnswer:
    """What is answered of all of them."""

    def count(state: BulkState) -> int:
        return sum(item.state == state for item in items)

    return BulkAnswer(
        action=action,
        dry_run=dry_run,
        as_of=as_of,
        possible=count("possible"),
        done=count("done"),
        refused=count("refused"),
        pending=count("pending"),
        more=more,
        steps=[item.step_id for item in items if item.state == "possible"],
        items=items,
    )

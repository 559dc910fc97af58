"""Where a command stands, for whoever was answered 202."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import AnyCaller
from api.parts import Parts
from api.problems import KINDS, Problem
from api.views import StepView, step_view
from marshrut.domain.commands import AddStep, Admit
from marshrut.domain.ids import step_id
from marshrut.domain.state import ADHOC
from marshrut.ports import Caller, CommandState, StoredCommand

router = APIRouter(prefix="/api/v1", tags=["commands"])


class CommandView(BaseModel):
    """A command: `pending`, `done` (with its result), `rejected` (why), `expired` (it never happened).

    `held`: a hospital's news of a visit that has no case yet.
    """

    command_id: str
    type: str | None
    state: CommandState
    case_id: str | None
    received_at: datetime
    code: str | None
    reason: str | None
    details: dict[str, str]
    result: dict[str, Any] | StepView | None


@router.get("/commands/{command_id}")
async def command(command_id: str, caller: AnyCaller, parts: Parts) -> CommandView:
    """Where the command stands. Its own author may ask, and the seniors of its hospital."""
    stored = await parts.commands.get(command_id)
    if stored is None or not _may_ask(stored, caller):
        raise Problem("command_not_found")
    return CommandView(
        command_id=stored.id,
        type=None if stored.body is None else stored.body.type,
        state=stored.state,
        case_id=stored.case_id,
        received_at=stored.received_at,
        code=stored.code,
        reason=KINDS[stored.code].en if stored.code is not None and stored.code in KINDS else None,
        details=dict(stored.details),
        result=await _result(stored, caller, parts),
    )


def _may_ask(stored: StoredCommand, caller: Caller) -> bool:
    own = stored.actor.user == caller.user and stored.actor.role == caller.role
    return own or (caller.actor.senior and caller.sees(stored.hospital))


async def _result(stored: StoredCommand, caller: Caller, parts: Parts) -> dict[str, Any] | StepView | None:
    if stored.state is not CommandState.DONE or stored.body is None:
        return None
    if isinstance(stored.body, Admit):
        return {"case_id": stored.case_id, "reason": stored.code}
    row = await parts.queries.step(_about(stored))
    return {"case_id": stored.case_id} if row is None else await step_view(row, caller, parts)


def _about(stored: StoredCommand) -> str:
    """The step that a command is about, or made."""
    if isinstance(stored.body, AddStep) and stored.case_id is not None:
        return step_id(stored.case_id, ADHOC, ADHOC, stored.id)
    return getattr(stored.body, "step_id", "")

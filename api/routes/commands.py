"""Where a command stands, for whoever was answered 202."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.access import AnyCaller
from api.needing import sees
from api.partners.answering import asked_of
from api.partners.views import PartnerReferralView, partner_view
from api.parts import ApiParts, Parts
from api.problems import Problem, words
from api.routes.items import item_now
from api.views.case import StepView, step_view
from api.views.item import ItemView
from marshrut.domain.commands import AddItem, AddStep, Admit
from marshrut.domain.ids import MAIN, item_id, step_id
from marshrut.domain.kinds import KINDS
from marshrut.domain.state import ADHOC
from marshrut.domain.words import Role
from marshrut.ports import Caller, CommandState, StoredCommand

router = APIRouter(prefix="/api/v1", tags=["commands"])


class CommandResult(BaseModel):
    """The case that a command changed or opened; null with a `reason`: it opened none."""

    case_id: str | None
    reason: str | None = None


class CommandView(BaseModel):
    """A command: `pending`, `done` (with its result), `rejected` (why), `expired` (it never happened).

    `held`: a hospital's news of a visit that has no case yet. `result`: the step, item or referral that it was about,
    as it is now, if the caller may see it; else the case.
    """

    command_id: str
    type: str | None
    state: CommandState
    case_id: str | None
    received_at: datetime
    code: str | None
    reason: str | None
    details: dict[str, str]
    result: StepView | ItemView | PartnerReferralView | CommandResult | None


@router.get("/commands/{command_id}")
async def command(command_id: str, request: Request, caller: AnyCaller, parts: Parts) -> CommandView:
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
        reason=None if stored.code is None else words(stored.code, request),
        details=dict(stored.details),
        result=await _result(stored, caller, parts),
    )


def _may_ask(stored: StoredCommand, caller: Caller) -> bool:
    own = stored.actor.user == caller.user and stored.actor.role == caller.role
    return own or (caller.actor.senior and caller.sees(stored.hospital))


async def _result(
    stored: StoredCommand, caller: Caller, parts: ApiParts
) -> StepView | ItemView | PartnerReferralView | CommandResult | None:
    if stored.state is not CommandState.DONE or stored.body is None:
        return None
    if isinstance(stored.body, Admit):
        return CommandResult(case_id=stored.case_id, reason=stored.code)
    try:
        shown = await _step(stored, caller, parts) or await _item(stored, caller, parts)
    except Problem:  # it went to another hospital meanwhile
        shown = None
    return shown or CommandResult(case_id=stored.case_id)


async def _step(stored: StoredCommand, caller: Caller, parts: ApiParts) -> StepView | None:
    """The step that a command is about, or made."""
    name = getattr(stored.body, "step_id", "")
    if isinstance(stored.body, AddStep) and stored.case_id is not None:
        name = step_id(stored.case_id, ADHOC, ADHOC, stored.id)
    row = await parts.queries.step(name) if name else None
    seen = row is not None and await sees(row.case_id, row.hospital, caller, parts)
    return await step_view(row, caller, parts) if row is not None and seen else None


async def _item(stored: StoredCommand, caller: Caller, parts: ApiParts) -> ItemView | PartnerReferralView | None:
    """The item that a command is about, or made; to a partner its referral."""
    name = getattr(stored.body, "item_id", "")
    if isinstance(stored.body, AddItem) and stored.case_id is not None:
        key = MAIN if KINDS[stored.body.kind].single else stored.body.key or stored.id
        name = item_id(stored.case_id, stored.body.kind, stored.body.name, key)
    if not name:
        return None
    if caller.role is Role.PARTNER:
        return await partner_view(*await asked_of(caller.user, name, parts), caller.user, parts)
    return await item_now(name, caller, parts)

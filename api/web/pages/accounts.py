"""Accounts of others: who may sign in, how, and from where; sign them out, lock them, reset their second step.

They are made by `marshrut account add`, or come from the city's provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.problems import KINDS, Problem
from api.routes import accounts as route
from api.routes import sessions
from api.views.account import AccountView
from api.views.client import SessionView
from api.web.desk import Desk, OfAdministrator
from api.web.faults import FaultPage, told
from api.web.forms import sent
from marshrut.domain.base import Code

router = APIRouter(prefix="/accounts")

HERE = "/desk/accounts"
PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """An account in words. `own`: it is the reader's."""

    user: str
    name: str
    role: str
    where: str
    active: bool
    signs_in: str
    local: bool
    factor: bool
    first_password: bool
    sessions: int
    own: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The list."""

    lines: tuple[Line, ...]
    summary: str
    more: str | None
    earlier: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is signed in."""

    handle: str
    browser: str
    told: str


@dataclass(frozen=True, slots=True)
class OnePage:
    """One account, and where they are signed in."""

    line: Line
    sessions: tuple[Session, ...]
    done: str = ""
    fault: FaultPage | None = None


@router.get("")
async def accounts(desk: OfAdministrator, cursor: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """Everybody, by user."""
    listed = await route.accounts(desk.caller, desk.parts, PAGE, cursor)
    lines = tuple(_line(desk, each) for each in listed.items)
    locked = sum(not line.active for line in lines)
    counted = desk.t("accounts.count", n=len(lines))
    page = Page(
        lines=lines,
        summary=f"{counted} · {desk.t('accounts.locked_n', n=locked)}" if locked else counted,
        more=None if listed.next is None else f"{HERE}?cursor={listed.next}",
        earlier=cursor is not None,
    )
    return await desk.page("accounts.html", page, section="accounts")


@router.get("/{user_id}")
async def account(user_id: Code, desk: OfAdministrator, done: str = "") -> Response:
    """One of them."""
    return await _shown(desk, user_id, done=done)


@router.post("/{user_id}/lock")
async def lock(user_id: Code, desk: OfAdministrator) -> Response:
    """Let them in no more."""
    return await _do(desk, user_id, "locked", lambda: route.lock(user_id, desk.caller, desk.parts))


@router.post("/{user_id}/unlock")
async def unlock(user_id: Code, desk: OfAdministrator) -> Response:
    """Let them in again."""
    return await _do(desk, user_id, "unlocked", lambda: route.unlock(user_id, desk.caller, desk.parts))


@router.post("/{user_id}/factor")
async def drop_factor(user_id: Code, desk: OfAdministrator) -> Response:
    """Take their second step away."""
    return await _do(desk, user_id, "factor", lambda: route.drop_factor(user_id, desk.caller, desk.parts))


@router.post("/{user_id}/sessions/end")
async def end_all(user_id: Code, desk: OfAdministrator) -> Response:
    """Sign them out everywhere."""
    return await _do(desk, user_id, "ended", lambda: sessions.end_all(user_id, desk.caller, desk.parts))


@router.post("/{user_id}/sessions/{session_id}/end")
async def end(user_id: Code, session_id: Code, desk: OfAdministrator) -> Response:
    """Sign them out in one place."""
    return await _do(desk, user_id, "ended_one", lambda: sessions.end(user_id, session_id, desk.caller, desk.parts))


async def _do(desk: Desk, user_id: str, said: str, call: Callable[[], Awaitable[object]]) -> Response:
    """Have it done and show the page anew, or why it was refused."""
    await sent(desk.request)
    try:
        await call()
    except Problem as problem:
        if problem.code == "user_not_found":
            raise
        return await _shown(desk, user_id, status=KINDS[problem.code].status, fault=told(problem, desk))
    return desk.goes_to(f"{HERE}/{user_id}?done={said}")


async def _shown(
    desk: Desk, user_id: str, *, done: str = "", status: int = 200, fault: FaultPage | None = None
) -> Response:
    view = await route.account(user_id, desk.caller, desk.parts)
    open_ = (await sessions.sessions(user_id, desk.caller, desk.parts, PAGE)).items
    page = OnePage(
        line=_line(desk, view),
        sessions=tuple(_session(desk, each) for each in open_),
        done=desk.done("accounts", done),
        fault=fault,
    )
    return await desk.page("accounts_one.html", page, status=status, section="accounts")


def _session(desk: Desk, view: SessionView) -> Session:
    told_ = desk.t("account.session_told", began=desk.f.when(view.started_at), seen=desk.f.when(view.seen_at))
    return Session(view.id, view.browser or desk.t("account.some_browser"), told_)


def _line(desk: Desk, view: AccountView) -> Line:
    return Line(
        user=view.user,
        name=view.name,
        role=desk.role(view.role),
        where=desk.hospitals(view.hospitals),
        active=view.state == "active",
        signs_in=desk.t(f"accounts.by_{view.signs_in}"),
        local=view.signs_in == "password",
        factor=view.factor,
        first_password=view.first_password,
        sessions=view.sessions,
        own=view.user == desk.caller.user,
    )

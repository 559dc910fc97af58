"""One's own account: a new password, a second factor, and where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Response

from api.problems import Problem
from api.web import session
from api.web.desk import Desk, OfAnybody
from api.web.forms import sent
from api.web.pages.signin_more import why_not
from marshrut.domain.signing_in import SHORTEST_PASSWORD
from marshrut.ports import FactorOffer, NotTaken, SignedIn

router = APIRouter()
HERE = "/desk/account"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in words; `here`: it is the one of this page."""

    handle: str
    browser: str
    told: str
    here: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """`own`: there is an account with a password here; `factor`: how many codes are in reserve, None without one.

    `required`: the factor is asked of this role; `wrong`: of which form what was wrong.
    """

    user: str
    own: bool
    factor: int | None
    sessions: tuple[SessionRow, ...]
    offer: FactorOffer | None = None
    codes: Sequence[str] = ()
    done: str | None = None
    wrong: dict[str, str] = field(default_factory=dict)
    shortest: int = SHORTEST_PASSWORD


@router.get("/account")
async def account(desk: OfAnybody) -> Response:
    """The page."""
    return await _shown(desk)


@router.get("/account/factor")
async def factor(desk: OfAnybody) -> Response:
    """The page with a second factor that waits for its first code."""
    return await _shown(desk, offered="")


@router.post("/account/password")
async def change_password(desk: OfAnybody) -> Response:
    """Another password."""
    given, by = await sent(desk.request), session.browser(desk.request)
    new = given.raw("new")
    done: SignedIn | NotTaken = NotTaken("twice")
    if new == given.raw("again"):
        done = await desk.parts.own_accounts.change_password(desk.caller.user, given.raw("password"), new, by)
    return await _done(desk, done, "password", "account.password_changed")


@router.post("/account/factor")
async def add_factor(desk: OfAnybody) -> Response:
    """A second factor, proved by the password and its first code."""
    given, by = await sent(desk.request), session.browser(desk.request)
    offer, code = given.text("offer") or "", given.text("code") or ""
    done = await desk.parts.own_accounts.add_factor(desk.caller.user, given.raw("password"), offer, code, by)
    if isinstance(done, NotTaken):
        return await _shown(desk, wrong={"factor": why_not(done, desk.request)}, offered=offer, status=422)
    entered, codes = done
    return await _anew(desk, entered, "account.factor_added", codes)


@router.post("/account/factor/drop")
async def drop_factor(desk: OfAnybody) -> Response:
    """No second factor any more."""
    given, by = await sent(desk.request), session.browser(desk.request)
    done = await desk.parts.own_accounts.drop_factor(desk.caller.user, given.raw("password"), by)
    return await _done(desk, done, "factor", "account.factor_dropped")


@router.post("/account/sessions/end")
async def end_others(desk: OfAnybody) -> Response:
    """Sign out everywhere but here."""
    secret = session.browser(desk.request).secret
    ended = await desk.parts.identity.end_sessions(desk.caller.user, but=secret)
    return await _shown(desk, done=desk.t("account.ended", n=ended))


@router.post("/account/sessions/{session_id}/end")
async def end_one(session_id: str, desk: OfAnybody) -> Response:
    """Sign out in one place."""
    if not await desk.parts.identity.end_session(desk.caller.user, session_id):
        raise Problem("session_not_found")
    return desk.goes_to(HERE)


async def _done(desk: Desk, done: SignedIn | NotTaken, form: str, words: str) -> Response:
    if isinstance(done, NotTaken):
        return await _shown(desk, wrong={form: why_not(done, desk.request)}, status=422)
    return await _anew(desk, done, words)


async def _anew(desk: Desk, entered: SignedIn, words: str, codes: Sequence[str] = ()) -> Response:
    """The page under the secret that has taken the place of the one before."""
    response = await _shown(desk, done=desk.t(words), codes=codes, here=entered.session.id)
    session.begin(response, desk.request, entered)
    return response


async def _shown(  # noqa: PLR0913 - what a page is shown with
    desk: Desk,
    *,
    wrong: dict[str, str] | None = None,
    done: str | None = None,
    codes: Sequence[str] = (),
    offered: str | None = None,
    here: str | None = None,
    status: int = 200,
) -> Response:
    user, parts = desk.caller.user, desk.parts
    known = await parts.identity.account(user)
    if here is None:
        this = await session.reader(desk.request, parts)
        here = None if this is None else this.id
    own = known is not None and known.origin is None
    page = AccountPage(
        user=user,
        own=own,
        factor=await parts.own_accounts.factor(user) if own else None,
        sessions=tuple(
            SessionRow(
                each.handle,
                each.agent or desk.t("account.some_browser"),
                desk.t("account.session_told", began=desk.f.when(each.started_at), seen=desk.f.when(each.seen_at)),
                each.handle == here,
            )
            for each in await parts.identity.sessions_of(user)
        ),
        offer=parts.identity.offer(user, offered) if offered is not None and own else None,
        codes=codes,
        done=done,
        wrong=wrong or {},
    )
    return await desk.page("account.html", page, status=status)

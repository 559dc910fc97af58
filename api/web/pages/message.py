"""One message: why it waits, how it is built, and what can be done: try it again, put it aside, open it as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.access import OPENERS, REPLAYERS
from api.bodies.message import Discarding, Replaying
from api.problems import KINDS, Problem
from api.routes import messages as route
from api.web.desk import Desk, OfInbox, OfOpener, OfReplayer
from api.web.faults import FaultPage, told
from api.web.forms import made, sent
from api.web.messages.faults import Why, reason_of, why
from api.web.messages.one import Event, Fact, Line, events, facts, kind_of, lines_of
from api.web.messages.rows import KINDS as TAGS
from api.web.messages.rows import format_of, state_of
from marshrut.domain.refusal import Refused
from marshrut.ports import CommandState, Doing, Unfit, WhyDiscarded

router = APIRouter(prefix="/messages/{message_id}")

SAID = frozenset({"replayed", "refused", "discarded", "restored"})
TRIED = frozenset({CommandState.PARKED, CommandState.DISCARDED})
MOST_SHOWN = 200_000


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a replay would come to now."""

    taken: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Aside:
    """That it was put aside: why, by whom and when."""

    reason: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class MessagePage:
    """The page. `same`: how many others are parked for this reason; `raw`: the text as it came, once opened."""

    id: str
    title: str
    state: str
    kind: str
    sign: str
    facts: tuple[Fact, ...]
    why: Why | None
    code: str
    foreseen: Foreseen | None
    same: int
    aside: Aside | None
    lines: tuple[Line, ...] | None
    cut: bool
    raw: str | None
    may_open: bool
    may_act: bool
    parked: bool
    events: tuple[Event, ...]
    reasons: tuple[str, ...]
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    fault: FaultPage | None
    said: str | None


@router.get("")
async def message(message_id: str, desk: OfInbox) -> Response:
    """The message, masked."""
    said = desk.request.query_params.get("said")
    return await _shown(desk, message_id, said=said if said in SAID else None)


@router.post("/raw")
async def raw(message_id: str, desk: OfOpener) -> Response:
    """The message as it came, for who may see persons: a deliberate act, which stands in its history."""
    answer = await route.raw(message_id, desk.caller, desk.parts)
    view = await route.message(message_id, desk.request, desk.caller, desk.parts)
    text = desk.parts.masker.text(bytes(answer.body)[:MOST_SHOWN], view.format)
    page = await _shown(desk, message_id, raw=text.replace("\r\n", "\n").replace("\r", "\n"))
    page.headers["Cache-Control"] = "no-store"
    return page


@router.post("/replay")
async def replay(message_id: str, desk: OfReplayer) -> Response:
    """Try it again, once."""
    try:
        await route.replay(message_id, desk.caller, desk.parts)
    except Unfit:
        return desk.goes_to(f"/desk/messages/{message_id}?said=refused")
    except Refused:
        view = await route.message(message_id, desk.request, desk.caller, desk.parts)
        if view.replayed_as is None:
            raise
        # The form was sent twice, or somebody else was quicker.
    return desk.goes_to(f"/desk/messages/{message_id}?said=replayed")


@router.post("/discard")
async def discard(message_id: str, request: Request, desk: OfReplayer) -> Response:
    """Put it aside; a form with a gap keeps its words."""
    form = await sent(request)
    typed = {name: form.text(name) or "" for name in ("reason", "note")}
    if wrong := _wrong(desk, typed):
        return await _shown(desk, message_id, typed=typed, wrong=wrong, code=422)
    try:
        given = made(Discarding, reason=typed["reason"], note=typed["note"] or None)
        await route.discard(message_id, given, desk.request, desk.caller, desk.parts)
    except Problem as problem:
        return await _shown(desk, message_id, typed=typed, fault=problem, code=KINDS[problem.code].status)
    return desk.goes_to(f"/desk/messages/{message_id}?said=discarded")


@router.post("/restore")
async def restore(message_id: str, request: Request, desk: OfReplayer) -> Response:
    """Take that back."""
    await sent(request)
    await route.restore(message_id, desk.request, desk.caller, desk.parts)
    return desk.goes_to(f"/desk/messages/{message_id}?said=restored")


def _wrong(desk: Desk, typed: Mapping[str, str]) -> dict[str, str]:
    """What is missing in the form, by field."""
    if typed["reason"] not in set(WhyDiscarded):
        return {"reason": desk.t("messages.discard_reason_missing")}
    if typed["reason"] == WhyDiscarded.OTHER and not typed["note"]:
        return {"note": desk.t("messages.discard_note_missing")}
    return {}


async def _shown(  # noqa: PLR0913 - what the page may be shown with
    desk: Desk,
    message_id: str,
    *,
    raw: str | None = None,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    fault: Problem | None = None,
    said: str | None = None,
    code: int = 200,
) -> Response:
    view = await route.message(message_id, desk.request, desk.caller, desk.parts)
    try:
        masked = await route.masked(message_id, desk.caller, desk.parts)
    except Problem:
        masked = None  # nothing was kept of it
    may_act = desk.caller.role in REPLAYERS
    waits = view.state in TRIED
    kind, sign = TAGS[view.state]
    named = desk.t("messages.one_title", format=format_of(desk, view.format))
    aside = next((each for each in reversed(view.history) if each.act is Doing.DISCARDED), None)
    page = MessagePage(
        id=message_id,
        title=" · ".join(filter(None, (named, kind_of(masked)))),
        state=state_of(desk, view),
        kind=kind,
        sign=sign,
        facts=facts(desk, view, None if masked is None else masked.size),
        why=why(desk, view),
        code=view.code or "",
        foreseen=await _foreseen(desk, message_id, view.hospital) if may_act and waits else None,
        same=await _same(desk, view.code) if may_act and view.state is CommandState.PARKED else 0,
        aside=None
        if aside is None or view.state is not CommandState.DISCARDED
        else Aside(
            reason=desk.t(f"messages.why_{aside.code}"),
            by=desk.t("messages.discarded_by", who=desk.name_of(aside.by), time=desk.at(view.hospital).when(aside.at)),
            note=aside.note or "",
        ),
        lines=None if masked is None else lines_of(masked, view),
        cut=masked is not None and masked.cut,
        raw=raw,
        may_open=desk.caller.role in OPENERS,
        may_act=may_act,
        parked=view.state is CommandState.PARKED,
        events=events(desk, view),
        reasons=tuple(WhyDiscarded),
        typed={"reason": "", "note": "", **(typed or {})},
        wrong=wrong or {},
        fault=None if fault is None else told(fault, desk),
        said=said,
    )
    return await desk.page("message.html", page, status=code, section="messages")


async def _foreseen(desk: Desk, message_id: str, hospital: str) -> Foreseen:
    """The dry run of this one message."""
    given = Replaying(messages=(message_id,))
    answer = await route.replay_many(given, desk.request, desk.caller, desk.parts)
    (tried,) = answer.items
    return Foreseen(tried.outcome == "possible", reason_of(desk, tried.code, hospital))


async def _same(desk: Desk, code: str | None) -> int:
    """How many messages are parked for the same reason, this one among them."""
    summary = await route.summary(desk.request, desk.caller, desk.parts)
    return next((each.count for each in summary.faults if each.code == code), 0)

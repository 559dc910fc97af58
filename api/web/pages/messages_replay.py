"""All messages of one fault tried again: shown first, then done in slices, so that whoever waits sees how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.bodies.message import MOST, ReplayAnswer, Replaying, TriedView
from api.routes import messages as route
from api.web.desk import Desk, OfInbox, OfReplayer
from api.web.formats import as_number
from api.web.forms import made, sent
from api.web.messages.faults import places_of, reason_of
from api.web.messages.numbers import way
from api.web.messages.rows import hospital_of, moment_of, source_of
from marshrut.ports import UNKNOWN

router = APIRouter(prefix="/messages")

# So many messages are tried before the page hears of them.
SLICE = 20
LOOKS = {
    "possible": ("open", "claimed"),
    "done": ("done", "done"),
    "pending": ("", "clock"),
    "refused": ("block", "block"),
}
FILTERS = ("code", "source", "hospital")


@dataclass(frozen=True, slots=True)
class Tried:
    """A message, and what would become or became of it."""

    id: str
    at: str
    who: str
    text: str
    state: str
    kind: str
    sign: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The page. `stage`: dry, running or ran; `messages`: what is to be tried; `counts`: what became of the others."""

    stage: str
    title: str
    aside: str
    reason: str
    lines: tuple[Tried, ...]
    messages: Sequence[str]
    counts: Mapping[str, int]
    more: bool
    back: str
    filters: Mapping[str, str]
    later: bool = False

    @property
    def progress(self) -> int:
        """How much of it is done, in per cent."""
        ran = sum(self.counts.values())
        return round(100 * ran / max(1, ran + len(self.messages)))


@router.get("/dry")
@router.get("/run")
async def back(desk: OfInbox) -> Response:
    """Whoever reloads a page that a form led to is shown the messages: a form is not sent again by that."""
    return desk.goes_to("/desk/messages?show=parked")


@router.post("/dry")
async def dry(request: Request, desk: OfReplayer) -> Response:
    """What would become of all parked messages of a fault; nothing happens."""
    form = await sent(request)
    filters = {name: value for name in FILTERS if (value := form.text(name)) is not None}
    answer = await route.replay_many(made(Replaying, **filters), desk.request, desk.caller, desk.parts)
    title = desk.t("messages.dry_title", n=answer.possible) if answer.possible else desk.t("messages.dry_none")
    page = Replay(
        stage="dry",
        title=title,
        aside=desk.t("messages.dry_said", possible=answer.possible, refused=answer.refused),
        reason=reason_of(desk, filters.get("code"), UNKNOWN),
        lines=_lines(desk, answer),
        messages=answer.messages,
        counts={},
        more=answer.more,
        back=way(filters, show="parked"),
        filters=filters,
    )
    return await desk.page("messages_replay.html", page, section="messages")


@router.post("/run")
async def run(request: Request, desk: OfReplayer) -> Response:
    """The next slice of what was shown. A slice that is sent again happens once."""
    form = await sent(request)
    filters = {name: value for name in FILTERS if (value := form.text(name)) is not None}
    names = form.texts("message")[:MOST]
    now, left = names[:SLICE], names[SLICE:]
    counts = {state: as_number(form.text(state)) or 0 for state in ("done", "pending", "refused")}
    lines: tuple[Tried, ...] = ()
    if now:
        given = made(Replaying, messages=tuple(now), dry_run=False)
        answer = await route.replay_many(given, desk.request, desk.caller, desk.parts)
        counts = {state: count + getattr(answer, state) for state, count in counts.items()}
        lines = _lines(desk, answer)
    ran = sum(counts.values())
    title = desk.t("messages.ran_title", **counts)
    if left:
        title = desk.t("messages.running_title", ran=ran, all=ran + len(left))
    page = Replay(
        stage="running" if left else "ran",
        title=title,
        aside="",
        reason=reason_of(desk, filters.get("code"), UNKNOWN),
        lines=lines,
        messages=left,
        counts=counts,
        more=False,
        back=way(filters, show="parked"),
        filters=filters,
        later=form.text("later") is not None,
    )
    if desk.partial:
        return desk.part("parts/messages_ran.html", page)
    return await desk.page("messages_replay.html", page, section="messages")


def _lines(desk: Desk, answer: ReplayAnswer) -> tuple[Tried, ...]:
    return tuple(_line(desk, each) for each in answer.items)


def _line(desk: Desk, each: TriedView) -> Tried:
    kind, sign = LOOKS[each.outcome]
    hospital = each.hospital or UNKNOWN
    reason = reason_of(desk, each.code, hospital)
    places = ", ".join(places_of(each.details)[:3])
    return Tried(
        id=each.id,
        at="" if each.received_at is None else moment_of(desk.at(hospital), each.received_at),
        who=" · ".join((source_of(each.source or ""), hospital_of(desk, hospital))),
        text=" · ".join(part for part in (reason, places) if part),
        state=desk.t(f"messages.went_{each.outcome}"),
        kind=kind,
        sign=sign,
    )

"""What an applicant is told of a case: where it stands, what comes next, whom to ask. No person, no health, no place.

Pure: a case, the catalogue of its hospital and the time give the answer, in codes and words; the route renders it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, tzinfo
from typing import Literal

from pydantic import BaseModel

from api.inquiry.things import THINGS, Line, Standing, things_of
from api.inquiry.words import (
    ASK,
    ASK_HOTLINE,
    DAYS,
    DONE_ON,
    LATER,
    NEUTRAL,
    PLACEMENT,
    PLANNED_FOR,
    STAGES,
    WAY,
    Said,
    Words,
)
from marshrut.catalogue.content import Content
from marshrut.domain.consents import Told, tells
from marshrut.domain.ids import grouped
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import STAGES as ORDER
from marshrut.domain.words import Flag, ItemKind, Stage

# Of these nothing is told by code at all: whoever holds the code may be the danger, or no parent. Nor of whom the
# patient does not want anything to be told.
SILENT = frozenset({Flag.VIOLENCE, Flag.CHILD_WITHOUT_CARER})
HOTLINE = "placement_hotline"
# From here on there is a plan of which something can be told.
PLANNED = ORDER.index(Stage.TRACKS)
LEAVING = Stage.DISCHARGE_READINESS
STANDINGS: tuple[Standing, ...] = ("done", "now", "ahead")
# A placement is told of until the person has arrived.
UNTIL_ARRIVAL = frozenset({Stage.TRACKS, Stage.DISCHARGE_READINESS, Stage.TRANSITION})


class Papers(BaseModel):
    """How many papers of the package are there, of how many."""

    there: int
    of: int


class StatusView(BaseModel):
    """Where the matter stands, for whoever holds its code. `lines`: what is done, in work and ahead.

    `awaits`: how many answers of others are awaited. `leaves_on`: the day that is planned for leaving the hospital.
    """

    code: str
    as_of: datetime
    state: Literal["open", "closed", "ask"]
    stage: Stage | None
    title: str
    lines: list[Line]
    papers: Papers | None
    awaits: int = 0
    leaves_on: date | None = None
    next: str
    ask: str


def told(  # noqa: PLR0913 - all that an answer depends on
    case: CaseState,
    here: Content,
    zone: tzinfo,
    now: datetime,
    *,
    russian: bool,
    days: Callable[[datetime], str] | None = None,
) -> StatusView:
    """What is told of the case at this instant, in the applicant's language; days are the hospital's."""
    words = Words(russian=russian, zone=zone, days=days)
    silent = bool(SILENT & set(case.flags)) or not tells(case, Told.STATUS)
    shown = not silent and not case.closed
    where = NEUTRAL if silent else STAGES[case.stage]
    parts = list(_placement(case, words)) if shown and case.stage in UNTIL_ARRIVAL else []
    things = list(things_of(case, here, words)) if shown and ORDER.index(case.stage) >= PLANNED else []
    return StatusView(
        code=grouped(case.inquiry or ""),
        as_of=now.astimezone(zone),
        state="ask" if silent else "closed" if case.closed else "open",
        stage=case.stage if shown else None,
        title=words(where.title),
        lines=_in_order(_way(case, words), [*things, *parts]) if shown else [],
        papers=_papers(case) if shown and case.stage in UNTIL_ARRIVAL else None,
        awaits=sum(line.what.startswith(THINGS) and line.standing == "now" for line in things),
        leaves_on=_leaves_on(case, zone) if shown else None,
        next=next((part.text for part in reversed(parts) if part.standing == "now"), words(where.next)),
        ask=_whom_to_ask(here, words),
    )


def _way(case: CaseState, words: Words) -> Iterator[Line]:
    """The whole way, with where the case is by now, and when each part of it was finished."""
    at = ORDER.index(case.stage)
    for first, last, what in WAY:
        standing: Standing = "done" if at > ORDER.index(last) else "ahead" if at < ORDER.index(first) else "now"
        ended = _ended(case, first, last) if standing == "done" else None
        detail = "" if ended is None else words(DONE_ON, day=ended)
        if first is LEAVING and standing != "done" and case.expected_discharge_at is not None:
            detail = words(PLANNED_FOR, day=case.expected_discharge_at)
        yield Line(what=first.value, standing=standing, text=words(what), detail=detail)


def _ended(case: CaseState, first: Stage, last: Stage) -> datetime | None:
    """When the last step of these stages was done."""
    stages = ORDER[ORDER.index(first) : ORDER.index(last) + 1]
    tracks = {name for name, track in case.tracks.items() if track.stage in stages}
    done = [step.occurred_at or step.ended_at for step in case.counted_steps if step.track in tracks and step.outcome]
    return max((at for at in done if at is not None), default=None)


def _leaves_on(case: CaseState, zone: tzinfo) -> date | None:
    ahead = ORDER.index(case.stage) <= ORDER.index(Stage.TRANSITION)
    expected = case.expected_discharge_at
    return expected.astimezone(zone).date() if ahead and expected is not None else None


def _in_order(way: Iterator[Line], things: list[Line]) -> list[Line]:
    """The way, with what the plan consists of behind the plan: done first, then in work, then ahead."""
    lines = list(way)
    place = next(number for number, line in enumerate(lines) if line.what == Stage.TRACKS.value)
    plan = sorted([lines[place], *things], key=lambda line: STANDINGS.index(line.standing))
    return [*lines[:place], *plan, *lines[place + 1 :]]


def _placement(case: CaseState, words: Words) -> Iterator[Line]:
    """The package, the application, the decision and the place: each as soon as there is something to say of it."""
    papers = _papers(case)
    if papers is not None:
        done = papers.there == papers.of
        text = words(PLACEMENT["papers"], there=papers.there, of=papers.of)
        yield Line(what="papers", standing="done" if done else "now", text=text)
    application = _last(case, ItemKind.APPLICATION)
    if application is not None and (said := PLACEMENT.get(f"application_{application.status}")) is not None:
        standing: Standing = "now" if application.status == "returned" else "done"
        yield Line(what="application", standing=standing, text=words(said, day=application.moved_at))
    if application is not None and application.status in ("filed", "registered"):
        yield _decision(case, application, words)
    voucher = _last(case, ItemKind.VOUCHER)
    if voucher is not None and voucher.status == "issued" and voucher.expires_at is not None:
        yield Line(what="voucher", standing="done", text=words(PLACEMENT["voucher_issued"], day=voucher.expires_at))
    # Whoever was queued there when the voucher came is asked about now.
    place = _last(case, ItemKind.INSTITUTION, "asked", "queued", "reserved")
    if place is not None and voucher is not None and voucher.status in ("issued", "expired"):
        reserved = place.status == "reserved"
        text = words(PLACEMENT["place_reserved" if reserved else "place_asked"])
        yield Line(what="place", standing="done" if reserved else "now", text=text)


def _decision(case: CaseState, application: Item, words: Words) -> Line:
    """When it is due, or which place in the queue the person has."""
    position = application.facts.get("position")
    if application.status == "registered":
        known = isinstance(position, int)
        text = words(PLACEMENT["queue_at" if known else "queue"], position=position if isinstance(position, int) else 0)
        return Line(what="queue", standing="now", text=text)
    due = next((step.due_at for step in case.live_steps if step.name == "voucher_decision"), None)
    text = words(PLACEMENT["decision"]) if due is None else words(PLACEMENT["decision_by"], day=due)
    return Line(what="decision", standing="now", text=text)


def _papers(case: CaseState) -> Papers | None:
    """What the package lacks is nobody's business; how much of it is there is told."""
    papers = [item for item in case.items_of(ItemKind.PAPER) if item.status != "not_needed"]
    if not papers:
        return None
    return Papers(there=sum(item.status == "received" for item in papers), of=len(papers))


def _last(case: CaseState, kind: ItemKind, *statuses: str) -> Item | None:
    found = [item for item in case.items_of(kind) if not statuses or item.status in statuses]
    return found[-1] if found else None


def _whom_to_ask(here: Content, words: Words) -> str:
    """The hotline with its hours, where the region has one; else the coordinator."""
    hotline = here.services.get(HOTLINE)
    if hotline is None:
        return words(ASK)
    phones = ", ".join(contact.value for contact in hotline.contacts if contact.kind == "phone")
    hours = here.hours.get(hotline.hours or "")
    shifts = [] if hours is None else [*dict.fromkeys(hours.week.values())]
    every_day = hours is not None and len(hours.week) == DAYS and len(shifts) == 1
    return " ".join(
        part
        for part in (
            words(ASK_HOTLINE),
            phones,
            words(Said(f"каждый день {shifts[0]}.", f"every day {shifts[0]}.")) if every_day else "",
            words(LATER),
        )
        if part
    )

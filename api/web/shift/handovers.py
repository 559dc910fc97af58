"""What a shift holds, and what became of one that was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.views.handover import HandoverSummary, HandoverView, PreviewView, ThingView
from api.web.chips import Chip
from api.web.desk import Desk
from api.web.people import Who
from marshrut.domain.handover import HandoverState, ItemState, Thing

KINDS: Mapping[ItemState, str] = {
    ItemState.TAKEN: "done",
    ItemState.NOT_TAKEN: "late",
    ItemState.KEPT: "amber",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step or a case of a shift: whom it is about, its clock, what stands in its way, its note, what became of it."""

    item: str
    case: bool
    who: str
    place: str
    title: str
    chip: Chip | None
    blocks: Sequence[str]
    note: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True)
class Shift:
    """What somebody would hand over now; `waiting`: the handover of theirs that waits already."""

    giver: str
    name: str
    hospital: str
    lines: Sequence[Line]
    waiting: str | None

    @property
    def steps(self) -> int:
        """How many of them are steps."""
        return sum(not line.case for line in self.lines)


@dataclass(frozen=True, slots=True)
class Handed:
    """A handover: from whom to whom, since when, how it stands, and what this reader may answer."""

    id: str
    title: str
    text: str
    state: str
    kind: str
    note: str
    lines: Sequence[Line]
    can: Sequence[str]

    @property
    def open(self) -> bool:
        """Whether it waits for this reader's answer."""
        return "acknowledge" in self.can or "decline" in self.can


async def shift(desk: Desk, preview: PreviewView) -> Shift:
    """A dry run of a handover."""
    lines = await _lines(desk, preview.items, preview.hospital)
    return Shift(preview.giver, desk.name_of(preview.giver), preview.hospital, lines, preview.open)


async def handed(desk: Desk, view: HandoverView) -> Handed:
    """A handover with all that is in it."""
    return _handed(desk, view, await _lines(desk, view.items, view.hospital), view.note or "")


def _handed(desk: Desk, view: HandoverSummary, lines: Sequence[Line], note: str) -> Handed:
    f = desk.at(view.hospital)
    to = desk.t("shift.to_team", role=desk.role(view.role)) if view.to is None else desk.name_of(view.to)
    kind = {HandoverState.OFFERED: "amber", HandoverState.DONE: "done", HandoverState.ACKNOWLEDGED: "done"}
    text = desk.t("shift.offered", when=f.when(view.offered_at))
    if view.answer is not None:
        who, when = desk.name_of(view.answer.by), f.when(view.answer.at)
        text = desk.t(f"shift.said_{view.state.value}", offered=text, who=who, when=when)
        if view.answer.reason is not None:
            text = desk.t("shift.because", text=text, reason=desk.said(view.answer.reason.title))
    return Handed(
        id=view.id,
        title=desk.t("shift.from_to", giver=desk.name_of(view.giver), to=to),
        text=text,
        state=desk.t(f"shift.state_{view.state.value}"),
        kind=kind.get(view.state, "late"),
        note=note,
        lines=lines,
        can=[str(each) for each in view.can],
    )


async def _lines(desk: Desk, things: Sequence[ThingView], hospital: str) -> list[Line]:
    known = {thing.case_id for thing in things if not thing.hidden}
    who = await desk.who(await desk.parts.search.finder.cases(list(known)))
    return [_line(desk, thing, who.get(thing.case_id), hospital) for thing in things]


def _line(desk: Desk, thing: ThingView, who: Who | None, hospital: str) -> Line:
    reasons = desk.parts.catalogue.at(hospital).reasons
    blocks = [desk.said(reasons[each.reason].title) if each.reason in reasons else each.reason for each in thing.blocks]
    case = thing.kind is Thing.CASE
    staged = case and not thing.hidden
    title = desk.t("shift.case_in", stage=desk.said(thing.title)) if staged else desk.said(thing.title)
    return Line(
        item=thing.item,
        case=case,
        who="" if who is None else who.name,
        place="" if who is None else who.place,
        title=title,
        chip=None if thing.clock is None else desk.chip(thing.clock, hospital),
        blocks=tuple(dict.fromkeys(blocks)),
        note=thing.note or "",
        state=_became(desk, thing),
        kind=KINDS.get(thing.state, ""),
    )


def _became(desk: Desk, thing: ThingView) -> str:
    if thing.state is ItemState.HELD:
        return ""
    said = desk.t(f"shift.item_{thing.state.value}")
    if thing.reason is not None:
        said = desk.t("shift.because", text=said, reason=desk.said(thing.reason.title))
    if thing.state is ItemState.TAKEN and thing.holder is not None:
        said = desk.t("shift.by", text=said, name=desk.name_of(thing.holder))
    return said

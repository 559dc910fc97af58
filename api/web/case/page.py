"""The page of a case as its template gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, Field

from api.web.case.aside import Aside, aside
from api.web.case.gathering import Gathered
from api.web.case.head import Head, code_of, head
from api.web.case.near import Near, near
from api.web.case.rights import Consents, Corrections, consents, corrections
from api.web.case.scores import Scale, scores
from api.web.case.steps import BlockView, OpenStep, Refused, blocks, open_steps
from api.web.case.timeline import Line, timeline
from api.web.case.tools import Tools, tools
from api.web.picture.rail import Stop, rail
from api.web.picture.reading import Told, route
from api.web.picture.shown import Shown, shown


class Looking(BaseModel):
    """What of a case is looked at: the picture from a day on, a step open, older lines, those of the system too."""

    first: date | None = Field(default=None, alias="from")
    step: str | None = Field(default=None, max_length=400)
    older: str | None = Field(default=None, max_length=500)
    whole: bool = Field(default=False, alias="all")


@dataclass(frozen=True, slots=True)
class Link:
    """A partner's link that was just issued: shown this once."""

    item_id: str
    url: str
    told: str


@dataclass(frozen=True, slots=True)
class InNeed:
    """That the reader looks at another hospital's case in need: which opening, and until when it stands."""

    opening_id: str
    until: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """`refused`: a form that was sent back. Fresh idempotency keys are made by the desk as each form is written."""

    case_id: str
    head: Head
    summary: str
    rail: tuple[Stop, ...]
    picture: Shown
    steps: tuple[OpenStep, ...]
    blocks: tuple[BlockView, ...]
    lines: tuple[Line, ...]
    older: str | None
    later_lines: bool
    whole: bool
    near: Near
    scores: tuple[Scale, ...]
    aside: Aside
    tools: Tools
    refused: Refused | None
    printed: str
    live: bool
    consents: Consents
    corrections: Corrections | None
    link: Link | None = None
    in_need: InNeed | None = None

    def kept(self, action: str, name: str, usual: str = "") -> str:
        """What a refused form of the case had in a field."""
        return usual if self.refused is None or self.refused.action != action else self.refused.value(name)

    def ticked(self, action: str, name: str, value: str, usual: bool = False) -> bool:  # noqa: FBT001, FBT002 - a template's
        """Whether a refused form of the case had a box ticked."""
        if self.refused is None or self.refused.action != action:
            return usual
        return value in self.refused.typed.get(name, ())


def case_page(of: Gathered, looking: Looking, refused: Refused | None = None, link: Link | None = None) -> CasePage:
    """The page, as somebody looks at it, with a form that was sent back or a link that was just issued."""
    desk, f = of.desk, of.voice.formats
    told = Told(of.state, of.titles(), of.voice, of.rules, paused_days=of.delay.paused_days)
    steps = open_steps(of, refused, looking.step)
    who = desk.name_of(desk.caller.user)
    printed_at = f"{f.full_day(desk.now)} {f.clock(desk.now)}"
    return CasePage(
        case_id=of.state.case_id,
        head=head(of),
        summary=_summary(of, len(steps), sum(len(step.blocks) for step in steps)),
        rail=rail(of.state, of.card, of.voice),
        picture=shown(route(told), f, of.voice.words, looking.first),
        steps=steps,
        blocks=blocks(steps),
        lines=timeline(of, whole=looking.whole),
        older=of.older,
        later_lines=looking.older is not None,
        whole=looking.whole,
        near=near(of),
        scores=scores(of),
        aside=aside(of),
        tools=tools(of),
        refused=refused,
        printed=desk.t("case.printed", code=code_of(of.state.case_id), who=who, when=printed_at),
        live=not of.state.closed,
        consents=consents(of),
        corrections=corrections(of),
        link=link,
        in_need=_in_need(of),
    )


def _in_need(of: Gathered) -> InNeed | None:
    if not of.reads_only or not of.openings:
        return None
    newest = of.openings[0]
    return InNeed(newest.id, of.voice.formats.when(newest.ends_at))


def _summary(of: Gathered, steps: int, blocked: int) -> str:
    t, f = of.desk.t, of.voice.formats
    parts: list[str] = []
    if of.state.admitted_at is not None and not (of.state.closed or of.state.awaited):
        parts.append(t("case.day", n=(f.today - f.local(of.state.admitted_at).date()).days + 1))
    parts.append(t("case.open_steps", n=steps))
    if blocked:
        parts.append(t("case.blocks_n", n=blocked))
    if of.state.catalogue is not None:
        parts.append(t("case.catalogue", version=of.state.catalogue[:12]))
    return " · ".join(parts)

"""The cards of the figures' page: from what the API says to what is placed, in words and numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from api.kpi.views import DelayCounts, FiguresView, Goal, PartnerAnswers, Sla
from api.web.charts import Axis, Bar, Dot, axis, bars, dot
from api.web.desk import Desk
from api.web.typesetting import NBSP
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import PartnerEntry, Service
from marshrut.domain.kpi.figures import apportioned

SIDES = ("social", "agency", "hospital", "family", "other")
# So many reasons have a row of their own; the rest share one.
REASONS, STEPS = 9, 12
UNEXPLAINED, OTHERS = "", "others"
HUNDRED = 100


def percent(desk: Desk, share: float | None) -> str:
    """A share, written."""
    return "–" if share is None else f"{desk.f.number(HUNDRED * share)}{NBSP}%"


@dataclass(frozen=True, slots=True)
class Part:
    """A side's part of the delay: which, and how many days."""

    side: str
    title: str
    days: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason, its letters in England's list, its bar, and the days of each side."""

    title: str
    letters: str
    days: str
    bar: Bar
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class DelayCard:
    """Delayed days by reason and by who is responsible; whole days that add up to `days`."""

    days: str
    rows: tuple[ReasonRow, ...]
    legend: tuple[Part, ...]


def delay_card(desk: Desk, delay: DelayCounts, content: Content) -> DelayCard:
    """The card of delayed days."""
    by_reason: defaultdict[str, dict[str, Fraction]] = defaultdict(dict)
    by_side: dict[str, Fraction] = dict.fromkeys(SIDES, Fraction(0))
    for share in delay.shares:
        party = content.parties.get(share.party or "")
        side, days = "other" if party is None else party.side, Fraction(str(share.days))
        known = by_reason[share.reason or UNEXPLAINED]
        known[side] = known.get(side, Fraction(0)) + days
        by_side[side] += days
    ranked = sorted(by_reason, key=lambda name: (-sum(by_reason[name].values()), name))
    rows, rest = ranked[:REASONS], ranked[REASONS:]
    if len(rest) == 1:
        rows, rest = ranked, []
    table = {name: by_reason[name] for name in rows}
    if rest:
        table[OTHERS] = _added(by_reason[name] for name in rest)
    whole = apportioned({name: sum(sides.values(), Fraction(0)) for name, sides in table.items()})
    drawn = bars([{side: float(sides[side]) for side in SIDES if side in sides} for sides in table.values()])
    return DelayCard(
        desk.f.number(delay.days),
        tuple(
            ReasonRow(
                title=desk.t("figures.others", n=len(rest)) if name == OTHERS else _reason(desk, content, name),
                letters=", ".join(content.reasons[name].delay) if name in content.reasons else "",
                days=desk.f.number(float(whole[name])),
                bar=bar,
                parts=_parts(desk, sides),
            )
            for (name, sides), bar in zip(table.items(), drawn, strict=True)
        ),
        _parts(desk, by_side),
    )


def _added(each: Iterable[dict[str, Fraction]]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for sides in each:
        for side, days in sides.items():
            found[side] = found.get(side, Fraction(0)) + days
    return found


def _parts(desk: Desk, sides: dict[str, Fraction]) -> tuple[Part, ...]:
    whole = apportioned(sides)
    return tuple(
        Part(side, desk.t(f"figures.side_{side}"), desk.f.number(float(whole[side])))
        for side in SIDES
        if sides.get(side)
    )


def _reason(desk: Desk, content: Content, name: str) -> str:
    if name == UNEXPLAINED:
        return desk.t("figures.unexplained")
    known = content.reasons.get(name)
    return name if known is None else desk.said(known.title)


def main_reason(desk: Desk, delay: DelayCounts, content: Content) -> str:
    """The reason that took most of the days, and how much; nothing where no day was lost."""
    taken: defaultdict[str, float] = defaultdict(float)
    for share in delay.shares:
        taken[share.reason or UNEXPLAINED] += share.days
    if not taken or not delay.days:
        return ""
    name = max(sorted(taken), key=lambda each: taken[each])
    part = round(HUNDRED * taken[name] / delay.days)
    said = _reason(desk, content, name)
    return desk.t("figures.reason_share", reason=said[:1].lower() + said[1:], share=part)


@dataclass(frozen=True, slots=True)
class SlaRow:
    """A step and its term: the share in time as a dot against its goal, of how many, and how long it took."""

    title: str
    term: str
    dot: Dot
    share: str
    goal: str
    n: str
    late_open: str
    p50: str
    p90: str


@dataclass(frozen=True, slots=True)
class SlaCard:
    """Steps in time: those with a goal of their own and those that are most often late; `more` are the others."""

    axis: Axis
    rows: tuple[SlaRow, ...]
    more: tuple[SlaRow, ...]
    mark: str


def sla_card(desk: Desk, figures: FiguresView, content: Content) -> SlaCard:
    """The card of steps in time."""
    known = [sla for sla in figures.sla if sla.share is not None]
    scale = axis([HUNDRED * (sla.share or 0) for sla in known])
    own = set() if content.goals is None else set(content.goals.steps)
    first = sorted(known, key=lambda sla: (sla.step not in own, -sla.missed, -sla.n, sla.step, sla.term))
    order = {name: number for number, name in enumerate(content.steps)}
    shown = sorted(first[:STEPS], key=lambda sla: (order.get(sla.step, len(order)), sla.term))
    marks = sorted({sla.goal.mark for sla in known if sla.goal is not None and not sla.goal.verified})
    return SlaCard(
        scale,
        tuple(_sla_row(desk, sla, scale, content) for sla in shown),
        tuple(_sla_row(desk, sla, scale, content) for sla in first[STEPS:]),
        ", ".join(marks),
    )


def _sla_row(desk: Desk, sla: Sla, scale: Axis, content: Content) -> SlaRow:
    entry = content.steps.get(sla.step)
    return SlaRow(
        title=sla.step if entry is None else desk.said(entry.title),
        term=term(desk, sla.term, sla.unit),
        dot=dot(HUNDRED * (sla.share or 0), None if sla.goal is None else sla.goal.value, scale),
        share=percent(desk, sla.share),
        goal="" if sla.goal is None else desk.t("figures.goal_said", goal=sla.goal.value),
        n=desk.f.number(sla.n),
        late_open=desk.t("figures.late_open", n=sla.late_open) if sla.late_open else "",
        p50=amount(desk, sla.p50),
        p90=amount(desk, sla.p90),
    )


def term(desk: Desk, text: str, unit: str) -> str:
    """`24 ч`, `5 раб. дн.`: a term as people say it."""
    return desk.t(f"figures.unit_{unit}", n=text.removesuffix(unit))


def amount(desk: Desk, value: float | None) -> str:
    """How long it took, in the unit of the term: one digit after the point where it is little."""
    if value is None:
        return "–"
    return desk.f.number(value, 0 if value >= 10 else 1)  # noqa: PLR2004 - ten and more are told whole


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner's answers for a programme."""

    programme: str
    partner: str
    asked: str
    answered: str
    silent: str
    share: str
    good: bool
    p50: str
    p90: str


def partner_rows(
    desk: Desk, answers: Sequence[PartnerAnswers], goal: Goal | None, content: Content
) -> tuple[PartnerRow, ...]:
    """Who was asked, whoever was least in time first."""
    ranked = sorted(answers, key=lambda each: (1.0 if each.share is None else each.share, -each.asked, each.partner))
    return tuple(
        PartnerRow(
            programme=_titled(desk, content.services, each.programme),
            partner=_titled(desk, content.partners, each.partner),
            asked=desk.f.number(each.asked),
            answered=desk.f.number(each.answered),
            silent=desk.f.number(each.silent),
            share=percent(desk, each.share),
            good=goal is None or each.share is None or round(HUNDRED * each.share) >= goal.value,
            p50=amount(desk, each.p50),
            p90=amount(desk, each.p90),
        )
        for each in ranked
    )


def _titled(desk: Desk, table: Mapping[str, Service] | Mapping[str, PartnerEntry], code: str) -> str:
    known = table.get(code)
    return code if known is None else desk.said(known.title)

"""Figures: what the service did in a period, and what costs days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.access import EXPORTERS
from api.kpi.counting import Days
from api.kpi.csv import Style
from api.kpi.views import DefinitionView, FiguresView, HospitalFigures, KpiView
from api.routes import export, kpi
from api.web.charts import Line, spark
from api.web.desk import Desk, OfExporter, OfOverseer
from api.web.figures_cards import (
    HUNDRED,
    DelayCard,
    PartnerRow,
    SlaCard,
    delay_card,
    main_reason,
    partner_rows,
    percent,
    sla_card,
)
from api.web.figures_trends import TrendCard, trend_cards
from api.web.periods import Choice, choices, chosen
from api.web.typesetting import NBSP
from marshrut.catalogue.content import Content
from marshrut.ports import StuckFilter

router = APIRouter(prefix="/figures")

CONTACT = "contact.first_contact"
SPARK_WEEKS = 8

Period = Annotated[str, Query(max_length=30)]
Hospital = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Defined:
    """What a figure counts, when, and what it leaves out."""

    code: str
    title: str
    counts: str
    at: str
    leaves_out: str


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure of the first row."""

    code: str
    title: str
    number: str
    small: str
    note: str


@dataclass(frozen=True, slots=True)
class HospitalRow:
    """A hospital's line; `query`: the same page of this hospital alone."""

    code: str
    query: str
    title: str
    cases: str
    discharged: str
    delayed: str
    per_100: str
    spark: Line | None
    contact: str
    stuck: str
    reason: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen."""

    code: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Page:
    """All of it. `query`: what an export asks for the same of. `empty`: nothing happened at all."""

    subtitle: str
    running: bool
    periods: tuple[Option, ...]
    hospitals: tuple[Option, ...]
    query: str
    may_export: bool
    empty: bool
    stats: tuple[Stat, ...]
    delay: DelayCard
    sla: SlaCard
    trends: tuple[TrendCard, ...]
    partners: tuple[PartnerRow, ...]
    rows: tuple[HospitalRow, ...]
    defined: dict[str, Defined]


@router.get("")
async def figures(desk: OfOverseer, period: Period = "", hospital: Hospital = "") -> Response:
    """The figures of a period, of all hospitals of the reader or of one."""
    choice = chosen(period, desk.f.today, desk.f, desk.t)
    view = await kpi.kpi(desk.caller, desk.parts, choice.days.since, choice.days.until, hospital or None, compare=True)
    return await desk.page("figures.html", await _page(desk, view, choice, hospital), section="figures")


@router.get("/export/{what}")
async def exported(
    desk: OfExporter,
    what: Literal["kpi", "hospitals", "steps", "ocel2", "xes"],
    period: Period = "",
    hospital: Hospital = "",
) -> Response:
    """The same as a file; for Russian readers a table that opens in their spreadsheet by a click."""
    days, parts, caller = chosen(period, desk.f.today, desk.f, desk.t).days, desk.parts, desk.caller
    since, until, where = days.since, days.until, hospital or None
    if what == "ocel2":
        return await export.ocel2(caller, parts, since, until, where)
    if what == "xes":
        return await export.xes(caller, parts, since, until, where)
    style: Style = "excel" if desk.language == "ru" else "plain"
    return await export.figures(caller, parts, since, until, where, what, style, desk.language)


async def _page(desk: Desk, view: KpiView, choice: Choice, hospital: str) -> Page:
    catalogue = desk.parts.catalogue
    content = catalogue if not hospital else catalogue.at(hospital)
    total, past = view.total, None if view.before is None else view.before.total
    whose = desk.hospital(hospital) if hospital else desk.t("figures.hospitals", n=len(view.hospitals))
    known = choices(desk.f.today, desk.f, desk.t)
    allowed = [code for code in desk.parts.zones if desk.caller.hospitals is None or code in desk.caller.hospitals]
    return Page(
        subtitle=desk.t(
            "figures.subtitle",
            period=choice.title if choice.title[:1].isdigit() else choice.title[:1].lower() + choice.title[1:],
            hospitals=whose,
            time=desk.f.when(desk.now),
        ),
        running=choice.days.until > desk.f.today,
        periods=tuple(
            Option(each.code, each.title, each.code == choice.code)
            for each in (known if choice in known else (choice, *known))
        ),
        hospitals=(
            Option("", desk.t("figures.all_hospitals"), not hospital),
            *(Option(code, desk.hospital(code), code == hospital) for code in sorted(allowed, key=desk.hospital)),
        ),
        query=urlencode({"period": choice.code, "hospital": hospital}),
        may_export=desk.caller.role in EXPORTERS,
        empty=_nothing(total),
        stats=_stats(desk, total, past, None if view.before is None else Days(view.before.since, view.before.until)),
        delay=delay_card(desk, total.delay, content),
        sla=sla_card(desk, total, content),
        trends=trend_cards(desk, view.weeks or [], total, past),
        partners=partner_rows(desk, total.answers.by_partner, total.answers.goal, content),
        rows=await _rows(desk, view.hospitals, choice),
        defined={each.code: _defined(desk, each) for each in view.definitions},
    )


def _nothing(total: FiguresView) -> bool:
    counts = (total.cases.opened, total.cases.closed, total.cases.discharged, total.cases.enquiries_opened)
    return not any((*counts, total.issues.raised, total.services.delivered, total.delay.days, total.terms.met))


def _stats(desk: Desk, total: FiguresView, past: FiguresView | None, before: Days | None) -> tuple[Stat, ...]:
    """People, cases, issues and services, apart: each says what it counts."""
    a_case = _each(desk, "a_case", total.issues.raised, total.cases.opened)
    an_issue = _each(desk, "an_issue", total.services.delivered, total.issues.raised)
    numbers = {
        "people": (total.people, None if past is None else past.people, ""),
        "cases": (total.cases.opened, None if past is None else past.cases.opened, ""),
        "issues": (total.issues.raised, None, a_case),
        "services": (total.services.delivered, None, an_issue),
    }
    return tuple(
        Stat(
            code=code,
            title=desk.t(f"figures.{code}"),
            number=desk.f.number(now),
            small=beside or _change(desk, now, earlier, before),
            note=desk.t(f"figures.{code}_note"),
        )
        for code, (now, earlier, beside) in numbers.items()
    )


def _each(desk: Desk, key: str, many: int, of: int) -> str:
    return desk.t(f"figures.{key}", number=desk.f.number(many / of, 1)) if of else ""


def _change(desk: Desk, now: int, earlier: int | None, before: Days | None) -> str:
    """By how much it changed, and against which days; nothing where there was nothing before."""
    if not earlier or before is None:
        return ""
    change = round(HUNDRED * (now - earlier) / earlier)
    sign = "+" if change > 0 else "\u2212" if change < 0 else ""
    return desk.t("figures.change_of", change=f"{sign}{abs(change)}{NBSP}%", period=_span(desk, before))


def _span(desk: Desk, days: Days) -> str:
    """`01.10–31.10`; a day alone."""
    last = days.until - timedelta(days=1)
    first, end = desk.f.day(days.since), desk.f.day(last)
    return first if first == end else f"{first}–{end}"


async def _rows(desk: Desk, hospitals: Sequence[HospitalFigures], choice: Choice) -> tuple[HospitalRow, ...]:
    """Hospitals, the most delayed first. What is stuck is counted as the board counts it."""
    ranked = sorted(hospitals, key=lambda each: (-(each.figures.delay.per_100 or -1), desk.hospital(each.hospital)))
    return tuple([await _row(desk, each, choice) for each in ranked])


async def _row(desk: Desk, each: HospitalFigures, choice: Choice) -> HospitalRow:
    figures, code = each.figures, each.hospital
    contact = figures.terms_by_step.get(CONTACT)
    which = StuckFilter(desk.caller.hospitals, desk.caller.onlooker, hospital=code)
    page = await desk.parts.stuck.stuck(which, desk.now, limit=1, cursor=None)
    content: Content = desk.parts.catalogue.at(code)
    per_100 = figures.delay.per_100
    return HospitalRow(
        code=code,
        query=urlencode({"period": choice.code, "hospital": code}),
        title=desk.hospital(code),
        cases=desk.f.number(figures.cases.opened),
        discharged=desk.f.number(figures.cases.discharged),
        delayed=desk.f.number(figures.delay.days),
        per_100="–" if per_100 is None else desk.f.number(per_100),
        spark=spark([week.per_100 for week in (each.weeks or [])[-SPARK_WEEKS:]]),
        contact=percent(desk, None if contact is None else contact.share),
        stuck=desk.f.number(page.total),
        reason=main_reason(desk, figures.delay, content),
    )


def _defined(desk: Desk, definition: DefinitionView) -> Defined:
    said = desk.said
    return Defined(
        definition.code,
        said(definition.title),
        said(definition.counts),
        said(definition.at),
        said(definition.leaves_out),
    )

"""Figures as tables for a spreadsheet: CSV, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from api.kpi.views import FiguresView, KpiView
from marshrut.catalogue.model import Catalogue

Table = Literal["kpi", "hospitals", "steps"]
Style = Literal["plain", "excel"]
Language = Literal["ru", "en"]
Cell = str | int | float | None

ALL = "all"
# A cell that begins like this is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
BOM = "\ufeff"
HOSPITALS = (
    "hospital", "title", "people", "cases_opened", "cases_closed", "discharged", "issues_raised", "issues_resolved",
    "services", "delayed_days", "delayed_days_per_100", "terms_met", "terms_missed", "terms_share", "ready_p50_days",
    "ready_p90_days", "answers_share", "answers_p50_wd", "answers_p90_wd",
)  # fmt: skip
STEPS = (
    "hospital", "step", "title", "term", "unit", "goal_percent", "goal_mark", "n", "met", "missed", "late_open",
    "share", "p50", "p90",
)  # fmt: skip


def written(view: KpiView, table: Table, style: Style, catalogue: Catalogue, language: Language) -> str:
    """The table. `plain` is RFC 4180: commas, points, no BOM.

    `excel` opens by a click where people write decimal commas: semicolons, such commas, and a BOM, without which a
    spreadsheet takes Cyrillic for something else.
    """
    excel = style == "excel"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if excel else ",", lineterminator="\r\n")
    for row in _rows(view, table, catalogue, language):
        writer.writerow([safe(cell, decimal_comma=excel) for cell in row])
    return (BOM if excel else "") + out.getvalue()


def safe(cell: Cell, *, decimal_comma: bool = False) -> str:
    """What stands in a cell: a number as it is, a text that looks like a formula as a text."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell).replace(".", ",") if decimal_comma else str(cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _rows(view: KpiView, table: Table, catalogue: Catalogue, language: Language) -> Iterator[Iterable[Cell]]:
    each = {ALL: view.total} | {one.hospital: one.figures for one in view.hospitals}
    match table:
        case "kpi":
            yield ("hospital", "from", "until", "figure", "value")
            for code, figures in each.items():
                for name, value in _flat(figures):
                    yield (code, view.since.isoformat(), view.until.isoformat(), name, value)
        case "hospitals":
            yield HOSPITALS
            for code, figures in each.items():
                yield (code, _hospital(code, catalogue, language), *_summary(figures))
        case "steps":
            yield STEPS
            for code, figures in each.items():
                yield from _steps(code, figures, catalogue, language)


def _hospital(code: str, catalogue: Catalogue, language: Language) -> str | None:
    known = catalogue.hospitals.get(code)
    return None if known is None else str(getattr(known.title, language))


def _summary(figures: FiguresView) -> Iterator[Cell]:
    yield from (figures.people, figures.cases.opened, figures.cases.closed, figures.cases.discharged)
    yield from (figures.issues.raised, figures.issues.resolved, figures.services.delivered)
    yield from (figures.delay.days, figures.delay.per_100)
    yield from (figures.terms.met, figures.terms.missed, figures.terms.share)
    yield from (figures.ready.p50, figures.ready.p90)
    yield from (figures.answers.share, figures.answers.p50, figures.answers.p90)


def _steps(code: str, figures: FiguresView, catalogue: Catalogue, language: Language) -> Iterator[Iterable[Cell]]:
    content = catalogue if code == ALL else catalogue.at(code)
    for sla in figures.sla:
        known = content.steps.get(sla.step)
        title = None if known is None else str(getattr(known.title, language))
        goal = (None, None) if sla.goal is None else (sla.goal.value, sla.goal.mark)
        counts = (sla.n, sla.met, sla.missed, sla.late_open, sla.share, sla.p50, sla.p90)
        yield (code, sla.step, title, sla.term, sla.unit, *goal, *counts)


def _flat(figures: FiguresView) -> Iterator[tuple[str, Cell]]:
    """Every figure by its path in the API's answer; the tables of steps and partners have rows of their own."""
    told = figures.model_dump(exclude={"sla": True, "answers": {"by_partner", "goal"}, "delay": {"shares", "goal"}})
    yield from _paths("", told)
    for share in figures.delay.shares:
        yield f"delay.shares.{share.reason or 'unexplained'}.{share.party or 'nobody'}", share.days
    for each in figures.answers.by_partner:
        counts = each.model_dump(exclude={"programme", "partner"})
        yield from _paths(f"answers.{each.programme}.{each.partner}.", counts)


def _paths(prefix: str, told: Mapping[str, object]) -> Iterator[tuple[str, Cell]]:
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield from _paths(f"{prefix}{name}.", value)
        elif isinstance(value, str | int | float) or value is None:
            yield f"{prefix}{name}", value

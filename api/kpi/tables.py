"""From what was counted to what the API shows: names for numbers, and no ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.kpi.counting import Tables
from api.kpi.views import (
    AnswerCounts,
    BeforeView,
    CaseCounts,
    DefinitionView,
    DelayCounts,
    DelayShare,
    FiguresView,
    Goal,
    HospitalFigures,
    IssueCounts,
    KpiView,
    NeedCounts,
    PartnerAnswers,
    ReadyCounts,
    ServiceCounts,
    Sla,
    TermCounts,
    WeekView,
)
from api.views.titles import Title
from marshrut.catalogue.entries import Amount, GoalsEntry
from marshrut.catalogue.model import Catalogue
from marshrut.domain.kpi import Answers, Figures, Kept, Pace, Timed
from marshrut.domain.kpi.figures import Spread, apportioned, percentile
from marshrut.domain.kpi.weeks import Week
from marshrut.domain.kpi.worked import HUNDREDTHS
from marshrut.domain.kpi_words import DEFINITIONS, Wording


def kpi_view(tables: Tables, catalogue: Catalogue) -> KpiView:
    """All of it, without ids."""
    known, compared = tables.total, tables.before is not None
    return KpiView(
        since=tables.days.since,
        until=tables.days.until,
        total=figures_view(known.figures, catalogue.goals),
        before=None
        if tables.before is None or known.before is None
        else BeforeView(
            since=tables.before.since,
            until=tables.before.until,
            total=figures_view(known.before, catalogue.goals),
        ),
        weeks=[_week(week) for week in known.course] if compared else None,
        hospitals=[
            HospitalFigures(
                hospital=code,
                figures=figures_view(each.figures, catalogue.at(code).goals),
                weeks=[_week(week) for week in each.course] if compared else None,
            )
            for code, each in tables.hospitals.items()
        ],
        definitions=definitions(),
    )


def figures_view(figures: Figures, goals: GoalsEntry | None) -> FiguresView:
    """Counts without ids."""
    needs = sorted({*figures.raised, *figures.resolved, *figures.unmet})
    return FiguresView(
        people=len(figures.people),
        cases=CaseCounts(
            opened=figures.opened,
            closed=figures.closed,
            discharged=figures.discharged,
            void=figures.void,
            enquiries_opened=figures.enquiries_opened,
            enquiries_closed=figures.enquiries_closed,
        ),
        issues=IssueCounts(
            raised=_all(figures.raised),
            resolved=_all(figures.resolved),
            unmet=_all(figures.unmet),
            by_need={
                need: NeedCounts(
                    raised=figures.raised.get(need, 0),
                    resolved=figures.resolved.get(need, 0),
                    unmet=figures.unmet.get(need, 0),
                )
                for need in needs
            },
        ),
        services=ServiceCounts(delivered=_all(figures.services), by_source=dict(sorted(figures.services.items()))),
        terms=_terms(sum(figures.terms.values(), Kept())),
        terms_by_step={name: _terms(kept) for name, kept in sorted(figures.terms.items())},
        sla=[_sla(pace, timed, goals) for pace, timed in sorted(figures.paces.items())],
        delay=_delay(figures, goals),
        ready=ReadyCounts(n=sum(figures.ready.values()), **_percentiles(figures.ready)),
        answers=_answers(figures.answers, goals),
    )


def _sla(pace: Pace, timed: Timed, goals: GoalsEntry | None) -> Sla:
    n = timed.met + timed.missed
    return Sla(
        step=pace.step,
        term=f"{pace.amount}{pace.unit}",
        unit=pace.unit,
        goal=None if goals is None else _goal(goals.of(pace.step)),
        n=n,
        met=timed.met,
        missed=timed.missed,
        late_open=timed.late_open,
        share=_share(timed.met, n),
        **_percentiles(timed.spent),
    )


def _delay(figures: Figures, goals: GoalsEntry | None) -> DelayCounts:
    shares = apportioned(figures.delay_shares, digits=2)
    return DelayCounts(
        days=figures.delayed_days,
        by_reason=dict(sorted(figures.delay_reasons.items())),
        by_party=dict(sorted(figures.delay_parties.items())),
        shares=[
            DelayShare(reason=held.reason or None, party=held.responsible or None, days=float(days))
            for held, days in sorted(shares.items(), key=lambda each: (-each[1], each[0]))
        ],
        per_100=_per_100(figures.delayed_days, figures.discharged),
        goal=None if goals is None else _goal(goals.delayed_per_100),
    )


def _answers(answers: Mapping[tuple[str, str], Answers], goals: GoalsEntry | None) -> AnswerCounts:
    return AnswerCounts(
        **_answered(sum(answers.values(), Answers())),
        goal=None if goals is None else _goal(goals.partner_answers),
        by_partner=[
            PartnerAnswers(programme=programme, partner=partner, **_answered(each))
            for (programme, partner), each in sorted(answers.items())
        ],
    )


def _answered(known: Answers) -> dict[str, Any]:
    counts = {name: getattr(known, name) for name in ("asked", "answered", "in_time", "silent")}
    return {**counts, "share": _share(known.in_time, known.settled), **_percentiles(known.spent)}


def _week(week: Week) -> WeekView:
    ready = _percentiles(week.ready)
    return WeekView(
        first=week.first,
        discharged=week.discharged,
        delayed_days=week.delayed_days,
        per_100=_per_100(week.delayed_days, week.discharged),
        ready_p50=ready["p50"],
        ready_p90=ready["p90"],
        settled=week.settled,
        in_time=week.in_time,
        share=_share(week.in_time, week.settled),
    )


def _goal(amount: Amount) -> Goal:
    return Goal(value=amount.value, mark=amount.mark, source=amount.source, verified=not amount.unverified)


def _percentiles(spread: Spread) -> dict[str, float | None]:
    found = {f"p{percent}": percentile(spread, percent) for percent in (50, 90)}
    return {name: None if value is None else value / HUNDREDTHS for name, value in found.items()}


def _per_100(days: int, discharged: int) -> float | None:
    return round(100 * days / discharged, 1) if discharged else None


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def definitions() -> list[DefinitionView]:
    """What each figure means."""
    return [
        DefinitionView(
            code=each.code,
            title=_title(each.title),
            counts=_title(each.counts),
            at=_title(each.at),
            leaves_out=_title(each.leaves_out),
        )
        for each in DEFINITIONS
    ]


def _terms(kept: Kept) -> TermCounts:
    share = _share(kept.met, kept.met + kept.missed)
    return TermCounts(met=kept.met, missed=kept.missed, extended=kept.extended, share=share)


def _all(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _title(wording: Wording) -> Title:
    return Title(ru=wording.ru, en=wording.en)

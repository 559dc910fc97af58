"""The figures as the API shows them: counts and codes, and beside each what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from api.titles import Title
from marshrut.domain.kpi import Figures, Kept
from marshrut.domain.kpi_words import DEFINITIONS, Wording


class CaseCounts(BaseModel):
    """Hospital episodes; enquiries apart. `void`: cancelled, merged or screened out, and counted nowhere else."""

    opened: int
    closed: int
    void: int
    enquiries_opened: int
    enquiries_closed: int


class IssueCounts(BaseModel):
    """Needs agreed, met and left unmet; `by_need`: the same by need."""

    raised: int
    resolved: int
    unmet: int
    by_need: dict[str, NeedCounts]


class NeedCounts(BaseModel):
    """One need."""

    raised: int
    resolved: int
    unmet: int


class ServiceCounts(BaseModel):
    """What was delivered; `by_source`: `referral.<programme>`, `session.<programme>` or `track.step`."""

    delivered: int
    by_source: dict[str, int]


class TermCounts(BaseModel):
    """Of the steps whose term was kept or missed. `share`: kept, of both; null when there were none."""

    met: int
    missed: int
    extended: int
    share: float | None


class DelayCounts(BaseModel):
    """Delayed days; one with two reasons is one day, and counts for each of them and of their parties."""

    days: int
    by_reason: dict[str, int]
    by_party: dict[str, int]


class FiguresView(BaseModel):
    """All that is counted."""

    people: int
    cases: CaseCounts
    issues: IssueCounts
    services: ServiceCounts
    terms: TermCounts
    terms_by_step: dict[str, TermCounts]
    delay: DelayCounts


class HospitalFigures(BaseModel):
    """The figures of one hospital."""

    hospital: str
    figures: FiguresView


class DefinitionView(BaseModel):
    """What a figure counts, which instant puts it into a period, and what it leaves out."""

    code: str
    title: Title
    counts: Title
    at: Title
    leaves_out: Title


class KpiView(BaseModel):
    """The figures of a period: from the midnight before its first day on, before that of `until`, in each hospital."""

    since: date
    until: date
    total: FiguresView
    hospitals: list[HospitalFigures]
    definitions: list[DefinitionView]


def figures_view(figures: Figures) -> FiguresView:
    """Counts without ids."""
    needs = sorted({*figures.raised, *figures.resolved, *figures.unmet})
    return FiguresView(
        people=len(figures.people),
        cases=CaseCounts(
            opened=figures.opened,
            closed=figures.closed,
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
        delay=DelayCounts(
            days=figures.delayed_days,
            by_reason=dict(sorted(figures.delay_reasons.items())),
            by_party=dict(sorted(figures.delay_parties.items())),
        ),
    )


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
    of = kept.met + kept.missed
    share = round(kept.met / of, 4) if of else None
    return TermCounts(met=kept.met, missed=kept.missed, extended=kept.extended, share=share)


def _all(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _title(wording: Wording) -> Title:
    return Title(ru=wording.ru, en=wording.en)

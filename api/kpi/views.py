"""The figures as the API shows them: counts and codes, and beside each what it counts."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from api.views.titles import Title


class CaseCounts(BaseModel):
    """Hospital episodes; enquiries apart. `discharged`: patients who left the ward.

    `void`: cancelled, merged or screened out, and counted nowhere else.
    """

    opened: int
    closed: int
    discharged: int
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


class Goal(BaseModel):
    """What a figure is compared with, by the catalogue; only what is marked S is verified."""

    value: int
    mark: str
    source: str
    verified: bool


class Sla(BaseModel):
    """A step with one of its terms, as in `24h`: how many were done in time, of all whose term was kept or is over.

    `late_open`: of those missed, how many are still to be done. `p50`, `p90`: in how much time half of them, and nine
    of ten, were done, in units of the term (`unit`); pauses do not count, and what is still open has taken this long.
    """

    step: str
    term: str
    unit: str
    goal: Goal | None
    n: int
    met: int
    missed: int
    late_open: int
    share: float | None
    p50: float | None
    p90: float | None


class DelayShare(BaseModel):
    """What one reason and the party that had to move took of the delayed days; null: nobody has said why."""

    reason: str | None
    party: str | None
    days: float


class DelayCounts(BaseModel):
    """Delayed days; one with two reasons is one day, and counts for each of them and of their parties.

    In `shares` it is shared between them, so these add up to `days`. `per_100`: for 100 discharges of the period.
    """

    days: int
    by_reason: dict[str, int]
    by_party: dict[str, int]
    shares: list[DelayShare]
    per_100: float | None
    goal: Goal | None


class PartnerAnswers(BaseModel):
    """What a partner was asked for a programme: requests sent, answered, answered in time, and those never answered.

    `share`: in time, of those answered and those never. `p50`, `p90`: in how many of the team's working days.
    """

    programme: str
    partner: str
    asked: int
    answered: int
    in_time: int
    silent: int
    share: float | None
    p50: float | None
    p90: float | None


class AnswerCounts(BaseModel):
    """The answers of all partners together, and of each."""

    asked: int
    answered: int
    in_time: int
    silent: int
    share: float | None
    p50: float | None
    p90: float | None
    goal: Goal | None
    by_partner: list[PartnerAnswers]


class ReadyCounts(BaseModel):
    """How many people became socially ready, and in how many days after their admission."""

    n: int
    p50: float | None
    p90: float | None


class FiguresView(BaseModel):
    """All that is counted."""

    people: int
    cases: CaseCounts
    issues: IssueCounts
    services: ServiceCounts
    terms: TermCounts
    terms_by_step: dict[str, TermCounts]
    sla: list[Sla]
    delay: DelayCounts
    ready: ReadyCounts
    answers: AnswerCounts


class WeekView(BaseModel):
    """A week that is over, by its Monday: delayed days and discharges, social readiness, partners' answers."""

    first: date
    discharged: int
    delayed_days: int
    per_100: float | None
    ready_p50: float | None
    ready_p90: float | None
    settled: int
    in_time: int
    share: float | None


class HospitalFigures(BaseModel):
    """The figures of one hospital."""

    hospital: str
    figures: FiguresView
    weeks: list[WeekView] | None


class BeforeView(BaseModel):
    """The period before, as much of it as is compared."""

    since: date
    until: date
    total: FiguresView


class DefinitionView(BaseModel):
    """What a figure counts, which instant puts it into a period, and what it leaves out."""

    code: str
    title: Title
    counts: Title
    at: Title
    leaves_out: Title


class KpiView(BaseModel):
    """The figures of a period: from the midnight before its first day on, before that of `until`, in each hospital.

    With `compare`: `before`, and week by week those of the period that are over, at least twelve.
    """

    since: date
    until: date
    total: FiguresView
    before: BeforeView | None
    weeks: list[WeekView] | None
    hospitals: list[HospitalFigures]
    definitions: list[DefinitionView]

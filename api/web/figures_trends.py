"""The courses of the figures' page: delay, social readiness and partners' answers, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.kpi.views import FiguresView, Goal, WeekView
from api.web.charts import Course, Line, course
from api.web.desk import Desk
from api.web.figures_cards import HUNDRED, amount
from api.web.typesetting import NBSP
from marshrut.domain.kpi.weeks import FEWEST


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A week of a course, as the table beside the picture says it."""

    day: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A name at a place of a picture."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class TrendCard:
    """A figure's course: its picture, what it says in a sentence, and the same as a table.

    `ends`: what stands behind the last point of each line. `was`: the figure of the period before.
    """

    code: str
    title: str
    unit: str
    course: Course
    goal: str
    days: tuple[Label, ...]
    ends: tuple[tuple[Line, str], ...]
    said: str
    columns: tuple[str, ...]
    rows: tuple[WeekRow, ...]
    was: str

    @property
    def known(self) -> bool:
        """Whether any week has a value."""
        return any(line is not None for line in self.course.lines)


def trend_cards(
    desk: Desk, weeks: Sequence[WeekView], total: FiguresView, before: FiguresView | None
) -> tuple[TrendCard, ...]:
    """Delay, social readiness and partners' answers, week by week: from when there was anything, twelve at least."""
    weeks = _told(weeks)
    shares = [None if week.share is None else HUNDRED * week.share for week in weeks]
    past = None if before is None or before.answers.share is None else HUNDRED * before.answers.share
    delay = [week.per_100 for week in weeks]
    ready = [[week.ready_p90 for week in weeks], [week.ready_p50 for week in weeks]]
    was = (None, None, None) if before is None else (before.delay.per_100, before.ready.p90, past)
    return (
        _trend(desk, "delay", weeks, [delay], goal=total.delay.goal, before=was[0]),
        _trend(desk, "ready", weeks, ready, names=("p90", "p50"), before=was[1]),
        _trend(desk, "answers", weeks, [shares], goal=total.answers.goal, shares=True, before=was[2]),
    )


def _told(weeks: Sequence[WeekView]) -> Sequence[WeekView]:
    """Without the weeks before the first of which anything is known."""
    first = next((number for number, week in enumerate(weeks) if _known(week)), len(weeks))
    return weeks[min(first, max(0, len(weeks) - FEWEST)) :]


def _known(week: WeekView) -> bool:
    return bool(week.discharged or week.delayed_days or week.settled) or week.ready_p50 is not None


def _trend(  # noqa: PLR0913 - what a picture is made of
    desk: Desk,
    code: str,
    weeks: Sequence[WeekView],
    series: Sequence[Sequence[float | None]],
    *,
    names: Sequence[str] = ("",),
    goal: Goal | None = None,
    before: float | None,
    shares: bool = False,
) -> TrendCard:
    drawn = course(series, None if goal is None else goal.value, shares=shares)
    columns = tuple(desk.t(f"figures.{name}") if name else desk.t(f"figures.trend_{code}") for name in names)
    ends = [
        (
            line,
            " ".join(
                part for part in (_value(desk, code, line.last), desk.t(f"figures.{name}") if name else "") if part
            ),
        )
        for line, name in zip(drawn.lines, names, strict=True)
        if line is not None
    ]
    known = [value for value in series[0] if value is not None]
    said = (
        desk.t(
            "figures.trend_said",
            title=desk.t(f"figures.trend_{code}"),
            unit=desk.t(f"figures.trend_{code}_note"),
            first=_value(desk, code, known[0]),
            last=_value(desk, code, known[-1]),
            since=desk.f.day(weeks[0].first),
            until=desk.f.day(weeks[-1].first),
        )
        if known
        else ""
    )
    return TrendCard(
        code=code,
        title=desk.t(f"figures.trend_{code}"),
        unit=desk.t(f"figures.trend_{code}_note"),
        course=drawn,
        goal="" if goal is None else desk.t("figures.goal", goal=goal.value),
        days=_days(desk, weeks, drawn),
        ends=tuple(ends),
        said=said,
        columns=columns,
        rows=tuple(
            WeekRow(desk.f.day(week.first), tuple(_value(desk, code, each[number]) for each in series))
            for number, week in enumerate(weeks)
        ),
        was="" if before is None else desk.t("figures.was", number=_value(desk, code, before)),
    )


def _days(desk: Desk, weeks: Sequence[WeekView], drawn: Course) -> tuple[Label, ...]:
    """The first week, one in the middle, the last; none where no hospital is counted."""
    numbers = sorted({0, len(weeks) // 2, len(weeks) - 1}) if weeks else []
    return tuple(Label(drawn.xs[number], desk.f.day(weeks[number].first)) for number in numbers)


def _value(desk: Desk, code: str, value: float | None) -> str:
    if value is None:
        return desk.t("figures.none")
    if code == "answers":
        return f"{desk.f.number(value)}{NBSP}%"
    whole = round(value) if value >= 10 else round(value, 1)  # noqa: PLR2004 - ten and more are told whole
    return desk.t("figures.value_days", n=whole, number=amount(desk, value))

"""A clock's explanation in the form of a strip of days, a ladder of people and a list of what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.explanation.form import ClockDetail, ClockExplanation, DayView
from api.explanation.words import term_in_words
from api.web.chips import Chip
from api.web.naming import Voice
from marshrut.domain.calendar import DayKind
from marshrut.domain.clock import WORKING
from marshrut.domain.explain import Mark, RungState
from marshrut.domain.state import CaseState

# Days of the strip; of a longer one the middle is left out.
MOST = 40
EDGE = 14
HOUR_S = 3600
RUNGS = {RungState.PASSED: "ok", RungState.NEXT: "nx", RungState.AHEAD: "", RungState.VOID: ""}


@dataclass(frozen=True, slots=True)
class Day:
    """A day. `kind`: ct counted, sk skipped, ps paused, td today, du due, or nothing."""

    kind: str
    day: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class RungView:
    """Who is told, and when. `kind`: ok told, nx next."""

    kind: str
    name: str
    when: str
    whom: str


@dataclass(frozen=True, slots=True)
class ClockPage:
    """`title`: why it is due then; `rows`: (name, text) of what the clock is made of; `skipped`: days left out.

    `hours`: at which hours people are told.
    """

    step_id: str
    step: str
    who: str
    back: str
    chip: Chip
    title: str
    lead: str
    due: str = ""
    figures: str = ""
    days: tuple[Day, ...] = ()
    skipped: int = 0
    rungs: tuple[RungView, ...] = ()
    hours: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    next: str = ""
    counted: str = ""


def clock_page(  # noqa: PLR0913 - all that is told together
    told: ClockExplanation,
    case: CaseState,
    voice: Voice,
    *,
    chip: Chip,
    unpaused: datetime | None,
    who: str,
    back: str,
) -> ClockPage:
    """The explanation as a page shows it. `unpaused`: when it would be due if nothing had paused it."""
    t, f, names = voice.words, voice.formats, voice.names
    clock = told.clock
    if clock is None:
        return ClockPage(
            step_id=told.step_id,
            step=names.said(told.title),
            who=who,
            back=back,
            chip=chip,
            title=t("clock.none", step=names.said(told.title)),
            lead=t("clock.none_lead"),
        )
    days, skipped = _days(clock, voice)
    day = f"{f.weekday(clock.due_at)} {f.prose_day(clock.due_at)}"
    due = f"{f.weekday(clock.due_at)} {f.when(clock.due_at)}"
    return ClockPage(
        step_id=told.step_id,
        step=names.said(told.title),
        who=who,
        back=back,
        chip=chip,
        title=t("clock.title", day=day, time=f.clock(clock.due_at)),
        due=due,
        lead=names.said(clock.start.text),
        figures=_figures(clock, voice),
        days=days,
        skipped=skipped,
        rungs=_rungs(clock, voice),
        hours=t("clock.ladder_emergency" if clock.emergency else "clock.ladder_hint"),
        rows=_rows(told, clock, case, unpaused, voice),
        next=_next(clock, voice),
        counted=_counted(clock, voice),
    )


def _figures(clock: ClockDetail, voice: Voice) -> str:
    t = voice.words
    counted = sum(1 for day in clock.days if day.number is not None and day.date < voice.formats.today)
    off = sum(1 for day in clock.days if _off(day, clock))
    paused = sum(1 for day in clock.days if day.paused_s > 0)
    parts = [t("clock.used", share=round(100 * clock.used_s / clock.budget_s) if clock.budget_s else 100)]
    if _in_working_days(clock) and clock.term is not None:
        parts.insert(0, t("clock.counted_of", n=min(counted, clock.term.amount), of=clock.term.amount))
    if off:
        parts.append(t("clock.skipped", n=off))
    if paused:
        parts.append(t("clock.paused", n=paused))
    return " · ".join(parts)


def _in_working_days(clock: ClockDetail) -> bool:
    return clock.term is not None and clock.term.unit == "wd"


def _off(day: DayView, clock: ClockDetail) -> bool:
    working = clock.term is not None and clock.term.unit in WORKING
    return working and day.kind in {DayKind.WEEKEND, DayKind.DAY_OFF}


def _days(clock: ClockDetail, voice: Voice) -> tuple[tuple[Day, ...], int]:
    shown: Sequence[DayView] = clock.days
    skipped = 0
    if len(shown) > MOST:
        skipped = len(shown) - 2 * EDGE
        shown = [*shown[:EDGE], *shown[-EDGE:]]
    return tuple(_day(day, clock, voice) for day in shown), skipped


def _day(day: DayView, clock: ClockDetail, voice: Voice) -> Day:
    f = voice.formats
    parts = [*_counts(day, clock, voice), *_marks(day, clock, voice)]
    name = f"{f.weekday(day.date)} {f.day(day.date)}"
    return Day(_kind(day, clock), name, _number(day, voice), ", ".join(parts))


def _number(day: DayView, voice: Voice) -> str:
    """What stands large: which working day it is, or how many hours counted."""
    if Mark.NOT_COUNTED in day.marks:
        return "0"
    if day.number is not None:
        return str(day.number)
    if day.counted_s == 0:
        return "‖" if day.paused_s > 0 else "–"
    hours = round(day.counted_s / HOUR_S)
    return voice.words("shell.hours", n=hours) if hours else voice.words("clock.moment")


def _counts(day: DayView, clock: ClockDetail, voice: Voice) -> Iterator[str]:
    t, f = voice.words, voice.formats
    if Mark.NOT_COUNTED in day.marks:
        yield t("clock.day_start")
    elif day.counted_s > 0:
        yield t("clock.day_counts" if day.date >= f.today else "clock.day_counted")
    if day.kind is DayKind.WORKED:
        yield t("clock.day_worked")
    if day.paused_s > 0:
        yield t("clock.day_paused", time=f.lasting(timedelta(seconds=day.paused_s), t))
    if day.over_s > 0:
        yield t("clock.day_over", time=f.lasting(timedelta(seconds=day.over_s), t))
    if not (day.counted_s or day.over_s or day.paused_s) and Mark.NOT_COUNTED not in day.marks:
        reason = voice.names.tables.day_reasons.get(day.reason or "")
        yield (
            t("clock.day_off" if _off(day, clock) else "clock.day_closed")
            if reason is None
            else voice.names.said(reason)
        )


def _marks(day: DayView, clock: ClockDetail, voice: Voice) -> Iterator[str]:
    t, f = voice.words, voice.formats
    if Mark.TODAY in day.marks:
        yield t("clock.day_today")
    if Mark.DUE in day.marks:
        yield t("clock.day_due", time=f.clock(clock.reached_at))
    if Mark.PROVISIONAL in day.marks:
        yield t("clock.day_provisional")


def _kind(day: DayView, clock: ClockDetail) -> str:
    if Mark.DUE in day.marks:
        return "du"
    if Mark.TODAY in day.marks:
        return "td"
    if day.paused_s > 0 and day.paused_s >= day.counted_s:
        return "ps"
    if _off(day, clock):
        return "sk"
    return "ct" if day.counted_s > 0 and Mark.NOT_COUNTED not in day.marks else ""


def _rungs(clock: ClockDetail, voice: Voice) -> tuple[RungView, ...]:
    f = voice.formats
    return tuple(
        RungView(
            RUNGS[rung.state],
            _percent(rung.percent),
            f"{f.weekday(rung.told_at)} {f.when(rung.told_at)}",
            ", ".join(_whom(who, voice) for who in rung.to),
        )
        for rung in clock.rungs
    )


def _percent(percent: int) -> str:
    whole = 100
    return f"{percent}\u00a0%" if percent <= whole else f"+{percent - whole}\u00a0%"


def _whom(who: str, voice: Voice) -> str:
    key = f"terms.role_{who}"
    return voice.words(key) if voice.words.knows(key) else voice.words("clock.owner")


def _rows(
    told: ClockExplanation, clock: ClockDetail, case: CaseState, unpaused: datetime | None, voice: Voice
) -> tuple[tuple[str, str], ...]:
    t, f, said = voice.words, voice.formats, voice.names.said
    figure = clock.figure
    source = t("clock.source", mark=figure.mark, source=figure.source or t("clock.source_none"))
    if figure.text is not None:
        source = f"{source}; {said(figure.text)}"
    start = f.when(clock.start.occurred_at)
    if clock.start.recorded_at is not None and clock.start.recorded_at != clock.start.occurred_at:
        start = t("clock.both", occurred=start, recorded=f.when(clock.start.recorded_at))
    norm = clock.start.text if clock.term is None else term_in_words(clock.term)
    rows = [
        (t("clock.norm"), f"{said(norm)}; {source}"),
        (t("clock.start"), start),
        (t("clock.whose"), said(clock.timetable.text)),
        (t("clock.catalogue"), t("clock.catalogue_of", version=told.catalogue[:12])),
    ]
    rows += [(t("clock.pause"), said(pause.text)) for pause in clock.pauses]
    if unpaused is not None:
        rows.append((t("clock.unpaused"), t("clock.would_be", when=f"{f.weekday(unpaused)} {f.when(unpaused)}")))
    if clock.extension is not None:
        rows.append((t("clock.extended"), said(clock.extension.text)))
    if clock.provisional:
        rows.append((t("clock.provisional"), t("clock.provisional_text")))
    if case.calendars:
        names = ", ".join(f"{each.name} {each.version}" for each in case.calendars.values())
        rows.append((t("clock.recomputed"), t("clock.recomputed_text", names=names)))
    return tuple(rows)


def _next(clock: ClockDetail, voice: Voice) -> str:
    ahead = [rung for rung in clock.rungs if rung.state is RungState.NEXT]
    if not ahead:
        return ""
    whom = ", ".join(_whom(who, voice) for who in ahead[0].to)
    return voice.words("clock.next", when=voice.formats.when(ahead[0].told_at), whom=whom)


def _counted(clock: ClockDetail, voice: Voice) -> str:
    """Which days were counted and which were not, in one breath."""
    f, t = voice.formats, voice.words
    counted = [f.day(day.date) for day in clock.days if _kind(day, clock) == "ct"]
    not_counted = [f.day(day.date) for day in clock.days if _kind(day, clock) in {"sk", "ps"}]
    parts = [t("clock.were_counted", days=", ".join(counted[-6:]))] if counted else []
    parts += [t("clock.were_not", days=", ".join(not_counted[-6:]))] if not_counted else []
    return " ".join(parts)

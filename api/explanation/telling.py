"""From a case, its catalogue and its journal to a clock that is explained in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.explanation.form import (
    ClockDetail,
    ClockExplanation,
    DayView,
    ExtensionView,
    FigureView,
    PauseView,
    RungView,
    StartView,
    TimetableView,
)
from api.explanation.words import NO_CLOCK, SECOND, UNVERIFIED, Wording, both, joined, share, term_in_words
from api.views.titles import Title
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import Figure
from marshrut.catalogue.entries import Title as Words
from marshrut.catalogue.model import Catalogue
from marshrut.domain import events as e
from marshrut.domain.clock import ADMISSION, OPENING, PLANNED_DAY, Clock
from marshrut.domain.explain import DayCount, Explanation, explain
from marshrut.domain.overdue import ClockState
from marshrut.domain.slice import REPORTS, TEAM, Slice
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Report


def explanation(  # noqa: PLR0913 - all that is told together
    state: CaseState,
    step: Step,
    title: Title,
    now: datetime,
    *,
    rules: Slice,
    catalogue: Catalogue,
    tables: Content,
    journal: Sequence[e.Event],
) -> ClockExplanation:
    """A step's clock, explained by the catalogue of its case. `journal`: the case's events, where it needs them.

    Raises:
        KeyError: the catalogue does not know the clock's timetable or ladder.
    """
    told = explain(rules, state, step, now)
    if told is None:
        text = joined((title, NO_CLOCK), ": ")
        return ClockExplanation(
            step_id=step.step_id,
            catalogue=catalogue.version,
            title=title,
            state=ClockState.NONE,
            text=text,
            clock=None,
        )
    words = Wording(
        told,
        told.schedule.timetable.local_date(now),
        {code: _said(reason) for code, reason in tables.day_reasons.items()},
        {code: _said(reason.title) for code, reason in tables.reasons.items()},
        {str(role): _said(name) for role, name in catalogue.roles.items()},
    )
    return ClockExplanation(
        step_id=step.step_id,
        catalogue=catalogue.version,
        title=title,
        state=told.state,
        text=words.headline(title),
        clock=_detail(told, state, step, words, catalogue, tables, journal),
    )


def needs_journal(step: Step) -> bool:
    """Whether only the journal knows when the start was recorded, or who extended."""
    return step.clock is not None and (step.clock.counts_from in REPORTS or step.clock.extension is not None)


def _detail(  # noqa: PLR0913, PLR0917 - as above
    told: Explanation,
    state: CaseState,
    step: Step,
    words: Wording,
    catalogue: Catalogue,
    tables: Content,
    journal: Sequence[e.Event],
) -> ClockDetail:
    clock = told.clock
    return ClockDetail(
        term=clock.term,
        emergency=clock.emergency,
        due_at=told.due_at,
        reached_at=told.reached_at,
        amber_at=clock.times.amber_at,
        provisional=clock.times.provisional,
        start=_start(told, words, catalogue, tables, journal),
        timetable=_timetable(told, tables),
        figure=_figure(clock, state, step, tables),
        budget_s=_seconds(told.budget),
        used_s=_seconds(told.used),
        left_s=_seconds(told.left),
        over_s=_seconds(told.over),
        text=words.summary(),
        days=[_day(day, words) for day in told.days],
        cut=told.cut,
        pauses=[PauseView(since=s.since, until=s.until, reason=s.reason, text=words.stop(s)) for s in told.stops],
        extension=_extension(clock, step, words, journal),
        rungs=[
            RungView(
                name=rung.climb.rung.name,
                percent=rung.climb.rung.percent,
                to=list(rung.climb.rung.to),
                reached_at=rung.climb.reached_at,
                told_at=rung.climb.tell_at,
                state=rung.state,
                text=words.rung(rung),
            )
            for rung in told.rungs
        ],
    )


def _day(day: DayCount, words: Wording) -> DayView:
    counted, over = share(day, words.told.budget, SECOND)
    return DayView(
        date=day.date,
        weekday=day.date.isoweekday(),
        kind=day.kind,
        reason=day.reason,
        opens_at=day.hours and day.hours[0],
        closes_at=day.hours and day.hours[1],
        counted_s=_seconds(counted),
        over_s=_seconds(over),
        paused_s=_seconds(day.paused),
        total_s=_seconds(day.total),
        number=day.number,
        marks=list(day.marks),
        text=words.day(day),
    )


def _start(
    told: Explanation, words: Wording, catalogue: Catalogue, tables: Content, journal: Sequence[e.Event]
) -> StartView:
    clock, occurred_at, recorded_at = told.clock, told.clock.times.started_at, told.started_recorded_at
    if recorded_at is None:
        told_then = [
            event.recorded_at
            for event in journal
            if isinstance(event.body, e.Reported) and event.body.report == clock.counts_from
        ]
        recorded_at = told_then[-1] if told_then else None
    what, when = _event(clock.counts_from, catalogue, tables), words.at(occurred_at)
    length = both("срок назвал человек", "a person said when") if clock.term is None else term_in_words(clock.term)
    if clock.counts_from == PLANNED_DAY:
        length = both("срок до дня госпитализации", "so long before the planned day")
    text = both(f"{length.ru}; начало — {when.ru}: {what.ru}", f"{length.en}; from {when.en}: {what.en}")
    return StartView(counts_from=clock.counts_from, occurred_at=occurred_at, recorded_at=recorded_at, text=text)


def _event(counts_from: str, catalogue: Catalogue, tables: Content) -> Title:
    if counts_from == OPENING:
        return both("шаг открыт", "the step was opened")
    if counts_from == ADMISSION:
        return both("поступление", "admission")
    if counts_from == PLANNED_DAY:
        return both(
            "шаг открыт, считается назад от дня госпитализации", "the step was opened; counted back from the day"
        )
    if counts_from in REPORTS:
        return _said(catalogue.reports[Report(counts_from)])
    entry = tables.steps.get(counts_from)
    return both(counts_from, counts_from) if entry is None else _said(entry.title)


def _timetable(told: Explanation, tables: Content) -> TimetableView:
    name, table, calendar = told.clock.timetable, told.schedule.timetable, told.schedule.calendar
    party = tables.parties.get(name)
    whose = both("команда", "the team") if name == TEAM or party is None else _said(party.title)
    if told.schedule.working:
        text = both(f"рабочие часы: {whose.ru}, {table.zone}", f"opening hours: {whose.en}, {table.zone}")
    else:
        text = both(f"считается всё время, сутки по {table.zone}", f"all time counts; days of {table.zone}")
    if calendar is not None and told.schedule.working:
        entry = tables.calendars.get(calendar.name)
        title = both(calendar.name, calendar.name) if entry is None else _said(entry.title)
        text = both(f"{text.ru}; {title.ru}, {calendar.version}", f"{text.en}; {title.en}, {calendar.version}")
    return TimetableView(
        name=name,
        zone=table.zone,
        calendar=None if calendar is None else calendar.name,
        calendar_version=None if calendar is None else calendar.version,
        text=text,
    )


def _figure(clock: Clock, state: CaseState, step: Step, tables: Content) -> FigureView:
    """Mark and source of the term that the clock has: the general one, or that of one of the case's flags."""
    entry = tables.steps.get(f"{step.track}.{step.name}")
    rule = None if entry is None else entry.clock
    figures: list[Figure] = []
    if rule is not None and clock.counts_from == PLANNED_DAY:
        # Such a clock has no term any more, only the instant that its term led back to.
        return FigureView(verified=rule.mark == "S", mark=rule.mark, source=rule.source, text=UNVERIFIED)
    if rule is not None and clock.term is not None:
        figures = [rule, *(figure for flag, figure in rule.pace_if.items() if flag in state.flags)]
    known = (figure.source for figure in figures if (figure.amount, figure.mark) == (clock.term, clock.mark))
    source = next(known, None)
    verified = clock.mark == "S"
    return FigureView(verified=verified, mark=clock.mark, source=source, text=None if verified else UNVERIFIED)


def _extension(clock: Clock, step: Step, words: Wording, journal: Sequence[e.Event]) -> ExtensionView | None:
    said = clock.extension
    if said is None:
        return None
    extenders = [
        event.actor
        for event in journal
        if isinstance(event.body, e.StepExtended | e.StepOpened) and event.body.step_id == step.step_id
    ]
    at, due = words.at(said.at), words.at(said.due_at)
    text = both(f"{at.ru} назначен срок {due.ru}", f"on {at.en} the due time was set to {due.en}")
    return ExtensionView(at=said.at, due_at=said.due_at, by=extenders[-1] if extenders else None, text=text)


def _said(title: Words) -> Title:
    return Title(ru=title.ru, en=title.en)


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())

"""The catalogue as the API shows it: every number with its mark, its source, and whether it is verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from api.views import Title
from marshrut.catalogue import entries
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import Figure, Hours, PaceEntry, Sourced
from marshrut.catalogue.model import Catalogue
from marshrut.domain.words import Flag, Role


class Named(BaseModel):
    """A code and what people read."""

    code: str
    title: Title


class Known(BaseModel):
    """How sure a number is: S seen in a source, M from memory, A assumed; only S is verified."""

    mark: str
    source: str
    verified: bool


class Deadline(Known):
    """A term, such as `24h` or `5wd` (working days), and whether people are told of it at any hour."""

    term: str
    emergency: bool


class StepClock(Deadline):
    """A step's clock: what it counts from, in whose hours, by which ladder, and its terms under flags."""

    counts_from: str
    timetable: str
    ladder: str
    under: dict[Flag, Deadline]


class PathwayStep(Named):
    """A step of a track."""

    role: Role
    mandatory: bool
    clock: StepClock | None
    outcomes: list[Named]


class Pathway(Named):
    """A track and its steps, in their usual order."""

    stage: str
    steps: list[PathwayStep]


class ServiceDeadline(Known):
    """In what time a programme answers."""

    term: str


class ContactView(Known):
    """A telephone number or an address on the web."""

    kind: Literal["phone", "web"]
    value: str
    note: Title | None


class ServiceView(Named, Known):
    """A programme."""

    who: Title | None
    where: Title | None
    party: Named | None
    documents: list[Title]
    deadline: ServiceDeadline | None
    result: Title | None
    hours: Named | None
    contacts: list[ContactView]


class ReasonView(Named, Known):
    """Why a step is blocked; `delay` are letters of England's list, which mark and source are about."""

    delay: list[str]
    responsible: Named
    pauses: bool


class HoursView(Named, Known):
    """When somebody is open: `09:00-18:00` by day of the week; a day that is not named is closed."""

    week: dict[str, str]
    calendar: str | None


class HospitalView(Named):
    """A hospital of the service, and when its team is there."""

    region: Named
    zone: str
    profile: str
    hours: HoursView


class DayOff(BaseModel):
    """A weekday off, and why."""

    date: date
    reason: Named


class CalendarView(Named, Known):
    """Days off and worked weekend days; beyond `official_until` nothing has been declared yet."""

    version: str
    first: date
    last: date
    official_until: date
    days_off: list[DayOff]
    worked: list[date]


class Number(Known):
    """A number: a step's deadline, another term of its procedure, a track's wait, a ladder's rung, or a rule.

    `name`: `track.step`, with a figure's own name behind it, `track.what`, `ladder.rung`, or `stuck.` and the rule;
    `flag`: under which circumstance.
    """

    kind: Literal["deadline", "figure", "wait", "rung", "rule"]
    name: str
    flag: Flag | None
    value: str


class InstrumentView(Named, Known):
    """An assessment instrument: `scored` when its answers add up to a score."""

    url: str
    version: str
    status: Literal["draft", "active", "retired"]
    date: date
    scored: bool


def pathways(content: Content) -> Iterator[Pathway]:
    """Tracks with their steps."""
    for code, track in content.tracks.items():
        steps = [_step(content, name) for name in content.steps if name.split(".")[0] == code]
        yield Pathway(code=code, title=_title(track.title), stage=track.stage, steps=steps)


def services(content: Content) -> Iterator[ServiceView]:
    """Programmes."""
    for code, each in content.services.items():
        yield ServiceView(
            code=code,
            title=_title(each.title),
            who=_perhaps(each.who),
            where=_perhaps(each.where),
            party=None if each.party is None else _party(content, each.party),
            documents=[_title(document) for document in each.documents],
            deadline=None
            if each.deadline is None
            else ServiceDeadline(term=each.deadline.term, **_known(each.deadline)),
            result=_perhaps(each.result),
            hours=None if each.hours is None else Named(code=each.hours, title=_title(content.hours[each.hours].title)),
            contacts=[_contact(contact) for contact in each.contacts],
            **_known(each),
        )


def reasons(content: Content) -> Iterator[ReasonView]:
    """Why steps are blocked."""
    for code, each in content.reasons.items():
        yield ReasonView(
            code=code,
            title=_title(each.title),
            delay=list(each.delay),
            responsible=_party(content, each.responsible),
            pauses=each.pauses,
            **_known(each),
        )


def instruments(content: Content) -> Iterator[InstrumentView]:
    """Assessment instruments, without their questions."""
    for code, each in content.instruments.items():
        yield InstrumentView(
            code=code,
            title=_title(each.title),
            url=each.url,
            version=each.version,
            status=each.status,
            date=each.date,
            scored=each.scoring is not None,
            **_known(each),
        )


def hospitals(catalogue: Catalogue) -> Iterator[HospitalView]:
    """Every hospital of the service; their codes and titles are no secret."""
    for code, each in catalogue.hospitals.items():
        yield HospitalView(
            code=code,
            title=_title(each.title),
            region=Named(code=each.region, title=_title(catalogue.regions[each.region])),
            zone=each.zone,
            profile=each.profile,
            hours=_hours(each.hours, catalogue.at(code).hours[each.hours]),
        )


def calendars(content: Content) -> Iterator[CalendarView]:
    """Days off and worked weekends."""
    for code, each in content.calendars.items():
        days = [
            DayOff(date=day, reason=Named(code=reason, title=_title(content.day_reasons[reason])))
            for day, reason in sorted(each.days_off.items())
        ]
        yield CalendarView(
            code=code,
            title=_title(each.title),
            version=each.version,
            first=each.first,
            last=each.last,
            official_until=each.official_until,
            days_off=days,
            worked=list(each.worked),
            **_known(each),
        )


def clocks(content: Content) -> Iterator[Number]:
    """Every number by which clocks run and stuck things are ranked."""
    for name, step in content.steps.items():
        if step.clock is not None:
            yield _number("deadline", name, step.clock)
            for flag, pace in step.clock.pace_if.items():
                yield _number("deadline", name, pace, flag)
        for own, figure in step.figures.items():
            yield _number("figure", f"{name}.{own}", figure)
    for name, wait in content.waits.items():
        yield _number("wait", name, wait)
    for code, ladder in content.ladders.items():
        for rung in ladder.rungs:
            yield Number(kind="rung", name=f"{code}.{rung.name}", flag=None, value=f"{rung.percent}%", **_known(ladder))
    yield from _rules(content.stuck)


def _rules(stuck: entries.StuckEntry) -> Iterator[Number]:
    for name in ("silent_after", "blocked_too_long"):
        span: entries.Span = getattr(stuck, name)
        yield Number(kind="rule", name=f"stuck.{name}", flag=None, value=span.term, **_known(span))
    beside = {"by_law": stuck.by_law, "mandatory": stuck.mandatory, "late_hour": stuck.late_hour}
    for rule, amount in ({f"weights.{why}": each for why, each in stuck.weights.items()} | beside).items():
        yield Number(kind="rule", name=f"stuck.{rule}", flag=None, value=str(amount.value), **_known(amount))


def _number(kind: Literal["deadline", "figure", "wait"], name: str, figure: Figure, flag: Flag | None = None) -> Number:
    return Number(kind=kind, name=name, flag=flag, value=figure.term, **_known(figure))


def _step(content: Content, name: str) -> PathwayStep:
    step = content.steps[name]
    return PathwayStep(
        code=name,
        title=_title(step.title),
        role=step.role,
        mandatory=step.mandatory,
        clock=None if step.clock is None else _clock(step.clock),
        outcomes=[Named(code=code, title=_title(title)) for code, title in step.outcomes.items()],
    )


def _clock(clock: entries.ClockEntry) -> StepClock:
    return StepClock(
        term=clock.term,
        emergency=clock.emergency,
        counts_from=clock.counts_from,
        timetable=clock.timetable,
        ladder=clock.ladder,
        under={flag: _deadline(pace) for flag, pace in clock.pace_if.items()},
        **_known(clock),
    )


def _deadline(pace: PaceEntry) -> Deadline:
    return Deadline(term=pace.term, emergency=pace.emergency, **_known(pace))


def _hours(code: str, hours: Hours) -> HoursView:
    week = {str(day): shift for day, shift in hours.week.items()}
    return HoursView(code=code, title=_title(hours.title), week=week, calendar=hours.calendar, **_known(hours))


def _party(content: Content, code: str) -> Named:
    return Named(code=code, title=_title(content.parties[code].title))


def _known(entry: Sourced) -> dict[str, Any]:
    return {"mark": entry.mark, "source": entry.source, "verified": not entry.unverified}


def _contact(contact: entries.Contact) -> ContactView:
    return ContactView(kind=contact.kind, value=contact.value, note=_perhaps(contact.note), **_known(contact))


def _title(title: entries.Title) -> Title:
    return Title(ru=title.ru, en=title.en)


def _perhaps(title: entries.Title | None) -> Title | None:
    return None if title is None else _title(title)

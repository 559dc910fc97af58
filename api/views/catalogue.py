"""The catalogue as the API shows it: every number with its mark, its source, and whether it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from api.views.titles import Title
from marshrut.catalogue import Fault, entries
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import Figure, Hours, PaceEntry, Sourced
from marshrut.catalogue.loader import place
from marshrut.catalogue.model import Catalogue
from marshrut.domain.words import Flag, Role

# The step in which a profile is chosen; its outcomes are the profiles.
PROFILE_CHOICE = "placement.profile_choose"


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


class AmountView(Known):
    """A number without a unit."""

    value: int


class PartnerView(Named, Known):
    """An organisation that answers referrals, in whose hours, and the programmes that it is asked for."""

    party: Named | None
    programmes: list[Named]


class ServiceView(Named, Known):
    """A programme. `partners` are asked for it; with `one_consultant` the same person goes on after the hospital.

    `goes_on`: it outlives the stay in hospital. `units`: hours of lessons after which it is done. `weekly_hours`: how
    much help each level of need gives.
    """

    who: Title | None
    where: Title | None
    party: Named | None
    documents: list[Title]
    deadline: ServiceDeadline | None
    result: Title | None
    hours: Named | None
    contacts: list[ContactView]
    partners: list[Named]
    one_consultant: bool
    goes_on: bool
    units: AmountView | None
    weekly_hours: dict[str, AmountView]


class ReasonView(Named, Known):
    """Why a step is blocked; `delay` are letters of England's list, which mark and source are about."""

    delay: list[str]
    responsible: Named
    pauses: bool


class HoursView(Named, Known):
    """When somebody is open: `09:00-18:00` by day of the week; a day that is not named is closed."""

    week: dict[str, str]
    calendar: str | None


class FaultView(BaseModel):
    """What is wrong with an overlay: the file by its name in the catalogue's folder, the line, and what."""

    file: str
    line: int
    what: str


class HospitalView(Named):
    """A hospital of the service, and when its team is there.

    `faulty`: what its region has of its own cannot be read, and `faults` say why; new cases open by `opens_by`: the
    version in force, or the last one in which the region was sound.
    """

    region: Named
    zone: str
    profile: str
    hours: HoursView
    opens_by: str
    faulty: bool
    faults: list[FaultView]


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
            partners=[Named(code=code, title=_title(content.partners[code].title)) for code in each.partners],
            one_consultant=each.one_consultant,
            goes_on=each.goes_on,
            units=None if each.units is None else _amount(each.units),
            weekly_hours={str(level): _amount(hours) for level, hours in each.weekly_hours.items()},
            **_known(each),
        )


def partners(content: Content) -> Iterator[PartnerView]:
    """Organisations that answer referrals."""
    for code, each in content.partners.items():
        yield PartnerView(
            code=code,
            title=_title(each.title),
            party=None if each.party is None else _party(content, each.party),
            programmes=[
                Named(code=name, title=_title(service.title))
                for name, service in content.services.items()
                if code in service.partners
            ],
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


def hospitals(catalogue: Catalogue, faulty: Mapping[str, Sequence[Fault]]) -> Iterator[HospitalView]:
    """Every hospital of the service; their codes and titles are no secret. `faulty`: what is wrong with regions."""
    for code, each in catalogue.hospitals.items():
        faults = faulty.get(each.region, ())
        yield HospitalView(
            code=code,
            title=_title(each.title),
            region=Named(code=each.region, title=_title(catalogue.regions[each.region])),
            zone=each.zone,
            profile=each.profile,
            hours=_hours(each.hours, catalogue.at(code).hours[each.hours]),
            opens_by=catalogue.behind(code).version,
            faulty=bool(faults),
            faults=[FaultView(file=place(fault), line=fault.line, what=fault.what) for fault in faults],
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
    yield from _of_the_service(content)


def _of_the_service(content: Content) -> Iterator[Number]:
    yield from _rules(content.stuck)
    yield from _stay(content.stay)
    if (again := content.remind_again_after) is not None:
        yield Number(kind="rule", name="remind_again_after", flag=None, value=again.term, **_known(again))
    if content.answering is not None:
        for name in ("link_valid", "held_at_most"):
            span: entries.Span = getattr(content.answering, name)
            yield Number(kind="rule", name=f"answering.{name}", flag=None, value=span.term, **_known(span))
    if content.goals is not None:
        yield from _goals(content.goals)
    for merit, entry in content.suggestions.items():
        yield Number(kind="rule", name=f"suggestions.{merit}", flag=None, value=str(entry.value), **_known(entry))


def _rules(stuck: entries.StuckEntry) -> Iterator[Number]:
    for name in ("silent_after", "blocked_too_long"):
        span: entries.Span = getattr(stuck, name)
        yield Number(kind="rule", name=f"stuck.{name}", flag=None, value=span.term, **_known(span))
    beside = {"by_law": stuck.by_law, "mandatory": stuck.mandatory, "late_hour": stuck.late_hour}
    for rule, amount in ({f"weights.{why}": each for why, each in stuck.weights.items()} | beside).items():
        yield Number(kind="rule", name=f"stuck.{rule}", flag=None, value=str(amount.value), **_known(amount))


def _stay(stay: entries.StayEntry) -> Iterator[Number]:
    value = "yes" if stay.paused_days.value else "no"
    yield Number(kind="rule", name="stay.paused_days", flag=None, value=value, **_known(stay.paused_days))
    soon = stay.readmitted_within
    yield Number(kind="rule", name="stay.readmitted_within", flag=None, value=soon.term, **_known(soon))


def _goals(goals: entries.GoalsEntry) -> Iterator[Number]:
    shares = {"terms": goals.terms, **goals.steps, "partner_answers": goals.partner_answers}
    for name, share in shares.items():
        yield Number(kind="rule", name=f"goals.{name}", flag=None, value=f"{share.value}%", **_known(share))
    most = goals.delayed_per_100
    yield Number(kind="rule", name="goals.delayed_per_100", flag=None, value=str(most.value), **_known(most))


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


def _amount(amount: entries.Amount) -> AmountView:
    return AmountView(value=amount.value, **_known(amount))


def _contact(contact: entries.Contact) -> ContactView:
    return ContactView(kind=contact.kind, value=contact.value, note=_perhaps(contact.note), **_known(contact))


def _title(title: entries.Title) -> Title:
    return Title(ru=title.ru, en=title.en)


def _perhaps(title: entries.Title | None) -> Title | None:
    return None if title is None else _title(title)

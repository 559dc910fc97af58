"""From the catalogue's words to the domain's types: what a running case takes along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo

from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import (
    CalendarEntry,
    ClockEntry,
    Figure,
    FlaggedPace,
    Hospital,
    Hours,
    ListEntries,
    PaceEntry,
    RuleEntry,
    Service,
    StepEntry,
    StuckEntry,
    Weekday,
)
from marshrut.catalogue.names import DIRECTIONS, ON_REQUEST
from marshrut.domain.calendar import Calendar, Offset, Shift, Timetable
from marshrut.domain.clock import Term
from marshrut.domain.rules import Rule
from marshrut.domain.slice import (
    PSYCHOLOGISTS,
    TEAM,
    ClockRule,
    InstitutionRule,
    ListEntry,
    Pace,
    ProgrammeRule,
    ReasonRule,
    Slice,
    StepRule,
    VariantRule,
)
from marshrut.domain.stuck import StuckRules, Why
from marshrut.domain.words import ItemKind, Variant

# Changes of a zone's clocks are compiled over these years: longer than any case lives.
FIRST_YEAR, LAST_YEAR = 2020, 2036
# Kinds of items whose names are those of the catalogue's lists.
LISTED = (
    ItemKind.DOCUMENT,
    ItemKind.PAPER,
    ItemKind.ARRANGEMENT,
    ItemKind.SUPPORT_REQUEST,
    ItemKind.FAMILY_NEED,
)


def compiled(version: str, hospital: Hospital, content: Content, variants: tuple[Variant, ...] = ()) -> Slice:
    """All that a case of the hospital needs, and nothing else; `variants`: the kind of case that the content is for.

    Raises:
        KeyError: something is named that is not there; a checked catalogue has no such names.
    """
    clocks = [step.clock for step in content.steps.values() if step.clock]
    keeping = {TEAM, PSYCHOLOGISTS, *(clock.timetable for clock in clocks)}
    hours = {name: _hours(name, hospital, content) for name in sorted(keeping)}
    calendars = sorted({each.calendar for each in hours.values() if each.calendar})
    ladders = sorted({ladder for clock in clocks for ladder in _clock(clock).ladders})
    return Slice(
        version=version,
        steps={name: _step(step) for name, step in content.steps.items()},
        reasons={code: ReasonRule(pauses=reason.pauses) for code, reason in content.reasons.items()},
        timetables={name: timetable(each, hospital.zone) for name, each in hours.items()},
        calendars={name: calendar(name, content.calendars[name]) for name in calendars},
        ladders={name: content.ladders[name].rungs for name in ladders},
        waits={name: wait.amount for name, wait in content.waits.items()},
        needs={code: _rule(each, need=each.needs) for code, each in content.proposals.items()},
        route={
            code: _rule(each, direction=each.directions, programme=each.programmes, step=each.steps)
            for code, each in content.route.items()
        },
        family={code: _rule(each, need=each.family_needs) for code, each in content.family.items()},
        approvals={code: _rule(each, entry=each.entries) for code, each in content.approvals.items()},
        lists={name: _list(each) for name, each in content.lists.items()},
        programmes={code: _programme(each) for code, each in content.services.items() if each.partners},
        institutions={
            code: InstitutionRule(profiles=each.profiles, places=each.places)
            for code, each in content.institutions.items()
        },
        poor_rating=0 if content.poor_rating is None else content.poor_rating.value,
        variants=variants,
        kinds=kinds(hospital, content),
        known=_known(content),
    )


def kinds(hospital: Hospital, content: Content) -> dict[Variant, dict[str, VariantRule]]:
    """By which rules a case of the hospital is of a variant: those that can fit there."""
    found = {
        variant: {
            code: VariantRule(**rule.when.model_dump(exclude={"profiles"}))
            for code, rule in content.variants[variant].rules.items()
            if not rule.when.profiles or hospital.profile in rule.when.profiles
        }
        for variant in Variant
        if variant in content.variants
    }
    return {variant: rules for variant, rules in found.items() if rules}


def _rule(row: RuleEntry, /, **then: tuple[str, ...]) -> Rule:
    return Rule(when=row.when, then=tuple((sort, name) for sort, names in then.items() for name in names))


def _list(entry: ListEntries) -> tuple[ListEntry, ...]:
    return tuple(
        ListEntry(
            name=name,
            validity=_term(each.validity),
            offices={when: office.party for when, office in each.offices.items()},
            after=dict(each.after),
        )
        for name, each in entry.entries.items()
    )


def _term(figure: Figure | None) -> Term | None:
    return None if figure is None else figure.amount


def _programme(service: Service) -> ProgrammeRule:
    return ProgrammeRule(
        partners=service.partners,
        one_consultant=service.one_consultant,
        goes_on=service.goes_on,
        units=None if service.units is None else service.units.value,
        weekly_hours={level: hours.value for level, hours in service.weekly_hours.items()},
    )


def _known(content: Content) -> dict[ItemKind, tuple[str, ...]]:
    """By kind the names that items may have; of other kinds any code is a name."""
    listed = {
        kind: tuple(name for each in content.lists.values() if each.kind is kind for name in each.entries)
        for kind in LISTED
    }
    services = tuple(content.services)
    return listed | {
        ItemKind.NEED: tuple(content.needs),
        ItemKind.ENTRY: (*DIRECTIONS, *services, *ON_REQUEST),
        ItemKind.REFERRAL: services,
        ItemKind.SESSION: services,
        ItemKind.INSTITUTION: tuple(content.institutions),
    }


def timetable(hours: Hours, zone: str) -> Timetable:
    """Opening hours in the zone of the office, or in the given one."""
    zone = hours.zone or zone
    week = tuple(_shift(hours.week.get(day)) for day in get_args(Weekday))
    return Timetable(zone=zone, offsets=offsets(zone), week=week, calendar=hours.calendar)


def calendar(name: str, entry: CalendarEntry) -> Calendar:
    """A calendar without what only people read."""
    return Calendar(
        name=name,
        version=entry.version,
        first=entry.first,
        last=entry.last,
        official_until=entry.official_until,
        days_off=dict(entry.days_off),
        worked=entry.worked,
    )


def stuck_rules(entry: StuckEntry) -> StuckRules:
    """When something is stuck, without marks and sources."""
    return StuckRules(
        silent_after=entry.silent_after.length,
        blocked_too_long=entry.blocked_too_long.length,
        # An earlier version, by which a region at fault goes on, may not know every cause yet.
        weights=dict.fromkeys(Why, 0) | {why: amount.value for why, amount in entry.weights.items()},
        by_law=entry.by_law.value,
        mandatory=entry.mandatory.value,
        late_hour=entry.late_hour.value,
    )


@cache
def offsets(zone: str) -> tuple[Offset, ...]:
    """A zone's distance from UTC at the first year's beginning, and each of its changes after that.

    Raises:
        ValueError, OSError, LookupError: there is no such zone.
    """
    rules = ZoneInfo(zone)
    at, end, hour = (
        datetime(FIRST_YEAR, 1, 1, tzinfo=UTC),
        datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC),
        timedelta(hours=1),
    )
    found = [Offset(since=at, minutes=_minutes(rules, at))]
    while at < end:
        later = at + timedelta(days=1)
        if _minutes(rules, later) != found[-1].minutes:
            while _minutes(rules, at) == found[-1].minutes:  # zones change on the hour, or on a part of it
                at += hour / 4
            found.append(Offset(since=at, minutes=_minutes(rules, at)))
        at = later
    return tuple(found)


def _minutes(rules: ZoneInfo, at: datetime) -> int:
    return int((at.astimezone(rules).utcoffset() or timedelta()).total_seconds() // 60)


def _hours(timetable_name: str, hospital: Hospital, content: Content) -> Hours:
    own = {TEAM: hospital.hours, PSYCHOLOGISTS: hospital.psychologists}
    if timetable_name in own:
        return content.hours[own[timetable_name]]
    return content.hours[content.parties[timetable_name].hours or ""]


def _shift(text: str | None) -> Shift | None:
    if text is None:
        return None
    opens, closes = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
    return Shift(opens=opens, closes=closes)


def _step(step: StepEntry) -> StepRule:
    clock = _clock(step.clock) if step.clock else None
    return StepRule(role=step.role, clock=clock, mandatory=step.mandatory, other_than=step.other_than)


def _clock(clock: ClockEntry) -> ClockRule:
    return ClockRule(
        pace=_pace(clock),
        pace_if={flag: _flagged(pace) for flag, pace in clock.pace_if.items()},
        counts_from=clock.counts_from,
        timetable=clock.timetable,
        ladder=clock.ladder,
    )


def _flagged(pace: FlaggedPace) -> Pace:
    return _pace(pace).model_copy(update={"counts_from": pace.counts_from, "ladder": pace.ladder})


def _pace(pace: PaceEntry) -> Pace:
    return Pace(term=pace.amount, mark=pace.mark, emergency=pace.emergency)

"""Names that must lead somewhere, and values that must fit each other: what no entry can know of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from marshrut.catalogue.compiling import offsets
from marshrut.catalogue.entries import CalendarEntry, ClockEntry, CodedField, VariantCondition
from marshrut.catalogue.files import (
    CalendarsFile,
    HospitalsFile,
    HoursFile,
    InstrumentFile,
    LaddersFile,
    PartiesFile,
    ReasonsFile,
    RetentionFile,
    RightsFile,
    RulesFile,
    ScreeningFile,
    ServicesFile,
    VariantsFile,
    WordsFile,
    instrument_of,
    track_of,
)
from marshrut.catalogue.instrument_checks import instrument_faults
from marshrut.catalogue.layers import Tree
from marshrut.catalogue.names import Complaint, Names, Table, known, table
from marshrut.catalogue.route_checks import institutions, lists, partners, route
from marshrut.domain.amending import CONFIRMED
from marshrut.domain.base import Model
from marshrut.domain.calendar import SATURDAY
from marshrut.domain.clock import ADMISSION, OPENING, PLANNED_DAY, WORKING
from marshrut.domain.consents import ConsentPurpose
from marshrut.domain.handover import WRONG_ROLE
from marshrut.domain.kinds import KINDS
from marshrut.domain.retention import AT_LEAST, Kept
from marshrut.domain.staffing import Merit
from marshrut.domain.stuck import Why
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Role, Stage, Variant
from marshrut.yamlfile import Fault, Place, Spot


def check(
    trees: Mapping[str, Tree], files: Mapping[str, Model], needed: Mapping[str, Tree], *, instruments: bool = True
) -> list[Fault]:
    """What is wrong between the entries of the files that are well formed.

    The steps and the waits of `needed` must be there, and there are no other waits: the code of the tracks knows them.
    `instruments`: whether they are looked at too, which takes as long as all else.
    """
    names = Names(trees)
    faults: list[Fault] = []
    for name, file in files.items():
        for at, what in _complaints(name, file, names):
            faults.append(Fault(at.file, at.line, what) if isinstance(at, Spot) else trees[name].fault(at, what))
    for name, tree in trees.items():
        if track_of(name):
            gone = table(needed, name, "steps").keys() - table(trees, name, "steps").keys()
            faults += [tree.fault(("steps", step), f"{step}: the journey cannot do without it") for step in gone]
    if "waits.yaml" in trees:
        faults += _waits(trees["waits.yaml"], table(needed, "waits.yaml", "waits"), table(trees, "waits.yaml", "waits"))
    if not instruments:
        return faults
    theirs = {
        code: (trees[name], file.instrument)
        for name, file in files.items()
        if (code := instrument_of(name)) and isinstance(file, InstrumentFile)
    }
    return [*faults, *instrument_faults(theirs)]


def _complaints(name: str, file: Model, names: Names) -> Iterable[Complaint]:
    if track := track_of(name):
        return _track(track, file, names)
    return CHECKS[name](file, names) if name in CHECKS else ()


def _waits(tree: Tree, needed: Table, given: Table) -> Iterator[Fault]:
    for wait in needed.keys() - given.keys():
        yield tree.fault(("waits", wait), f"{wait}: the journey cannot do without it")
    for wait in given.keys() - needed.keys():
        yield tree.fault(("waits", wait), f"{wait}: nothing in the journey waits so")


def _hospitals(file: HospitalsFile, names: Names) -> Iterator[Complaint]:
    for code, hospital in file.hospitals.items():
        place = ("hospitals", code)
        yield from known((*place, "region"), hospital.region, "regions", names)
        yield from known((*place, "hours"), hospital.hours, "hours", names)
        yield from known((*place, "psychologists"), hospital.psychologists, "hours", names)
        yield from _zone((*place, "zone"), hospital.zone)


def _parties(file: PartiesFile, names: Names) -> Iterator[Complaint]:
    for code, party in file.parties.items():
        yield from known(("parties", code, "hours"), party.hours, "hours", names)


def _hours(file: HoursFile, names: Names) -> Iterator[Complaint]:
    for code, hours in file.hours.items():
        yield from known(("hours", code, "calendar"), hours.calendar, "calendars", names)
        if hours.zone is not None:
            yield from _zone(("hours", code, "zone"), hours.zone)


def _zone(place: Place, zone: str) -> Iterator[Complaint]:
    try:
        offsets(zone)
    except (ValueError, OSError, LookupError):
        yield place, f"{'.'.join(map(str, place))}: there is no time zone {zone}"


def _calendars(file: CalendarsFile, names: Names) -> Iterator[Complaint]:
    for code, calendar in file.calendars.items():
        yield from _calendar(("calendars", code), calendar, names)


def _calendar(place: Place, calendar: CalendarEntry, names: Names) -> Iterator[Complaint]:
    if not calendar.first <= calendar.official_until <= calendar.last:
        yield (*place, "official_until"), f"{place[1]}: official_until lies outside the calendar's days"
    for day, reason in calendar.days_off.items():
        inner = (*place, "days_off", day.isoformat())
        if not calendar.first <= day <= calendar.last:
            yield inner, f"{day} lies outside the calendar's days"
        yield from known(inner, reason, "day_reasons", names)
    for number, day in enumerate(calendar.worked):
        inner = (*place, "worked", number)
        if not calendar.first <= day <= calendar.last:
            yield inner, f"{day} lies outside the calendar's days"
        if day.weekday() < SATURDAY or day in calendar.days_off:
            yield inner, f"{day} is no weekend day that could be worked"


def _ladders(file: LaddersFile, _names: Names) -> Iterator[Complaint]:
    for code, ladder in file.ladders.items():
        percents = [rung.percent for rung in ladder.rungs]
        if percents != sorted(set(percents)):
            yield ("ladders", code, "rungs"), f"{code}: each rung is higher than the one before it"


def _reasons(file: ReasonsFile, names: Names) -> Iterator[Complaint]:
    for code, reason in file.reasons.items():
        yield from known(("reasons", code, "responsible"), reason.responsible, "parties", names)


def _screening(file: ScreeningFile, names: Names) -> Iterator[Complaint]:
    fields: list[tuple[Place, CodedField]] = [(("emergency", name), field) for name, field in file.emergency.items()]
    fields += [(("deaths", name), field) for name, field in file.deaths.items()]
    for place, field in fields:
        yield from _codes((*place, "codes"), field.codes)
        for code, own in field.at.items():
            yield from known((*place, "at", code), code, "hospitals", names)
            yield from _codes((*place, "at", code, "codes"), own.codes)


def _codes(place: Place, codes: tuple[str, ...]) -> Iterator[Complaint]:
    known: set[str] = set()
    for number, code in enumerate(codes):
        if code.casefold() in known:
            yield (*place, number), f"{'.'.join(map(str, place))}: {code} is given twice; capitals make no difference"
        known.add(code.casefold())


def _variants(file: VariantsFile, _names: Names) -> Iterator[Complaint]:
    for variant in Variant:
        if variant not in file.variants:
            yield ("variants",), f"variants: there is no {variant.value}"
    adult = file.variants.get(Variant.ADULT)
    if adult is not None and not any(rule.when == VariantCondition() for rule in adult.rules.values()):
        # Whoever is no child is an adult, so that each case is one of the two.
        yield ("variants", Variant.ADULT.value, "rules"), "adult: one of its rules has to fit always, without `when`"


def _services(file: ServicesFile, names: Names) -> Iterator[Complaint]:
    for code, service in file.services.items():
        yield from known(("services", code, "party"), service.party, "parties", names)
        yield from known(("services", code, "hours"), service.hours, "hours", names)
        for number, partner in enumerate(service.partners):
            yield from known(("services", code, "partners", number), partner, "partners", names)


def _words(file: WordsFile, _names: Names) -> Iterator[Complaint]:
    words: dict[str, type[StrEnum]] = {
        "stages": Stage,
        "flags": Flag,
        "roles": Role,
        "reports": Report,
        "endings": Ending,
        "causes": Why,
        "items": ItemKind,
    }
    for key, kind in words.items():
        for code in set(kind) - set(getattr(file, key)):
            yield (key, code.value), f"{key}: {code.value} has no title"
    for status in sorted({status for kind in KINDS.values() for status in kind.statuses} - set(file.statuses)):
        yield ("statuses", status), f"statuses: {status} has no title"


def _retention(file: RetentionFile, _names: Names) -> Iterator[Complaint]:
    for kind in set(Kept) - set(file.retention):
        yield ("retention", kind.value), f"retention: of {kind.value} is not said how long they are kept"
    for kind, least in AT_LEAST.items():
        if kind in file.retention and file.retention[kind].length < least:
            yield ("retention", kind.value, "term"), f"retention: {kind.value} are needed for {least} at least"


def _rights(file: RightsFile, _names: Names) -> Iterator[Complaint]:
    for purpose in set(ConsentPurpose) - set(file.consents):
        yield ("consents", purpose.value), f"consents: {purpose.value} has no title"
    if CONFIRMED not in file.amended_because:
        yield ("amended_because", CONFIRMED), f"amended_because: {CONFIRMED} has no title"


def _rules(file: RulesFile, names: Names) -> Iterator[Complaint]:
    for step in file.goals.steps:
        yield from known(("goals", "steps", step), step, "steps", names)
    for why in set(Why) - set(file.stuck.weights):
        yield ("stuck", "weights", why.value), f"weights: {why.value} has no weight"
    for merit in set(Merit) - set(file.suggestions):
        yield ("suggestions", merit.value), f"suggestions: {merit.value} has no weight"
    if WRONG_ROLE not in file.handover.reasons:
        yield ("handover", "reasons", WRONG_ROLE), f"reasons: {WRONG_ROLE} has no title"
    for name, pace in ((None, file.handover), *file.handover.profiles.items()):
        if pace.head_after.length <= pace.senior_after.length:
            place = ("handover",) if name is None else ("handover", "profiles", name)
            yield (*place, "head_after"), "head_after: the head is told after the senior coordinator"


def _track(track: str, file: Any, names: Names) -> Iterator[Complaint]:
    for code, step in file.steps.items():
        if step.clock is not None:
            yield from _clock(f"{track}.{code}", ("steps", code, "clock"), step.clock, names)


def _clock(step: str, place: Place, clock: ClockEntry, names: Names) -> Iterator[Complaint]:
    yield from known((*place, "ladder"), clock.ladder, "ladders", names)
    for flag, pace in clock.pace_if.items():
        inner = (*place, "if", flag.value)
        yield from known((*inner, "ladder"), pace.ladder, "ladders", names)
        if pace.counts_from is not None and pace.counts_from not in {OPENING, ADMISSION, *Report}:
            yield (*inner, "counts_from"), f"{step}: {pace.counts_from} is no report, admission or opening"
    if clock.timetable not in names.timetables:
        yield (*place, "timetable"), f"{step}: {clock.timetable} is neither the team nor a party with hours"
    if clock.counts_from not in names.starts:
        yield (*place, "counts_from"), f"{step}: there is no start event {clock.counts_from}"
    elif clock.counts_from == PLANNED_DAY and (clock.amount.unit in WORKING or clock.amount.at or clock.pace_if):
        yield (*place, "term"), f"{step}: only a plain term in minutes, hours or days is counted back from a day"
    elif names.waits_for_itself(step):
        yield (*place, "counts_from"), f"{step}: its clock would count from its own outcome"


CHECKS: Mapping[str, Callable[[Any, Names], Iterator[Complaint]]] = {
    "hospitals.yaml": _hospitals,
    "parties.yaml": _parties,
    "hours.yaml": _hours,
    "calendars.yaml": _calendars,
    "ladders.yaml": _ladders,
    "reasons.yaml": _reasons,
    "screening.yaml": _screening,
    "variants.yaml": _variants,
    "rules.yaml": _rules,
    "retention.yaml": _retention,
    "rights.yaml": _rights,
    "services.yaml": _services,
    "words.yaml": _words,
    "route.yaml": route,
    "lists.yaml": lists,
    "partners.yaml": partners,
    "institutions.yaml": institutions,
}

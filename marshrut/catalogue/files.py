"""The files of a catalogue's folder, and what each holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from marshrut.catalogue.entries import (
    Amount,
    AnsweringEntry,
    ApprovalRule,
    CalendarEntry,
    CodedField,
    Coding,
    ConsentEntry,
    DeathCoding,
    FamilyRule,
    GoalsEntry,
    HandoverEntry,
    Hospital,
    Hours,
    InstitutionEntry,
    KeepEntry,
    Key,
    LadderEntry,
    ListEntries,
    MeritEntry,
    NeedRule,
    PartnerEntry,
    Party,
    Reason,
    RouteRule,
    ScreenRule,
    Service,
    Span,
    StayEntry,
    StepEntry,
    StuckEntry,
    Title,
    VariantEntry,
    WaitEntry,
    WaitName,
)
from marshrut.catalogue.instruments import InstrumentEntry
from marshrut.domain.base import Code, Model
from marshrut.domain.consents import ConsentPurpose
from marshrut.domain.retention import Kept
from marshrut.domain.staffing import Merit
from marshrut.domain.stuck import Why
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Role, Stage, Variant


class CatalogueFile(Model):
    """Whose catalogue it is, the format of its files, and the day of its content."""

    name: Code
    format: Literal[2]
    revision: Code


class HospitalsFile(Model):
    """Regions and hospitals."""

    regions: Mapping[Key, Title]
    hospitals: Mapping[Code, Hospital]


class PartiesFile(Model):
    """Who can hold a case up."""

    parties: Mapping[Key, Party]


class HoursFile(Model):
    """Opening hours."""

    hours: Mapping[Key, Hours]


class CalendarsFile(Model):
    """Calendars, and what the reasons of their days off are called."""

    day_reasons: Mapping[Key, Title]
    calendars: Mapping[Key, CalendarEntry]


class LaddersFile(Model):
    """Ladders."""

    ladders: Mapping[Key, LadderEntry]


class ReasonsFile(Model):
    """Why a step is blocked."""

    reasons: Mapping[Key, Reason]


class RulesFile(Model):
    """Rules of the whole service: what is stuck, delayed, poor; handovers; partners; goals; whom to give a step.

    `remind_again_after`: how long after a reminder of a step there may be another.
    """

    stuck: StuckEntry
    stay: StayEntry
    poor_rating: Amount
    remind_again_after: Span
    handover: HandoverEntry
    answering: AnsweringEntry
    goals: GoalsEntry
    suggestions: Mapping[Merit, MeritEntry]


class ScreeningFile(Model):
    """What makes an admission an emergency, and which admissions open no case, by the reason told to their sender.

    Any of the codes in any of the fields makes it one. Where no rule fits, a case opens. `deaths`: by which codes a
    discharge says that the patient died. `held_for`: how long news of a visit waits for its admission.
    """

    emergency: Annotated[Mapping[Coding, CodedField], Field(min_length=1)]
    deaths: Annotated[Mapping[DeathCoding, CodedField], Field(min_length=1)]
    held_for: Span
    screened_out: Mapping[Key, ScreenRule]


class VariantsFile(Model):
    """Kinds of cases, each with the rules that say so, and why people may say otherwise."""

    variants: Mapping[Variant, VariantEntry]
    corrections: Annotated[Mapping[Key, Title], Field(min_length=1)]


class ServicesFile(Model):
    """Programmes."""

    services: Mapping[Key, Service]


class WaitsFile(Model):
    """For how long the tracks wait, by `track.what`."""

    waits: Mapping[WaitName, WaitEntry]


class RouteFile(Model):
    """What people may need, and the decision tables: proposed needs, proposed routes, what a senior looks at."""

    needs: Mapping[Key, Title]
    proposals: Mapping[Key, NeedRule]
    route: Mapping[Key, RouteRule]
    family: Mapping[Key, FamilyRule]
    approvals: Mapping[Key, ApprovalRule]


class ListsFile(Model):
    """Packages and checklists."""

    lists: Mapping[Key, ListEntries]


class PartnersFile(Model):
    """Who answers referrals."""

    partners: Mapping[Key, PartnerEntry]


class InstitutionsFile(Model):
    """Where people may live."""

    institutions: Mapping[Key, InstitutionEntry]


class WordsFile(Model):
    """What the closed vocabularies of the domain are called."""

    stages: Mapping[Stage, Title]
    flags: Mapping[Flag, Title]
    roles: Mapping[Role, Title]
    reports: Mapping[Report, Title]
    endings: Mapping[Ending, Title]
    causes: Mapping[Why, Title]
    items: Mapping[ItemKind, Title]
    statuses: Mapping[Key, Title]


class RetentionFile(Model):
    """How long what is kept."""

    retention: Mapping[Kept, KeepEntry]


class RightsFile(Model):
    """What the person is asked to agree to, and why what is held was put right, or was not."""

    consents: Mapping[ConsentPurpose, ConsentEntry]
    amended_because: Annotated[Mapping[Key, Title], Field(min_length=1)]
    not_amended_because: Annotated[Mapping[Key, Title], Field(min_length=1)]


class TrackFile(Model):
    """A track and its steps, named without the track: the file's name is the track's."""

    title: Title
    stage: Stage
    steps: Mapping[Key, StepEntry]


class InstrumentFile(Model):
    """An assessment instrument: the file's name is its code."""

    instrument: InstrumentEntry


FILES: Mapping[str, type[Model]] = {
    "catalogue.yaml": CatalogueFile,
    "hospitals.yaml": HospitalsFile,
    "parties.yaml": PartiesFile,
    "hours.yaml": HoursFile,
    "calendars.yaml": CalendarsFile,
    "ladders.yaml": LaddersFile,
    "reasons.yaml": ReasonsFile,
    "rules.yaml": RulesFile,
    "screening.yaml": ScreeningFile,
    "variants.yaml": VariantsFile,
    "services.yaml": ServicesFile,
    "route.yaml": RouteFile,
    "lists.yaml": ListsFile,
    "partners.yaml": PartnersFile,
    "institutions.yaml": InstitutionsFile,
    "waits.yaml": WaitsFile,
    "retention.yaml": RetentionFile,
    "rights.yaml": RightsFile,
    "words.yaml": WordsFile,
}
STEPS = "steps"  # the folder of the tracks' files
INSTRUMENTS = "instruments"  # the folder of the instruments' files
# What is one for the whole installation; a region's overlay leaves it alone.
COMMON = frozenset({"catalogue.yaml", "hospitals.yaml", "retention.yaml", "rights.yaml", "words.yaml"})
# What is asked before a case is of a variant, or of all cases at once: a variant's overlay leaves it alone.
FOR_ALL = COMMON | {"screening.yaml", "variants.yaml", "rules.yaml"}


@cache
def track_of(name: str) -> str | None:
    """The track that a file describes, by its name inside the folder."""
    path = PurePosixPath(name)
    return path.stem if path.parent.name == STEPS and path.suffix == ".yaml" else None


def instrument_of(name: str) -> str | None:
    """The instrument that a file describes, by its name inside the folder."""
    found = re.fullmatch(rf"{INSTRUMENTS}/([a-z][a-z0-9_]{{0,59}})\.yaml", name)
    return found and found[1]


def model_of(name: str) -> type[Model] | None:
    """What a file holds; None for a file that belongs to no catalogue."""
    if instrument_of(name):
        return InstrumentFile
    return FILES.get(name) if track_of(name) is None else TrackFile

"""What a region may have of its own, as whole tables and as differences from the base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field

from marshrut.catalogue.entries import (
    Amount,
    AnsweringEntry,
    ApprovalRule,
    CalendarEntry,
    CodedField,
    FamilyRule,
    GoalsEntry,
    HandoverEntry,
    Hours,
    InstitutionEntry,
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
    TrackEntry,
    VariantEntry,
    WaitEntry,
)
from marshrut.catalogue.instruments import InstrumentEntry
from marshrut.domain.base import Model
from marshrut.domain.words import Variant

T = TypeVar("T")


class Content(Model):
    """The tables by which cases run; a step is named `track.step`."""

    parties: Mapping[str, Party]
    hours: Mapping[str, Hours]
    calendars: Mapping[str, CalendarEntry]
    day_reasons: Mapping[str, Title]
    ladders: Mapping[str, LadderEntry]
    reasons: Mapping[str, Reason]
    emergency: Mapping[str, CodedField] = Field(default_factory=dict)  # versions kept before have none
    deaths: Mapping[str, CodedField] = Field(default_factory=dict)  # the same
    held_for: Span | None = None  # the same
    screened_out: Mapping[str, ScreenRule]
    variants: Mapping[Variant, VariantEntry] = Field(default_factory=dict)  # the same
    corrections: Mapping[str, Title] = Field(default_factory=dict)  # the same
    services: Mapping[str, Service]
    waits: Mapping[str, WaitEntry]
    tracks: Mapping[str, TrackEntry]
    steps: Mapping[str, StepEntry]
    needs: Mapping[str, Title] = Field(default_factory=dict)
    proposals: Mapping[str, NeedRule] = Field(default_factory=dict)
    route: Mapping[str, RouteRule] = Field(default_factory=dict)
    family: Mapping[str, FamilyRule] = Field(default_factory=dict)
    approvals: Mapping[str, ApprovalRule] = Field(default_factory=dict)
    lists: Mapping[str, ListEntries] = Field(default_factory=dict)
    partners: Mapping[str, PartnerEntry] = Field(default_factory=dict)
    institutions: Mapping[str, InstitutionEntry] = Field(default_factory=dict)
    instruments: Mapping[str, InstrumentEntry] = Field(default_factory=dict)
    poor_rating: Amount | None = None  # the same
    remind_again_after: Span | None = None  # the same
    suggestions: Mapping[str, MeritEntry] = Field(default_factory=dict)
    handover: HandoverEntry | None = None  # the same
    answering: AnsweringEntry | None = None  # the same
    goals: GoalsEntry | None = None  # the same
    stuck: StuckEntry
    stay: StayEntry


class Local(Model):
    """Entries of a region that differ from the base's; None: the region has no such entry."""

    parties: Mapping[str, Party | None] = Field(default_factory=dict)
    hours: Mapping[str, Hours | None] = Field(default_factory=dict)
    calendars: Mapping[str, CalendarEntry | None] = Field(default_factory=dict)
    day_reasons: Mapping[str, Title | None] = Field(default_factory=dict)
    ladders: Mapping[str, LadderEntry | None] = Field(default_factory=dict)
    reasons: Mapping[str, Reason | None] = Field(default_factory=dict)
    emergency: Mapping[str, CodedField | None] = Field(default_factory=dict)
    deaths: Mapping[str, CodedField | None] = Field(default_factory=dict)
    held_for: Span | None = None
    screened_out: Mapping[str, ScreenRule | None] = Field(default_factory=dict)
    variants: Mapping[Variant, VariantEntry | None] = Field(default_factory=dict)
    corrections: Mapping[str, Title | None] = Field(default_factory=dict)
    services: Mapping[str, Service | None] = Field(default_factory=dict)
    waits: Mapping[str, WaitEntry | None] = Field(default_factory=dict)
    tracks: Mapping[str, TrackEntry | None] = Field(default_factory=dict)
    steps: Mapping[str, StepEntry | None] = Field(default_factory=dict)
    needs: Mapping[str, Title | None] = Field(default_factory=dict)
    proposals: Mapping[str, NeedRule | None] = Field(default_factory=dict)
    route: Mapping[str, RouteRule | None] = Field(default_factory=dict)
    family: Mapping[str, FamilyRule | None] = Field(default_factory=dict)
    approvals: Mapping[str, ApprovalRule | None] = Field(default_factory=dict)
    lists: Mapping[str, ListEntries | None] = Field(default_factory=dict)
    partners: Mapping[str, PartnerEntry | None] = Field(default_factory=dict)
    institutions: Mapping[str, InstitutionEntry | None] = Field(default_factory=dict)
    instruments: Mapping[str, InstrumentEntry | None] = Field(default_factory=dict)
    poor_rating: Amount | None = None
    remind_again_after: Span | None = None
    suggestions: Mapping[str, MeritEntry | None] = Field(default_factory=dict)
    handover: HandoverEntry | None = None
    answering: AnsweringEntry | None = None
    goals: GoalsEntry | None = None
    stuck: StuckEntry | None = None
    stay: StayEntry | None = None


# What differs entry by entry; the rules differ as a whole.
RULES = ("held_for", "poor_rating", "remind_again_after", "handover", "answering", "goals", "stuck", "stay")
TABLES = tuple(table for table in Content.model_fields if table not in RULES)


def difference(base: Content, own: Content) -> Local:
    """What has to be said of a region beside the base."""
    changes = {table: _changed(getattr(base, table), getattr(own, table)) for table in TABLES}
    rules: dict[str, Any] = {name: getattr(own, name) for name in RULES if getattr(own, name) != getattr(base, name)}
    return Local(**{**changes, **rules})


def combined(base: Content, local: Local) -> Content:
    """The tables of a region."""
    tables = {table: _applied(getattr(base, table), getattr(local, table)) for table in TABLES}
    rules: dict[str, Any] = {name: getattr(local, name) or getattr(base, name) for name in RULES}
    return Content(**{**tables, **rules})


def _changed(base: Mapping[str, T], own: Mapping[str, T]) -> dict[str, T | None]:
    changed: dict[str, T | None] = {key: entry for key, entry in own.items() if base.get(key) != entry}
    return changed | dict.fromkeys(base.keys() - own.keys())


def _applied(base: Mapping[str, T], changes: Mapping[str, T | None]) -> dict[str, T]:
    return {key: entry for key, entry in {**base, **changes}.items() if entry is not None}

"""What happened to a case as a whole: how it came, whose it is, where it is, what kind it is, how it ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from marshrut.domain.base import Code, Instant, Wire
from marshrut.domain.calendar import Calendar
from marshrut.domain.clock import Clock
from marshrut.domain.words import Ending, Flag, Mark, Protection, Report, Topic, Variant, Via


class CaseOpened(Wire):
    """A case was opened for a visit; `inpatient`: of somebody who had been an outpatient before."""

    kind: Literal["case_opened"] = "case_opened"
    hospital: Code
    person: Code
    admitted_at: Instant
    emergency: bool
    ward: Code | None = None
    bed: Code | None = None
    flags: tuple[Flag, ...] = ()
    variants: dict[Variant, tuple[Code, ...]] = Field(default_factory=dict)
    via: Via = "admission"
    planned_for: Instant | None = None
    topic: Topic | None = None
    procedure: int
    catalogue: Code
    owner: Code | None = None
    earlier: Code | None = None
    inquiry: Code | None = None
    inpatient: bool = False


class CameIn(Wire):
    """The patient of a planned stay is in the hospital: what was said of the admission before is over."""

    kind: Literal["came_in"] = "came_in"
    admitted_at: Instant
    emergency: bool
    ward: Code | None = None
    bed: Code | None = None
    flags: tuple[Flag, ...] = ()


class AdmissionRepeated(Wire):
    """The same visit was announced again; the message attaches to the case that is there. `at`: when that was so.

    `inpatient`: the patient, an outpatient until then, lies in a ward from then on. `planned_for`: of a stay that still
    lies ahead, the day that is said now.
    """

    kind: Literal["admission_repeated"] = "admission_repeated"
    at: Instant | None = None
    ward: Code | None = None
    bed: Code | None = None
    inpatient: bool = False
    planned_for: Instant | None = None


class Reported(Wire):
    """The hospital or a person reported something about the patient; `other`: the case that it leads to.

    `planned`: of a stay that lies ahead. `late`: something later was heard before, so this changes nothing.
    """

    kind: Literal["reported"] = "reported"
    report: Report
    ward: Code | None = None
    bed: Code | None = None
    expected_at: Instant | None = None
    other: Code | None = None
    planned: bool = False
    late: bool = False


class TakenBack(Wire):
    """What the journey did since the mark is taken back: it goes on from where it stood then."""

    kind: Literal["taken_back"] = "taken_back"
    mark: Mark


class PersonChanged(Wire):
    """The patient is known by another record; `earlier`: the case that they come back from, as that shows."""

    kind: Literal["person_changed"] = "person_changed"
    person: Code
    earlier: Code | None = None


class CaseTransferred(Wire):
    """Another hospital goes on with the case; nobody there has any of its steps yet."""

    kind: Literal["case_transferred"] = "case_transferred"
    hospital: Code
    ward: Code | None = None


class CaseAbsorbed(Wire):
    """Another case was the same person's: what it had goes on in this one, and its trail stays its own."""

    kind: Literal["case_absorbed"] = "case_absorbed"
    other: Code


class CaseParted(Wire):
    """That other case was not the same person's after all."""

    kind: Literal["case_parted"] = "case_parted"
    other: Code


class FlagsChanged(Wire):
    """More, or other things became known about the patient's circumstances.

    `because`: why they are protected from now on, or are no more.
    """

    kind: Literal["flags_changed"] = "flags_changed"
    added: tuple[Flag, ...] = ()
    removed: tuple[Flag, ...] = ()
    because: Protection | None = None


class OwnerChanged(Wire):
    """Somebody else answers for the case; without an owner the hospital's senior coordinator does."""

    kind: Literal["owner_changed"] = "owner_changed"
    owner: Code | None
    reason: Code


class CatalogueMigrated(Wire):
    """The case goes on by another version of the catalogue; `clocks`: of the steps that are due otherwise by it."""

    kind: Literal["catalogue_migrated"] = "catalogue_migrated"
    catalogue: Code
    clocks: dict[Code, Clock | None] = Field(default_factory=dict)


class VariantsChanged(Wire):
    """It is another kind of case, as a person says: it goes on by the slice for that, as when it is migrated.

    `variants`: all that it is now, each with why; `clocks`: of the steps that are due otherwise. `moved`: it moved to a
    hospital whose rules say so.
    """

    kind: Literal["variants_changed"] = "variants_changed"
    variants: dict[Variant, tuple[Code, ...]]
    reason: Code
    catalogue: Code
    clocks: dict[Code, Clock | None] = Field(default_factory=dict)
    moved: bool = False


class CalendarReplaced(Wire):
    """A calendar of the case was replaced by a newer one of the same name."""

    kind: Literal["calendar_replaced"] = "calendar_replaced"
    calendar: Calendar


class CaseClosed(Wire):
    """The case ended."""

    kind: Literal["case_closed"] = "case_closed"
    ending: Ending

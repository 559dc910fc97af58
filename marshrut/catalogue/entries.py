"""The entries of the catalogue's files: these models are the schema, and the JSON Schemas beside them follow from them.

Every number names its mark (S seen in a source, M from memory, A assumed) and its source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from marshrut.domain.base import Code, Model
from marshrut.domain.clock import OPENING, SPANS, Mark, Term, Unit
from marshrut.domain.ladder import Rung
from marshrut.domain.rules import Condition
from marshrut.domain.slice import TEAM
from marshrut.domain.stuck import Why
from marshrut.domain.words import Flag, ItemKind, Role, Stage, Variant, Via

# Years are told in days. A term in days may end at a time of the last one, as in 1d@10:00.
TERM = r"^([1-9]\d{0,2}(m|h|d(@([01]\d|2[0-3]):[0-5]\d)?|wh|wd)|[1-9]\d{3}d)$"
SPAN = r"^[1-9]\d{0,2}(m|h|d)$"
SHIFT = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"


def _is_term(text: str) -> str:
    if not re.match(TERM, text):
        raise ValueError(f"{text} is no term: a number and m, h, d, wh or wd, as in 24h, 5wd or 1d@10:00")
    return text


def _is_span(text: str) -> str:
    if not re.match(SPAN, text):
        raise ValueError(f"{text} is no time around the clock: a number and m, h or d, as in 72h or 7d")
    return text


def _is_shift(text: str) -> str:
    if not re.match(SHIFT, text):
        raise ValueError(f"{text} are no hours: write them as 09:00-18:00")
    opens, closes = text.split("-")
    if closes <= opens:
        raise ValueError(f"{text}: closes before it opens")
    return text


Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
WaitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=60)]
StepName = WaitName
TermText = Annotated[str, AfterValidator(_is_term), Field(json_schema_extra={"pattern": TERM})]
SpanText = Annotated[str, AfterValidator(_is_span), Field(json_schema_extra={"pattern": SPAN})]
ShiftText = Annotated[str, AfterValidator(_is_shift), Field(json_schema_extra={"pattern": SHIFT})]
# No space and none of HL7's separators: a code that holds one would never be found in a message.
SystemCode = Annotated[str, StringConstraints(pattern=r"^[^\s|^~\\&]{1,60}$")]
Coding = Literal["patient_class", "admission_type", "patient_type"]  # HL7 v2: PV1-2, PV1-4, PV1-18
DeathCoding = Literal["discharge_disposition"]  # PV1-36
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Profile = Literal["general", "flagship", "children", "infectious", "oncology", "ent", "rehabilitation", "centre"]
Side = Literal["hospital", "social", "agency", "family", "other"]
DelayCode = Literal["A", "B", "C", "Di", "Dii", "E", "F", "G", "H", "I"]  # England's list for delayed transfers


class Title(Model):
    """What people read."""

    ru: Words
    en: Words


class Sourced(Model):
    """A number tells whether it is known or assumed, and from where."""

    mark: Mark
    source: Words

    @property
    def unverified(self) -> bool:
        """Whether nobody has seen the number in a source yet."""
        return self.mark != "S"


class Figure(Sourced):
    """A term: minutes (m), hours (h), days (d), working hours (wh) or working days (wd).

    Days may name the time at which the last one ends: 1d@10:00 is the next morning at ten.
    """

    term: TermText

    @property
    def amount(self) -> Term:
        """The term as clocks count it."""
        length, _, at = self.term.partition("@")
        number, unit = re.findall(r"\d+|[a-z]+", length)
        return Term(amount=int(number), unit=Unit(unit), at=int(at[:2]) * 60 + int(at[3:]) if at else None)


class WaitEntry(Figure):
    """How long a track waits for something; working hours and days are the team's."""

    title: Title


class Span(Figure):
    """A term that counts around the clock, in no team's hours: minutes, hours or days."""

    term: SpanText

    @property
    def length(self) -> timedelta:
        """The time that it is."""
        return self.amount.amount * SPANS[self.amount.unit]


class Amount(Sourced):
    """A number without a unit."""

    value: Annotated[int, Field(ge=0, le=1000)]


class MeritEntry(Amount):
    """What speaks for somebody to whom a step may be given, and how much it weighs."""

    title: Title


class Choice(Sourced):
    """A yes or a no."""

    value: bool


class HandoverPace(Model):
    """How long the handover of a shift may wait until the senior coordinator is told, and after that the head.

    Both count from the handover, around the clock. `urgent`: they are told at any hour.
    """

    senior_after: Span
    head_after: Span
    urgent: Choice


class HandoverEntry(HandoverPace):
    """The handover of a shift; `profiles`: at sites of their own pace. `reasons` why something is not taken."""

    profiles: Mapping[Profile, HandoverPace] = Field(default_factory=dict)
    reasons: Annotated[Mapping[Key, Title], Field(min_length=1)]

    def pace(self, profile: str) -> HandoverPace:
        """The pace at a site of that profile."""
        return {str(name): pace for name, pace in self.profiles.items()}.get(profile, self)


class AnsweringEntry(Model):
    """How partners answer referrals by themselves.

    `link_valid`: how long a link with a one-time code is good. `held_at_most`: how far ahead a partner may put one
    aside. `reasons`: why they decline, put aside or fail.
    """

    link_valid: Span
    held_at_most: Span
    reasons: Annotated[Mapping[Key, Title], Field(min_length=1)]


class StuckEntry(Model):
    """When something is stuck, and how much it wants attention.

    `weights` by cause, each once; beside them what a term by law, a mandatory step and each full hour late add.
    """

    silent_after: Span
    blocked_too_long: Span
    weights: Mapping[Why, Amount]
    by_law: Amount
    mandatory: Amount
    late_hour: Amount


class Share(Amount):
    """So many percent."""

    value: Annotated[int, Field(ge=0, le=100)]


class GoalsEntry(Model):
    """What figures are compared with: of steps the share that is to be done in time, some with a goal of their own.

    `partner_answers`: the share of referrals that partners are to answer in time. `delayed_per_100`: how many delayed
    days there are to be at most for 100 discharges.
    """

    terms: Share
    steps: Mapping[StepName, Share] = Field(default_factory=dict)
    partner_answers: Share
    delayed_per_100: Amount

    def of(self, step: str) -> Share:
        """The goal of a step."""
        return self.steps.get(step, self.terms)


class StayEntry(Model):
    """What counts as a delay, and as coming back.

    `paused_days`: whether a delay counts the midnights at which the case is paused. `readmitted_within`: who is
    admitted again so soon after leaving is readmitted, and the new case is linked to the one before.
    """

    paused_days: Choice
    readmitted_within: Span


class PaceEntry(Figure):
    """How fast a step has to be; of an emergency people are told at any hour."""

    emergency: bool = False


class FlaggedPace(PaceEntry):
    """How fast a step has to be under a flag, where that differs: from another start event, by another ladder."""

    counts_from: Code | None = None
    ladder: Key | None = None


class ClockEntry(PaceEntry):
    """A step's clock. Of its own term and those of the case's flags (`if`), the one that is due first counts.

    `counts_from`: `opening`, `admission`, a report, or a step (`track.step`) whose outcome starts it.
    `timetable`: whose hours count for working hours and days, the team's or those of a party.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    pace_if: Mapping[Flag, FlaggedPace] = Field(default_factory=dict, alias="if")
    counts_from: Code = OPENING
    timetable: Key = TEAM
    ladder: Key = "standard"


class StepEntry(Model):
    """A step of a track. `other_than`: steps (`track.step`) whose last doer may not do this one.

    `figures` are terms of its procedure that no clock counts, such as the paper after a call.
    """

    title: Title
    role: Role
    mandatory: bool
    other_than: tuple[Code, ...] = ()
    clock: ClockEntry | None = None
    figures: Mapping[Key, Figure] = Field(default_factory=dict)
    outcomes: Annotated[Mapping[Key, Title], Field(min_length=1)]
    note: Title | None = None


class TrackEntry(Model):
    """A part of the journey, and the stage it belongs to."""

    title: Title
    stage: Stage


class Hospital(Model):
    """A hospital of the service. `zone` is an IANA name: its clocks run by it. `hours` are its team's.

    `psychologists`: the hours of its psychologists.
    """

    title: Title
    region: Key
    zone: Words
    profile: Profile
    hours: Key
    psychologists: Key = "psychologists"


class Party(Model):
    """Somebody who can hold a case up, and when their office is open, if a clock asks for it.

    `side`: where figures of delays put it, the hospital's, social care's, another agency's or the family's.
    """

    title: Title
    hours: Key | None = None
    side: Side = "other"


class Hours(Sourced):
    """When a team or an office is open. A day that is not named is closed.

    `zone` is the hospital's unless another is named; with a `calendar`, public holidays are days off.
    """

    title: Title
    week: Annotated[Mapping[Weekday, ShiftText], Field(min_length=1)]
    calendar: Key | None = None
    zone: Words | None = None


class CalendarEntry(Sourced):
    """Days off, each with its reason, and worked weekend days; declared up to `official_until`."""

    title: Title
    version: Code
    first: date
    last: date
    official_until: date
    days_off: Mapping[date, Key]
    worked: tuple[date, ...] = ()


class LadderEntry(Sourced):
    """Who is told when a clock has used so many percent of its time, lowest first."""

    title: Title
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]


class Reason(Sourced):
    """Why a step is blocked, what England's list would call it, who as a rule has to move, whether clocks pause.

    Mark and source are those of the mapping to England's list.
    """

    title: Title
    delay: tuple[DelayCode, ...]
    responsible: Key
    pauses: bool = False


class ScreenRule(Model):
    """Admissions that open no case: those of which all that is said here is true."""

    title: Title
    emergency: bool | None = None
    planned: bool | None = None
    profiles: Annotated[tuple[Profile, ...], Field(min_length=1)] | None = None
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)] | None = None


class VariantCondition(Model):
    """What must be so of an admission: every part that is given. Within a part any of the values will do."""

    flags: tuple[Flag, ...] = ()
    none: tuple[Flag, ...] = ()
    profiles: tuple[Profile, ...] = ()
    emergency: bool | None = None
    via: tuple[Via, ...] = ()


class VariantReason(Model):
    """A rule that says that a case is of a variant. `because` goes on after the word: "because …"."""

    because: Title
    when: VariantCondition = VariantCondition()


class VariantEntry(Sourced):
    """A kind of case: what it is called, and the rules that say that a case is one."""

    title: Title
    rules: Mapping[Key, VariantReason]


class SystemCodes(Sourced):
    """Codes of hospitals' systems that mean something to us. In capitals or not."""

    codes: Annotated[tuple[SystemCode, ...], Field(min_length=1)]


class CodedField(SystemCodes):
    """A field of hospital messages that may hold them. `at`: hospitals whose codes take the place of these."""

    at: Mapping[Code, SystemCodes] = Field(default_factory=dict)


class RuleEntry(Sourced):
    """A row of a decision table: when it fits, and why it says so."""

    because: Title
    when: Condition = Condition()


class NeedRule(RuleEntry):
    """Proposes needs."""

    needs: Annotated[tuple[Key, ...], Field(min_length=1)]


class RouteRule(RuleEntry):
    """Proposes parts of a route: directions of work, programmes, single steps (`track.step`)."""

    directions: tuple[Key, ...] = ()
    programmes: tuple[Key, ...] = ()
    steps: tuple[Code, ...] = ()


class FamilyRule(RuleEntry):
    """Proposes what those near to the patient may need for themselves."""

    family_needs: Annotated[tuple[Key, ...], Field(min_length=1)]


class ApprovalRule(RuleEntry):
    """Parts of a route that a senior has to look at; `anything`: every part."""

    entries: Annotated[tuple[Code, ...], Field(min_length=1)]


class OfficeEntry(Sourced):
    """Which office is the right one."""

    party: Key


class ListedEntry(Sourced):
    """What a list asks for, and how long it is good for once it is there.

    `offices`: where it is had, by circumstance: what became of the paper (`lost`), a flag of the case, or `otherwise`.
    `after`: by circumstance, or `always`, the entries of the list that it cannot be had without.
    """

    title: Title
    validity: Figure | None = None
    offices: Mapping[Key, OfficeEntry] = Field(default_factory=dict)
    after: Mapping[Key, tuple[Key, ...]] = Field(default_factory=dict)


class ListEntries(Model):
    """A list of things that have to be there, as items of one kind."""

    title: Title
    kind: ItemKind
    entries: Annotated[Mapping[Key, ListedEntry], Field(min_length=1)]


class PartnerEntry(Sourced):
    """An organisation that answers referrals. `party`: in whose hours it answers."""

    title: Title
    party: Key | None = None


class InstitutionEntry(Sourced):
    """A social institution: its profiles, and how many places it has, as far as is known."""

    title: Title
    profiles: Annotated[tuple[Key, ...], Field(min_length=1)]
    places: Annotated[int, Field(ge=0, le=10_000)] | None = None


class Contact(Sourced):
    """A telephone number or an address on the web."""

    kind: Literal["phone", "web"]
    value: Words
    note: Title | None = None


Level = Literal["level_1", "level_2", "level_3"]  # of need, in the long-term care system


class Service(Sourced):
    """A programme: who may apply, where, with which documents, in what time, for what, when and how to reach it.

    `partners` may be asked to take somebody in, several at once. `one_consultant`: the same person goes on after the
    hospital. `goes_on`: it outlives the stay in hospital. `units`: hours of lessons or visits after which it is done.
    `weekly_hours`: how much help each level of need gives.
    """

    title: Title
    who: Title | None = None
    where: Title | None = None
    party: Key | None = None
    documents: tuple[Title, ...] = ()
    deadline: Figure | None = None
    result: Title | None = None
    hours: Key | None = None
    contacts: tuple[Contact, ...] = ()
    partners: Annotated[tuple[Key, ...], Field(max_length=8)] = ()
    one_consultant: bool = False
    goes_on: bool = False
    units: Amount | None = None
    weekly_hours: Mapping[Level, Amount] = Field(default_factory=dict)

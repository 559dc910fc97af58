"""The slice of the catalogue that a case keeps from its start, so that later edits never change a running case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)

from marshrut.domain.base import Code, Lean, Wire
from marshrut.domain.calendar import Calendar, Schedule, Timetable, opening
from marshrut.domain.clock import (
    ADMISSION,
    OPENING,
    PLANNED_DAY,
    Basis,
    Clock,
    Extension,
    Mark,
    Pause,
    Term,
    Times,
    budget,
    compute,
    counts_since,
    reach,
)
from marshrut.domain.ladder import Climb, Rung, climbs, in_hours
from marshrut.domain.planned import counted_back, planned_day
from marshrut.domain.rules import Rule, Target, fitting
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.words import Flag, ItemKind, Report, Role, Variant, Via

TEAM = "team"
PSYCHOLOGISTS = "psychologists"  # whose hours are their own
STANDARD = "standard"
ANYTHING = "anything"  # an approval that every part of a route needs
# Circumstances of a list's entry: whenever no other fits, and whatever is so.
OTHERWISE, ALWAYS = "otherwise", "always"
STATEMENT = "statement"  # where it is reported first that the paper is gone
REPORTS = frozenset(report.value for report in Report)


class Pace(Lean):
    """How fast a step has to be, how sure that number is, and whether people are told of it at any hour.

    Where the pace of a flag has its own, `counts_from` and `ladder` take the place of the clock's.
    """

    term: Term
    mark: Mark
    emergency: bool = False
    counts_from: Code | None = None
    ladder: Code | None = None

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Most have nothing but what they must, and every case carries all of them."""
        return {part: value for part, value in whole(self).items() if value}


class ClockRule(Lean):
    """A step's clock before it is armed.

    `counts_from` names the start event: `opening`, `admission`, a report, or a step (`track.step`) whose outcome it is;
    from `planned_day`, the day of a stay that lies ahead, the term is counted back.
    `timetable` names whose hours count: the team's, or those of the office that must answer.
    """

    pace: Pace
    pace_if: dict[Flag, Pace] = Field(default_factory=dict)
    counts_from: Code = OPENING
    timetable: Code = TEAM
    ladder: Code = "standard"

    @property
    def ladders(self) -> tuple[str, ...]:
        """Every ladder that the clock may climb."""
        return (self.ladder, *(pace.ladder for pace in self.pace_if.values() if pace.ladder))


# Where a senior looks at what others planned.
APPROVAL = "route.route_approve"


class StepRule(Lean):
    """Who does a step, in what time (None: no deadline), and whether it may be left out.

    `other_than`: steps (`track.step`) whose last doer may not do this one: a plan is not approved by its author.
    """

    role: Role
    clock: ClockRule | None
    mandatory: bool = True
    other_than: tuple[Code, ...] = ()


class ReasonRule(Wire):
    """A reason that may block a step; while one that `pauses` stands, the step's clock does."""

    pauses: bool = False


class ListEntry(Lean):
    """Something that a list asks for; once it is there it is good for so long (None: for good).

    `offices` and `after`, by circumstance: where it is had, and what it cannot be had without.
    """

    name: Code
    validity: Term | None = None
    offices: dict[Code, Code] = Field(default_factory=dict)
    after: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Most have nothing but what they must, and every case carries all of them."""
        return {part: value for part, value in whole(self).items() if value}

    def office(self, circumstances: Collection[str]) -> str | None:
        """The office for what is so: the first that fits in the catalogue's order, else the one for everybody."""
        fitting = (office for when, office in self.offices.items() if when in circumstances)
        return next(fitting, self.offices.get(OTHERWISE))

    def needs(self, circumstances: Collection[str]) -> tuple[str, ...]:
        """What it cannot be had without, as things are."""
        fitting = (names for when, names in self.after.items() if when == ALWAYS or when in circumstances)
        return tuple(dict.fromkeys(name for names in fitting for name in names))


class ProgrammeRule(Lean):
    """How a referral to a programme goes.

    `partners`: who may be asked, several at once. `one_consultant`: the same person goes on after the hospital.
    `goes_on`: it outlives the stay in hospital. `units`: after so many the programme is done (None: when the partner
    says so). `weekly_hours`: by level of need.
    """

    partners: tuple[Code, ...]
    one_consultant: bool = False
    goes_on: bool = False
    units: int | None = None
    weekly_hours: dict[Code, int] = Field(default_factory=dict)


class InstitutionRule(Wire):
    """Whom an institution takes, by profile, and how many places it has, as far as is known."""

    profiles: tuple[Code, ...]
    places: int | None = None


class VariantRule(Wire):
    """When a variant fits an admission of the hospital: every part that is given has to."""

    flags: tuple[Flag, ...] = ()
    none: tuple[Flag, ...] = ()
    emergency: bool | None = None
    via: tuple[Via, ...] = ()

    def fits(self, flags: Collection[Flag], via: Via, *, emergency: bool) -> bool:
        """Whether it speaks for the variant."""
        return (
            (not self.flags or bool({*self.flags} & {*flags}))
            and not {*self.none} & {*flags}
            and self.emergency in {None, emergency}
            and (not self.via or via in self.via)
        )


class Slice(Wire):
    """What a case of one hospital needs of the catalogue. `poor_rating`: of a feedback, up to which it is looked into.

    `variants`: the kind of case that its overlays are of; `kinds`: the rules that say which that is.

    Raises:
        ValueError: a clock names a timetable, a calendar or a ladder that is not there.
    """

    version: Code
    steps: dict[Code, StepRule]
    reasons: dict[Code, ReasonRule]
    timetables: dict[Code, Timetable]
    calendars: dict[Code, Calendar]
    ladders: dict[Code, tuple[Rung, ...]]
    waits: dict[Code, Term]
    needs: dict[Code, Rule] = Field(default_factory=dict)
    route: dict[Code, Rule] = Field(default_factory=dict)
    approvals: dict[Code, Rule] = Field(default_factory=dict)
    family: dict[Code, Rule] = Field(default_factory=dict)
    lists: dict[Code, tuple[ListEntry, ...]] = Field(default_factory=dict)
    programmes: dict[Code, ProgrammeRule] = Field(default_factory=dict)
    institutions: dict[Code, InstitutionRule] = Field(default_factory=dict)
    poor_rating: int = 0
    variants: tuple[Variant, ...] = ()
    kinds: dict[Variant, dict[Code, VariantRule]] = Field(default_factory=dict)
    known: dict[ItemKind, tuple[Code, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        clocks = [rule.clock for rule in self.steps.values() if rule.clock is not None]
        named = {TEAM, *(clock.timetable for clock in clocks)}
        if missing := sorted(named - self.timetables.keys()):
            raise ValueError(f"there is no timetable {missing[0]}")
        if missing := sorted(
            {STANDARD, *(ladder for clock in clocks for ladder in clock.ladders)} - self.ladders.keys()
        ):
            raise ValueError(f"there is no ladder {missing[0]}")
        calendars = {timetable.calendar for timetable in self.timetables.values()} - {None}
        if missing := sorted(str(name) for name in calendars - self.calendars.keys()):
            raise ValueError(f"there is no calendar {missing[0]}")
        return self

    def proposals(self, state: CaseState, kind: ItemKind) -> dict[Target, tuple[str, ...]]:
        """What the decision tables propose for the case as it stands, each with the rules that say so."""
        tables = {ItemKind.NEED: self.needs, ItemKind.FAMILY_NEED: self.family}
        return fitting(tables.get(kind, self.route), state)

    def needs_approval(self, state: CaseState, item: Item) -> bool:
        """Whether a senior has to look at this part of the route before it is planned."""
        if item.kind is not ItemKind.ENTRY:
            return False
        asked = fitting(self.approvals, state)
        return any(target.name in (item.name, ANYTHING) for target in asked)

    def own(self, state: CaseState, item: Item) -> frozenset[str] | None:
        """Whose own this part of the route is, who may not approve it; None: nobody has to.

        They are whoever moved it last, and whoever did last what the catalogue lets nobody approve of themselves.
        """
        if not self.needs_approval(state, item):
            return None
        rule = self.steps.get(APPROVAL)
        author = state.last_doer(rule.other_than if rule else ())
        return frozenset(who for who in (item.moved_by, author) if who is not None)

    def entry(self, of: str, name: str) -> ListEntry | None:
        """What a list says of something, if it asks for it."""
        return next((entry for entry in self.lists.get(of, ()) if entry.name == name), None)

    def expires(self, state: CaseState, of: str | None, name: str, since: datetime) -> datetime | None:
        """When an entry of a list that is there since then is good no more."""
        entry = self.entry(of or "", name)
        if entry is None or entry.validity is None:
            return None
        schedule = self.basis(state, TEAM).schedule(entry.validity)
        return reach(
            schedule, (), counts_since(entry.validity, since, schedule), budget(entry.validity, since, schedule)
        )

    def armed(self, rule: ClockRule, state: CaseState, opened_at: datetime) -> Clock:
        """The clock of a step that opens now in this case; of several paces the one that is due first."""
        if rule.counts_from == PLANNED_DAY:
            return self._back(rule, state, opened_at)
        basis = self.basis(state, rule.timetable)
        # A flag's first: of two that are due at once its own counts, and is counted anew if its start event is.
        fitting = [*(pace for flag, pace in rule.pace_if.items() if flag in state.flags), rule.pace]
        starts = [start_of(pace.counts_from or rule.counts_from, state, opened_at) for pace in fitting]
        paces = [(compute(pace.term, None, at, basis), pace) for at, pace in zip(starts, fitting, strict=True)]
        times, pace = min(paces, key=lambda each: each[0].due_at)
        return Clock(
            term=pace.term,
            counts_from=pace.counts_from or rule.counts_from,
            timetable=rule.timetable,
            ladder=pace.ladder or rule.ladder,
            emergency=pace.emergency,
            mark=pace.mark,
            times=times,
        )

    def _back(self, rule: ClockRule, state: CaseState, opened_at: datetime) -> Clock:
        """A clock that is due so long before the day for which a stay is planned."""
        pace = rule.pace
        due_at = counted_back(pace.term, planned_day(state) or opened_at, opened_at)
        extension = Extension(at=opened_at, due_at=due_at)
        return Clock(
            term=None,
            counts_from=rule.counts_from,
            timetable=rule.timetable,
            ladder=rule.ladder,
            emergency=pace.emergency,
            mark=pace.mark,
            times=compute(None, extension, opened_at, self.basis(state, rule.timetable)),
            extension=extension,
        )

    def times(self, state: CaseState, step: Step, clock: Clock) -> Times:
        """What the clock shows, with all that is known now."""
        started_at = clock.times.started_at
        if clock.counts_from in REPORTS:
            # Of all start events only a report can be told again, otherwise.
            started_at = state.reports.get(Report(clock.counts_from), started_at)
        return compute(clock.term, clock.extension, started_at, self.basis(state, clock.timetable, step.pauses))

    def climbs(self, state: CaseState, step: Step) -> tuple[Climb, ...]:
        """The rungs of a step's clock, lowest first; none where it has no deadline."""
        clock = step.clock
        if clock is None:
            return ()
        basis = self.basis(state, clock.timetable, step.pauses)
        return climbs(state.case_id, clock, self.ladders[clock.ladder], basis, self.team(state))

    def wait_ends(self, state: CaseState, wait: str, since: datetime) -> datetime:
        """When a wait that begins then is over: by the clock, or by the team's hours. No pause puts it off.

        Raises:
            KeyError: the catalogue has no such wait.
        """
        term = self.waits[wait]
        schedule = self.basis(state, TEAM).schedule(term)
        return reach(schedule, (), counts_since(term, since, schedule), budget(term, since, schedule))

    def team(self, state: CaseState) -> Schedule:
        """When the team is there."""
        basis = self.basis(state, TEAM)
        return opening(basis.timetable, basis.calendar)

    def is_there(self, state: CaseState, team: str, at: datetime) -> bool:
        """Whether a team is at work then; one without hours of its own keeps those of the coordinators."""
        basis = self.basis(state, team if team in self.timetables else TEAM)
        return opening(basis.timetable, basis.calendar).is_open(at)

    def told_at(self, state: CaseState, at: datetime) -> datetime:
        """When people may be told of something that can wait for the team's hours."""
        return in_hours(state.case_id, at, self.team(state))

    def basis(self, state: CaseState, timetable: str, pauses: tuple[Pause, ...] = ()) -> Basis:
        """What a clock of the case is computed from; `pauses` are the step's own."""
        table = self.timetables[timetable]
        name = table.calendar
        calendar = None if name is None else state.calendars.get(name) or self.calendars[name]
        return Basis(table, calendar, (*state.pauses, *pauses))


def start_of(counts_from: str, state: CaseState, opened_at: datetime) -> datetime:
    """When the named start event occurred; the step's opening while nothing is known of it."""
    if counts_from == ADMISSION:
        return state.admitted_at or opened_at
    if counts_from in REPORTS:
        return state.reports.get(Report(counts_from), opened_at)
    done = [
        (step.ended_at, step.occurred_at)
        for step in state.counted_steps
        if f"{step.track}.{step.name}" == counts_from and step.outcome and step.ended_at and step.occurred_at
    ]
    return max(done)[1] if done else opened_at


@lru_cache(maxsize=64)
def _read(text: str) -> Slice:
    return Slice.model_validate_json(text)


def _told(value: object, whole: ValidatorFunctionWrapHandler) -> Slice:
    found: Slice = _read(value) if isinstance(value, str) else whole(value)
    return found


# A slice as each journey of a hospital is given it: as JSON it is one text, and whoever has read that text before has
# the slice, which cannot change. Reading it was a third of a worker's time with a new journey.
Travelling = Annotated[Slice, WrapValidator(_told), PlainSerializer(Slice.model_dump_json, when_used="json")]

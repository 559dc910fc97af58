"""The roster's rules: who is there, who stands in for whom, and whom to give a step or a case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marshrut.domain.moves import CARE, SENIOR, may_record
from marshrut.domain.words import Role

# Who does steps, and so stands on the roster.
STAFF = CARE | {Role.HOTLINE}
# Who answers for what nobody else is there for.
LAST_RESORT = Role.SUPERVISOR


class Away(StrEnum):
    """Why somebody is not there. `left`: they do not work here any more."""

    VACATION = "vacation"
    SICK = "sick"
    OFF_SHIFT = "off_shift"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from `starts_at` to before `ends_at` (None: nobody knows yet until when)."""

    id: str
    user: str
    starts_at: datetime
    ends_at: datetime | None
    kind: Away
    deputy: str | None
    recorded_by: str
    recorded_at: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether they are away then."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the roster in their one role. `hospitals`: None means all; `absences`: those that are not over."""

    user: str
    role: Role
    hospitals: frozenset[str] | None
    active: bool = True
    absences: tuple[Absence, ...] = ()

    def works_in(self, hospital: str) -> bool:
        """Whether it is one of theirs."""
        return self.hospitals is None or hospital in self.hospitals

    def covering(self, moment: datetime) -> tuple[Absence, ...]:
        """Why they are not there then; of several absences the one that ends last is first."""
        found = [absence for absence in self.absences if absence.covers(moment)]
        return tuple(sorted(found, key=lambda each: (each.ends_at is None, each.ends_at or moment), reverse=True))

    def away(self, moment: datetime) -> Absence | None:
        """Why they are not there then; of several absences the one that ends last."""
        return next(iter(self.covering(moment)), None)

    def present(self, moment: datetime) -> bool:
        """Whether they are there."""
        return self.active and self.away(moment) is None

    def may_do(self, role: Role) -> bool:
        """Whether they may complete a step of that role."""
        return self.role in SENIOR or may_record(self.role, role)


Roster = Mapping[str, Colleague]


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has to do: live steps, those of them that are overdue, open cases that they answer for."""

    steps: int = 0
    overdue: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for a case: a user, or everybody of a role."""

    user: str | None
    role: Role


def stand_in(absence: Absence, roster: Roster, hospital: str, step: Role | None, now: datetime) -> Colleague | None:
    """The deputy, if they are there and may do a step of that role (None: may answer for a case) in that hospital."""
    deputy = None if absence.deputy is None else roster.get(absence.deputy)
    if deputy is None or not deputy.present(now) or not deputy.works_in(hospital):
        return None
    may = deputy.role in CARE if step is None else deputy.may_do(step)
    return deputy if may else None


def deputy_of(known: Colleague, roster: Roster, hospital: str, step: Role | None, now: datetime) -> Colleague | None:
    """Who stands in for somebody who is away: of several absences any may name a deputy who is there and may do it."""
    found = (stand_in(absence, roster, hospital, step, now) for absence in known.covering(now))
    return next((deputy for deputy in found if deputy is not None), None)


def answers_for(owner: str | None, roster: Roster, hospital: str, now: datetime) -> Responsible:
    """Who answers for a case now: its owner, while they are away their deputy, in the end the senior coordinator.

    Whom the roster does not know is taken to be there. `roster`: the owner and the deputies of their absences.
    """
    if owner is not None:
        known = roster.get(owner)
        if known is None:
            return Responsible(owner, Role.COORDINATOR)
        found = known if known.away(now) is None else deputy_of(known, roster, hospital, None, now)
        if found is not None and found.active and found.works_in(hospital):
            return Responsible(found.user, found.role)
    return Responsible(None, LAST_RESORT)


def least_loaded(team: Iterable[Colleague], loads: Mapping[str, Load], now: datetime) -> str | None:
    """Whom the next case goes to: of the coordinators who are there, the one with the fewest cases, then steps."""

    def burden(user: str) -> tuple[int, int, str]:
        load = loads.get(user, Load())
        return load.cases, load.steps, user

    there = (each.user for each in team if each.role is Role.COORDINATOR and each.present(now))
    return min(there, key=burden, default=None)


class Merit(StrEnum):
    """Why somebody is suggested for a step. The catalogue says what each weighs (rules.yaml)."""

    OWNER = "owner"
    KNOWS_CASE = "knows_case"
    FEWEST_STEPS = "fewest_steps"
    LEAST_OVERDUE = "least_overdue"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step that somebody has to do. `known_to`: whoever did steps of the case; `assignee`: who has it now."""

    role: Role
    hospital: str
    owner: str | None
    known_to: Collection[str]
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who may do a step, and what speaks for them."""

    user: str
    role: Role
    load: Load
    merits: tuple[Merit, ...]


def suggest(
    wanted: Wanted,
    team: Iterable[Colleague],
    loads: Mapping[str, Load],
    weights: Mapping[Merit, int],
    now: datetime,
) -> tuple[Suggestion, ...]:
    """Who might do the step, the best first: those who are there and whose role it is, or who record for it.

    Seniors may do everything, so they are suggested for steps of their own role only. To answer for the case and to
    know it add their weight, each live and each overdue step takes off its own: more work never moves anybody up.
    """
    there = {
        each.user: each
        for each in team
        if each.present(now) and each.works_in(wanted.hospital) and may_record(each.role, wanted.role)
    }
    there.pop(wanted.assignee or "", None)
    burdens = {user: loads.get(user, Load()) for user in there}
    fewest = min((load.steps for load in burdens.values()), default=0)
    least = min((load.overdue for load in burdens.values()), default=0)

    def merits(user: str) -> tuple[Merit, ...]:
        holds = {
            Merit.OWNER: user == wanted.owner,
            Merit.KNOWS_CASE: user in wanted.known_to,
            Merit.FEWEST_STEPS: burdens[user].steps == fewest,
            Merit.LEAST_OVERDUE: burdens[user].overdue == least,
        }
        return tuple(merit for merit in Merit if holds[merit])

    def place(user: str) -> tuple[int, int, int, str]:
        load = burdens[user]
        score = weights[Merit.OWNER] * (user == wanted.owner) + weights[Merit.KNOWS_CASE] * (user in wanted.known_to)
        score -= weights[Merit.FEWEST_STEPS] * load.steps + weights[Merit.LEAST_OVERDUE] * load.overdue
        return -score, load.steps, load.overdue, user

    return tuple(Suggestion(user, there[user].role, burdens[user], merits(user)) for user in sorted(there, key=place))

"""Who is here today, who is away and who stands in for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.access import PLANNERS
from api.views.staff import AbsenceView, ColleagueView
from api.web.desk import Desk
from marshrut.domain.staffing import Away


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which somebody is not there; `may_end`: by this reader."""

    id: str
    text: str
    now: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague: what they have, and their absences, those to come too."""

    user: str
    name: str
    role: str
    present: bool
    steps: int
    overdue: int
    cases: int
    absences: Sequence[Absence]


def people(desk: Desk, staff: Sequence[ColleagueView]) -> list[Person]:
    """Everybody who works here, those who are there first."""
    shown = [_person(desk, each) for each in staff if each.active]
    return sorted(shown, key=lambda each: (not each.present, each.name))


def _person(desk: Desk, colleague: ColleagueView) -> Person:
    return Person(
        user=colleague.user,
        name=desk.name_of(colleague.user),
        role=desk.role(colleague.role),
        present=colleague.present,
        steps=colleague.load.steps,
        overdue=colleague.load.overdue,
        cases=colleague.load.cases,
        absences=[_absence(desk, colleague, each) for each in colleague.absences],
    )


def _absence(desk: Desk, colleague: ColleagueView, absence: AbsenceView) -> Absence:
    f = desk.f
    what = desk.t("shift.away") if absence.kind is None else desk.t(f"shift.kind_{absence.kind.value}")
    since = f.when(absence.starts)
    said = (
        desk.t("shift.since", what=what, since=since)
        if absence.until is None
        else desk.t("shift.between", what=what, since=since, until=f.when(absence.until))
    )
    if absence.deputy is not None:
        said = desk.t("shift.with_deputy", what=said, name=desk.name_of(absence.deputy))
    own = colleague.user == desk.caller.user or desk.caller.role in PLANNERS
    return Absence(
        id=absence.id,
        text=said,
        now=absence.starts <= desk.now,
        may_end=own and absence.kind is not Away.LEFT,
    )

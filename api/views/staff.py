"""The roster as the API shows it: who is there, who stands in, what each has to do, and whom to give a step."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.parts import ApiParts
from api.views.titles import Title
from marshrut.domain.staffing import Absence, Away, Colleague, Load, Merit, Suggestion
from marshrut.domain.words import Role


class AbsenceView(BaseModel):
    """When somebody is away; `until` null: nobody knows yet. `kind` is for seniors and themselves."""

    id: str
    starts: datetime = Field(serialization_alias="from")
    until: datetime | None
    kind: Away | None
    deputy: str | None


class LoadView(BaseModel):
    """Live steps, those of them that are overdue, open cases that they answer for; in all hospitals."""

    steps: int
    overdue: int
    cases: int


class ColleagueView(BaseModel):
    """Somebody of the roster. `hospitals` null: all; `absent_until` null with `present` false: nobody knows."""

    user: str
    role: Role
    hospitals: list[str] | None
    active: bool
    present: bool
    absent_until: datetime | None
    deputy: str | None
    absences: list[AbsenceView]
    load: LoadView


class MeritView(BaseModel):
    """What speaks for somebody."""

    code: Merit
    title: Title


class SuggestionView(BaseModel):
    """Somebody to whom the step may be given, and why."""

    user: str
    role: Role
    load: LoadView
    reasons: list[MeritView]


class SuggestionsView(BaseModel):
    """Whom to give the step, the best first; `last_resort`: whose it is when there is nobody."""

    items: list[SuggestionView]
    last_resort: Role | None


def absence_view(absence: Absence, *, open_to: bool) -> AbsenceView:
    """An absence; why somebody is away is told to those only to whom it is open."""
    return AbsenceView(
        id=absence.id,
        starts=absence.starts_at,
        until=absence.ends_at,
        kind=absence.kind if open_to else None,
        deputy=absence.deputy,
    )


def colleague_view(known: Colleague, load: Load, now: datetime, *, open_to: bool) -> ColleagueView:
    """Somebody of the roster as they stand now."""
    away = known.away(now)
    return ColleagueView(
        user=known.user,
        role=known.role,
        hospitals=None if known.hospitals is None else sorted(known.hospitals),
        active=known.active,
        present=known.present(now),
        absent_until=None if away is None else away.ends_at,
        deputy=None if away is None else away.deputy,
        absences=[absence_view(absence, open_to=open_to) for absence in known.absences],
        load=_load(load),
    )


async def suggestion_views(found: tuple[Suggestion, ...], hospital: str, parts: ApiParts) -> list[SuggestionView]:
    """Suggestions with their reasons in words."""
    current = parts.catalogue.version
    words = (await parts.catalogues.at(current, hospital)).suggestions

    def merit(code: Merit) -> MeritView:
        title = words[code].title
        return MeritView(code=code, title=Title(ru=title.ru, en=title.en))

    return [
        SuggestionView(
            user=each.user, role=each.role, load=_load(each.load), reasons=[merit(code) for code in each.merits]
        )
        for each in found
    ]


def _load(load: Load) -> LoadView:
    return LoadView(steps=load.steps, overdue=load.overdue, cases=load.cases)

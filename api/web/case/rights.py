"""What the person agreed to, and what was put right at their request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import get_args

from api.rights.corrections import ConflictView, CorrectionView, FieldView
from api.views.consent import By, ConsentView, How
from api.web.case.gathering import Gathered
from marshrut.domain.amending import AMENDED, CONFIRMED, Field, Value
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role

Option = tuple[str, str]
SIGNS = {
    "given": "done",
    "partial": "claimed",
    "refused": "no",
    "withdrawn": "no",
    "expired": "no",
    "not_asked": "open",
}
CHECKED = ("passport", "other_document", "representative", "own_word")
ANSWERS = ("given", "partial", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A purpose. `goes_on`: what is done without it, where it does not stand."""

    purpose: str
    title: str
    sign: str
    said: str
    who: str
    goes_on: str


@dataclass(frozen=True, slots=True)
class Consents:
    """All of them; `ask`: what may be recorded, if anything: purposes, answers, who, how."""

    rows: tuple[ConsentRow, ...]
    purposes: tuple[Option, ...] = ()
    answers: tuple[Option, ...] = ()
    by: tuple[Option, ...] = ()
    how: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Righted:
    """A request, and what became of it."""

    sign: str
    title: str
    sub: str
    values: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """A system says otherwise than what was put right: what stands, what it told, each as a form sends it."""

    field: str
    text: str
    held: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """History, conflicts, and what can be put right. `refuses`: whether this reader may record a refusal."""

    rows: tuple[Righted, ...]
    disputed: tuple[Disputed, ...]
    fields: tuple[Option, ...]
    because: tuple[Option, ...]
    not_because: tuple[Option, ...]
    checked: tuple[Option, ...]
    sexes: tuple[Option, ...]
    refuses: bool


def consents(of: Gathered) -> Consents:
    """Every purpose; whoever cares records what was said."""
    rows = tuple(consent_row(each, of) for each in of.consents)
    if of.desk.caller.role not in CARE or of.state.closed or of.reads_only:
        return Consents(rows)
    t = of.desk.t
    return Consents(
        rows,
        purposes=tuple((each.purpose.value, of.desk.said(each.title)) for each in of.consents if each.can),
        answers=tuple((code, t(f"case_rights.answer_{code}")) for code in ANSWERS),
        by=tuple((code, t(f"case_rights.by_{code}")) for code in get_args(By)),
        how=tuple((code, t(f"case_rights.how_{code}")) for code in get_args(How)),
    )


def consent_row(view: ConsentView, of: Gathered) -> ConsentRow:
    """A purpose in words."""
    t, f = of.desk.t, of.voice.formats
    parts = [
        f.day(view.at) if view.at is not None else "",
        t(f"case_rights.by_{view.by}").lower() if view.by else "",
        t(f"case_rights.how_{view.how}").lower() if view.how else "",
        t("case_rights.until", day=f.day(view.until)) if view.until is not None else "",
        t("case_rights.recorded", who=of.desk.name_of(view.recorded_by)) if view.recorded_by else "",
        view.note or "",
    ]
    stopped = view.said in {"refused", "withdrawn", "expired"}
    return ConsentRow(
        purpose=view.purpose.value,
        title=of.desk.said(view.title),
        sign=SIGNS.get(view.said, "open"),
        said=of.desk.said(view.said_title),
        who=" · ".join(part for part in parts if part),
        goes_on=t("case_rights.goes_on", what=of.desk.said(view.goes_on)) if stopped else "",
    )


def corrections(of: Gathered) -> Corrections | None:
    """For whoever may see the person, and does not only look in need."""
    view = of.corrections
    if view is None or of.reads_only or not view.fields or not any(each.value for each in view.fields):
        return None
    t, known = of.desk.t, of.desk.parts.catalogue
    return Corrections(
        rows=tuple(righted(each, of) for each in view.items),
        disputed=tuple(
            Disputed(each.field.value, disputed(each, of), _sent(each.held), _sent(each.told))
            for each in view.conflicts
        ),
        fields=tuple((each.field.value, _now(each, of)) for each in view.fields),
        because=tuple((code, of.desk.said(each)) for code, each in known.amended_because.items() if code != CONFIRMED),
        not_because=tuple((code, of.desk.said(each)) for code, each in known.not_amended_because.items()),
        checked=tuple((code, t(f"case_rights.checked_{code}")) for code in CHECKED),
        sexes=tuple((code, t(f"case_rights.sex_{code}")) for code in ("female", "male")),
        refuses=of.desk.caller.role is Role.SUPERVISOR,
    )


def disputed(view: ConflictView, of: Gathered) -> str:
    """That a system says otherwise, in words."""
    return of.desk.t(
        "case_rights.disputed",
        field=of.desk.said(view.title),
        told=shown(view.field, view.told, of),
        held=shown(view.field, view.held, of),
        when=of.voice.formats.when(view.at),
    )


def righted(view: CorrectionView, of: Gathered) -> Righted:
    """A request in words."""
    t, desk = of.desk.t, of.desk
    done = view.answer == AMENDED
    parts = [
        of.voice.formats.when(view.at),
        desk.name_of(view.user),
        desk.said(view.reason.title).lower(),
        t("case_rights.number", number=view.request) if view.request else "",
    ]
    values = ""
    if view.shown:
        key = "case_rights.was_now" if done else "case_rights.was_asked"
        new = view.now if done else view.asked
        values = t(key, was=shown(view.field, view.was, of), now=shown(view.field, new, of))
    key = "case_rights.amended" if done else "case_rights.not_amended"
    return Righted(
        "done" if done else "no",
        t(key, field=desk.said(view.title)),
        " · ".join(part for part in parts if part),
        values,
    )


def _now(view: FieldView, of: Gathered) -> str:
    return of.desk.t("case_rights.field_now", field=of.desk.said(view.title), value=shown(view.field, view.value, of))


def shown(field: Field, value: Value, of: Gathered) -> str:
    """A value as people read it."""
    t = of.desk.t
    if not value:
        return t("case_rights.nothing")
    if isinstance(value, list):
        return ", ".join(value)
    if field is Field.BIRTH_DATE:
        try:
            return of.voice.formats.full_day(date.fromisoformat(value))
        except ValueError:  # what somebody asked for, as they wrote it
            return value
    if field is Field.SEX and t.knows(f"case_rights.sex_{value}"):
        return t(f"case_rights.sex_{value}").lower()
    return value


def _sent(value: Value) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else () if value is None else (value,)

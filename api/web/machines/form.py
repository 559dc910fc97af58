"""A machine to take on as a form: what can be chosen, what was typed, and what of that does not fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import get_args

from api.problems import Problem
from api.scopes import Scope
from api.views.client import MachineRole, Taking
from api.web.desk import Desk
from api.web.formats import as_number
from api.web.forms import Form, made
from marshrut.domain.words import Role

ALL, SOME = "all", "some"
ROLES: tuple[Role, ...] = get_args(MachineRole)
DAYS = (30, 90, 180, 366)
USUAL_DAYS = 180
# In which field the faults of the endpoint are seen to.
FIELDS = {
    "unknown_hospital": "hospitals",
    "hospital_not_allowed": "hospitals",
    "user_taken": "user",
    "unknown_name": "user",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen. `said`: what it is for."""

    value: str
    title: str
    said: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class MachineForm:
    """The form. `where`: all hospitals or some, as far as the reader may; `wrong`: what does not fit, by field."""

    name: str
    user: str
    roles: tuple[Choice, ...]
    scopes: tuple[Choice, ...]
    where: str
    may_all: bool
    hospitals: tuple[Choice, ...]
    days: tuple[Choice, ...]
    key: str
    wrong: Mapping[str, str] = field(default_factory=dict)


def blank(desk: Desk) -> MachineForm:
    """Nothing typed yet: a hospital's system that sends what happens."""
    where = None if desk.caller.hospitals is None else _hospitals(desk)
    return _form(desk, {}, scopes=[Scope.INTAKE], hospitals=where, key=desk.key())


def again(desk: Desk, form: Form, wrong: Mapping[str, str]) -> MachineForm:
    """As it was typed."""
    typed = {name: form.raw(name) for name in ("name", "user", "role", "days")}
    hospitals = None if _everywhere(desk, form) else form.texts("hospital")
    key = form.text("key") or desk.key()
    return _form(desk, typed, scopes=form.texts("scope"), hospitals=hospitals, key=key, wrong=wrong)


def read(desk: Desk, form: Form) -> Taking:
    """What was typed, for the endpoint.

    Raises:
        Problem: `invalid`, with the fields named.
    """
    return made(
        Taking,
        name=form.raw("name").strip(),
        user=(form.text("user") or "").lower(),
        role=form.text("role"),
        hospitals=None if _everywhere(desk, form) else tuple(form.texts("hospital")),
        scopes=tuple(form.texts("scope")),
        days=as_number(form.text("days")) or 0,
    )


def wrong_in(desk: Desk, problem: Problem) -> dict[str, str]:
    """What does not fit, by the form's fields; nothing where the problem is another."""
    if problem.code in FIELDS:
        return {FIELDS[problem.code]: desk.t(f"machines.wrong_{problem.code}")}
    names = dict.fromkeys(each["field"].partition(".")[0] for each in problem.errors)
    return {name: desk.t(key) for name in names if desk.t.knows(key := f"machines.wrong_{name}")}


def _everywhere(desk: Desk, form: Form) -> bool:
    return desk.caller.hospitals is None and form.text("where") != SOME


def _hospitals(desk: Desk) -> list[str]:
    """Those that the reader may choose, by their titles."""
    return sorted((code for code in desk.parts.catalogue.hospitals if desk.caller.sees(code)), key=desk.hospital)


def _form(  # noqa: PLR0913 - what a machine is made of
    desk: Desk,
    typed: Mapping[str, str],
    *,
    scopes: Collection[str],
    hospitals: Collection[str] | None,
    key: str,
    wrong: Mapping[str, str] | None = None,
) -> MachineForm:
    t, role = desk.t, typed.get("role") or Role.INTEGRATOR.value
    days = typed.get("days") or str(USUAL_DAYS)
    return MachineForm(
        name=typed.get("name", ""),
        user=typed.get("user", ""),
        roles=tuple(
            Choice(each.value, t(f"terms.role_{each.value}"), t(f"machines.role_{each.value}"), each.value == role)
            for each in ROLES
        ),
        scopes=tuple(
            Choice(
                each.value, t(f"machines.scope_{each.value}"), t(f"machines.scope_{each.value}_said"), each in scopes
            )
            for each in Scope
        ),
        where=ALL if hospitals is None else SOME,
        may_all=desk.caller.hospitals is None,
        hospitals=tuple(
            Choice(code, desk.hospital(code), "", hospitals is not None and code in hospitals)
            for code in _hospitals(desk)
        ),
        days=tuple(Choice(str(each), t("machines.days", n=each), "", str(each) == days) for each in DAYS),
        key=key,
        wrong=wrong or {},
    )

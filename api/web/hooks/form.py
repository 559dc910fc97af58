"""A subscription as a form: what can be chosen, what was typed, and what of that does not fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from api.problems import Problem
from api.views.webhook import Subscribing, WebhookView
from api.web.desk import Desk
from api.web.forms import Form, made
from api.web.hooks.standing import type_of
from marshrut.domain.outward.types import PREFIX, SUBSCRIBED

GROUPS = ("case", "step", "item", "referral")
ALL, SOME = "all", "some"
# In which field the faults of an endpoint are seen to.
FIELDS = {
    "target_not_allowed": "url",
    "target_unresolved": "url",
    "unknown_facility": "hospitals",
    "hospital_not_allowed": "hospitals",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class HookForm:
    """The form. `which`: all types of events or some, `where`: all hospitals or some, as far as the reader may.

    `wrong`: what does not fit, by field.
    """

    name: str
    url: str
    which: str
    where: str
    may_all: bool
    groups: tuple[tuple[str, tuple[Choice, ...]], ...]
    hospitals: tuple[Choice, ...]
    key: str
    wrong: Mapping[str, str] = field(default_factory=dict)


def blank(desk: Desk) -> HookForm:
    """Nothing typed yet: all events of the reader's hospitals."""
    may_all = desk.caller.hospitals is None
    return _form(desk, name="", url="", types=None, hospitals=None if may_all else _hospitals(desk), key=desk.key())


def filled(desk: Desk, view: WebhookView) -> HookForm:
    """As the subscription is."""
    return _form(desk, name=view.name, url=view.url, types=view.types, hospitals=view.hospitals, key=desk.key())


def again(desk: Desk, form: Form, wrong: Mapping[str, str]) -> HookForm:
    """As it was typed."""
    types = form.texts("type") if form.text("which") == SOME else None
    hospitals = None if _everywhere(desk, form) else form.texts("hospital")
    key, name, url = form.text("key") or desk.key(), form.raw("name"), form.raw("url")
    return _form(desk, name=name, url=url, types=types, hospitals=hospitals, key=key, wrong=wrong)


def read(desk: Desk, form: Form, *, paused: bool) -> Subscribing:
    """What was typed, for the endpoint.

    Raises:
        Problem: `invalid`, with the fields named.
    """
    return made(
        Subscribing,
        name=form.raw("name"),
        url=form.raw("url").strip(),
        types=tuple(form.texts("type")) if form.text("which") == SOME else None,
        hospitals=None if _everywhere(desk, form) else tuple(form.texts("hospital")),
        paused=paused,
    )


def wrong_in(desk: Desk, problem: Problem) -> dict[str, str]:
    """What does not fit, by the form's fields; nothing where the problem is another."""
    if problem.code in FIELDS:
        return {FIELDS[problem.code]: desk.t(f"webhooks.wrong_{problem.code}")}
    names = dict.fromkeys(each["field"].partition(".")[0] for each in problem.errors)
    return {name: desk.t(key) for name in names if desk.t.knows(key := f"webhooks.wrong_{name}")}


def _everywhere(desk: Desk, form: Form) -> bool:
    return desk.caller.hospitals is None and form.text("where") != SOME


def _hospitals(desk: Desk) -> list[str]:
    """Those that the reader may choose, by their titles."""
    return sorted((code for code in desk.parts.catalogue.hospitals if desk.caller.sees(code)), key=desk.hospital)


def _form(  # noqa: PLR0913 - what a subscription says
    desk: Desk,
    *,
    name: str,
    url: str,
    types: Collection[str] | None,
    hospitals: Collection[str] | None,
    key: str,
    wrong: Mapping[str, str] | None = None,
) -> HookForm:
    groups = tuple(
        (
            desk.t(f"webhooks.group_{group}"),
            tuple(
                Choice(each, type_of(desk, each), types is not None and each in types)
                for each in SUBSCRIBED
                if each.startswith(f"{PREFIX}.{group}.")
            ),
        )
        for group in GROUPS
    )
    where = tuple(
        Choice(code, desk.hospital(code), hospitals is not None and code in hospitals) for code in _hospitals(desk)
    )
    return HookForm(
        name=name,
        url=url,
        which=ALL if types is None else SOME,
        where=ALL if hospitals is None else SOME,
        may_all=desk.caller.hospitals is None,
        groups=groups,
        hospitals=where,
        key=key,
        wrong=wrong or {},
    )

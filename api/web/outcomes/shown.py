"""A form in words: labels, hints, options, what was typed and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.web.naming import Voice
from api.web.outcomes.fields import Field, Sort, fields_of
from api.web.outcomes.reading import Typed, Wrong
from api.web.outcomes.when import conditions
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role

# Of so many or fewer each is a line; of more they are a list.
MOST_LINES = 7
PREFIX = "o."

Choices = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers."""

    code: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as a template places it.

    `control`: radio, select, checks, number, moment, line, text. `when`: for the page's script, what must hold that it
    is asked, as `field=a|b;field=c`; without script all are shown.
    """

    name: str
    id: str
    control: str
    label: str
    hint: str
    value: str
    options: tuple[Option, ...]
    error: str | None
    required: bool
    when: str
    low: int | None = None
    high: int | None = None
    step: int | None = None


def form(  # noqa: PLR0913 - what is asked, of whom, and what was typed
    outcome: type[Outcome],
    voice: Voice,
    *,
    owner: str,
    role: Role,
    choices: Choices | None = None,
    typed: Typed | None = None,
    wrong: Mapping[str, Wrong] | None = None,
) -> tuple[FieldView, ...]:
    """The fields of an outcome. `owner` keeps the ids of several forms of a page apart; `role`: whose step it is."""
    given, faults = typed or {}, wrong or {}
    return tuple(
        _view(outcome, field, voice, owner, role, (choices or {}).get(field.name, ()), given, faults.get(field.name))
        for field in fields_of(outcome)
    )


def label_of(step: str, field: str, voice: Voice) -> str:
    """What a field of a step asks."""
    own = f"outcomes.{step}.{field}"
    return voice.words(own if voice.words.knows(own) else f"outcomes.{field}")


def _view(  # noqa: PLR0913, PLR0917 - as above
    outcome: type[Outcome],
    field: Field,
    voice: Voice,
    owner: str,
    role: Role,
    choices: Sequence[tuple[str, str]],
    typed: Typed,
    wrong: Wrong | None,
) -> FieldView:
    said = list(typed.get(field.name, ()))
    known = _options(outcome, field, choices, voice)
    if len(known) == 1 and field.required and not said:
        said = [known[0][0]]
    extra = [(value, value) for value in said if value and known and value not in dict(known)]
    options = tuple(Option(code, label, code in said) for code, label in (*known, *extra))
    return FieldView(
        name=PREFIX + field.name,
        id=f"{owner}-{field.name}",
        control=_control(field, len(options)),
        label=label_of(outcome.name(), field.name, voice),
        hint=_hint(field, role, bool(options), voice),
        value=said[0] if said else "",
        options=options,
        error=None if wrong is None else voice.words(f"outcomes.{wrong.key}", **wrong.values),
        required=field.required,
        when=";".join(f"{when.field}={'|'.join(when.values)}" for when in conditions(outcome).get(field.name, ())),
        low=field.low,
        high=field.high,
        step=field.step,
    )


def _options(
    outcome: type[Outcome], field: Field, choices: Sequence[tuple[str, str]], voice: Voice
) -> Sequence[tuple[str, str]]:
    if not field.codes:
        return choices
    if field.name == "result":
        return [(code, voice.names.result(outcome.name(), code)) for code in field.codes]
    return [(code, voice.names.filled(field.name, code)) for code in field.codes]


def _control(field: Field, options: int) -> str:
    match field.sort:
        case Sort.CHOICE:
            return "radio" if options <= MOST_LINES else "select"
        case Sort.CODE if options:
            return "radio" if options <= MOST_LINES else "select"
        case Sort.SEVERAL:
            return "checks"
        case Sort.CODES if options:
            return "checks"
        case Sort.CODE | Sort.CODES:
            return "line"
        case _:
            return str(field.sort.value)


def _hint(field: Field, role: Role, known: bool, voice: Voice) -> str:  # noqa: FBT001 - whether there is a list
    """Who will read what is private; that several fit; what a code looks like where nothing can be chosen."""
    if field.private:
        return voice.words("outcomes.seen_by_psychologists" if role is Role.PSYCHOLOGIST else "outcomes.seen_by_team")
    if field.sort.many:
        return voice.words("outcomes.several")
    if field.sort is Sort.CODE and not known:
        return voice.words("outcomes.code_hint")
    return ""

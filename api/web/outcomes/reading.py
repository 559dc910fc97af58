"""What was posted, as the value of a form's type; what is wrong with it, by field and in codes of `outcomes.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from api.web.formats import as_instant
from api.web.outcomes.fields import Field, Sort, fields_of
from api.web.outcomes.when import conditions
from marshrut.domain.outcomes import Outcome

Typed = Mapping[str, Sequence[str]]
T = TypeVar("T", bound=Outcome)

CODE = re.compile(r"^[\w.:/@+\-]{1,200}$")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field: a key of the words, and what it names."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """`value` is None where something is wrong. `typed`: everything as it was typed, to be shown again."""

    value: T | None
    typed: Typed
    wrong: Mapping[str, Wrong]

    @property
    def given(self) -> dict[str, Any]:
        """The value as the API takes it."""
        return {} if self.value is None else self.value.model_dump(mode="json", exclude_none=True)


def read(outcome: type[T], typed: Typed, zone: tzinfo) -> Read[T]:
    """The outcome that was filled in. What belongs to another result is left out, whatever stands in it.

    `zone`: in which whoever typed them reads times.
    """
    wrong: dict[str, Wrong] = {}
    values: dict[str, Any] = {}
    for each in fields_of(outcome):
        said = [value.strip() for value in typed.get(each.name, ()) if value.strip()]
        # A list of boxes of which none is ticked says so by an empty value beside them.
        none_of_them = each.sort.many and each.name in typed
        if not (said or none_of_them) or not asked(outcome, each.name, typed):
            continue
        value = _value(each, said, zone)
        if isinstance(value, Wrong):
            wrong[each.name] = value
        else:
            values[each.name] = value
    try:
        made = outcome.model_validate(values)
    except ValidationError as fault:
        for error in fault.errors(include_input=False, include_url=False):
            name = str(error["loc"][0]) if error["loc"] else "result"
            wrong.setdefault(name, _wrong(error["type"], error.get("ctx", {}), given=name in values))
        return Read(None, typed, wrong)
    return Read(None if wrong else made, typed, wrong)


def asked(outcome: type[Outcome], name: str, typed: Typed) -> bool:
    """Whether a field is asked, with what was typed into the others."""
    given = {field: values[0] for field, values in typed.items() if values}
    return all(when.holds(given) for when in conditions(outcome).get(name, ()))


def _value(each: Field, said: list[str], zone: tzinfo) -> Any:  # noqa: PLR0911 - a case a control
    """One field's value, or what is wrong with it."""
    match each.sort:
        case Sort.CHOICE | Sort.SEVERAL:
            if any(value not in each.codes for value in said):
                return Wrong("error_choice")
            return said if each.sort.many else said[0]
        case Sort.CODE | Sort.CODES:
            if not all(CODE.match(value) for value in said):
                return Wrong("error_code")
            return said if each.sort.many else said[0]
        case Sort.NUMBER:
            number = said[0].replace("\u202f", "").replace("\u00a0", "")
            return int(number) if re.fullmatch(r"[+-]?\d{1,9}", number) else Wrong("error_number")
        case Sort.MOMENT:
            try:
                return as_instant(said[0], zone)
            except ValueError:
                return Wrong("error_moment")
        case Sort.LINE | Sort.TEXT:
            return said[0]


def _wrong(kind: str, context: Mapping[str, Any], *, given: bool) -> Wrong:  # noqa: PLR0911 - a case a fault
    """A fault of the type in our words: a validator of an outcome speaks of what is needed, or is not, just then."""
    match kind:
        case "missing":
            return Wrong("error_missing")
        case "greater_than_equal":
            return Wrong("error_at_least", {"low": context["ge"]})
        case "less_than_equal":
            return Wrong("error_at_most", {"high": context["le"]})
        case "multiple_of":
            return Wrong("error_step", {"step": context["multiple_of"]})
        case "too_long" | "string_too_long":
            return Wrong("error_long")
        case "value_error":
            return Wrong("error_not_now") if given else Wrong("error_needed")
        case _:
            return Wrong("error_other")

"""What may be answered to a step, or be known of an item: forms made up from their fields, every code of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import EnumType
from functools import cache
from itertools import product
from math import prod
from random import Random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, ValidationError

from marshrut.domain.events import OutcomeCodes
from marshrut.domain.forms import Form
from marshrut.domain.outcomes import Outcome

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# More combinations of fields than this tell a track nothing that fewer did not: what it branches on is a code or two.
MANY = 600
# The name of something of which nobody has heard; whoever knows better puts another in its place.
UNKNOWN = "unheard_of"


@cache
def sayings(form: type[Form]) -> tuple[OutcomeCodes, ...]:
    """Valid contents of a form: all of them or, of very many, some for each result.

    Raises:
        TypeError: a field is of a type of which there are no samples.
    """
    fields = {name: field for name, field in form.model_fields.items() if name not in form.private_fields}
    # An outcome's result comes first: of each there is something among the samples.
    order = sorted(fields, key=lambda name: name != "result")
    samples = [tuple(dict.fromkeys(_samples(fields[name].annotation))) for name in order]
    said = (_codes(form, dict(zip(order, values, strict=True))) for values in _some(form.__name__, samples))
    return tuple(codes for codes in said if codes is not None)


def results(outcome: type[Outcome]) -> tuple[str, ...]:
    """The results of a step, in the order in which the outcome lists them."""
    return tuple(str(code) for code in _samples(outcome.model_fields["result"].annotation))


def _some(name: str, samples: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    if prod(map(len, samples)) <= MANY:
        yield from product(*samples)
        return
    chance = Random(name)  # noqa: S311 - the same samples every time, no secrets
    first, *others = samples
    for value in first:
        for _ in range(MANY // len(first)):
            yield (value, *(chance.choice(other) for other in others))


def _codes(form: type[Form], values: dict[str, Any]) -> OutcomeCodes | None:
    try:
        return form.from_codes(values).codes()
    except ValidationError:
        return None


def _samples(annotation: Any) -> Iterator[Any]:  # noqa: C901 - one branch per kind of type
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is NoneType:
        yield None
    elif annotation is bool:
        yield from (False, True)
    elif annotation is int:
        yield from (0, 1, 4, 20, 55, 100)
    elif annotation is str:
        yield UNKNOWN
    elif annotation is AwareDatetime or annotation is datetime:
        yield NOON.isoformat()
    elif origin is Literal:
        yield from inner
    elif origin is Annotated:
        yield from _samples(inner[0])
    elif origin in {Union, UnionType}:
        for each in inner:
            yield from _samples(each)
    elif origin is tuple:
        each = tuple(_samples(inner[0]))
        yield from ((), *((one,) for one in each), each)
    elif isinstance(annotation, EnumType):
        yield from (annotation[name].value for name in annotation.__members__)
    else:
        raise TypeError(f"no samples of {annotation}: add some here")

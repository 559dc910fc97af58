"""What may be answered to a step: outcomes made up from its fields, every code of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import EnumType
from functools import cache
from itertools import islice, product
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, ValidationError

from marshrut.domain.events import OutcomeCodes
from marshrut.domain.outcomes import Outcome

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# More combinations of fields than this tell a track nothing that fewer did not: what it branches on is a code or two.
MANY = 20_000


@cache
def sayings(outcome: type[Outcome]) -> tuple[OutcomeCodes, ...]:
    """Valid outcomes of a step, in the order of its fields' codes.

    Raises:
        TypeError: a field is of a type of which there are no samples.
    """
    fields = {name: field for name, field in outcome.model_fields.items() if name not in outcome.private_fields}
    samples = [tuple(dict.fromkeys(_samples(field.annotation))) for field in fields.values()]
    combined = islice(product(*samples), MANY)
    said = (_codes(outcome, dict(zip(fields, values, strict=True))) for values in combined)
    return tuple(codes for codes in said if codes is not None)


def results(outcome: type[Outcome]) -> tuple[str, ...]:
    """The results of a step, in the order in which the outcome lists them."""
    return tuple(str(code) for code in _samples(outcome.model_fields["result"].annotation))


def _codes(outcome: type[Outcome], values: dict[str, Any]) -> OutcomeCodes | None:
    try:
        return outcome.from_codes(values).codes()
    except ValidationError:
        return None


def _samples(annotation: Any) -> Iterator[Any]:  # noqa: C901 - one branch per kind of type
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is NoneType:
        yield None
    elif annotation is bool:
        yield from (False, True)
    elif annotation is int:
        yield from (0, 1, 55, 100)
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

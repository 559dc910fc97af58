"""The fields of a form, read off its type: which control each needs, and what it may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MultipleOf
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from marshrut.domain.base import PRIVATE
from marshrut.domain.forms import Form

# Private text that people write sentences into.
LONG = frozenset({"note", "description", "answer", "text"})


class Sort(Enum):
    """Which control a field needs."""

    CHOICE = "choice"  # one of a few
    SEVERAL = "several"  # some of a few
    CODE = "code"  # one of what the catalogue or the case has
    CODES = "codes"  # some of these
    NUMBER = "number"
    MOMENT = "moment"
    LINE = "line"
    TEXT = "text"

    @property
    def many(self) -> bool:
        """Whether it holds several values."""
        return self in {Sort.SEVERAL, Sort.CODES}


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `codes`: of a closed set all of it; `low`, `high`, `step`: of a number; `most`: so many values."""

    name: str
    sort: Sort
    required: bool
    private: bool
    codes: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    step: int | None = None
    most: int | None = None


@cache
def fields_of(form: type[Form]) -> tuple[Field, ...]:
    """The fields of a form, in the order in which its type lists them, the result first.

    Raises:
        TypeError: a field is of a type for which there is no control.
    """
    found = [_field(name, info) for name, info in form.model_fields.items()]
    return tuple(sorted(found, key=lambda field: field.name != "result"))


def _field(name: str, info: FieldInfo) -> Field:
    marks = tuple(_marks(info.annotation)) + tuple(info.metadata)
    sort, codes = _sort(name, info.annotation, private=PRIVATE in marks)

    def bound(kind: type[Any], value: str) -> int | None:
        return next((int(getattr(mark, value)) for mark in marks if isinstance(mark, kind)), None)

    return Field(
        name=name,
        sort=sort,
        required=info.is_required(),
        private=PRIVATE in marks,
        codes=codes,
        low=bound(Ge, "ge"),
        high=bound(Le, "le"),
        step=bound(MultipleOf, "multiple_of"),
        most=bound(MaxLen, "max_length") if sort.many else None,
    )


def _sort(name: str, annotation: Any, *, private: bool) -> tuple[Sort, tuple[str, ...]]:
    leaves, many = set(_leaves(annotation)), _has_tuple(annotation)
    codes = tuple(str(value) for leaf in _literals(annotation) for value in get_args(leaf))
    if codes:
        return (Sort.SEVERAL if many else Sort.CHOICE), codes
    if leaves == {int}:
        return Sort.NUMBER, ()
    if leaves == {AwareDatetime}:
        return Sort.MOMENT, ()
    if leaves == {str}:
        if private:
            return (Sort.TEXT if name in LONG else Sort.LINE), ()
        return (Sort.CODES if many else Sort.CODE), ()
    raise TypeError(f"no control for {name}: {annotation}")


def _inner(annotation: Any) -> Iterator[Any]:
    """The types that a type is made of, without what marks them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _inner(get_args(annotation)[0])
    elif origin in {Union, UnionType, tuple}:
        for each in get_args(annotation):
            if each is not Ellipsis:
                yield from _inner(each)
    elif annotation is not NoneType:
        yield annotation


def _leaves(annotation: Any) -> Iterator[Any]:
    return (each for each in _inner(annotation) if get_origin(each) is not Literal)


def _literals(annotation: Any) -> Iterator[Any]:
    return (each for each in _inner(annotation) if get_origin(each) is Literal)


def _has_tuple(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is tuple:
        return True
    return origin in {Annotated, Union, UnionType} and any(_has_tuple(each) for each in get_args(annotation))


def _marks(annotation: Any) -> Iterator[Any]:
    """What stands around the parts of a type."""
    if get_origin(annotation) is Annotated:
        inner, *around = get_args(annotation)
        for mark in around:
            yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)
        yield from _marks(inner)
    else:
        for each in get_args(annotation):
            yield from _marks(each)

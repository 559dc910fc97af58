"""What every type of the domain is built of, and the fence that keeps personal data out of Temporal.

Two kinds of model exist. A `Wire` model may travel into Temporal, so it holds codes, ids, times and numbers only. An
`Outcome` (outcomes.py) is what a person fills in; its `Private[...]` fields stay in SQL. Both are checked when the
class is made, that is at import: a private or a free-text field in the wrong place stops the program from starting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from pydantic.fields import FieldInfo

T = TypeVar("T")


class _PrivateMark:
    """Marks a value that names or describes a person."""

    def __repr__(self) -> str:
        return "Private"


PRIVATE = _PrivateMark()
Private = Annotated[T, PRIVATE]

# A code, an id or a time as text: no spaces, so no sentence and no full name fits.
Code = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\w.:/@+\-]+$")]

# Where in a procedure something was asked: a path of names, each of which is cut, however often it comes again.
Key = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[\w.:/@+\-]+$")]


def _plausible(moment: datetime) -> datetime:
    """Nothing here happens outside these years; at the calendar's ends an offset would overflow."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


FIRST_YEAR, LAST_YEAR = 1900, 2200
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]


class PrivateFieldError(TypeError):
    """A model that travels into Temporal declares a field that could carry personal data."""


def _leaves(annotation: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Each plain type inside an annotation, with the metadata that stands around it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *around = get_args(annotation)
        yield from _leaves(inner, (*metadata, *around))
    elif origin is not None and get_args(annotation):
        for inner in get_args(annotation):
            if not isinstance(inner, str):
                yield from _leaves(inner, tuple(mark for mark in metadata if mark is PRIVATE))
    else:
        yield annotation, metadata


def is_private(field: FieldInfo) -> bool:
    """Whether any part of the field is marked `Private`."""
    return any(PRIVATE in metadata for _, metadata in _leaves(field.annotation, tuple(field.metadata)))


def is_free_text(field: FieldInfo) -> bool:
    """Whether the field admits text that no pattern bounds."""
    return any(
        leaf is str and not any(getattr(mark, "pattern", None) for mark in metadata)
        for leaf, metadata in _leaves(field.annotation, tuple(field.metadata))
    )


class Model(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wire(Model):
    """A value that may travel into Temporal.

    Raises:
        PrivateFieldError: at import, when a subclass declares a private or a free-text field.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, field in cls.model_fields.items():
            if is_private(field) or is_free_text(field):
                raise PrivateFieldError(f"{cls.__name__}.{name} could carry personal data into Temporal")


class Lean(Wire):
    """A value of which a case carries many: as JSON it is without what is as usual."""

    usual: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        fields = cls.model_fields.items()
        cls.usual = {name: field.get_default(call_default_factory=True) for name, field in fields}

    @model_serializer(mode="wrap")
    def _unusual(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        known, usual = self.__dict__, self.usual
        return {name: value for name, value in whole(self).items() if known[name] != usual[name]}


def stamp(moment: datetime) -> str:
    """An instant as part of a key: `20260212T180000Z`."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

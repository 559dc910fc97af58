"""The typed outcome of a step. `result` is always there: a closed set of codes on which the track branches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshrut.domain.forms import Form
from marshrut.domain.words import ItemKind


class Outcome(Form):
    """What a person says when a step is done. A subclass names its step and lists its fields.

    `catalogued`: fields whose codes are names that the catalogue knows for items of that kind.
    """

    track: ClassVar[str]
    step: ClassVar[str]
    catalogued: ClassVar[Mapping[str, ItemKind]] = {}

    def __init_subclass__(cls, *, track: str, step: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.track, cls.step = track, step

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "result" not in cls.model_fields:
            raise TypeError(f"{cls.__name__} of {cls.name()} has no result")

    @classmethod
    def name(cls) -> str:
        """`<track>.<step>`, as the catalogue names it."""
        return f"{cls.track}.{cls.step}"

"""What the board is narrowed to: read from its address, written into every way that leads on from there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BeforeValidator

from api.web.forms import Form
from marshrut.domain.base import Code
from marshrut.domain.overview import BANDS
from marshrut.domain.stuck import Why

BOARD = "/desk/board"
Shown = Literal["stuck", "open"]
AGES = frozenset(band.code for band in BANDS)


@dataclass(frozen=True, slots=True)
class Filters:
    """`show`: what is stuck, or open steps. `age`: a band of the heat map; `late`: only what is overdue."""

    show: Shown = "stuck"
    hospital: str | None = None
    ward: str | None = None
    track: str | None = None
    why: Why | None = None
    holder: str | None = None
    age: str | None = None
    late: bool = False

    def but(self, **changes: object) -> str:
        """The way to the same board, narrowed otherwise."""
        return _way(replace(self, **changes))  # type: ignore[arg-type]  # fields by their names

    @property
    def way(self) -> str:
        """The way to this board."""
        return _way(self)

    @property
    def csv(self) -> str:
        """The way to the list as a file."""
        return _way(self, f"{BOARD}.csv")

    @property
    def fields(self) -> list[tuple[str, str]]:
        """For the hidden fields of a form."""
        return _said(self)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out but by the hospital."""
        return any((self.ward, self.track, self.why, self.holder, self.age, self.late))


def _said(filters: Filters) -> list[tuple[str, str]]:
    said = {name: value for name, value in asdict(filters).items() if value and (name, value) != ("show", "stuck")}
    return [(name, "1" if value is True else str(value)) for name, value in said.items()]


def _way(filters: Filters, path: str = BOARD) -> str:
    said = urlencode(_said(filters))
    return f"{path}?{said}" if said else path


# A select without a choice sends an empty text.
Chosen = Annotated[Code | None, BeforeValidator(lambda said: said or None), Query()]


def asked(  # noqa: PLR0913, PLR0917 - a parameter a filter
    show: Shown = "stuck",
    hospital: Chosen = None,
    ward: Chosen = None,
    track: Chosen = None,
    why: Annotated[Why | None, BeforeValidator(lambda said: said or None), Query()] = None,
    holder: Chosen = None,
    age: Chosen = None,
    late: Chosen = None,
) -> Filters:
    """The filters of the address. An unknown age means none."""
    return Filters(show, hospital, ward, track, why, holder, age if age in AGES else None, late is not None)


def of_form(form: Form) -> Filters:
    """The filters that a form of the board carries along; what is no filter's value means none."""
    why, age, show = form.text("why"), form.text("age"), form.text("show")
    return Filters(
        show="open" if show == "open" else "stuck",
        hospital=form.text("hospital"),
        ward=form.text("ward"),
        track=form.text("track"),
        why=Why(why) if why in set(Why) else None,
        holder=form.text("holder"),
        age=age if age in AGES else None,
        late=form.text("late") is not None,
    )

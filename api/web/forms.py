"""What a form of a page says: texts by name, several where several were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from api.bulk.bodies import MOST
from api.problems import Problem
from api.web.formats import as_instant
from marshrut.domain.text import UNKEEPABLE, keepable

# Many steps at once are a field each (`bulk_bodies.MOST`), and there are others beside them.
MAX_FIELDS = 2 * MOST
B = TypeVar("B", bound=BaseModel)


class Form:
    """The fields that were sent; an empty one counts as not filled in."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value.replace("\r\n", "\n"))

    def text(self, name: str) -> str | None:
        """The field's text without the space around it; None when there is none."""
        return next((value.strip() for value in self._fields.get(name, ()) if value.strip()), None)

    def raw(self, name: str) -> str:
        """The field's text as it was typed, space and all."""
        return next(iter(self._fields.get(name, ())), "")

    def texts(self, name: str) -> list[str]:
        """All that was chosen."""
        return [value.strip() for value in self._fields.get(name, ()) if value.strip()]

    def instant(self, name: str, zone: tzinfo) -> datetime | None:
        """A time as the hospital's wall clock shows it.

        Raises:
            Problem: `invalid`, with the field named.
        """
        given = self.text(name)
        try:
            return None if given is None else as_instant(given, zone)
        except (ValueError, OverflowError):
            raise Problem("invalid", errors=({"field": name, "message": "not a time"},)) from None

    def as_sent(self) -> Mapping[str, list[str]]:
        """Everything, to be shown again when the form was refused."""
        return self._fields


async def sent(request: Request) -> Form:
    """The request's form.

    Raises:
        Problem: `malformed` where it is none; `invalid` where a text cannot be kept.
    """
    try:
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as given:
            fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    except (UnicodeDecodeError, ValueError):
        raise Problem("malformed") from None
    if bad := [name if keepable(name) else "?" for name, value in fields if not (keepable(name) and keepable(value))]:
        raise Problem("invalid", errors=tuple({"field": name, "message": UNKEEPABLE} for name in dict.fromkeys(bad)))
    form = Form(fields)
    request.state.form_key = form.text("key")  # a form that is done is named by it (`Desk.goes_to`)
    return form


def made(kind: type[B], /, **values: Any) -> B:
    """What an endpoint takes, of what was typed; what was left empty is left out.

    Raises:
        Problem: `invalid`, with the fields named.
    """
    try:
        return kind(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as fault:
        raise invalid(fault) from None


def invalid(fault: ValidationError) -> Problem:
    """What does not fit, by its fields; what stood in them is not repeated."""
    errors = fault.errors(include_input=False, include_url=False)
    return Problem(
        "invalid", errors=tuple({"field": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in errors)
    )

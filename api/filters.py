"""What lists may be filtered by: a value that nothing can have is refused by name, not answered with an empty list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Query

from api.parts import ApiParts
from api.problems import Problem
from marshrut.domain.base import Code
from marshrut.domain.words import STAGES
from marshrut.ports import Caller, StepFilter
from workflows.registry import OUTCOMES

# Whoever asks for this user's steps asks for those that nobody has.
NOBODY = "none"

Assignee = Annotated[Code | None, Query(description="`me`, `none` (steps without an owner) or a user")]

Owner = Annotated[Code | None, Query(description="`me`, `none` (the senior coordinator answers) or a user")]

Ward = Annotated[Code | None, Query(description="A ward's code; name the hospital too, for codes are its own")]

Whose = Literal["mine", "group", "unclaimed"]


def user_of(assignee: str | None, caller: Caller) -> str | None:
    """Whose steps are asked for."""
    return caller.user if assignee == "me" else assignee


def of_whom(which: StepFilter, whose: Whose | None, caller: Caller) -> StepFilter:
    """The steps among these that are the caller's, their group's, or wait there for somebody to take them.

    A senior leads everybody, so their group is all who work in their hospitals.
    """
    role = None if caller.actor.senior else caller.role
    match whose:
        case "mine":
            return replace(which, mine=(caller.user, role))
        case "group":
            return replace(which, role=which.role or role)
        case "unclaimed":
            return replace(which, role=which.role or role, assignee=NOBODY)
        case _:
            return which


def check_known(
    parts: ApiParts, *, hospital: str | None = None, track: str | None = None, stage: str | None = None
) -> None:
    """Let values pass that something can have.

    Raises:
        Problem: there is no such hospital, track or stage; it names the field.
    """
    catalogue = parts.catalogue
    _check("hospital", hospital, catalogue.hospitals)
    _check("track", track, {*catalogue.tracks, *(name.split(".")[0] for name in OUTCOMES)})
    _check("stage", stage, STAGES)


def _check(field: str, value: str | None, known: Collection[str]) -> None:
    if value is not None and value not in known:
        raise Problem("invalid", errors=({"field": field, "message": f"There is no such {field}"},))

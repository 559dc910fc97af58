"""Conditional requests (RFC 9110): who has a copy asks whether it still holds, and writes only over what they saw.

A tag is `W/"version.digest"`. The version is the thing's own (`domain.versions`) and is what `If-Match` is about: it is
checked where the thing is changed, so two writers cannot pass at once. The digest is of all that this caller is shown,
but for what moves with every second, and is what `If-None-Match` is about: who answers for a case, or that a step has
become late, is news though nothing happened to the case.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from pydantic import BaseModel

Shown = TypeVar("Shown", bound=BaseModel)

CACHE = "private, no-cache"
# What moves with the clock alone; that a clock has turned is told by its state.
MOVES = frozenset({"left_s"})
TAG = re.compile(r'(?:W/)?"([^"]*)"')
VERSION = re.compile(r"[0-9a-f]{1,40}")
# Stands for a condition that names no version of ours: nothing fulfils it.
NO_VERSION = "none"
LONGEST = 1000

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=LONGEST,
        description="The ETag of what you saw: if it has changed since, nothing happens and the answer is 412",
    ),
]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have still holds"}}


class NotModified(Exception):  # noqa: N818 - an answer, not a fault
    """The caller has this already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag

    def answer(self) -> Response:
        """304, without a body."""
        return Response(status_code=304, headers={"ETag": self.tag, "Cache-Control": CACHE})


@dataclass(frozen=True, slots=True)
class Copy:
    """The tags of what the caller has, and the answer that is being made."""

    tags: str | None
    response: Response

    def checked(self, shown: Shown, version: str) -> Shown:
        """What is shown, with its tag.

        Raises:
            NotModified: the caller has it.
        """
        tag = f"{version}.{_digest(shown)}"
        if self.tags is not None and (self.tags.strip() == "*" or tag in TAG.findall(self.tags)):
            raise NotModified(f'W/"{tag}"')
        self.response.headers["ETag"] = f'W/"{tag}"'
        self.response.headers["Cache-Control"] = CACHE
        return shown


def _copy(
    response: Response,
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", max_length=LONGEST, description="ETags of what you have")
    ] = None,
) -> Copy:
    return Copy(if_none_match, response)


Held = Annotated[Copy, Depends(_copy)]


def seen(if_match: str | None) -> tuple[str, ...]:
    """The versions that a condition names; none where there is no condition, or any version fulfils it."""
    if if_match is None or if_match.strip() == "*":
        return ()
    versions = (tag.split(".", 1)[0] for tag in TAG.findall(if_match))
    return tuple(version for version in versions if VERSION.fullmatch(version)) or (NO_VERSION,)


def _digest(shown: BaseModel) -> str:
    told = json.dumps(_still(shown.model_dump(mode="json")), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _still(value: Any) -> Any:
    match value:
        case dict():
            return {name: _still(each) for name, each in value.items() if name not in MOVES}
        case list():
            return [_still(each) for each in value]
        case _:
            return value

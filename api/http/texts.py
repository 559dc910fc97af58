"""Texts that no database can keep are answered in one place, before any route sees them."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from fastapi import Request

from api.http.too_large import INTAKE
from api.problems import KINDS, Problem
from marshrut.domain.text import MAX_TOLD, UNKEEPABLE, keepable, named, unkeepable

# As `domain.base.Code` and `Key`: every id of ours is one, or a case's and a key.
ID = re.compile(r"[\w.:/@+\-]{1,1040}")


async def check(request: Request) -> None:
    """Let a call pass whose texts can be kept. What the intake takes is kept whatever it is, and judged there.

    Raises:
        Problem: `case_not_found` and the like for an id that nothing can have; `malformed` for such a header, which
            HTTP forbids; `invalid` for such a query or body, with the fields named.
    """
    for name, value in request.path_params.items():
        if not ID.fullmatch(value):
            code = f"{name.removesuffix('_id')}_not_found"
            raise Problem(code if code in KINDS else "not_found")
    if not all(map(keepable, request.headers.values())):
        raise Problem("malformed")
    names = [name for name, value in request.query_params.multi_items() if not (keepable(name) and keepable(value))]
    names = [name if keepable(name) else "?" for name in names]
    if request.url.path not in INTAKE:
        names += map(named, islice(unkeepable(await _body(request)), MAX_TOLD))
    if names:
        raise Problem("invalid", errors=tuple({"field": name, "message": UNKEEPABLE} for name in dict.fromkeys(names)))


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        return None  # whether that is a fault is the route's to say

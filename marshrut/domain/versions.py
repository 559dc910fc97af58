"""Which version of a thing somebody has seen: what they say is meant for that one, and for no other.

A version follows from how the thing stands, so the read model and the journey tell the same one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from marshrut.domain import commands as c
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item, Step

LENGTH = 16


def of_case(state: CaseState) -> str:
    """A case's version: how many events it has seen."""
    return str(state.seq)


def of_part(part: Step | Item) -> str:
    """The version of a step or an item."""
    # An instant is the same one in whatever zone somebody said it.
    told = json.dumps(part.model_dump(exclude_defaults=True), sort_keys=True, default=_instant)
    return hashlib.sha256(told.encode()).hexdigest()[:LENGTH]


def check(state: CaseState, command: c.Command) -> None:
    """Let a command pass that is meant for how the thing stands.

    Raises:
        Refused: `version_differs`, with the present one.
    """
    if command.expects and (now := _present(state, command.body)) not in command.expects:
        raise Refused("version_differs", version=now)


def _present(state: CaseState, body: c.CommandBody) -> str:
    part = state.steps.get(getattr(body, "step_id", "")) or state.items.get(getattr(body, "item_id", ""))
    return of_case(state) if part is None else of_part(part)


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).isoformat()

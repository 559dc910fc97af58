"""What an export says of events and of the things that they are about: the only place that decides what leaves.

Nothing that names or describes a person is in a journal; here also what people typed as a code stays behind. People
and things go by made-up names that are the same in every export of an installation (`cover`), cases by their ids, so
that whoever may look into one finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshrut.domain.codes import code
from marshrut.domain.words import ItemKind

Cover = Callable[[str], str]
Value = str | int | bool | datetime


class Sort(StrEnum):
    """The types of attributes, as both standards know them."""

    STRING = "string"
    TIME = "time"
    INTEGER = "integer"
    BOOLEAN = "boolean"


S, T, N, B = Sort.STRING, Sort.TIME, Sort.INTEGER, Sort.BOOLEAN

# What every event says beside its time, which is when it was so.
COMMON: Mapping[str, Sort] = {"recorded_at": T, "seq": N, "actor": S, "role": S}
# What each kind of event says beside that; a test knows that none is missing.
EVENTS: Mapping[str, Mapping[str, Sort]] = {
    "case_opened": {"via": S, "emergency": B, "flags": S, "variants": S, "topic": S, "catalogue": S},
    "came_in": {"emergency": B, "flags": S},
    "admission_repeated": {},
    "reported": {"report": S, "late": B},
    "taken_back": {"mark": S},
    "person_changed": {},
    "case_transferred": {},
    "case_absorbed": {"other": S},
    "case_parted": {"other": S},
    "flags_changed": {"added": S, "removed": S},
    "owner_changed": {"reason": S},
    "instrument_scored": {"instrument": S},
    "item_added": {"item": S, "status": S},
    "item_moved": {"item": S, "status": S},
    "catalogue_migrated": {"catalogue": S},
    "variants_changed": {"variants": S, "reason": S, "catalogue": S},
    "track_started": {"track": S, "stage": S},
    "track_finished": {"track": S, "result": S},
    "step_opened": {"step": S, "mandatory": B, "due_at": T},
    "step_claimed": {"step": S},
    "step_released": {"step": S, "reason": S},
    "step_assigned": {"step": S, "reason": S},
    "step_completed": {"step": S, "result": S},
    "step_blocked": {"step": S, "reason": S, "responsible": S, "until": T},
    "step_unblocked": {"step": S},
    "step_extended": {"step": S, "reason": S, "due_at": T},
    "cancel_requested": {"step": S, "reason": S},
    "cancel_denied": {"step": S},
    "step_cancelled": {"step": S, "reason": S},
    "step_commented": {"step": S},
    "step_escalated": {"step": S, "rung": S, "climbed": N},
    "clocks_recomputed": {},
    "calendar_replaced": {},
    "people_told": {"occasion": S, "told": S, "urgent": B},
    "notice_acknowledged": {},
    "decided": {},
    "race_won": {"winner": S},
    "instant_set": {"wait": S},
    "instant_reached": {},
    "instant_withdrawn": {},
    "case_closed": {"ending": S},
}

CASE, STEP, PERSON, HOSPITAL, COLLEAGUE, PARTNER = "case", "step", "person", "hospital", "colleague", "partner"
# What is known of each type of thing; `state`, `status` and `stage` change with time.
THINGS: Mapping[str, Mapping[str, Sort]] = {
    CASE: {"via": S, "emergency": B, "stage": S, "ending": S},
    STEP: {"step": S, "role": S, "mandatory": B, "state": S},
    PERSON: {},
    HOSPITAL: {"code": S},
    COLLEAGUE: {"role": S},
    PARTNER: {"code": S},
    **{kind.value: {"name": S, "status": S} for kind in ItemKind},
}


def said(body: Any, sorts: Mapping[str, Sort]) -> dict[str, Value]:
    """Those of the attributes that a body has."""
    found: dict[str, Value] = {}
    for name, sort in sorts.items():
        value: Any = getattr(body, name, None)
        if isinstance(value, Mapping):
            value = tuple(value)
        if value is None or value == ():
            continue
        found[name] = value if sort in (T, N, B) else code(value)
    return found


def written(value: Value) -> str:
    """A value as both standards write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return iso(value) if isinstance(value, datetime) else str(value)


def iso(moment: datetime) -> str:
    """An instant, in UTC and to the millisecond: what readers agree on."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

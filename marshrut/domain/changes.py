"""What changed about a case, by kinds: enough to know whether to look again, and nothing that could be read."""

from __future__ import annotations

from enum import StrEnum

from marshrut.domain.state import CaseState


class ChangeKind(StrEnum):
    """What kind of thing changed.

    `left`: the case went to another hospital, and is in this one's lists no more. `case`: its stage, owner, place,
    flags, dates or whatever else stands on its card. `history`: nothing but what was said. `enquiry`: the case is one,
    and no patient's. `shift`: a handover of a shift, which is no case.
    """

    OPENED = "opened"
    CLOSED = "closed"
    LEFT = "left"
    CASE = "case"
    STEPS = "steps"
    ITEMS = "items"
    NOTICES = "notices"
    HISTORY = "history"
    ENQUIRY = "enquiry"
    SHIFT = "shift"


# What is kept for the procedure alone, and shown to nobody.
_HIDDEN = {"seq", "steps", "items", "notices", "tracks", "decisions", "races", "waits", "marks", "trace"}
_SHOWN = tuple(name for name in CaseState.model_fields if name not in _HIDDEN)


def changed(before: CaseState, after: CaseState) -> frozenset[ChangeKind]:
    """The kinds of things that differ; never none. `evolve` hands on what it does not touch."""
    found = {
        kind
        for kind, was, now in (
            (ChangeKind.STEPS, before.steps, after.steps),
            (ChangeKind.ITEMS, before.items, after.items),
            (ChangeKind.NOTICES, before.notices, after.notices),
        )
        if was is not now and was != now
    }
    if not before.opened:
        found.add(ChangeKind.OPENED)
    if after.closed and not before.closed:
        found.add(ChangeKind.CLOSED)
    if any(getattr(before, name) != getattr(after, name) for name in _SHOWN):
        found.add(ChangeKind.CASE)
    if not found:
        found.add(ChangeKind.HISTORY)
    return frozenset(found | ({ChangeKind.ENQUIRY} if after.via == "enquiry" else set()))

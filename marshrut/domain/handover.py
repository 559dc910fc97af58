"""The handover of a shift: who may take it, and what becomes of each thing that was in it.

Until somebody acknowledges it everything stays with the giver. Then each step and case changes hands by a command of
its own, and what is not taken goes back to the giver, or to the pool when they are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marshrut.domain.moves import CARE, SENIOR, may_record
from marshrut.domain.words import Role

# What changes hands by a handover says so by this beginning of its reason: whoever took it needs no telling.
BY_HANDOVER = "shift/"
# The reason for which nobody takes what is not their work.
WRONG_ROLE = "wrong_role"
# What was said to a journey may reach SQL a little later: so long a command that was refused is looked after.
SETTLES = timedelta(minutes=1)


def handover_of(key: str) -> str | None:
    """The handover of which a notice under that key tells, if it tells of one."""
    return key.removeprefix(BY_HANDOVER).split("/")[0] if key.startswith(BY_HANDOVER) else None


class HandoverState(StrEnum):
    """Where a handover stands. `lapsed`: the giver went away before anybody had acknowledged it."""

    OFFERED = "offered"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ItemState(StrEnum):
    """What became of a thing. `held`: nothing yet, the giver has it; `kept`: it stays with the giver."""

    HELD = "held"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    KEPT = "kept"
    ELSEWHERE = "elsewhere"
    OVER = "over"


class Thing(StrEnum):
    """What changes hands."""

    STEP = "step"
    CASE = "case"


class Tidings(StrEnum):
    """What people are told of a handover: that it waits for them, waits too long, and what came of it."""

    OFFERED = "handover_offered"
    WAITS = "handover_waits"
    WAITS_LONG = "handover_waits_long"
    DECLINED = "handover_declined"
    NOT_TAKEN = "handover_not_taken"
    TO_POOL = "handover_to_pool"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a handover may wait until the senior coordinator is told, then the head; whether at any hour."""

    senior_after: timedelta
    head_after: timedelta
    urgent: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A step or a case of a handover. `role`: the step's. `reason`: why it is not taken; `holder`: who has it since.

    `note` is sealed.
    """

    item_id: str
    thing: Thing
    case_id: str
    role: Role | None = None
    state: ItemState = ItemState.HELD
    reason: str | None = None
    holder: str | None = None
    settled_at: datetime | None = None
    note: bytes | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover, with both times of what people said: when it was so, and when it was written down.

    `receiver`: who is meant to take it (None: the team, those in the giver's role). `senior_at`, `head_at`: when they
    are told that nobody has acknowledged it. `answered_*`: who acknowledged, declined or withdrew it. `note` and
    `answer_note` are sealed.
    """

    id: str
    hospital: str
    giver: str
    role: Role
    receiver: str | None
    offered_by: str
    offered_at: datetime
    recorded_at: datetime
    senior_at: datetime
    head_at: datetime
    urgent: bool
    state: HandoverState = HandoverState.OFFERED
    note: bytes | None = None
    told_at: datetime | None = None
    senior_told_at: datetime | None = None
    head_told_at: datetime | None = None
    answered_by: str | None = None
    answered_role: Role | None = None
    answered_at: datetime | None = None
    answer_recorded_at: datetime | None = None
    reason: str | None = None
    answer_note: bytes | None = None
    finished_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.state is HandoverState.OFFERED

    def answered(self, user: str, *states: HandoverState) -> bool:
        """Whether it is this one who answered it so."""
        return self.answered_by == user and self.state in states

    @property
    def because(self) -> str:
        """The reason under which its things change hands."""
        return f"{BY_HANDOVER}{self.id}"


def may_take(handover: Handover, user: str, role: Role, *, receiver_there: bool) -> bool:
    """Who may acknowledge it: the receiver; the team, if there is none or they are away; always another senior.

    The team is whoever has the giver's role: a psychologist's notes are for psychologists.
    """
    if user == handover.giver:
        return False
    if user == handover.receiver or role in SENIOR:
        return True
    return role is handover.role and (handover.receiver is None or not receiver_there)


def may_decline(handover: Handover, user: str, role: Role) -> bool:
    """Whoever is meant says no for themselves; for the team, and for others, a senior does."""
    return user != handover.giver and (user == handover.receiver or role in SENIOR)


def may_withdraw(handover: Handover, user: str, role: Role) -> bool:
    """Whoever gives it, or a senior for them."""
    return user == handover.giver or role in SENIOR


def may_read(handover: Handover, user: str, role: Role) -> bool:
    """Whose the notes are: giver and receiver, whoever answered, those in the giver's role, the senior coordinator."""
    named = {handover.giver, handover.receiver, handover.answered_by}
    return user in named or role in {handover.role, Role.SUPERVISOR}


def fits(item: Item, taker: Role) -> bool:
    """Whether it is their work: a step of their role or one they record for; a case for whoever cares for patients."""
    if item.role is None:
        return taker in CARE
    return taker in SENIOR or may_record(taker, item.role)


def excepted(item: Item, taker: Role, said: Mapping[str, str]) -> str | None:
    """Why this taker does not take it: as they said, or because it is not their work (None: they take it)."""
    return said.get(item.item_id) or (None if fits(item, taker) else WRONG_ROLE)


class Said(StrEnum):
    """What became of the command by which a thing should change hands; `nothing`: there was none."""

    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Found:
    """How a thing stands, read back. `live`: the step is still to do, or the case open."""

    live: bool
    holder: str | None
    hospital: str


def became(handover: Handover, item: Item, found: Found | None, said: Said, now: datetime) -> ItemState | None:
    """What has become of a thing by now; None: that is not known yet, it has to be looked at again.

    What somebody else has meanwhile is reported and left alone. What the giver still has though its command was
    refused is looked at for a while, since SQL may lag behind the journey, and then said to have stayed with them.
    """
    refused = item.reason is not None or handover.state is HandoverState.DECLINED
    wanted = ItemState.NOT_TAKEN if refused else ItemState.TAKEN
    answered = handover.answer_recorded_at or handover.recorded_at
    if found is None or not found.live:
        return ItemState.OVER
    if said is Said.DONE:
        return wanted
    if found.holder != handover.giver or found.hospital != handover.hospital:
        return ItemState.ELSEWHERE
    if said is Said.REFUSED and now >= answered + SETTLES:
        return ItemState.KEPT
    return None

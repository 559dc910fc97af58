"""What a partner may say of a referral that it was asked for, whichever way the word comes, and what that does to it.

A link, a partner's own system and FHIR all speak in these answers; each becomes the same command as a coordinator's
word (`MoveItem`), so nothing that follows from it can differ.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from marshrut.domain.commands import MoveItem
from marshrut.domain.consents import ConsentPurpose
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.facts import put_aside
from marshrut.domain.items import can
from marshrut.domain.moves import Actor
from marshrut.domain.state import Item
from marshrut.domain.words import Role

# The name of the consent by which a partner may see what the patient needs.
NEEDS_TOLD = ConsentPurpose.NEEDS_TOLD.value


class Answer(StrEnum):
    """What a partner says. `on_hold`: put aside, in whatever status it is; whatever comes next takes it up again."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ON_HOLD = "on_hold"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


STATUS_OF = {
    Answer.ACCEPTED: "accepted",
    Answer.DECLINED: "declined",
    Answer.IN_PROGRESS: "in_progress",
    Answer.COMPLETED: "done",
    Answer.FAILED: "failed",
}
ANSWER_OF = {status: answer for answer, status in STATUS_OF.items()}
# Statuses in which there is something to put aside.
OPEN = frozenset({"requested", "accepted", "in_progress"})
# Whoever says one of these says why.
NEEDS_REASON = frozenset({Answer.DECLINED, Answer.ON_HOLD, Answer.FAILED})


def open_to(item: Item, partner: str) -> tuple[Answer, ...]:
    """What this partner may answer now."""
    if item.facts.get("partner") != partner:
        return ()
    follows = {ANSWER_OF[to] for to in can(item, Actor(user=partner, role=Role.PARTNER)) if to in ANSWER_OF}
    if item.status in OPEN:
        again = {ANSWER_OF[item.status]} if item.status in ANSWER_OF else set()
        follows |= again if put_aside(item) else {Answer.ON_HOLD}
    return tuple(answer for answer in Answer if answer in follows)


def move_of(
    item: Item,
    answer: Answer,
    *,
    reason: str | None = None,
    until: datetime | None = None,
    units: int | None = None,
) -> MoveItem:
    """The answer as the command that a coordinator would give."""
    facts: OutcomeCodes = {} if reason is None else {"reason": reason}
    if answer is Answer.ON_HOLD:
        facts |= {"on_hold": item.status, **({} if until is None else {"held_until": until.isoformat()})}
        return MoveItem(item_id=item.item_id, status=item.status, facts=facts, expires_at=_later(item, until))
    if put_aside(item):
        facts["on_hold"] = "no"
    if units is not None and answer is Answer.COMPLETED:
        facts["units"] = units
    return MoveItem(item_id=item.item_id, status=STATUS_OF[answer], facts=facts)


def said(status: str, facts: OutcomeCodes) -> Answer:
    """Which answer a partner's move was."""
    if facts.get("on_hold") == status:
        return Answer.ON_HOLD
    return ANSWER_OF.get(status, Answer.ACCEPTED)


def _later(item: Item, until: datetime | None) -> datetime | None:
    """Silence counts as a no; whoever asks for time is not silent until then."""
    if item.status != "requested" or until is None:
        return None
    return until if item.expires_at is None else max(until, item.expires_at)

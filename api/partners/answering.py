"""A partner's word about a referral, by link or by its own system: what may be said, and how it is had happen."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from api.parts import ApiParts
from api.problems import Problem
from api.writing import settled, submit
from marshrut.catalogue.entries import AnsweringEntry
from marshrut.dispatch.write_path import Verdict
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import MoveItem
from marshrut.domain.ids import case_of
from marshrut.domain.moving import name_in
from marshrut.domain.partner_answers import NEEDS_REASON, Answer, move_of, open_to
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Role
from marshrut.ports import Caller

# A case may go on in another one that itself goes on in another; no more than this is followed.
MOST_MERGES = 5


class PartnerAnswer(BaseModel):
    """What a partner says of a referral.

    `reason`: why it is declined, put aside or has failed, of the referral's `reasons`. `until`: with `on_hold`, when to
    expect more. `units`: with `completed`, how many were delivered.
    """

    model_config = ConfigDict(extra="forbid")

    answer: Answer
    reason: Code | None = None
    until: Instant | None = None
    units: Annotated[int, Field(ge=0, le=10_000)] | None = None
    note: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    occurred_at: Instant | None = None


async def asked_of(partner: str, item_id: str, parts: ApiParts) -> tuple[CaseState, Item]:
    """The referral and its case, where it goes on now, if this partner was asked.

    Raises:
        Problem: `referral_not_found`.
    """
    case = await parts.queries.case(case_of(item_id))
    for _ in range(MOST_MERGES):
        item = None if case is None else case.items.get(item_id)
        if case is None or item is None or item.kind is not ItemKind.REFERRAL or item.facts.get("partner") != partner:
            break
        if case.merged_into is None:
            return case, item
        item_id = name_in(case.merged_into, item)
        case = await parts.queries.case(case.merged_into)
    raise Problem("referral_not_found")


def rules_of(case: CaseState, parts: ApiParts) -> AnsweringEntry:
    """By which rules partners answer there today."""
    return parts.catalogue.answering_in(case.hospital or "")


def meant(case: CaseState, item: Item, partner: str, given: PartnerAnswer, parts: ApiParts) -> MoveItem:
    """The command that the answer is.

    Raises:
        Problem: it does not fit, or cannot follow now.
    """
    rules, now = rules_of(case, parts), parts.now()
    if given.reason is None and given.answer in NEEDS_REASON:
        raise Problem("missing_field", {"field": "reason"})
    if given.reason is not None and given.reason not in rules.reasons:
        raise Problem("unknown_reason", {"field": "reason"})
    if given.until is not None:
        if given.answer is not Answer.ON_HOLD:
            raise Problem("only_on_hold", {"field": "until"})
        if given.until <= now:
            raise Problem("due_in_the_past", {"field": "until"})
        if given.until > now + rules.held_at_most.length:
            raise Problem("held_too_long", {"field": "until"})
    if not case.closed and given.answer not in open_to(item, partner):
        raise Problem("wrong_move", {"status": item.status, "answer": given.answer})
    return move_of(item, given.answer, reason=given.reason, until=given.until, units=given.units)


class Terms(NamedTuple):
    """How an answer is told apart: under an id of its own, by an idempotency key, for the versions that were seen."""

    command_id: str
    key: str | None = None
    expects: tuple[str, ...] = ()


async def known(command_id: str, parts: ApiParts) -> Verdict | None:
    """What became of an answer that was given before; None: it was not.

    Raises:
        Problem: it was refused.
        NotYetKnown: it is pending.
    """
    stored = await parts.commands.get(command_id)
    if stored is None:
        return None
    return settled(Verdict(stored.id, stored.case_id, stored.state, stored.code, stored.details))


async def give(  # noqa: PLR0913, PLR0917 - whose answer, to what, and how it is told apart
    parts: ApiParts, partner: str, case: CaseState, body: MoveItem, given: PartnerAnswer, terms: Terms
) -> Verdict:
    """Have the answer happen, as a coordinator's word would.

    Raises:
        Problem: it was refused.
        NotYetKnown: it is stored and pending.
        Unavailable, KeyReused: nothing happened.
    """
    return await submit(
        parts,
        Caller(partner, Role.PARTNER, frozenset()),
        case_id=case.case_id,
        hospital=case.hospital or "",
        body=body,
        key=terms.key,
        occurred_at=given.occurred_at,
        private={"facts": {"note": given.note}} if given.note else None,
        expects=terms.expects,
        command_id=terms.command_id,
    )

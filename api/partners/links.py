"""Links by which a partner answers one referral without signing in: made, opened, and used once.

The code is shown to whoever issues the link and kept nowhere: a keyed hash of it finds the link. It follows from the
issuer's idempotency key, so whoever issues the same link again is shown the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from api.partners.answering import PartnerAnswer, Terms, asked_of, give, known, meant, rules_of
from api.parts import ApiParts
from api.problems import Problem
from marshrut.domain.ids import partner_code, partner_code_of
from marshrut.domain.partner_answers import open_to
from marshrut.domain.state import CaseState, Item
from marshrut.ports import NEVER_HAPPENED, Caller, CommandState, PartnerLink, new_id

# `recording`: an answer is on its way, and nobody knows yet what becomes of it.
Standing = Literal["open", "recording", "used", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that somebody has come by, and what it leads to."""

    link: PartnerLink
    standing: Standing
    case: CaseState
    item: Item

    def tells(self, now: datetime) -> bool:
        """Whether whoever holds it is shown the referral: one that was replaced went to somebody else, perhaps."""
        return self.standing in {"open", "recording", "used"} and now < self.link.expires_at


async def issued(
    case: CaseState, item: Item, caller: Caller, key: str | None, parts: ApiParts
) -> tuple[str, PartnerLink]:
    """A link's code, and the link.

    Raises:
        Problem: there is nothing to answer, or a newer link has taken this one's place.
    """
    partner = waited_for(case, item)
    code = partner_code(parts.fingerprint(f"partner code/{caller.user}/{item.item_id}/{key or new_id()}".encode()))
    now = parts.now()
    link = await parts.partners.issue(
        PartnerLink(
            id=_hash(code, parts),
            item_id=item.item_id,
            case_id=case.case_id,
            partner=partner,
            issued_by=caller.user,
            issued_at=now,
            expires_at=now + rules_of(case, parts).link_valid.length,
        )
    )
    if link.withdrawn_at is not None:
        raise Problem("link_withdrawn")
    return code, link


def waited_for(case: CaseState, item: Item) -> str:
    """Which partner has something to answer.

    Raises:
        Problem: `nothing_to_answer`.
    """
    partner = item.facts.get("partner")
    if not isinstance(partner, str) or case.closed or not open_to(item, partner):
        raise Problem("nothing_to_answer")
    return partner


async def opened(text: str, parts: ApiParts) -> Opened:
    """What somebody finds who has come by this code. An unknown one costs the same look-up as a known one.

    Raises:
        Problem: `code_not_found`.
    """
    link = await parts.partners.link(_hash(partner_code_of(text) or "none", parts))
    if link is None:
        raise Problem("code_not_found")
    try:
        case, item = await asked_of(link.partner, link.item_id, parts)
    except Problem:
        raise Problem("code_not_found") from None
    return Opened(link, await _standing(link, parts), case, item)


async def answered(found: Opened, given: PartnerAnswer, key: str, parts: ApiParts) -> None:
    """Have a partner's answer happen, once: the same form (`key`) again is the same answer.

    Raises:
        Problem: the link is used, expired or withdrawn, or the answer is refused.
        NotYetKnown: it is stored and pending.
        Unavailable: nothing happened.
    """
    link = found.link
    name = parts.fingerprint(f"partner answer/{link.id}/{key}".encode())[:32]
    begun = link.command_id == name
    if begun and await known(name, parts) is not None:
        return
    # A form that was about to be stored when a process died is still the one that the link stands for.
    if found.standing != "open" and not (begun and found.standing == "recording"):
        raise _taken(found.standing)
    body = meant(found.case, found.item, link.partner, given, parts)
    if not begun and not await parts.partners.claim(link, name, parts.now()):
        now = await parts.partners.link(link.id)
        raise _taken("used" if now is None else await _standing(now, parts))
    await give(parts, link.partner, found.case, body, given, Terms(name))


def _taken(standing: Standing) -> Problem:
    """Why a link takes no answer; of two at one moment the other one was quicker."""
    return Problem(f"link_{standing}" if standing in {"expired", "withdrawn"} else "link_used")


async def _standing(link: PartnerLink, parts: ApiParts) -> Standing:
    answer = await _answer(link, parts)
    if answer is not None:
        return answer
    if link.withdrawn_at is not None:
        return "withdrawn"
    return "expired" if link.expires_at <= parts.now() else "open"


async def _answer(link: PartnerLink, parts: ApiParts) -> Literal["recording", "used"] | None:
    """Where the link's answer stands: one that was refused, or never stored, leaves the link good."""
    if link.command_id is None:
        return None
    stored = await parts.commands.get(link.command_id)
    if stored is not None:
        if stored.state in NEVER_HAPPENED:
            return None
        return "used" if stored.state is CommandState.DONE else "recording"
    begun = timedelta(seconds=parts.person_expires_s)
    return "recording" if link.claimed_at is not None and parts.now() - link.claimed_at < begun else None


def _hash(code: str, parts: ApiParts) -> str:
    return parts.fingerprint(f"partner link/{code}".encode())

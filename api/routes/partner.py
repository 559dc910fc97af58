"""A partner organisation's own system: what it was asked for, and its answers. It sees nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Partner
from api.http.conditional import UNCHANGED, Held, IfMatch, seen
from api.http.paging import Cursor, Limit, page_of
from api.partners.answering import PartnerAnswer, Terms, asked_of, give, known, meant
from api.partners.views import STATUSES, PartnerReferralView, ReferralStatus, partner_view
from api.parts import Parts
from api.problems import Problem
from api.views.case import Listing
from api.writing import ACCEPTED, IdempotencyKey, showing
from marshrut.ports import new_id

router = APIRouter(prefix="/api/v1/partner/referrals", tags=["partner"])


@router.get("")
async def referrals(
    caller: Partner,
    parts: Parts,
    status: Annotated[list[ReferralStatus] | None, Query(description="Repeat it for several", max_length=10)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[PartnerReferralView]:
    """What the partner was asked for, the newest first."""
    if not {*(status or ())} <= {*STATUSES}:
        raise Problem("invalid", errors=({"field": "status", "message": "There is no such status"},))
    page = await page_of(parts.partners.asked(caller.user, statuses=status or (), limit=limit, cursor=cursor))
    shown: list[PartnerReferralView] = []
    for each in page.items:
        case = await parts.queries.case(each.case_id)
        if case is not None and each.item_id in case.items:
            shown.append(await partner_view(case, case.items[each.item_id], caller.user, parts))
    return Listing(items=shown, next=page.next)


@router.get("/{referral_id}", responses=UNCHANGED)
async def referral(referral_id: str, caller: Partner, parts: Parts, held: Held) -> PartnerReferralView:
    """One referral."""
    case, item = await asked_of(caller.user, referral_id, parts)
    view = await partner_view(case, item, caller.user, parts)
    return held.checked(view, view.version)


@router.post("/{referral_id}/answer", responses=ACCEPTED)
async def answer(
    referral_id: str,
    given: PartnerAnswer,
    caller: Partner,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> PartnerReferralView:
    """Say what becomes of the referral; the referral as it is then."""
    case, item = await asked_of(caller.user, referral_id, parts)
    # What an answer comes to depends on how the referral stands, so a repeated call is known before that is asked.
    said = f"{caller.user}/{referral_id}/{idempotency_key or new_id()}/{given.model_dump_json()}"
    name = parts.fingerprint(f"partner answer/{said}".encode())[:32]
    verdict = await known(name, parts)
    if verdict is None:
        body = meant(case, item, caller.user, given, parts)
        terms = Terms(key=idempotency_key, expects=seen(if_match), command_id=name)
        verdict = await give(parts, caller.user, case, body, given, terms)
    with showing(verdict):
        case, item = await asked_of(caller.user, item.item_id, parts)
        return await partner_view(case, item, caller.user, parts)

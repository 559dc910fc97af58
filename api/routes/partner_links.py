"""Links for partners: a colleague issues one for a referral, and hands it to the organisation that was asked."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import CareWorker
from api.partners import links as partner_links
from api.partners.views import consents
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.items import item_in_scope
from api.writing import ACCEPTED, IdempotencyKey, submit
from marshrut.domain.commands import AddItem, CommandBody, MoveItem
from marshrut.domain.ids import grouped, item_id
from marshrut.domain.partner_answers import NEEDS_TOLD
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind
from marshrut.ports import Caller

router = APIRouter(prefix="/api/v1/items", tags=["partner"])


class Linking(BaseModel):
    """What goes with a link. `needs_consent`: what the patient said to the partner's hearing of their needs."""

    model_config = ConfigDict(extra="forbid")

    needs_consent: bool | None = Field(default=None, description="Recorded in the case; null: as it stands there")


class LinkView(BaseModel):
    """A link for a partner. The code is told here and never again; `url` is null where no public address is set."""

    code: str
    path: str
    url: str | None
    partner: str
    expires_at: datetime
    needs_shown: bool


@router.post("/{item_id}/partner-link", status_code=201, responses=ACCEPTED)
async def issue(
    item_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Linking | None = None,
    idempotency_key: IdempotencyKey = None,
) -> LinkView:
    """Issue a link by which the partner answers this referral once; an earlier one takes no answer any more.

    What the patient said is recorded first: 202 means that this is on its way and that there is no link yet.
    """
    case, item = await item_in_scope(item_id, caller, parts)
    if item.kind is not ItemKind.REFERRAL:
        raise Problem("no_partner")
    partner_links.waited_for(case, item)
    wanted = None if given is None else given.needs_consent
    if wanted is not None and wanted is not consents(case):
        await _consent(case, caller, parts, idempotency_key, given=wanted)
        case, item = await item_in_scope(item_id, caller, parts)
    code, link = await partner_links.issued(case, item, caller, idempotency_key, parts)
    path = f"/partner/{grouped(code)}"
    return LinkView(
        code=grouped(code),
        path=path,
        url=None if parts.public_url is None else f"{parts.public_url}{path}",
        partner=link.partner,
        expires_at=link.expires_at,
        needs_shown=consents(case),
    )


async def _consent(case: CaseState, caller: Caller, parts: ApiParts, key: str | None, *, given: bool) -> None:
    """What the patient said, as anybody records it who cares for them."""
    name = item_id(case.case_id, ItemKind.CONSENT, NEEDS_TOLD)
    known = case.items.get(name)
    said: list[tuple[str, CommandBody]] = []
    if known is None:
        said.append(("asked", AddItem(kind=ItemKind.CONSENT, name=NEEDS_TOLD)))
    taken_back = known is not None and known.status in {"given", "partial"}
    status = "given" if given else "withdrawn" if taken_back else "refused"
    said.append(("said", MoveItem(item_id=name, status=status)))
    for part, body in said:
        # As long as any key may be, and none that somebody sends.
        part_key = None if key is None else parts.fingerprint(f"partner link/{caller.user}/{key}/{part}".encode())
        try:
            await submit(parts, caller, case_id=case.case_id, hospital=case.hospital or "", body=body, key=part_key)
        except Problem as fault:
            if fault.code != "item_exists":  # somebody asked at the same moment
                raise

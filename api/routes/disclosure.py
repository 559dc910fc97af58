"""Everything that is held on a person, once somebody has seen who asks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import Discloser
from api.audit.noted import noted
from api.parts import Parts
from api.rights.disclosure import DisclosureView, disclosed
from api.routes.cases import case_in_scope

router = APIRouter(prefix="/api/v1", tags=["rights"])


class Disclosing(BaseModel):
    """By what it was seen who asks, and the number of what they wrote: nobody's name."""

    model_config = ConfigDict(extra="forbid")

    checked: Literal["passport", "other_document", "representative"]
    request: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=60)]


@router.post("/cases/{case_id}/disclosure")
async def disclosure(case_id: str, given: Disclosing, caller: Discloser, parts: Parts) -> DisclosureView:
    """Everything that is held on the person of a case, in all the cases that the caller sees; it is written down.

    What a psychologist wrote is named and not shown. Asked again, it is made anew: nothing of it is kept here.
    """
    case = await case_in_scope(case_id, caller, parts)
    noted().thing = f"{given.checked}:{given.request}"
    return await disclosed(case, caller, parts, checked=given.checked, request=given.request)

"""A person says that something held on them is wrong: it is put right, or told why not; what was is kept, sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Bounds

from api.access import Discloser, PersonReader
from api.audit.noted import noted
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.rights.corrections import CorrectionsView, CorrectionView, corrections_view, records_of
from api.routes.cases import case_in_scope
from api.writing import IdempotencyKey, kept, said_before, settled
from marshrut.domain.amending import AMENDED, CONFIRMED, HELD_AS, NOT_AMENDED, Field, Value, fitting, put_right
from marshrut.domain.base import Code
from marshrut.domain.state import CaseState
from marshrut.ports import Caller

router = APIRouter(prefix="/api/v1", tags=["rights"])

Long = Annotated[str, Bounds(max_length=250)]
Given = Long | Annotated[list[Annotated[str, Bounds(max_length=40)]], Bounds(max_length=10)] | None


class _Asked(BaseModel):
    """By what it was seen who asks, and the number of what they wrote: nobody's name.

    Neither is there where nobody asks, and somebody only decides what is right (`confirmed`).
    """

    model_config = ConfigDict(extra="forbid")

    field: Field
    reason: Code
    checked: Literal["passport", "other_document", "representative", "own_word"] | None = None
    request: Annotated[str, Bounds(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=60)] | None = None

    @model_validator(mode="after")
    def _asked(self) -> Self:
        if self.reason != CONFIRMED and (self.checked is None or self.request is None):
            raise ValueError("checked and request: whoever asks, and by which request")
        return self


class Correcting(_Asked):
    """What is right: a name, a date (`2001-05-14`), a sex, an address, telephones as a list; null: there is none."""

    value: Given = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            fitting(self.field, self.value, None)
        except ValueError:
            raise ValueError("value: does not fit the field") from None
        return self


class Refusing(_Asked):
    """Why it stays as it is; `asked`: what it was to be, as they wrote it."""

    asked: Given = None


@router.get("/cases/{case_id}/corrections")
async def corrections(case_id: str, caller: PersonReader, parts: Parts) -> CorrectionsView:
    """What was put right and what was not, the newest first, and where a system says otherwise since.

    What stood there before is shown to supervisors.
    """
    case = await case_in_scope(case_id, caller, parts)
    return await corrections_view(await records_of(case.person, parts), caller, parts)


@router.post("/cases/{case_id}/corrections", status_code=201)
async def correct(
    case_id: str, given: Correcting, caller: PersonReader, parts: Parts, idempotency_key: IdempotencyKey = None
) -> CorrectionView:
    """Put a field right, or decide what stands where a system says otherwise; from now on lists and searches go by it.

    A system that tells the old value again does not overwrite it: that is a conflict, which a correction decides.
    """
    case = await case_in_scope(case_id, caller, parts)
    if given.reason not in parts.catalogue.amended_because:
        raise Problem("unknown_reason", {"field": "reason"})
    done = await _before(case, given, caller, parts, idempotency_key)
    if done is None:
        value = _right(given, parts)
        records = await records_of(case.person, parts)
        known = records.known
        if not known:
            raise Problem("nothing_to_amend")
        holds = put_right(records.told, known, given.field, value)
        if holds is None:
            raise Problem("nothing_changes", {"field": "value"})
        done = await _keep(case, given, AMENDED, holds, caller, parts, idempotency_key)
    return await _shown(case, done, caller, parts)


@router.post("/cases/{case_id}/corrections/refusals", status_code=201)
async def refuse(
    case_id: str, given: Refusing, caller: Discloser, parts: Parts, idempotency_key: IdempotencyKey = None
) -> CorrectionView:
    """Record that something stays as it is, and why; whoever asked finds it in what is held on them."""
    case = await case_in_scope(case_id, caller, parts)
    if given.reason not in parts.catalogue.not_amended_because:
        raise Problem("unknown_reason", {"field": "reason"})
    done = await _before(case, given, caller, parts, idempotency_key)
    if done is None:
        known = (await records_of(case.person, parts)).known
        if not known:
            raise Problem("nothing_to_amend")
        holds = {HELD_AS: {given.field.value: {"was": known["patient"].get(given.field), "asked": given.asked}}}
        done = await _keep(case, given, NOT_AMENDED, holds, caller, parts, idempotency_key)
    return await _shown(case, done, caller, parts)


def _right(given: Correcting, parts: ApiParts) -> Value:
    try:
        return fitting(given.field, given.value, parts.now().date())
    except ValueError:
        raise Problem("in_the_future", {"field": "value"}) from None


async def _before(case: CaseState, given: _Asked, caller: Caller, parts: ApiParts, key: str | None) -> str | None:
    """The record that the same call made before."""
    noted().searched([given.field], None)
    noted().thing = given.request
    found = await said_before(parts, caller, case_id=case.case_id, said=given.model_dump_json(), key=key)
    return None if found is None else found.command_id


async def _keep(
    case: CaseState,
    given: _Asked,
    code: str,
    holds: Mapping[str, object],
    caller: Caller,
    parts: ApiParts,
    key: str | None,
) -> str:
    private = {**holds, "checked": given.checked, "request": given.request}
    verdict = await kept(
        parts,
        caller,
        case,
        code=code,
        details={"reason": given.reason},
        private=private,
        key=key,
        said=given.model_dump_json(),
    )
    return settled(verdict).command_id


async def _shown(case: CaseState, name: str, caller: Caller, parts: ApiParts) -> CorrectionView:
    view = await corrections_view(await records_of(case.person, parts), caller, parts)
    return next(each for each in view.items if each.id == name)

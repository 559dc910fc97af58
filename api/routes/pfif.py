"""PFIF 1.4: a patient or a relative told to other searchers, and persons whom they tell of as candidates."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import PersonReader
from api.parts import ApiParts, Parts
from api.people.kinship import best, item_facts, names_of, patient_names, relative_names
from api.problems import Problem
from api.routes.cases import case_in_scope
from api.routes.relatives import CANDIDATE, CandidateView, candidate_views, propose, sought_in
from api.views.case import Listing
from api.writing import ACCEPTED, IdempotencyKey
from marshrut.domain.ids import item_id
from marshrut.domain.kin import forbidden, may_publish
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from marshrut.names import Match, Name
from marshrut.ports import Caller, SoughtPerson

router = APIRouter(prefix="/api/v1/cases", tags=["relatives"])

XML = "application/xml"
PATIENT = "patient"
SERVICE = "Маршрут"
RECORDS_AT_ONCE = 50  # each becomes a part of the case
DOCUMENT = {"content": {XML: {"schema": {"type": "string"}}}}


@router.get(
    "/{case_id}/pfif", response_class=Response, responses={200: {**DOCUMENT, "description": "A PFIF 1.4 document"}}
)
async def export(
    case_id: str,
    caller: PersonReader,
    parts: Parts,
    of: Annotated[str, Query(max_length=200, description="`patient`, or the id of a relative's item")] = PATIENT,
) -> Response:
    """The person as other searchers have to know them: name, sex, birth date. Only if the patient wants to be found."""
    case = await case_in_scope(case_id, caller, parts)
    if not caller.knows(case):  # what is open in need is read, and taken nowhere
        raise Problem("case_not_found")
    relative = None if of == PATIENT else sought_in(case, of)
    stands = may_publish(case)
    if stands is not None:
        raise forbidden(stands)
    if relative is None:
        names = await patient_names(case, caller, parts)
    else:
        names = await relative_names(relative, caller, parts)
    if not names:
        raise Problem("name_unknown")
    told = {} if relative is None else await item_facts(relative, caller, parts)
    return Response(parts.records.write([_record(case, of, names[0], told.get("name"), parts)]), media_type=XML)


def _record(case: CaseState, of: str, name: Name, written: str | None, parts: ApiParts) -> SoughtPerson:
    whole = written or " ".join(part for part in (name.family, name.given, name.patronymic) if part)
    return SoughtPerson(
        # Keyed: from a record's id nobody finds the case.
        record=parts.fingerprint(f"pfif/{case.case_id}/{of}".encode())[:32],
        told_at=parts.now(),
        name=whole,
        family=None if written else name.family or None,
        given=None if written else name.given or None,
        sex=name.sex,
        birth_date=name.birth_date,
        source=SERVICE,
    )


@router.post(
    "/{case_id}/pfif",
    status_code=201,
    responses=ACCEPTED,
    openapi_extra={"requestBody": {"required": True, **DOCUMENT}},
)
async def take(
    case_id: str, request: Request, caller: PersonReader, parts: Parts, idempotency_key: IdempotencyKey = None
) -> Listing[CandidateView]:
    """Propose everybody in the document; whoever is there already stays as they are. The best first."""
    case = await case_in_scope(case_id, caller, parts)
    persons = parts.records.read(await request.body())
    if len(persons) > RECORDS_AT_ONCE:
        raise Problem("too_many_records", {"most": str(RECORDS_AT_ONCE)})
    known = await _known(case, caller, parts)
    keys: list[str] = []
    for person in persons:
        key = f"pfif.{parts.fingerprint(person.record.encode())[:32]}"
        keys.append(key)
        if item_id(case_id, ItemKind.CANDIDATE, CANDIDATE, key) not in case.items:
            relative, found = _likest(person, known)
            one = None if idempotency_key is None else f"{idempotency_key[:150]}/{key}"
            await propose(case, relative, _facts(person), found, caller, parts, key=one, record=key)
    now = await case_in_scope(case_id, caller, parts)
    ids = [item_id(case_id, ItemKind.CANDIDATE, CANDIDATE, key) for key in dict.fromkeys(keys)]
    there = tuple(now.items[name] for name in ids if name in now.items)
    return Listing(items=await candidate_views(now, there, caller, parts), next=None)


async def _known(case: CaseState, caller: Caller, parts: ApiParts) -> list[tuple[Item | None, list[Name]]]:
    """With whom a record is compared: the patient, and everybody who is looked for."""
    looked_for = [item for item in case.items_of(ItemKind.RELATIVE) if item.status in ("sought", "not_found")]
    relatives = [(item, await relative_names(item, caller, parts)) for item in looked_for]
    return [(None, await patient_names(case, caller, parts)), *relatives]


def _likest(person: SoughtPerson, known: list[tuple[Item | None, list[Name]]]) -> tuple[Item | None, Match | None]:
    scored = [(item, best(names_of(person), names)) for item, names in known]
    return max(scored, key=lambda each: -1 if each[1] is None else each[1].score)


def _facts(person: SoughtPerson) -> dict[str, object]:
    said = (person.source, person.author, person.description)
    return {
        "name": person.name[:250],
        "birth_date": None if person.birth_date is None else person.birth_date.isoformat(),
        "phones": [phone[:40] for phone in person.phones],
        "note": "\n".join(part for part in said if part)[:4000],
        "source": "pfif",
    }

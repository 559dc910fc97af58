"""Relatives: who is looked for, who may be they and why, what was tried, and whether a caller may be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.access import PersonReader, Reader
from api.audit.noted import noted
from api.filters import check_known
from api.parts import ApiParts, Parts
from api.people.contacts import KnownContactView, contacts_of
from api.people.kinship import PersonNamed, against, best, patient_names, relative_names, why
from api.people.known import known_persons
from api.people.search import LOOKED_AT
from api.people.told_names import names_in
from api.problems import Problem
from api.routes.cases import case_in_scope
from api.routes.items import split
from api.views.case import CaseSummary, PatientView, case_records, case_summary
from api.views.item import ItemView, item_views
from api.views.titles import Worded
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.admission import Phone
from marshrut.domain.base import Code
from marshrut.domain.commands import AddItem
from marshrut.domain.ids import item_id
from marshrut.domain.kin import Reach, may_be_told, reach
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from marshrut.names import Match, Name
from marshrut.ports import Caller, CaseFilter

router = APIRouter(prefix="/api/v1", tags=["relatives"])

CANDIDATE = "candidate"  # the name of each candidate that comes in here; which one it is says its key
FAMILY_ALONE = 50  # a family name alone comes to no more, however well it fits
AT_ONCE = 200  # cases of a page while a name is looked for


class NewCandidate(PersonNamed):
    """Somebody who may be the relative who is looked for; without `relative`, of whom the patient may be the one.

    `source`: from where it is known, as a code.
    """

    phones: tuple[Phone, ...] = Field(default=(), max_length=10)
    source: Code
    relative: Code | None = None
    note: str | None = Field(default=None, max_length=4000)


class CandidateView(ItemView):
    """A candidate with the reasons of its score in words; a person confirms or rejects it, whatever the score."""

    score: int | None
    why: list[Worded]


class RelativesView(BaseModel):
    """Everything of the search for those near. `reach`: who may know where the patient is, as things stand.

    `contacts`: whom the admission named and nobody added; null for roles that may not see persons.
    """

    reach: Reach
    consent: list[ItemView]
    relatives: list[ItemView]
    candidates: list[CandidateView]
    attempts: list[ItemView]
    contacts: list[KnownContactView] | None


class LookingFor(PersonNamed):
    """Whom somebody who rings is looking for."""

    hospital: Code | None = None
    at_least: Annotated[int, Field(ge=1, le=100)] = FAMILY_ALONE
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class Hit(BaseModel):
    """A case whose patient may be meant. `may_be_told`: whether whoever rings may be told so; if not, `because`."""

    case: CaseSummary
    patient: PatientView
    score: int
    why: list[Worded]
    may_be_told: bool
    because: Worded | None


class Hits(BaseModel):
    """The best first. `whole`: whether every case in the caller's scope was looked at, or the newest only."""

    items: list[Hit]
    whole: bool


@router.get("/cases/{case_id}/relatives")
async def relatives(case_id: str, caller: Reader, parts: Parts) -> RelativesView:
    """Relatives, candidates (best first) and attempts (newest first) of a case."""
    case = await case_in_scope(case_id, caller, parts)
    _, told = await case_records(parts, caller, case)
    there = await item_views(case, case.items_of(ItemKind.RELATIVE), caller, parts)
    attempts = await item_views(case, case.items_of(ItemKind.ATTEMPT), caller, parts)
    return RelativesView(
        reach=reach(case),
        consent=await item_views(case, case.items_of(ItemKind.CONSENT), caller, parts),
        relatives=there,
        candidates=await candidate_views(case, case.items_of(ItemKind.CANDIDATE), caller, parts),
        attempts=attempts[::-1],
        contacts=contacts_of(told, [each.facts for each in there]) if told else None,
    )


async def candidate_views(
    case: CaseState, items: tuple[Item, ...], caller: Caller, parts: ApiParts
) -> list[CandidateView]:
    """Candidates as the caller may see them, the best first."""
    views = [
        CandidateView(**dict(view), score=view.facts.get("score"), why=why(view.facts.get("reasons", ())))
        for view in await item_views(case, items, caller, parts)
    ]
    return sorted(views, key=lambda view: -1 if view.score is None else view.score, reverse=True)


@router.post("/cases/{case_id}/candidates", status_code=201, responses=ACCEPTED)
async def add_candidate(
    case_id: str,
    new: NewCandidate,
    caller: PersonReader,
    parts: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> CandidateView:
    """Propose somebody; the score says how alike the names are, and a person decides."""
    case = await case_in_scope(case_id, caller, parts)
    relative = sought_in(case, new.relative)
    if relative is None:
        known = await patient_names(case, caller, parts)
    else:
        known = await relative_names(relative, caller, parts)
    facts = {
        "name": new.whole,
        "birth_date": None if new.birth_date is None else new.birth_date.isoformat(),
        "phones": list(new.phones),
        "note": new.note,
        "source": new.source,
    }
    added = await propose(case, relative, facts, best([new.name], known), caller, parts, key=idempotency_key)
    response.headers["Location"] = f"/api/v1/items/{added.item_id}"
    return added


def sought_in(case: CaseState, name: str | None) -> Item | None:
    """The relative of that id; None for no id.

    Raises:
        Problem: the case has none such.
    """
    if name is None:
        return None
    item = case.items.get(name)
    if item is None or item.kind is not ItemKind.RELATIVE:
        raise Problem("item_not_found")
    return item


async def propose(
    case: CaseState,
    relative: Item | None,
    facts: dict[str, Any],
    found: Match | None,
    caller: Caller,
    parts: ApiParts,
    *,
    key: str | None,
    record: str | None = None,
) -> CandidateView:
    """Add a candidate: codes to the journey, what is personal to the vault; the candidate as it is now.

    `record`: by which the same candidate is known again.
    """
    given = {name: value for name, value in facts.items() if value}
    if relative is not None:
        given["relative"] = relative.item_id
    if found is not None:
        given |= {"score": found.score, "reasons": found.reasons}
    codes, private = split(ItemKind.CANDIDATE, {}, given)
    verdict = await submit(
        parts,
        caller,
        case_id=case.case_id,
        hospital=case.hospital or "",
        body=AddItem(kind=ItemKind.CANDIDATE, name=CANDIDATE, facts=codes, key=record),
        key=key,
        private=private,
    )
    with showing(verdict):
        now = await case_in_scope(case.case_id, caller, parts)
        added = now.items[item_id(case.case_id, ItemKind.CANDIDATE, CANDIDATE, record or verdict.command_id)]
        (view,) = await candidate_views(now, (added,), caller, parts)
        return view


@router.post("/relatives/search")
async def search(wanted: LookingFor, caller: PersonReader, parts: Parts) -> Hits:
    """Patients in the caller's scope who may be meant, and whether whoever rings may be told."""
    check_known(parts, hospital=wanted.hospital)
    which, name = CaseFilter(caller.hospitals, caller.onlooker, hospital=wanted.hospital), wanted.name
    hits: list[Hit] = []
    cursor, looked_at = None, 0
    while looked_at < LOOKED_AT:
        page = await parts.queries.cases(which, limit=AT_ONCE, cursor=cursor)
        hits += await _hits(page.items, name, wanted.at_least, parts)
        looked_at, cursor = looked_at + len(page.items), page.next
        if cursor is None:
            break
    hits.sort(key=lambda hit: hit.score, reverse=True)
    noted().searched_by(wanted.model_dump(), hits)
    return Hits(items=hits[: wanted.limit], whole=cursor is None)


async def _hits(cases: Sequence[CaseState], name: Name, at_least: int, parts: ApiParts) -> list[Hit]:
    persons = await known_persons(parts, (case.person for case in cases))
    hits: list[Hit] = []
    for case in cases:
        told = persons.get(case.person or "", {})
        found = best([name], names_in(told))
        if found is not None and found.score >= at_least:
            hits.append(await _hit(case, told, found, parts))
    return hits


async def _hit(case: CaseState, told: dict[str, Any], found: Match, parts: ApiParts) -> Hit:
    stands = may_be_told(case)
    return Hit(
        case=await case_summary(case, parts),
        patient=PatientView(**told["patient"]),
        score=found.score,
        why=why(found.reasons),
        may_be_told=stands is None,
        because=against(stands),
    )

"""Items: documents, referrals, candidates, needs, parts of the route: what a case is about beside its steps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from api.access import CareWorker, Reader
from api.giving import check_giving
from api.http.conditional import UNCHANGED, Held, IfMatch, seen
from api.http.paging import Cursor, Limit, paged
from api.needing import sees_case
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.cases import case_in_scope, case_now
from api.views.case import CaseSummary, Listing
from api.views.item import ItemView, item_views
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import AddItem, ChangeFlags, MoveItem, SetOwner
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.facts import Facts
from marshrut.domain.ids import MAIN, case_of, item_id
from marshrut.domain.kinds import KINDS
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Flag, ItemKind, Protection
from marshrut.ports import Caller

router = APIRouter(prefix="/api/v1", tags=["items"])

GivenFacts = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "description": "What is known of the item, by its kind",
            "anyOf": [{**kind.facts.model_json_schema(), "title": name} for name, kind in KINDS.items()],
        }
    ),
]


class NewItem(BaseModel):
    """An item. `name`: what it is, by the case's catalogue where its kind has names there."""

    model_config = ConfigDict(extra="forbid")

    kind: ItemKind
    name: Code
    status: Code | None = None
    facts: GivenFacts = Field(default_factory=dict)
    expires_at: Instant | None = None
    occurred_at: Instant | None = None


class Moving(BaseModel):
    """How an item stands now. `facts` are those that are new."""

    model_config = ConfigDict(extra="forbid")

    status: Code
    facts: GivenFacts = Field(default_factory=dict)
    expires_at: Instant | None = None
    occurred_at: Instant | None = None


class Flagging(BaseModel):
    """What else is known about the patient's circumstances, and what is not so.

    `protection`: why they are protected (`add` holds `protected`) or are no more; a supervisor says so.
    """

    model_config = ConfigDict(extra="forbid")

    add: tuple[Flag, ...] = ()
    remove: tuple[Flag, ...] = ()
    protection: Protection | None = None
    occurred_at: Instant | None = None
    note: str | None = Field(default=None, max_length=4000)

    @model_validator(mode="after")
    def _says_something(self) -> Flagging:
        if not self.add and not self.remove:
            raise ValueError("names no flag")
        return self


class Owning(BaseModel):
    """Who answers for the case; null: the hospital's senior coordinator."""

    model_config = ConfigDict(extra="forbid")

    owner: Code | None
    reason: Code = "agreed"


class RouteView(BaseModel):
    """The personal route: its parts with the reasons of each, and the needs that it answers."""

    needs: list[ItemView]
    directions: list[ItemView]
    programmes: list[ItemView]
    steps: list[ItemView]


async def item_in_scope(name: str, caller: Caller, parts: ApiParts) -> tuple[CaseState, Item]:
    """The item and its case, if the caller may know of it."""
    case = await parts.queries.case(case_of(name))
    if case is None or not await sees_case(case, caller, parts) or name not in case.items:
        raise Problem("item_not_found")
    return case, case.items[name]


async def item_now(name: str, caller: Caller, parts: ApiParts) -> ItemView:
    """The item as it is now, for this caller."""
    case, item = await item_in_scope(name, caller, parts)
    (view,) = await item_views(case, [item], caller, parts)
    return view


@router.get("/cases/{case_id}/items")
async def items(
    case_id: str,
    caller: Reader,
    parts: Parts,
    kind: ItemKind | None = None,
    status: Code | None = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listing[ItemView]:
    """The items of a case, oldest first."""
    case = await case_in_scope(case_id, caller, parts)

    def fits(item: Item) -> bool:
        return kind in {None, item.kind} and status in {None, item.status}

    page = paged(list(case.items.values()), lambda each: each.item_id, limit=limit, cursor=cursor, fits=fits)
    return Listing(items=await item_views(case, page.items, caller, parts), next=page.next)


@router.get("/cases/{case_id}/route")
async def route(case_id: str, caller: Reader, parts: Parts) -> RouteView:
    """The personal route as it stands, each part with the reasons for which it was proposed."""
    case = await case_in_scope(case_id, caller, parts)
    needs = await item_views(case, case.items_of(ItemKind.NEED), caller, parts)
    entries = await item_views(case, case.items_of(ItemKind.ENTRY), caller, parts)
    sorts = {sort: [each for each in entries if each.facts["sort"] == sort] for sort in SORTS}
    return RouteView(needs=needs, **{f"{sort}s": shown for sort, shown in sorts.items()})


SORTS = ("direction", "programme", "step")


@router.get("/items/{item_id}", responses=UNCHANGED)
async def item(item_id: str, caller: Reader, parts: Parts, held: Held) -> ItemView:
    """One item."""
    shown = await item_now(item_id, caller, parts)
    return held.checked(shown, shown.version)


@router.post("/cases/{case_id}/items", status_code=201, responses=ACCEPTED)
async def add(
    case_id: str,
    new: NewItem,
    caller: CareWorker,
    parts: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ItemView:
    """Add an item by hand; the item as it is now."""
    case = await case_in_scope(case_id, caller, parts)
    codes, private = split(new.kind, {}, new.facts)
    body = AddItem(kind=new.kind, name=new.name, status=new.status, facts=codes, expires_at=new.expires_at)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        occurred_at=new.occurred_at,
        private=private,
        expects=seen(if_match),
    )
    added = item_id(case_id, new.kind, new.name, MAIN if KINDS[new.kind].single else verdict.command_id)
    response.headers["Location"] = f"/api/v1/items/{added}"
    with showing(verdict):
        return await item_now(added, caller, parts)


@router.post("/items/{item_id}/move", responses=ACCEPTED)
async def move(
    item_id: str,
    given: Moving,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ItemView:
    """Say how an item stands now; the item as it is then."""
    case, item = await item_in_scope(item_id, caller, parts)
    codes, private = split(item.kind, item.facts, given.facts)
    body = MoveItem(item_id=item_id, status=given.status, facts=codes, expires_at=given.expires_at)
    verdict = await submit(
        parts,
        caller,
        case_id=case.case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private=private,
        expects=seen(if_match),
    )
    with showing(verdict):
        return await item_now(item_id, caller, parts)


@router.post("/cases/{case_id}/flags", responses=ACCEPTED)
async def flags(
    case_id: str,
    given: Flagging,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CaseSummary:
    """Say what else is known about the patient's circumstances; the case as it is now."""
    case = await case_in_scope(case_id, caller, parts)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=ChangeFlags(add=given.add, remove=given.remove, because=given.protection),
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private={"note": given.note} if given.note else None,
        expects=seen(if_match),
    )
    with showing(verdict):
        return await case_now(case_id, parts)


@router.post("/cases/{case_id}/owner", responses=ACCEPTED)
async def owner(
    case_id: str,
    given: Owning,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CaseSummary:
    """Take the case, or give it to somebody; the case as it is now."""
    case = await case_in_scope(case_id, caller, parts)
    if given.owner not in (None, caller.user) and caller.actor.senior:
        await check_giving(parts, given.owner, case.hospital or "", None, field="owner")
    body = SetOwner(owner=given.owner, reason=given.reason)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        expects=seen(if_match),
    )
    with showing(verdict):
        return await case_now(case_id, parts)


def split(kind: ItemKind, known: OutcomeCodes, given: dict[str, Any]) -> tuple[OutcomeCodes, dict[str, Any] | None]:
    """What the journey may know of the facts that are new, and what only SQL may keep.

    Raises:
        Problem: they do not fit the kind.
    """
    try:
        facts: Facts = KINDS[kind].facts.model_validate({**known, **given})
    except ValidationError as fault:
        errors = tuple(
            {"field": ".".join(("facts", *map(str, each["loc"]))), "message": each["msg"]}
            for each in fault.errors(include_input=False, include_url=False)
        )
        raise Problem("wrong_facts", errors=errors) from None
    codes = {name: value for name, value in facts.codes().items() if name in given}
    private = {name: value for name, value in facts.private().items() if name in given}
    return codes, {"facts": private} if private else None

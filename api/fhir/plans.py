"""The personal route as a CarePlan, and each request to a partner as a ServiceRequest with its Task.

The two of a referral share their id, as the ServiceRequest says what is asked for and the Task how that stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from api.fhir import systems
from api.fhir.seen import Seen, instant, subject
from api.partners.views import needs_told, says_why, serves
from api.views.item import ItemView, item_views
from marshrut.domain.facts import ON_HOLD as ASIDE
from marshrut.domain.facts import put_aside
from marshrut.domain.ids import alias
from marshrut.domain.state import CaseState, Item
from marshrut.domain.versions import of_part
from marshrut.domain.words import Ending, ItemKind

TASK_CODES = "http://hl7.org/fhir/CodeSystem/task-code"

# A referral's status as a Task's; one that is on hold is known by its facts.
TASK = {
    "requested": "requested",
    "accepted": "accepted",
    "in_progress": "in-progress",
    "done": "completed",
    "handed_over": "completed",
    "failed": "failed",
    "declined": "rejected",
    "recalled": "cancelled",
}
REQUEST = {
    "requested": "active",
    "accepted": "active",
    "in_progress": "active",
    "done": "completed",
    "handed_over": "completed",
    "failed": "revoked",
    "declined": "revoked",
    "recalled": "revoked",
}
ON_HOLD = "on-hold"
# There is somebody, whom the partner is not told of.
MASKED = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}],
    "type": "Patient",
}
ACTIVITY = {
    "proposed": "not-started",
    "wanted": "not-started",
    "planned": "in-progress",
    "withdrawn": "stopped",
    "left_out": "cancelled",
}


def referral_id(item_id: str) -> str:
    """The id of a referral's ServiceRequest and Task: an item's own is longer than FHIR allows."""
    return alias(item_id)


def referrals(case: CaseState) -> dict[str, Item]:
    """The referrals of a case by the id that FHIR knows them by, oldest first; of a merged one the other has them."""
    if case.merged_into is not None:
        return {}
    return {referral_id(item.item_id): item for item in case.items_of(ItemKind.REFERRAL)}


def task_status(item: Item) -> str:
    """How a referral stands, as a Task's status."""
    return ON_HOLD if put_aside(item) else TASK[item.status]


def request_status(item: Item) -> str:
    """How a referral stands, as a ServiceRequest's status."""
    return ON_HOLD if put_aside(item) else REQUEST[item.status]


def standing(kind: str, statuses: Collection[str]) -> frozenset[str]:
    """How referrals stand (`facts.stands`) whose resource of this type has one of the statuses."""
    shown = TASK if kind == "Task" else REQUEST
    found = frozenset(stands for stands, status in shown.items() if status in statuses)
    return found | {ASIDE} if ON_HOLD in statuses else found


def plan_status(case: CaseState) -> str:
    """How the personal route stands: a draft until anything of it is planned."""
    if case.closed:
        return "revoked" if case.ending is Ending.ADMISSION_CANCELLED else "completed"
    if case.paused_since is not None:
        return "on-hold"
    return "active" if any(item.status == "planned" for item in case.items_of(ItemKind.ENTRY)) else "draft"


async def care_plan(case: CaseState, seen: Seen) -> dict[str, Any]:
    """The personal route with its parts, and what was asked of partners."""
    entries = await item_views(case, case.items_of(ItemKind.ENTRY), seen.caller, seen.parts)
    activities: list[dict[str, Any]] = [{"detail": _part(entry)} for entry in entries]
    activities += [{"reference": {"reference": f"ServiceRequest/{name}"}} for name in referrals(case)]
    resource: dict[str, Any] = {
        "resourceType": "CarePlan",
        "id": case.case_id,
        "meta": seen.meta(case),
        "status": plan_status(case),
        "intent": "plan",
        "title": "Персональный маршрут",
        "subject": subject(case),
        "encounter": {"reference": f"Encounter/{case.case_id}"},
    }
    if case.opened_at is not None:
        ended = {} if case.closed_at is None else {"end": instant(case.closed_at)}
        resource["period"] = {"start": instant(case.opened_at), **ended}
    return {**resource, "activity": activities} if activities else resource


def _part(entry: ItemView) -> dict[str, Any]:
    because = [systems.concept(systems.REASONS, each.code, each.title.ru) for each in entry.because]
    return {
        "code": systems.concept(systems.ENTRIES, entry.name, entry.title.ru),
        "status": ACTIVITY[entry.status],
        "description": entry.title.ru,
        **({"reasonCode": because} if because else {}),
    }


async def service_requests(case: CaseState, found: Sequence[tuple[str, Item]], seen: Seen) -> list[dict[str, Any]]:
    """Referrals as what was asked for."""
    views = await item_views(case, [item for _, item in found], seen.caller, seen.parts)
    needs = await _for_partner(case, seen) if seen.of_partner else {}
    return [
        {**_request(name, item, view, case, seen), **(needs if serves(item) else {})}
        for (name, item), view in zip(found, views, strict=True)
    ]


def _request(name: str, item: Item, view: ItemView, case: CaseState, seen: Seen) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        "meta": _meta(item, seen),
        "status": request_status(item),
        "intent": "order",
        "code": systems.concept(systems.PROGRAMMES, item.name, view.title.ru),
        **({"subject": MASKED} if seen.of_partner else _about(case, "subject")),
        "authoredOn": instant(item.added_at),
        "requester": systems.logical(systems.HOSPITALS, case.hospital or "", "Organization"),
        "performer": [systems.logical(systems.PARTNERS, str(item.facts["partner"]), "Organization")],
    }


async def _for_partner(case: CaseState, seen: Seen) -> dict[str, Any]:
    """What the patient needs, if they agreed that the partner hears of it."""
    tables = await seen.parts.catalogues.at(case.catalogue, case.hospital or "", case.variants)
    needs = needs_told(case, tables)
    return {"reasonCode": [{"text": each.ru} for each in needs]} if needs else {}


def _about(case: CaseState, name: str) -> dict[str, Any]:
    """Whom it is about, and in which stay."""
    return {name: subject(case), "encounter": {"reference": f"Encounter/{case.case_id}"}}


def _meta(item: Item, seen: Seen) -> dict[str, Any]:
    redacted = {"security": [systems.REDACTED]} if seen.of_partner else {}
    return {"versionId": of_part(item), "lastUpdated": instant(item.moved_at), **redacted}


async def tasks(case: CaseState, found: Sequence[tuple[str, Item]], seen: Seen) -> list[dict[str, Any]]:
    """Referrals as what a partner is to do, and how that stands."""
    views = await item_views(case, [item for _, item in found], seen.caller, seen.parts)
    return [_task(name, item, view, case, seen) for (name, item), view in zip(found, views, strict=True)]


def _task(name: str, item: Item, view: ItemView, case: CaseState, seen: Seen) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "id": name,
        "meta": _meta(item, seen),
        "status": task_status(item),
        "businessStatus": {"text": view.status_title.ru},
        "intent": "order",
        "code": systems.concept(TASK_CODES, "fulfill"),
        "description": view.title.ru,
        "focus": {"reference": f"ServiceRequest/{name}"},
        **({} if seen.of_partner else _about(case, "for")),
        "authoredOn": instant(item.added_at),
        "lastModified": instant(item.moved_at),
        "requester": systems.logical(systems.HOSPITALS, case.hospital or "", "Organization"),
        "owner": systems.logical(systems.PARTNERS, str(item.facts["partner"]), "Organization"),
    }
    reason, note = item.facts.get("reason"), view.facts.get("note")
    if reason and (says_why(item) or not seen.of_partner):
        resource["statusReason"] = systems.concept(systems.REASONS, str(reason))
    if note and not seen.of_partner:
        resource["note"] = [{"text": note}]
    if (until := awaited_until(item)) is not None:
        resource["restriction"] = {"period": {"end": instant(until)}}
    return resource


def awaited_until(item: Item) -> datetime | None:
    """Until when the partner is to say more: the day that it named itself, or until when silence is no answer."""
    held = item.facts.get("held_until")
    if put_aside(item) and isinstance(held, str):
        return datetime.fromisoformat(held)
    return item.expires_at if item.status == "requested" else None

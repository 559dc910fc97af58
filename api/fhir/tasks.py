"""A partner's answer closes a referral's loop: a Task is updated, and the item behind it moves as by hand."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import CareWorker
from api.fhir import answers, plans
from api.fhir.answers import shown
from api.fhir.reading import case_in_scope, found
from api.kept import beginning
from api.parts import Parts
from api.problems import Problem
from api.routes.items import split
from api.writing import IdempotencyKey, showing, submit
from marshrut.domain.commands import MoveItem
from marshrut.domain.facts import put_aside
from marshrut.domain.state import Item
from marshrut.domain.versions import of_part

router = APIRouter()

# What a Task may be told to become, as the statuses of a referral; what is on hold stays where it was.
STATUSES = {
    "accepted": "accepted",
    "in-progress": "in_progress",
    "completed": "done",
    "failed": "failed",
    "rejected": "declined",
    "cancelled": "recalled",
    "requested": "requested",
}
ON_HOLD = "on-hold"
# Whoever puts a referral aside says why; a Task need not say it as a code.
NO_CODE = "other"
# A code travels to the journey, so it is one of letters that spell no name here.
CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,100}")
MOST_SAID = 4000


@router.put("/Task/{name}")
async def update(
    name: str, request: Request, caller: CareWorker, parts: Parts, idempotency_key: IdempotencyKey = None
) -> Response:
    """How a referral stands now: `status`, `statusReason` and `note` count, all else stays as it was."""
    raw, whole = await beginning(request)
    if not whole:
        raise Problem("too_large")
    if not answers.sends(request):
        raise Problem("unsupported_media_type", {"field": "Content-Type"})
    sent = parts.resources.checked(raw)
    if sent["resourceType"] != "Task" or sent.get("id") != name:
        raise Problem("wrong_id", {"field": "Task.id"})
    case = await case_in_scope(plans.case_of(name), caller, parts)
    item = plans.referrals(case).get(name)
    if item is None:
        raise Problem("resource_not_found")
    before = await found("Task", name, caller, parts)
    wanted = request.headers.get("if-match")
    if wanted is None:
        raise Problem("version_needed", {"field": "If-Match"})
    if not answers.matches(wanted, version := of_part(item)):
        raise Problem("version_differs", {"version": version})
    facts = said(sent, before)
    status = becomes(sent["status"], item)
    if status == item.status and sent["status"] == before["status"] and not facts:
        return shown(before)  # it stands so
    if sent["status"] == ON_HOLD:
        facts = {"reason": NO_CODE, **facts, "on_hold": status}
    elif put_aside(item):
        facts["on_hold"] = "no"
    codes, private = split(item.kind, item.facts, facts)
    verdict = await submit(
        parts,
        caller,
        case_id=case.case_id,
        hospital=case.hospital or "",
        body=MoveItem(item_id=item.item_id, status=status, facts=codes),
        expects=(version,),
        key=idempotency_key,
        private=private,
    )
    with showing(verdict):
        return shown(await found("Task", name, caller, parts))


def becomes(status: str, item: Item) -> str:
    """The status of a referral that a Task's means.

    Raises:
        Problem: `unsupported_status`.
    """
    if status == ON_HOLD:
        return item.status
    if status not in STATUSES:
        raise Problem("unsupported_status", {"field": "Task.status"})
    if status == "completed" and item.status == "handed_over":
        return item.status
    return STATUSES[status]


def said(sent: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What is new: why it stands so, as a code and in words.

    Raises:
        Problem: `missing_element`: a reason has a code of ours or words; `invalid_resource`: it is too long.
    """
    reason, known = sent.get("statusReason", {}), before.get("statusReason", {})
    facts: dict[str, Any] = {}
    words = []
    if reason and reason != known:
        code = next((each["code"] for each in reason.get("coding", ()) if CODE.fullmatch(each.get("code", ""))), None)
        if code is None and not reason.get("text"):
            raise Problem("missing_element", {"field": "Task.statusReason"})
        if code is not None:
            facts["reason"] = code
        words.append(reason.get("text", ""))
    told = [each["text"] for each in before.get("note", ())]
    words += [each["text"] for each in sent.get("note", ()) if each["text"] not in told]
    if note := "\n".join(filter(None, words)):
        if len(note) > MOST_SAID:
            raise Problem("invalid_resource", {"field": "Task.note"})
        facts["note"] = note
    return facts

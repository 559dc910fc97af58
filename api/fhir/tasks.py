"""A partner's answer closes a referral's loop: a Task is updated, and the item behind it moves as by hand.

A colleague says what they heard, as on the API; a partner's own system says it itself, as by `/api/v1/partner`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import Answerer
from api.fhir import answers, plans
from api.fhir.reading import found, referral_in_scope
from api.fhir.responses import preferring
from api.http.kept import beginning
from api.partners.answering import PartnerAnswer, Terms, give, known, meant
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.items import split
from api.writing import IdempotencyKey, showing, submit
from marshrut.dispatch.write_path import Verdict
from marshrut.domain.commands import MoveItem
from marshrut.domain.facts import put_aside
from marshrut.domain.partner_answers import NEEDS_REASON, Answer
from marshrut.domain.state import CaseState, Item
from marshrut.domain.versions import of_part
from marshrut.domain.words import Role
from marshrut.ports import Caller, new_id

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
# The same in a partner's own words; it neither recalls nor asks.
ANSWERS = {
    "accepted": Answer.ACCEPTED,
    "in-progress": Answer.IN_PROGRESS,
    "completed": Answer.COMPLETED,
    "failed": Answer.FAILED,
    "rejected": Answer.DECLINED,
    plans.ON_HOLD: Answer.ON_HOLD,
}
# Whoever puts a referral aside says why; a Task need not say it as a code.
NO_CODE = "other"
# A code travels to the journey, so it is one of letters that spell no name here.
CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,100}")
MOST_SAID = 4000


@router.put("/Task/{name}")
async def update(
    name: str, request: Request, caller: Answerer, parts: Parts, idempotency_key: IdempotencyKey = None
) -> Response:
    """How a referral stands now: `status`, `statusReason` and `note` count, all else stays as it was."""
    raw, whole = await beginning(request)
    if not whole:
        raise Problem("too_large")
    if not answers.sends(request):
        raise Problem("unsupported_media_type", {"field": "Content-Type"})
    sent = parts.resources.checked(raw)
    for element, wanted in (("resourceType", "Task"), ("id", name)):
        if sent.get(element) != wanted:
            raise Problem("wrong_id", {"field": f"Task.{element}"})
    case, item = await referral_in_scope(name, caller, parts)
    named = request.headers.get("if-match")
    if named is None:
        raise Problem("version_needed", {"field": "If-Match"})
    # What it comes to depends on how the referral stands, so a repeated call is known before that is asked.
    command = new_id()
    if idempotency_key is not None:
        command = parts.fingerprint(f"task/{caller.user}/{name}/{idempotency_key}/".encode() + raw)[:32]
        if await known(command, parts) is not None:
            return preferring(request, await found("Task", name, caller, parts))
    before = await found("Task", name, caller, parts)
    facts = said(sent, before)
    if sent["status"] == before["status"] and not facts:
        return preferring(request, before)  # it stands so
    if not answers.matches(named, version := of_part(item)):
        raise Problem("version_differs", {"version": version})
    terms = Terms(command, idempotency_key, () if named.strip() == "*" else (version,))
    answer = _partners if caller.role is Role.PARTNER else _colleagues
    verdict = await answer(sent, facts, case, item, caller, parts, terms)
    with showing(verdict):
        return preferring(request, await found("Task", name, caller, parts))


async def _colleagues(  # noqa: PLR0913, PLR0917 - who says what of which referral
    sent: dict[str, Any],
    facts: dict[str, Any],
    case: CaseState,
    item: Item,
    caller: Caller,
    parts: ApiParts,
    terms: Terms,
) -> Verdict:
    """What somebody who cares for the patient has heard."""
    status = becomes(sent["status"], item)
    if sent["status"] == plans.ON_HOLD:
        facts = {"reason": NO_CODE, **facts, "on_hold": status}
    elif put_aside(item):
        facts["on_hold"] = "no"
    codes, private = split(item.kind, item.facts, facts)
    return await submit(
        parts,
        caller,
        case_id=case.case_id,
        hospital=case.hospital or "",
        body=MoveItem(item_id=item.item_id, status=status, facts=codes),
        expects=terms.expects,
        key=terms.key,
        private=private,
        command_id=terms.command_id,
    )


async def _partners(  # noqa: PLR0913, PLR0917 - who says what of which referral
    sent: dict[str, Any],
    facts: dict[str, Any],
    case: CaseState,
    item: Item,
    caller: Caller,
    parts: ApiParts,
    terms: Terms,
) -> Verdict:
    """The partner's own word.

    Raises:
        Problem: `unsupported_status`, `missing_element`: a no, a failure or a delay has its reason; and whatever
            `answering.meant` refuses.
    """
    if (answer := ANSWERS.get(sent["status"])) is None:
        raise Problem("unsupported_status", {"field": "Task.status"})
    told = sent.get("statusReason", {})
    reason = _code(told)
    if reason is None and answer in NEEDS_REASON:
        if not told.get("text"):
            raise Problem("missing_element", {"field": "Task.statusReason"})
        reason = NO_CODE
    try:
        until = _until(sent, item) if answer is Answer.ON_HOLD else None
        given = PartnerAnswer(answer=answer, reason=reason, note=facts.get("note"), until=until)
    except ValueError:
        raise Problem("invalid_resource", {"field": "Task.restriction.period.end"}) from None
    body = meant(case, item, caller.user, given, parts)
    return await give(parts, caller.user, case, body, given, terms)


def _until(sent: dict[str, Any], item: Item) -> datetime | None:
    """When to expect more of what is put aside, if a moment is named that was not there.

    Raises:
        ValueError: it is no moment.
    """
    end = sent.get("restriction", {}).get("period", {}).get("end")
    until = None if end is None else datetime.fromisoformat(end)
    if until is not None and until.tzinfo is None:
        raise ValueError("a day alone is no moment")
    return None if until == plans.awaited_until(item) else until


def becomes(status: str, item: Item) -> str:
    """The status of a referral that a Task's means.

    Raises:
        Problem: `unsupported_status`.
    """
    if status == plans.ON_HOLD:
        return item.status
    if status not in STATUSES:
        raise Problem("unsupported_status", {"field": "Task.status"})
    if status == "completed" and item.status == "handed_over":
        return item.status
    return STATUSES[status]


def _code(reason: dict[str, Any]) -> str | None:
    """The first code of a reason that can be one of ours."""
    return next((each["code"] for each in reason.get("coding", ()) if CODE.fullmatch(each.get("code", ""))), None)


def said(sent: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What is new: why it stands so, as a code and in words.

    Raises:
        Problem: `missing_element`: a reason has a code of ours or words; `invalid_resource`: it is too long.
    """
    reason, now = sent.get("statusReason", {}), before.get("statusReason", {})
    facts: dict[str, Any] = {}
    words = []
    if reason and reason != now:
        code = _code(reason)
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

"""What hospitals' systems send: one resource, a transaction or a message. It is kept before it is answered."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from api.access import Admitter
from api.fhir import answers
from api.fhir.answers import FhirResponse, base_of, preferred, shown
from api.fhir.asking import asked
from api.fhir.faults import told
from api.fhir.finding import page
from api.fhir.kinds import KINDS, NUMBERED, TAKEN
from api.fhir.reading import found
from api.fhir.responses import message_response, preferring, response_entry
from api.fhir.searching import resources
from api.fhir.seen import patient_id, person_of
from api.http.conditional import seen
from api.http.kept import KeptKey, beginning
from api.parts import ApiParts, Parts
from api.problems import Problem
from marshrut.domain.guarding import hidden
from marshrut.ports import UNKNOWN, Arrived, Caller, CommandState, Format, Parked, ReceivedResource

router = APIRouter()

# Of a transaction so many entries are looked for whether they are there; it tells of one visit.
MOST_CONDITIONS = 20


@router.post("/")
@router.post("/$process-message")
async def bundle(request: Request, caller: Admitter, parts: Parts, idempotency_key: KeptKey = None) -> Response:
    """A transaction, which is taken whole or not at all, or a message."""
    message = await _arrived(request, caller, parts, idempotency_key)
    await _check_place(message, parts, "Bundle")
    sent = _leniently(message.raw)
    if sent.get("type") == "message":
        taken = _settled(await parts.resources.receive(message))
        return shown(message_response(sent, taken, base_of(request), parts.now()))
    entries = [each if isinstance(each, dict) else {} for each in _list(sent.get("entry"))]
    there = await _there(entries, caller, parts) if sent.get("type") == "transaction" else {}
    kinds = [str(_dict(entry.get("resource")).get("resourceType")) for entry in entries]
    rest = [kind for number, kind in enumerate(kinds) if number not in there and kind in TAKEN and kind != "Flag"]
    received: ReceivedResource | None = None
    if rest or not there:
        received = _settled(await parts.resources.receive(message, settled=there))
    made = [
        response_entry(kind, there.get(number), received, base_of(request), number) for number, kind in enumerate(kinds)
    ]
    for entry in made:
        await _versioned(entry, request, caller, parts)
    return shown({"resourceType": "Bundle", "type": "transaction-response", "entry": made})


async def _versioned(entry: dict[str, Any], request: Request, caller: Caller, parts: ApiParts) -> None:
    """Of what is there now its version, and itself if that is preferred."""
    response = entry["response"]
    kind, _, name = response.get("location", "").removeprefix(f"{base_of(request)}/").partition("/")
    if not name or response["status"].startswith("202"):
        return
    try:
        resource = await found(kind, name, caller, parts)
    except Problem:  # it is on its way still
        return
    meta = resource.get("meta", {})
    if "versionId" in meta:
        response |= {"etag": f'W/"{meta["versionId"]}"', "lastModified": meta["lastUpdated"]}
    if preferred(request, "return") == "representation":
        entry["resource"] = resource


@router.post("/{kind}")
async def create(
    kind: str, request: Request, caller: Admitter, parts: Parts, idempotency_key: KeptKey = None
) -> Response:
    """A patient came, is to come, has left or is described: 201 what is new here, 200 what was there."""
    if kind not in TAKEN:
        raise Problem("unknown_resource_type" if kind not in KINDS else "method_not_allowed", {"field": "Resource"})
    condition = request.headers.get("if-none-exist")
    if condition is not None and (ids := await _matching(kind, condition, caller, parts)):
        return await _answered(kind, ids[0], request, caller, parts, created=False)
    message = await _arrived(request, caller, parts, idempotency_key)
    await _check_place(message, parts, kind)
    received = _settled(await parts.resources.receive(message))
    return await _made(kind, received, request, caller, parts)


@router.put("/Encounter/{name}")
async def update_stay(
    name: str, request: Request, caller: Admitter, parts: Parts, idempotency_key: KeptKey = None
) -> Response:
    """How a stay stands now."""
    return await _updated("Encounter", name, request, caller, parts, idempotency_key)


@router.put("/Patient/{name}")
async def update_patient(
    name: str, request: Request, caller: Admitter, parts: Parts, idempotency_key: KeptKey = None
) -> Response:
    """What is known of a patient now; what it leaves out stays known."""
    return await _updated("Patient", name, request, caller, parts, idempotency_key)


async def _updated(  # noqa: PLR0913, PLR0917 - what an update is made of
    kind: str, name: str, request: Request, caller: Caller, parts: ApiParts, key: str | None
) -> Response:
    await _check_known(kind, name, caller, parts)
    expects: tuple[str, ...] = ()
    if (wanted := request.headers.get("if-match")) is not None:
        meta = (await found(kind, name, caller, parts)).get("meta", {})
        # Whether it is so when it happens the case decides; who repeats a call is told what became of it.
        expects = seen(wanted)
        if key is None and not answers.matches(wanted, version := meta.get("versionId", "*")):
            raise Problem("version_differs", {"version": version})
    message = replace(await _arrived(request, caller, parts, key), expects=expects)
    await _check_place(message, parts, kind, name)
    expected = person_of(name) if kind == "Patient" else name
    received = _settled(await parts.resources.receive(message, expected=expected))
    return await _made(kind, received, request, caller, parts)


async def _check_known(kind: str, name: str, caller: Caller, parts: ApiParts) -> None:
    """What an address names, and the caller need not know of, is not there to be written to either.

    Raises:
        Problem: `resource_not_found`.
    """
    if kind == "Patient":
        cases = list(await parts.queries.of_person(person_of(name)))
    else:
        case = await parts.queries.case(name)
        cases = [] if case is None else [case]
    # What is of another hospital is told and kept like any other message that its sender may not speak for.
    # So may a machine write to whatever is of its hospital: it sees what it sent.
    if any(map(caller.tells_of, cases)):
        return
    if any(hidden(case, caller.onlooker) for case in cases) and not any(caller.knows(case) for case in cases):
        raise Problem("resource_not_found")


async def _arrived(request: Request, caller: Caller, parts: ApiParts, key: str | None) -> Arrived:
    """The call as a message. One that does not say that it is FHIR in JSON is kept too."""
    raw, whole = await beginning(request)
    message = Arrived(raw, Format.FHIR, caller, key, whole)
    if not answers.sends(request):
        await parts.intake.park(Parked(message, f"user/{caller.user}", UNKNOWN, "unsupported_media_type"))
        raise Problem("unsupported_media_type", {"field": "Content-Type"})
    return message


async def _check_place(message: Arrived, parts: ApiParts, kind: str, name: str | None = None) -> None:
    """What is sent to an address is of that type, and has that id; if not it is kept like any other fault.

    Raises:
        Problem: `wrong_id`.
    """
    sent = _leniently(message.raw)
    # What is no FHIR at all is told so where it is read; an update without an id is refused (R4, "update").
    asked_for = {"resourceType": kind, **({} if name is None else {"id": name})}
    for element, wanted in asked_for.items() if sent else ():
        if sent.get(element, wanted if element == "resourceType" else None) != wanted:
            details = {"field": f"Resource.{element}"}
            await parts.intake.park(Parked(message, f"user/{message.caller.user}", UNKNOWN, "wrong_id", details))
            raise Problem("wrong_id", details)


def _settled(received: ReceivedResource) -> ReceivedResource:
    """What was received, unless it was refused.

    Raises:
        Problem: it was refused, or it has expired.
    """
    taken = received.taken
    if taken.state in (CommandState.REJECTED, CommandState.EXPIRED):
        raise Problem(taken.reason or "expired")
    return received


async def _made(kind: str, received: ReceivedResource, request: Request, caller: Caller, parts: ApiParts) -> Response:
    """201 or 200 with the resource as it is now; 202 while it is on its way, 200 with a reason when nothing follows."""
    taken = received.taken
    if taken.state is CommandState.DONE and taken.reason is not None:
        return FhirResponse(told("This opens no case", diagnostics=taken.reason))
    if kind == "Patient":
        return await _answered(kind, patient_id(received.person), request, caller, parts, created=not received.met)
    if taken.state is not CommandState.DONE:
        text = "This is stored, and will be done; news of a visit that has no case waits for its admission."
        where = f"{base_of(request)}/{kind}/{received.case_id}" if kind in KINDS else base_of(request)
        return FhirResponse(told(text), 202, {"Content-Location": where, "Retry-After": "1"})
    if kind == "Encounter":
        return await _answered(kind, received.case_id or "", request, caller, parts, created=taken.created)
    text = "This was added to what is known of the patient"
    return FhirResponse(told(text), 201, {"Location": f"{base_of(request)}/{kind}/{taken.command_id}"})


async def _answered(  # noqa: PLR0913 - what the answer to a write depends on
    kind: str, name: str, request: Request, caller: Caller, parts: ApiParts, *, created: bool
) -> Response:
    status, where = 201 if created else 200, f"{base_of(request)}/{kind}/{name}"
    try:
        resource = await found(kind, name, caller, parts)
    except Problem:  # it is on its way still
        return FhirResponse(told("This is stored, and will be done."), 202, {"Content-Location": where})
    return preferring(request, resource, status, Location=where)


async def _there(entries: list[dict[str, Any]], caller: Caller, parts: ApiParts) -> dict[int, str]:
    """By number the ids of what is there already, of the entries that are created only if nothing is."""
    found: dict[int, str] = {}
    conditional = (
        (number, str(kind), condition)
        for number, entry in enumerate(entries)
        if (kind := _dict(entry.get("resource")).get("resourceType")) in TAKEN
        and isinstance(condition := _dict(entry.get("request")).get("ifNoneExist"), str)
    )
    for number, kind, condition in islice(conditional, MOST_CONDITIONS):
        if ids := await _matching(kind, condition, caller, parts):
            found[number] = ids[0]
    return found


async def _matching(kind: str, condition: str, caller: Caller, parts: ApiParts) -> list[str]:
    """The id of the resource that fits a condition of If-None-Exist.

    Raises:
        Problem: `bad_search`: it asks for anything but a number; `several_found`.
    """
    pairs = parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True, max_num_fields=20)
    if kind not in NUMBERED or [name for name, _ in pairs] != ["identifier"] or not pairs[0][1].rpartition("|")[2]:
        raise Problem("bad_search", errors=({"field": "If-None-Exist", "message": "identifier=system|number"},))
    matching = await page(kind, asked(pairs, kind), caller, parts)
    ids = [each["id"] for each in await resources(kind, matching.items, caller, parts)]
    if len(ids) > 1:
        raise Problem("several_found", {"field": "If-None-Exist"})
    return ids


def _leniently(raw: bytes) -> dict[str, Any]:
    """The JSON object, as far as it is one: whether it is FHIR is decided where it is kept."""
    try:
        return _dict(json.loads(raw.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

"""What a transaction and a message are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi import Request, Response

from api.fhir.answers import FhirResponse, preferred, version_headers
from api.fhir.faults import told
from api.fhir.seen import instant, patient_id
from api.http.conditional import CACHE
from marshrut.ports import CommandState, ReceivedResource

READ = "Read with what refers to it; it is not kept as a resource of its own."


def preferring(request: Request, resource: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """The answer to a write: the resource, nothing, or that it was taken, as `Prefer` says."""
    told_of = {**version_headers(resource), **headers}
    match preferred(request, "return"):
        case "minimal":
            return Response(status_code=status, headers={**told_of, "Cache-Control": CACHE})
        case "operationoutcome":
            return FhirResponse(told("This was taken"), status, told_of)
        case _:
            return FhirResponse(resource, status, told_of)


def response_entry(
    kind: str, there: str | None, received: ReceivedResource | None, base: str, number: int
) -> dict[str, Any]:
    """What became of one entry."""
    if there is not None:
        return {"response": {"status": "200 OK", "location": f"{base}/{kind}/{there}"}}
    if received is None or not any(place.startswith(f"Bundle.entry[{number}]") for _, place in received.told):
        return {"response": {"status": "200 OK", "outcome": told(READ)}}
    taken = received.taken
    if kind == "Patient":
        return _entry(
            taken.state is CommandState.DONE, f"{base}/Patient/{patient_id(received.person)}", new=not received.met
        )
    if kind == "Encounter":
        if taken.reason is not None and taken.state is CommandState.DONE:
            return {"response": {"status": "200 OK", "outcome": told("This opens no case", diagnostics=taken.reason)}}
        return _entry(taken.state is CommandState.DONE, f"{base}/Encounter/{received.case_id}", new=taken.created)
    return {"response": {"status": "200 OK", "outcome": told("Added to what is known of the patient")}}


def _entry(done: bool, location: str, *, new: bool) -> dict[str, Any]:  # noqa: FBT001 - whether it is done
    if not done:
        return {"response": {"status": "202 Accepted", "location": location}}
    return {"response": {"status": "201 Created" if new else "200 OK", "location": location}}


def message_response(sent: dict[str, Any], received: ReceivedResource, base: str, now: datetime) -> dict[str, Any]:
    """The message that answers a message: it was taken. What was not is answered by an OperationOutcome alone."""
    header = sent["entry"][0]["resource"]
    event = {name: header[name] for name in ("eventCoding", "eventUri") if name in header}
    answer: dict[str, Any] = {
        "resourceType": "MessageHeader",
        "id": str(uuid4()),
        **event,
        "source": {"name": "Marshrut", "endpoint": base},
        "response": {"identifier": header.get("id", "unknown"), "code": "ok"},
        "focus": [{"reference": f"Patient/{patient_id(received.person)}"}],
    }
    if received.case_id is not None and received.taken.reason is None:
        answer["focus"].append({"reference": f"Encounter/{received.case_id}"})
    source = header["source"]["endpoint"]
    answer["destination"] = [{"endpoint": source}]
    return {
        "resourceType": "Bundle",
        "id": str(uuid4()),
        "type": "message",
        "timestamp": instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{answer['id']}", "resource": answer}],
    }

"""What can be done here, as a CapabilityStatement: what there is, and nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.access import AnyCaller
from api.fhir.answers import FHIR_JSON, FhirResponse, base_of
from api.fhir.kinds import COMMON, KINDS, NUMBERED, TAKEN, UPDATED
from marshrut import __version__

router = APIRouter()

# When what is written here was changed last.
CHANGED = "2026-11-30"
BY_FORM = "By POST to _search alone: it stands in no address."


@router.get("/metadata")
async def metadata(request: Request, caller: AnyCaller) -> FhirResponse:  # noqa: ARG001 - whoever has a token may ask
    """The CapabilityStatement."""
    return FhirResponse(statement(base_of(request)))


def statement(base: str) -> dict[str, Any]:
    """The CapabilityStatement of the service at this address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED,
        "kind": "instance",
        "software": {"name": "Marshrut", "version": __version__},
        "implementation": {"description": "The social journeys of emergency patients", "url": base},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON, "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer, as on the API; a token names a role and hospitals"},
                "resource": [_resource(name) for name in dict.fromkeys((*KINDS, *TAKEN))],
                "interaction": [{"code": "transaction"}],
            }
        ],
        "messaging": [
            {
                "endpoint": [
                    {
                        "protocol": {
                            "system": "http://terminology.hl7.org/CodeSystem/message-transport",
                            "code": "http",
                        },
                        "address": f"{base}/$process-message",
                    }
                ],
                "documentation": "Messages with an Encounter or a Patient, whatever their event; their status tells.",
            }
        ],
    }


def _resource(name: str) -> dict[str, Any]:
    codes = []
    if name in KINDS:
        codes += ["read", "search-type"]
    if name in TAKEN:
        codes.append("create")
    if name in UPDATED:
        codes.append("update")
    resource: dict[str, Any] = {"type": name, "interaction": [{"code": code} for code in codes]}
    if name in UPDATED:
        resource |= {"documentation": UPDATED[name], "updateCreate": False}
    if name in TAKEN:
        resource["conditionalCreate"] = name in NUMBERED
    if name in KINDS:
        params = {**COMMON, **KINDS[name].params}
        resource["searchParam"] = [
            {"name": each, "type": param.type, **({"documentation": BY_FORM} if param.personal else {})}
            for each, param in params.items()
        ]
        resource["conditionalRead"] = "not-supported" if name == "Patient" else "not-match"
        if includes := KINDS[name].includes():
            resource["searchInclude"] = [f"{name}:{each}" for each in includes]
        resource["versioning"] = (
            "no-version" if name == "Patient" else "versioned-update" if name == "Task" else "versioned"
        )
    return resource

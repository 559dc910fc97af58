"""How FHIR is asked for and answered: media types, versions, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from api.problems import Problem
from marshrut.domain.text import UNKEEPABLE, keepable

FHIR_JSON = "application/fhir+json"
# What a client may ask for or send; every answer is FHIR_JSON.
JSON = frozenset({FHIR_JSON, "application/json", "application/json+fhir", "json", "text/json"})
ANY = frozenset({"*/*", "application/*"})
FORM = "application/x-www-form-urlencoded"


class FhirResponse(JSONResponse):
    """A resource."""

    media_type = FHIR_JSON


async def check(request: Request) -> None:
    """Let a call pass that wants JSON and holds no text that no database can keep.

    Raises:
        Problem: `not_acceptable`, `invalid`.
    """
    asked = request.query_params.get("_format") or request.headers.get("accept", "")
    wanted = {part.split(";")[0].strip().lower() for part in asked.replace(" json", "+json").split(",")} - {""}
    if wanted and wanted.isdisjoint(JSON | ANY):
        raise Problem("not_acceptable", {"field": "Accept"})
    texts = [*request.headers.values(), *request.path_params.values()]
    texts += [text for pair in request.query_params.multi_items() for text in pair]
    if not all(map(keepable, texts)):
        raise Problem("invalid", errors=({"field": "request", "message": UNKEEPABLE},))


def sends(request: Request, *types: str) -> bool:
    """Whether the body says that it is of one of these types; by default FHIR in JSON."""
    sent = request.headers.get("content-type", FHIR_JSON).split(";")[0].strip().lower()
    return sent in (types or JSON)


def base_of(request: Request) -> str:
    """The address of the service, as the caller knows it."""
    return f"{request.url.scheme}://{request.url.netloc}/fhir"


def preferred(request: Request, what: str) -> str | None:
    """What `Prefer` says of something: `return`, `handling`."""
    for part in request.headers.get("prefer", "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == what:
            return value.strip().strip('"').lower()
    return None


def version_headers(resource: Mapping[str, Any]) -> dict[str, str]:
    """ETag and Last-Modified of a resource that has a version."""
    meta = resource.get("meta", {})
    headers = {}
    if "versionId" in meta:
        headers["ETag"] = f'W/"{meta["versionId"]}"'
    if "lastUpdated" in meta:
        at = datetime.fromisoformat(meta["lastUpdated"])
        headers["Last-Modified"] = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return headers


def matches(header: str, version: str) -> bool:
    """Whether an If-Match or If-None-Match names the version."""
    named = {part.strip().removeprefix("W/").strip('"') for part in header.split(",")}
    return "*" in named or version in named


def shown(resource: dict[str, Any], status: int = 200, **headers: str) -> FhirResponse:
    """A resource with its version."""
    return FhirResponse(resource, status, {**version_headers(resource), **headers})

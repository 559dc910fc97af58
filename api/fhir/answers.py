"""How FHIR is asked for and answered: media types, versions, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from api.http.conditional import CACHE
from api.problems import Problem
from marshrut.domain.text import UNKEEPABLE, keepable

FHIR_JSON = "application/fhir+json"
# Every answer is this; FHIR R4 has the character set said.
ANSWER = f"{FHIR_JSON}; charset=utf-8"
# What a client may ask for or send.
JSON = frozenset({FHIR_JSON, "application/json", "application/json+fhir", "json", "text/json"})
ANY = frozenset({"*/*", "application/*"})
FORM = "application/x-www-form-urlencoded"
CHARSETS, VERSIONS = frozenset({"utf-8", "utf8", "us-ascii"}), frozenset({"4.0", "4.0.1"})


class FhirResponse(JSONResponse):
    """A resource. It may be about somebody, so nobody keeps it for others, and who keeps it asks again."""

    media_type = ANSWER

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code, {"Cache-Control": CACHE, **(headers or {})})


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with its parameters, all in small letters."""

    name: str
    params: Mapping[str, str]

    @property
    def ours(self) -> bool:
        """Whether its version of FHIR is ours, and its character set one that we read."""
        version, charset = self.params.get("fhirversion", "4.0"), self.params.get("charset", "utf-8")
        return version in VERSIONS and charset in CHARSETS

    @property
    def wanted(self) -> bool:
        """Whether it is asked for at all: of no quality it is what is not wanted."""
        return re.fullmatch(r"0(\.0*)?", self.params.get("q", "1")) is None


def media_type(text: str) -> MediaType:
    """The media type that a header names; `+` may have become a space on its way through an address."""
    name, *rest = (part.strip().lower() for part in text.replace(" json", "+json").split(";"))
    pairs = (part.partition("=") for part in rest)
    return MediaType(name, {key.strip(): value.strip().strip('"') for key, _, value in pairs})


async def check(request: Request) -> None:
    """Let a call pass that wants JSON of this version and holds no text that no database can keep.

    Raises:
        Problem: `not_acceptable`, `invalid`.
    """
    asked = request.query_params.get("_format") or request.headers.get("accept", "")
    wanted = [each for each in map(media_type, filter(str.strip, asked.split(","))) if each.wanted]
    if asked.strip() and not any(each.ours and each.name in JSON | ANY for each in wanted):
        raise Problem("not_acceptable", {"field": "Accept"})
    texts = [*request.headers.values(), *request.path_params.values()]
    texts += [text for pair in request.query_params.multi_items() for text in pair]
    if not all(map(keepable, texts)):
        raise Problem("invalid", errors=({"field": "request", "message": UNKEEPABLE},))


def sends(request: Request, *types: str) -> bool:
    """Whether the body says that it is of one of these types, in UTF-8; by default FHIR R4 in JSON."""
    sent = media_type(request.headers.get("content-type", FHIR_JSON))
    packed = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    return not packed and sent.ours and sent.name in (types or JSON)


def base_of(request: Request) -> str:
    """The address of the service: the one that the operator made public, else as the caller knows it."""
    public: str | None = request.app.state.parts.public_url
    return f"{public or f'{request.url.scheme}://{request.url.netloc}'}/fhir"


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


def shown(resource: dict[str, Any]) -> FhirResponse:
    """A resource with its version."""
    return FhirResponse(resource, 200, version_headers(resource))

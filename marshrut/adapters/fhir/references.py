"""Bytes as JSON, and what the references in a message mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from marshrut.adapters.fhir.gathering import Gathered, Told
from marshrut.adapters.fhir.values import Resource, many, referred, unfit
from marshrut.domain.words import Flag
from marshrut.ports import Unfit

FLAGS = "urn:marshrut:flag"
# A megabyte of the smallest elements takes more than a second to look at; so many take a third of one.
MOST_PARTS = 20_000


def parsed(raw: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Unfit: `malformed`, `invalid_resource`; `too_large`: looking at all that it holds would hold everybody else up.
    """
    if raw.count(b",") > MOST_PARTS:
        raise unfit("too_large", "Resource", f"a message has at most {MOST_PARTS} values", "too-long")
    try:
        resource = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unfit("malformed") from None
    if not isinstance(resource, dict):
        raise unfit("invalid_resource", "Resource", "a resource is a JSON object", "structure")
    return resource


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def leniently(raw: bytes) -> Any:
    """The JSON, if it is any."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def patients_named(resource: Any) -> Iterator[str]:
    """The ids of patients whom the resources refer to; nothing is known of the message yet."""
    if not isinstance(resource, dict):
        return
    entries = resource.get("entry")
    inside = [each.get("resource") for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    for each in (resource, *inside):
        for name in ("subject", "patient"):
            reference = each.get(name) if isinstance(each, dict) else None
            if isinstance(reference, dict) and (found := own_id(reference)) is not None:
                yield found


def own_id(reference: Resource) -> str | None:
    """The id of a Patient of ours, as a reference names it."""
    literal = reference.get("reference")
    if not isinstance(literal, str) or "?" in literal:
        return None
    parts = literal.split("/_history")[0].rsplit("/", 2)[-2:]
    return parts[1] if len(parts) == 2 and parts[0] == "Patient" and parts[1] else None  # noqa: PLR2004 - a type, an id


def named_by_number(reference: Resource) -> str | None:
    """The record number by which a patient is meant: a logical reference, or a conditional one of a transaction."""
    value = reference.get("identifier", {}).get("value")
    literal = reference.get("reference", "")
    if value is None and literal.startswith("Patient?"):
        asked = parse_qs(literal.partition("?")[2])
        value = asked["identifier"][0].rpartition("|")[2] if set(asked) == {"identifier"} else None
    return value.strip()[:250] or None if isinstance(value, str) else None


def organization(reference: Resource | None, owner: Resource, told: Gathered) -> tuple[str, ...]:
    """By what an organization may be called in the catalogue."""
    if reference is None:
        return ()
    found = told.find(reference, owner)
    if found is None:
        return tuple(filter(None, (referred(reference),)))
    numbers = (each.get("value", "") for each in many(found, "identifier"))
    return tuple(filter(None, (*numbers, found.get("id", ""), found.get("name", ""))))


def flags(flag: Told) -> tuple[Flag, ...]:
    """Which of our flags it is.

    Raises:
        Unfit: `unknown_flag`.
    """
    named = [each.get("code") for each in many(flag.resource["code"], "coding") if each.get("system") == FLAGS]
    found = tuple(each for each in Flag if each in named)
    if not found:
        place = f"{flag.place}.code"
        raise unfit("unknown_flag", place, f"a code of the system {FLAGS} is needed", "code-invalid")
    return found

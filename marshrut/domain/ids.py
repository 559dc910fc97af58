"""Ids are derived, never looked up: whoever holds the key and the visit knows the case's id."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

MAIN = "main"
# An occurrence is called after the one before it (`main.again.again`): longer names than this are cut, or no code would
# hold the id of one that came again and again.
LONGEST = 60


def derive(key: bytes, *parts: str) -> str:
    """A UUID (text) from a keyed hash of the parts; a plain hash of visit numbers could be enumerated."""
    digest = hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
    return str(UUID(bytes=digest[:16], version=5))


def case_id(key: bytes, facility: str, visit: str) -> str:
    """The id of the case that a visit opens: one per facility and visit number, whatever message says so first."""
    return derive(key, "case", facility, visit)


def person_id(key: bytes, facility: str, mrn: str) -> str:
    """The id of a person in the registry, as far as a facility's record number tells persons apart."""
    return derive(key, "person", facility, mrn)


def referral_id(key: bytes, facility: str, command: str) -> str:
    """The id of the case that a referral without a visit opens: no visit number can ever give it."""
    return derive(key, "referral", facility, command)


def person_of(case: str) -> str:
    """The id of whom a case is about while nobody has told their record number."""
    return f"case/{case}"


def workflow_id(case: str) -> str:
    """The id of the case's journey in Temporal."""
    return f"journey/{case}"


def short(name: str) -> str:
    """The name; of one that has grown long its beginning and a fingerprint of the whole."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def step_id(case: str, track: str, step: str, key: str = MAIN) -> str:
    """`<case>.<track>.<step>.<key>`; the key is what the business calls this occurrence, never a counter."""
    return f"{case}.{track}.{step}.{short(key)}"


def item_id(case: str, kind: str, name: str, key: str = MAIN) -> str:
    """`<case>.<kind>.<name>.<key>`; the key as in a step's id."""
    return f"{case}.{kind}.{short(name)}.{short(key)}"


def case_of(part: str) -> str:
    """The case that a step's or an item's id belongs to."""
    return part.split(".", 1)[0]

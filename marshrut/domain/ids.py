"""Ids are derived, never looked up: whoever holds the key and the visit knows the case's id."""

from __future__ import annotations

import hashlib
import hmac
import re
from uuid import UUID

MAIN = "main"
# An occurrence is called after the one before it (`main.again.again`): longer names than this are cut, or no code would
# hold the id of one that came again and again.
LONGEST = 60
# Digits and letters of which none is taken for another when it is read out or copied by hand.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What a Russian keyboard or eye makes of them; what stands between them, and what a telephone makes of a hyphen.
LOOK_ALIKE = str.maketrans("OILАВЕЗКМНОРСТУХ", "011ABE3KMH0PCTYX")
BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212._/·:,;№#]+")
INQUIRY_LENGTH, LINK_LENGTH, MOST_TYPED = 12, 16, 100


def derive(key: bytes, *parts: str) -> str:
    """A UUID (text) from a keyed hash of the parts; a plain hash of visit numbers could be enumerated."""
    digest = hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
    return str(UUID(bytes=digest[:16], version=5))


def case_id(key: bytes, facility: str, visit: str) -> str:
    """The id of the case that a visit opens: one per facility and visit number, whatever message says so first."""
    return derive(key, "case", facility, visit)


def inquiry_code(key: bytes, case: str) -> str:
    """The code by which applicants ask how the case stands: twelve characters of Crockford's base 32, 60 bits.

    It leads to the case in the read model only: nothing about the case can be computed from it.
    """
    number = int.from_bytes(hmac.new(key, f"inquiry\x1f{case}".encode(), hashlib.sha256).digest()[:8])
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(59, 3, -5))


def partner_code(chance: str) -> str:
    """The one-time code of a partner's link: sixteen characters, 80 bits, of that many hexadecimal digits of chance."""
    number = int(chance[: LINK_LENGTH * 5 // 4], 16)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(5 * LINK_LENGTH - 5, -1, -5))


def inquiry_of(text: str) -> str | None:
    """The code that somebody typed, in groups or not, with letters that look like its own; None: it is none."""
    return _typed(text, INQUIRY_LENGTH)


def partner_code_of(text: str) -> str | None:
    """The code of a partner's link, as `inquiry_of` reads one."""
    return _typed(text, LINK_LENGTH)


def _typed(text: str, length: int) -> str | None:
    code = BETWEEN.sub("", text[:MOST_TYPED]).upper().translate(LOOK_ALIKE)
    return code if len(code) == length and set(code) <= set(CROCKFORD) else None


def grouped(code: str) -> str:
    """The code as it is written down: in fours."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


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


def alias(item: str) -> str:
    """An item's id for those who take no long ones (FHIR: 64 characters): its case, and a fingerprint of the whole."""
    return f"{case_of(item)}.{hashlib.sha256(item.encode()).hexdigest()[:16]}"

"""What a file holds, told by its content: HL7 v2 messages, JSON admissions and referrals, or FHIR resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marshrut.adapters.hl7v2.header import END, glance, unframe


class Kind(StrEnum):
    """What a message is."""

    ER7 = "HL7 v2"
    JSON = "JSON"
    REFERRAL = "JSON referral"
    FHIR = "FHIR"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, and the name under which its fate is told."""

    kind: Kind
    name: str
    content: bytes


_NEXT_MESSAGE = re.compile(rb"(?:[\r\n" + END + rb"]\s*\x0b?|\x0b)(?=MSH)")


def messages(file: str, content: bytes) -> list[Message]:
    """The messages of a file, in order."""
    clear = unframe(content)
    if clear.startswith(b"MSH"):
        texts = [text for part in _NEXT_MESSAGE.split(clear) if (text := unframe(part))]
        return [Message(Kind.ER7, f"{file} {glance(text).component(10) or '-'}", text) for text in texts]
    items = list(_items(clear))
    several = len(items) > 1
    return [
        Message(_kind(item), f"{file}#{number}" if several else file, json.dumps(item, ensure_ascii=False).encode())
        for number, item in enumerate(items, start=1)
    ] or [Message(Kind.UNKNOWN, file, b"")]


def _items(content: bytes) -> Iterator[Any]:
    """A JSON document, the elements of an array, or one document a line; a line that is none is None."""
    try:
        whole = json.loads(content)
    except ValueError:
        yield from (_parsed(line) for line in content.splitlines() if line.strip())
    else:
        yield from whole if isinstance(whole, list) else [whole]


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _kind(item: Any) -> Kind:
    if not isinstance(item, dict):
        return Kind.UNKNOWN
    if "resourceType" in item:
        return Kind.FHIR
    # Only somebody who asks for help says so in a sentence.
    return Kind.REFERRAL if "sentence" in item else Kind.JSON

"""An event as those outside get it: a CloudEvent 1.0 in JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote

from marshrut.domain.outward.types import SCHEMA

# The installation itself is the source of what happened in no hospital.
SOURCE = "urn:marshrut"


def envelope(  # noqa: PLR0913 - the attributes of a CloudEvent
    *,
    event_id: str,
    kind: str,
    hospital: str | None,
    about: str,
    at: datetime,
    data: str,
    case_id: str | None = None,
    place: tuple[int, int] = (0, 0),
) -> bytes:
    """The message; the same event always gives the same bytes. `place`: where it stands among those of its case."""
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE if hospital is None else f"{SOURCE}:hospital:{quote(hospital, safe='')}",
        "type": kind,
        "subject": about,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"{SCHEMA}{kind}",
    }
    if case_id is not None:
        attributes |= {"partitionkey": case_id, "sequence": "{:010}.{:04}".format(*place)}
    return json.dumps({**attributes, "data": json.loads(data)}, ensure_ascii=False, separators=(",", ":")).encode()

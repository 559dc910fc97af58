"""Loaded by schemathesis: what is no JSON is sent as the text that it is."""

from __future__ import annotations

from typing import Any

import schemathesis  # type: ignore[import-not-found]  # it has an environment of its own


@schemathesis.serializer("application/x-ndjson", "message/rfc822", "x-application/hl7-v2+er7", "application/xml")  # type: ignore[untyped-decorator]  # the same
def as_text(_context: Any, value: Any) -> bytes:
    """The bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")

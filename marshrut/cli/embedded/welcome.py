"""What `marshrut up` says once everything is ready."""

from __future__ import annotations

import shlex
from pathlib import Path


def welcome(  # noqa: PLR0913 - what it tells
    *, api: str, ui: str, mllp: str, token: str, data: Path, example: str
) -> str:
    """Where things are, and how to sign in."""
    return f"""
Marshrut is running; Ctrl-C stops it.

  API          {api}
  OpenAPI      {api}/openapi.json
  Temporal UI  {ui}
  MLLP         {mllp}

Every call carries a bearer token. The open steps, as a supervisor of all hospitals sees them (valid 12 hours):

  curl -s -H "Authorization: Bearer {token}" "{api}/api/v1/steps?state=open"

Other tokens:

  marshrut token --user anna --role coordinator --hospital {example} --data {shlex.quote(str(data))}
"""

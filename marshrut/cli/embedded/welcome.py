"""What `marshrut up` says once everything is ready."""

from __future__ import annotations

import shlex
import sys

from marshrut.cli.embedded.people import FILE, how_to_sign_in
from marshrut.cli.embedded.plan import Plan


def welcome(plan: Plan, token: str) -> str:
    """Where things are, and how to sign in."""
    program, data = shlex.quote(sys.argv[0]), shlex.quote(str(plan.settings.data))
    return f"""
Marshrut is running; Ctrl-C stops it.

  Sign in      {plan.api}/desk/
               {_who(plan)}

  API          {plan.api}
  OpenAPI      {plan.api}/openapi.json
  Temporal UI  {plan.temporal_ui}
  MLLP         {plan.mllp}

Every call carries a bearer token. The open steps, as a supervisor of all hospitals sees them (valid 12 hours):

  curl -s -H "Authorization: Bearer {token}" "{plan.api}/api/v1/steps?state=open"

Other tokens:

  {program} token --user anna --role coordinator --hospital GKB29 --data {data}
"""


def _who(plan: Plan) -> str:
    users, password = how_to_sign_in(plan.settings.data)
    if password is None:
        return "as whoever has an account; `marshrut account` makes one"
    kept = plan.settings.data / FILE
    return f"as {', '.join(users)}\n               with the password {password} (also in {kept})"

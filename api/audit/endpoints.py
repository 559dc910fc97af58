"""What kind of thing each endpoint is, and what for. Whatever is not stated here reads by GET, and changes otherwise.

An endpoint that tells nothing of anybody is not written down when it is answered; it is when it is refused. A test
walks every route there is: a new one is written down without a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marshrut.domain.auditing import Act, Purpose


@dataclass(frozen=True, slots=True)
class Stated:
    """An endpoint. `purpose` None: what the caller's role is for."""

    act: Act
    purpose: Purpose | None = None


SEARCH, EXPORT = Stated(Act.SEARCH), Stated(Act.EXPORT)
SIGN_IN = Stated(Act.SIGN_IN, Purpose.SIGN_IN)
OF_AUDIT, OUT_OF_AUDIT = Stated(Act.SEARCH, Purpose.AUDIT), Stated(Act.EXPORT, Purpose.AUDIT)
READS_FOR_RIGHTS = Stated(Act.READ, Purpose.RIGHTS)
FOR_RIGHTS = Stated(Act.CHANGE, Purpose.RIGHTS)
IN_NEED, OF_THOSE_IN_NEED = Stated(Act.CHANGE, Purpose.BREAK_GLASS), Stated(Act.SEARCH, Purpose.BREAK_GLASS)
ASKED_FOR = Stated(Act.READ, Purpose.ENQUIRY)

STATED: Mapping[str, Stated] = {
    # people are looked for
    "POST /api/v1/cases/search": SEARCH,
    "POST /api/v1/relatives/search": SEARCH,
    "POST /api/v1/enquiries/search": SEARCH,
    "GET /api/v1/cases": SEARCH,
    "GET /api/v1/steps": SEARCH,
    "GET /api/v1/stuck": SEARCH,
    "GET /fhir/{kind}": SEARCH,
    "POST /fhir/{kind}/_search": SEARCH,
    "GET /desk/cases": SEARCH,
    "POST /desk/cases": SEARCH,
    "GET /desk/inbox": SEARCH,
    "GET /desk/board": SEARCH,
    "POST /desk/hotline/find": SEARCH,
    "POST /desk/admit/beside": SEARCH,
    "POST /desk/catalogue": SEARCH,
    # something is taken out
    "GET /api/v1/export/ocel2": EXPORT,
    "GET /api/v1/export/xes": EXPORT,
    "GET /api/v1/export/csv": EXPORT,
    "GET /api/v1/cases/{case_id}/pfif": EXPORT,
    "GET /api/v1/messages/{message_id}/raw": EXPORT,
    "POST /desk/messages/{message_id}/raw": EXPORT,
    "GET /desk/board.csv": EXPORT,
    "GET /desk/figures/export/{what}": EXPORT,
    "POST /desk/codec/decode": Stated(Act.EXPORT, Purpose.ADMINISTRATION),
    # the audit itself
    "GET /api/v1/audit": OF_AUDIT,
    "GET /api/v1/audit/export": OUT_OF_AUDIT,
    "GET /desk/audit": OF_AUDIT,
    "GET /desk/audit/export": OUT_OF_AUDIT,
    # rights of the person
    "POST /api/v1/cases/{case_id}/disclosure": Stated(Act.EXPORT, Purpose.RIGHTS),
    "GET /api/v1/cases/{case_id}/consents": READS_FOR_RIGHTS,
    "POST /api/v1/cases/{case_id}/consents": FOR_RIGHTS,
    "GET /api/v1/cases/{case_id}/corrections": READS_FOR_RIGHTS,
    "POST /api/v1/cases/{case_id}/corrections": FOR_RIGHTS,
    "POST /api/v1/cases/{case_id}/corrections/refusals": FOR_RIGHTS,
    "POST /desk/cases/{case_id}/consents": FOR_RIGHTS,
    "POST /desk/cases/{case_id}/corrections": FOR_RIGHTS,
    "POST /desk/cases/{case_id}/corrections/refusals": FOR_RIGHTS,
    "POST /api/v1/cases/{case_id}/erasure": FOR_RIGHTS,
    "PUT /api/v1/cases/{case_id}/legal-hold": FOR_RIGHTS,
    "DELETE /api/v1/cases/{case_id}/legal-hold": FOR_RIGHTS,
    "POST /api/v1/erasures/{erasure_id}/confirm": FOR_RIGHTS,
    "POST /api/v1/erasures/{erasure_id}/withdraw": FOR_RIGHTS,
    "GET /api/v1/erasures": READS_FOR_RIGHTS,
    "GET /api/v1/erasures/{erasure_id}": READS_FOR_RIGHTS,
    "GET /api/v1/erasures/{erasure_id}/certificate": READS_FOR_RIGHTS,
    "GET /api/v1/erasures/{erasure_id}/act": READS_FOR_RIGHTS,
    "GET /api/v1/erasures/{erasure_id}/extent": READS_FOR_RIGHTS,
    "GET /api/v1/legal-holds": READS_FOR_RIGHTS,
    "GET /desk/cases/{case_id}/disclosure": READS_FOR_RIGHTS,
    "POST /desk/cases/{case_id}/disclosure": Stated(Act.EXPORT, Purpose.RIGHTS),
    "GET /desk/rights": READS_FOR_RIGHTS,
    "POST /desk/rights/erasures": FOR_RIGHTS,
    "GET /desk/rights/erasures/{erasure_id}": READS_FOR_RIGHTS,
    "POST /desk/rights/erasures/{erasure_id}/confirm": FOR_RIGHTS,
    "POST /desk/rights/erasures/{erasure_id}/withdraw": FOR_RIGHTS,
    "GET /desk/rights/erasures/{erasure_id}/certificate": READS_FOR_RIGHTS,
    "GET /desk/rights/erasures/{erasure_id}/act": READS_FOR_RIGHTS,
    "POST /desk/rights/holds": FOR_RIGHTS,
    "POST /desk/rights/holds/lift": FOR_RIGHTS,
    # a case is opened in need
    "POST /api/v1/cases/{case_id}/break-glass": IN_NEED,
    "POST /desk/cases/{case_id}/break-glass": IN_NEED,
    "POST /api/v1/break-glass/{opening_id}/end": IN_NEED,
    "POST /desk/break-glass/{opening_id}/end": IN_NEED,
    "GET /api/v1/break-glass": OF_THOSE_IN_NEED,
    "GET /desk/break-glass": OF_THOSE_IN_NEED,
    # signing in and out
    "POST /oauth/token": SIGN_IN,
    "POST /desk/signin": SIGN_IN,
    "POST /desk/signin/code": SIGN_IN,
    "POST /desk/signin/password": SIGN_IN,
    "POST /desk/signin/factor": SIGN_IN,
    "GET /desk/signin/provider/back": SIGN_IN,
    "POST /desk/signout": SIGN_IN,
    "POST /desk/account/password": SIGN_IN,
    "POST /desk/account/factor": SIGN_IN,
    "POST /desk/account/factor/drop": SIGN_IN,
    "POST /desk/account/sessions/end": SIGN_IN,
    "POST /desk/account/sessions/{session_id}/end": SIGN_IN,
    # who asks how a matter stands has a code and no name
    "GET /status/{code}": ASKED_FOR,
    "POST /status": ASKED_FOR,
}

# Answered, they tell nothing of anybody.
OF_NOBODY = frozenset({
    "GET /",
    "GET /openapi.json",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /status",
    "GET /api/v1/freshness",
    "GET /api/v1/retention",
    "GET /api/v1/event-types",
    "GET /api/v1/event-types/{event_type}",
    "GET /fhir/metadata",
    "GET /desk/signin",
    "GET /desk/signin/more",
    "GET /desk/signin/provider",
    "GET /desk/language/{language}",
    "GET /desk/catalogue",
    "GET /desk/connect",
    "GET /desk/live",
    "GET /desk/live/counts",
    *(
        f"GET /api/v1/catalogue/{part}"
        for part in (
            "pathways", "services", "partners", "reasons", "hospitals", "instruments", "instruments/{instrument}",
            "calendars", "clocks", "route", "lists", "institutions", "variants", "corrections",
        )
    ),
})  # fmt: skip

# A refusal of nobody whom we know is written down so often a minute, in one process: a scanner fills no disk.
STRANGERS_PER_MINUTE = 600


def stated(what: str) -> Stated:
    """What an endpoint is; `what` names its method and route."""
    method = what.partition(" ")[0]
    return STATED.get(what) or Stated(Act.READ if method in {"GET", "HEAD", "OPTIONS"} else Act.CHANGE)

"""Run by another interpreter: works with a client that was generated, and knows nothing of Marshrut but that."""

# mypy: disable-error-code="import-not-found"
# The generated package stands beside this file when it runs, and nowhere else.
from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from made import AuthenticatedClient
from made.api.admissions import admissions_admit as admit
from made.api.cases import cases
from made.api.cases import cases_case as case
from made.api.items import items_add as add
from made.api.steps import steps_claim as claim
from made.api.steps import steps_comment as comment
from made.models import Admission, Commenting, NewItem, Patient


def told(answer: Any) -> Any:
    """What an answer holds, if it is one of those that say that it was done."""
    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}, answer.content
    return answer.parsed


def main(url: str, machine: str, coordinator: str) -> dict[str, Any]:
    """Admit a patient, read the case, work on it, repeat a call, write over what has changed."""
    sender = AuthenticatedClient(base_url=url, token=machine, timeout=30)
    anna = AuthenticatedClient(base_url=url, token=coordinator, timeout=30)
    admission = Admission(
        facility="GKB29",
        visit=f"26-{uuid.uuid4()}",
        admitted_at=datetime.now(UTC),
        emergency=True,
        patient=Patient(identified=True, mrn=str(uuid.uuid4()), family="Соколова"),
    )
    opened = told(admit.sync_detailed(client=sender, body=admission, idempotency_key="made-1"))
    again = told(admit.sync_detailed(client=sender, body=admission, idempotency_key="made-1"))
    card = told(case.sync_detailed(opened.case_id, client=anna))
    contact = next(step for step in card.steps if step.name == "first_contact")
    claimed = told(claim.sync_detailed(contact.step_id, client=anna, if_match=f'"{contact.version}"'))
    late = comment.sync_detailed(
        contact.step_id, client=anna, body=Commenting(text="Звонили"), if_match=f'"{contact.version}"'
    )
    need = NewItem.from_dict({"kind": "need", "name": "home_care"})
    added = told(add.sync_detailed(opened.case_id, client=anna, body=need))
    page = told(cases.sync_detailed(client=anna, limit=1))
    return {
        "case_id": opened.case_id,
        "again": again.case_id,
        "family": card.patient.family,
        "assignee": claimed.assignee,
        "late": [late.status_code, late.parsed.code],
        "item": [added.kind, added.status],
        "page": [len(page.items), page.next_ is not None],
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201 - how it tells the test

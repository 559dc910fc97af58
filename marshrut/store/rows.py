"""Steps as the read model gives them back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from marshrut.domain.state import Step
from marshrut.domain.words import Variant
from marshrut.ports import StepRow
from marshrut.store.projection import Standing
from marshrut.store.tables import cases, steps

STEPS = sa.select(
    steps.c.step_id,
    steps.c.case_id,
    steps.c.hospital,
    steps.c.due_at,
    steps.c.body,
    cases.c.state,
    cases.c.catalogue,
    cases.c.variants,
    cases.c.paused_since,
).join(cases, cases.c.case_id == steps.c.case_id)


def step_of(row: Any) -> StepRow:
    """The step of its row (`case_id`, `hospital`, `body`), and how its case stands (`state`)."""
    # A closed case stands still as a paused one does: nothing in it can become late.
    paused = row.state != Standing.OPEN
    step = Step.model_validate_json(row.body)
    closed = row.state == Standing.CLOSED
    variants = tuple(Variant(each) for each in row.variants.split())
    return StepRow(row.case_id, row.hospital, step, paused, closed, row.catalogue, row.paused_since, variants)

"""What a child's case has beside the stages; each part begins when it fits and is withdrawn when it does not."""

from __future__ import annotations

from marshrut.domain.case import Case
from workflows.child_consent import ChildConsent, decided_by_doctors
from workflows.fitting import is_child, whenever
from workflows.guardians import Guardians, alone, protected
from workflows.parent_stay import ParentStay


async def look_after(case: Case) -> None:
    """Guardians for a child without care, a parent beside the bed, and the word of whoever has the right to decide."""
    await case.all(
        whenever(case, Guardians, alone, protected),
        whenever(case, ParentStay, is_child, is_child),
        whenever(case, ChildConsent, decided_by_doctors, decided_by_doctors),
    )

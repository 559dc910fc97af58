"""Coming back: an admission soon after somebody left is linked to the case before, whose follow-up is over then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from marshrut.domain.commands import Admit
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Ending

# Of these nobody comes back: the case was another's, or none.
NEVER_LEFT = frozenset({Ending.DIED, Ending.MERGED, Ending.ADMISSION_CANCELLED})


def case_before(admit: Admit, case_id: str, known: Sequence[CaseState], within: timedelta) -> str | None:
    """The person's case that this admission comes so soon after: of several the one that they left last.

    Before all others the case of the stay that was planned for them.

    `known`: the person's cases; `within`: by the catalogue. An enquiry is no stay in hospital, and nobody comes back
    from where they have not left.
    """
    if admit.via in {"enquiry", "planned"}:
        return None
    if (planned := awaiting(admit, case_id, known)) is not None:
        return planned
    left = [
        (at, case.case_id)
        for case in known
        if case.person == admit.person and case.case_id != case_id and case.via != "enquiry"
        if case.ending not in NEVER_LEFT and (at := left_at(case)) is not None
        if at <= admit.admitted_at <= at + within
    ]
    return max(left)[1] if left else None


def awaiting(admit: Admit, case_id: str, known: Iterable[CaseState]) -> str | None:
    """The case of the planned stay for which the patient comes in under another visit number; of several the first."""
    waits = [
        (case.planned_for, case.case_id)
        for case in known
        if case.person == admit.person and case.case_id != case_id and case.hospital == admit.hospital
        if case.awaited and case.planned_for is not None and admit.via == "admission"
        if case.admitted_at is not None and case.admitted_at <= admit.admitted_at
    ]
    return min(waits)[1] if waits else None


def case_after(case_id: str, known: Iterable[CaseState]) -> str | None:
    """The case in which the person of this one came back, if one of theirs says so; of several the first."""
    back = [(case.admitted_at, case.case_id) for case in known if case.earlier == case_id and case.admitted_at]
    return min(back)[1] if back else None

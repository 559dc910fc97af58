"""Coming back: an admission soon after somebody left is linked to the case before, whose follow-up is over then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from marshrut.domain.commands import Admit
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Ending

# Of these nobody comes back: the case was another's, or none.
NEVER_LEFT = frozenset({Ending.DIED, Ending.MERGED, Ending.ADMISSION_CANCELLED})


def case_before(admit: Admit, case_id: str, known: Iterable[CaseState], within: timedelta) -> str | None:
    """The person's case that this admission comes so soon after: of several the one that they left last.

    `known`: the person's cases; `within`: by the catalogue. An enquiry is no stay in hospital, and nobody comes back
    from where they have not left.
    """
    if admit.via == "enquiry":
        return None
    left = [
        (at, case.case_id)
        for case in known
        if case.person == admit.person and case.case_id != case_id and case.via != "enquiry"
        if case.ending not in NEVER_LEFT and (at := left_at(case)) is not None
        if at <= admit.admitted_at <= at + within
    ]
    return max(left)[1] if left else None


def case_after(case_id: str, known: Iterable[CaseState]) -> str | None:
    """The case in which the person of this one came back, if one of theirs says so; of several the first."""
    back = [(case.admitted_at, case.case_id) for case in known if case.earlier == case_id and case.admitted_at]
    return min(back)[1] if back else None

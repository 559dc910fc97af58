"""Need to know: a child's case, and a protected patient's, is seen of the hospital's staff by whoever works on it.

Whoever does steps sees such a case while they answer for it, have one of its steps, did one while it goes on, or while
one of their role waits in it for somebody to take it. Of coordinators that holds only where nobody answers for the
case: what nobody has of theirs is the owner's to do. Who leads a team answers for all that is in it, and whoever reads
codes alone reads them as ever.

`store.guarding` says the same to SQL; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Flag, Role, Variant

# Of whom it is asked whether they need to know.
ASKED = frozenset({Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT})
# Whose steps are the owner's to do, as long as somebody answers for the case.
OF_THE_OWNER = Role.COORDINATOR


class Guard(StrEnum):
    """Why a case is seen by those alone who need to know."""

    PROTECTED = "protected"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who sees of guarded cases only what they need to know."""

    user: str
    role: Role


def onlooker(user: str, role: Role) -> Onlooker | None:
    """Them as somebody who has to need it; None: of their role nobody is asked."""
    return Onlooker(user, role) if role in ASKED else None


def guard(case: CaseState) -> Guard | None:
    """Why the case is guarded; None: it is not. What somebody asks the Coordination Centre is no stay in hospital."""
    if case.via == "enquiry":
        return None
    if Flag.PROTECTED in case.flags:
        return Guard.PROTECTED
    return Guard.CHILD if Variant.CHILD in case.variants else None


def hidden(case: CaseState, who: Onlooker | None) -> bool:
    """Whether the case is as good as not there for somebody of its hospital."""
    if who is None or guard(case) is None or case.owner == who.user:
        return False
    return not any(_theirs(case, step, who) for step in case.steps.values())


def _theirs(case: CaseState, step: Step, who: Onlooker) -> bool:
    """Whether the step is why they need to know: they have it, did it in a case that goes on, or may take it."""
    if who.user in {step.assignee, step.done_by}:
        return step.live or not case.closed
    free = step.live and step.assignee is None and step.role is who.role
    return free and (who.role is not OF_THE_OWNER or case.owner is None)

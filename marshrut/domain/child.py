"""A child's case: who decides for the child, and to whom it may be given. Refused here, for journey and API alike.

The law lets a parent or guardian decide under 15 years (16 of whom drugs have hold), in urgent cases a council of
doctors or, where none can meet, the doctor; of whom the guardianship body knows, nobody is given away without its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

from marshrut.domain.events import OutcomeCodes, OutcomeValue
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item, Step, StepState
from marshrut.domain.words import Flag, ItemKind, Report

# Those who answer for a child by law, as the case calls them.
PARENTS = ("mother", "father", "guardian")
DOCTORS = frozenset({"consilium", "doctor"})
# By whom an adult's own word cannot be given.
OF_A_CHILD = frozenset({"parent", "guardianship_body"})
# With what a step is done, to whom the child goes then.
AGREED: Mapping[tuple[str, OutcomeValue], str] = {
    ("return_agree", "agreed"): "parent",
    ("temporary_guardian", "act"): "guardian",
    ("family_decision", "foster"): "foster",
    ("family_decision", "institution"): "institution",
}
CALLS = frozenset({"call_72h", "check_7d", "check_30d"})


def check_answer(state: CaseState, step: Step, outcome: OutcomeCodes) -> None:
    """Let an answer pass that somebody could give who may.

    Raises:
        Refused: `adult_decides`, `decides_alone`, `body_not_told`, `handover_not_agreed` or `adult_is_called`.
    """
    match step.track, step.name:
        case "contact", "consent_record":
            _check_consent(state, outcome)
        case "guardians", "child_handover":
            _check_handover(state, outcome.get("result"))
        case "followup", name if name in CALLS and state.child and outcome.get("spoken_with") == "patient":
            raise Refused("adult_is_called", field="outcome.spoken_with")
        case _:
            pass


def _check_consent(state: CaseState, outcome: OutcomeCodes) -> None:
    by = outcome.get("by")
    if not state.child:
        if by in OF_A_CHILD:
            raise Refused("decides_alone", field="outcome.by")
    elif by == "guardianship_body" and not body_knows(state):
        raise Refused("body_not_told", field="outcome.by")
    elif by in {None, "patient"} and outcome.get("result") != "incapable" and Flag.OF_CONSENT_AGE not in state.flags:
        raise Refused("adult_decides", field="outcome.by")


def _check_handover(state: CaseState, to: OutcomeValue) -> None:
    """Who took a child away already is written down, whatever the body says of it."""
    if body_knows(state) and Report.DISCHARGED not in state.reports and to != (agreed := plan(state)):
        raise Refused("handover_not_agreed", agreed=agreed or "nothing")


def body_knows(state: CaseState) -> bool:
    """Whether the guardianship body was told of the child."""
    return any(step.outcome is not None for step in _of(state, "guardianship_notice"))


def plan(state: CaseState) -> str | None:
    """To whom the guardianship body agreed last: `parent`, `guardian`, `foster`, `institution`; None: to nobody (yet).

    Where a handover fell through all is agreed anew.
    """
    said = _of(state, "return_agree", "temporary_guardian", "family_decision", "child_handover")
    over = [(step.ended_at, step) for step in said if step.ended_at is not None]
    agreed: str | None = None
    for _, step in sorted(over, key=itemgetter(0)):
        # Two people left it out; what the journey itself withdrew nobody was asked about.
        left_out = step.state is StepState.CANCELLED and step.cancel_requested_by is not None
        if step.name == "child_handover":
            agreed = None if left_out else agreed
        elif left_out and step.name == "return_agree":
            agreed = "parent"
        elif step.outcome is not None:
            agreed = AGREED.get((step.name, step.outcome["result"]), agreed)
    return None if agreed == "parent" and not parents(state, "willing") else agreed


def parents(state: CaseState, *statuses: str) -> list[Item]:
    """Parents and guardians who stand so, in the order in which the case came to know of them."""
    return [item for item in state.items_of(ItemKind.RELATIVE) if item.name in PARENTS and item.status in statuses]


def _of(state: CaseState, *names: str) -> list[Step]:
    return [step for step in state.counted_steps if step.track == "guardians" and step.name in names]

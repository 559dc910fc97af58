"""What commission, bureaus and coordinators say on the way to a disability group (МСЭ), and how far it has come."""

from __future__ import annotations

from typing import Literal

from marshrut.domain.base import Private
from marshrut.domain.case import O
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from workflows.answers import steps
from workflows.offices import Then
from workflows.papers import DisabilityDuplicate, HandOver, Received, SignatureCheck

APPLICATION = "mse"


class MseCommission(Outcome, track="disability", step="mse_commission"):
    """Whether the hospital's medical commission refers to МСЭ, and whether the person can be brought there."""

    result: Literal["refer", "refuse", "more_tests"]
    moves: Literal["can_travel", "not_transportable"] | None = None
    note: Private[str] | None = None


class MseSend(Outcome, track="disability", step="mse_send"):
    """Whether the bureau registered the referral, and how the person chose to be seen by it."""

    result: Literal["registered", "returned"]
    then: Then | None = None
    held: Literal["in_person", "absent", "at_the_bed"] | None = None
    number: Private[str] | None = None


class MseExamination(Outcome, track="disability", step="mse_examination"):
    """Whether the bureau saw the person; given up it decides by the papers."""

    result: Literal["held", "missed"]
    then: Then | None = None
    note: Private[str] | None = None


class MseResult(Received, Outcome, track="disability", step="mse_result"):
    """What the bureau decided; form and signature are those of its certificate."""

    result: Literal["group", "none", "more_tests"]
    group: Literal["I", "II", "III", "child"] | None = None


class MseAppeal(Outcome, track="disability", step="mse_appeal"):
    """Whether the person appeals, or applies without the commission that refused to refer."""

    result: Literal["filed", "waived"]
    number: Private[str] | None = None


class AppealResult(Received, Outcome, track="disability", step="appeal_result"):
    """What the higher bureau decided."""

    result: Literal["group", "none"]
    group: Literal["I", "II", "III", "child"] | None = None


class IpraActions(Outcome, track="disability", step="ipra_actions"):
    """Whether all is done that the rehabilitation programme (ИПРА) says."""

    result: Literal["done", "partial"]
    then: Then | None = None
    note: Private[str] | None = None


STEPS: tuple[type[Outcome], ...] = (
    MseCommission,
    MseSend,
    MseExamination,
    MseResult,
    MseAppeal,
    AppealResult,
    IpraActions,
    DisabilityDuplicate,
    SignatureCheck,
    HandOver,
)


def last_application(state: CaseState) -> Item | None:
    """The last one: somebody may be referred again."""
    return next((item for item in reversed(state.items_of(ItemKind.APPLICATION)) if item.name == APPLICATION), None)


def status(state: CaseState) -> str | None:
    """How far it has come."""
    item = last_application(state)
    return None if item is None else item.status


def said(state: CaseState, outcome: type[O]) -> O | None:
    """What was answered last of this application."""
    item = last_application(state)
    answers = [
        outcome.from_codes(step.outcome)
        for step in steps(state, outcome)
        if step.outcome is not None and item is not None and step.opened_at >= item.added_at
    ]
    return answers[-1] if answers else None
